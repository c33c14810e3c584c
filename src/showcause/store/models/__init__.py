"""The tables. Definitions without behaviour: no methods, no signals, no defaults that decide anything.

A record's table has columns for what is filtered, joined or constrained; all other fields stand in one JSON `body`.
A column has the name of the record's field. What may change, and from which state to which, is said in `tables.py`
and held by triggers.
"""

from showcause.store.models.decided import (
    CampaignItemRow,
    CampaignOutcomeRow,
    CampaignRow,
    DecisionRow,
    EnforcementRow,
    FallHoldRow,
    GroundLinkRow,
    RestrictionRow,
    StatementRow,
)
from showcause.store.models.desk import (
    AppealRow,
    CaseRow,
    LetterRow,
    ModeratorRow,
    ReportRow,
    SubjectRow,
    UrgentRow,
)
from showcause.store.models.doors import (
    ApiKeyRow,
    AttachmentRow,
    LinkMarkRow,
    PublicationRow,
    ReplyRow,
    WebhookRow,
)
from showcause.store.models.machinery import (
    ArrowRow,
    JobRow,
    JournalRow,
    LogEntryRow,
    LogQueueRow,
    LogStateRow,
    LogTileRow,
    SealedRow,
)
from showcause.store.models.record import Record
from showcause.store.models.rules import BacktestRow, RuleVersionRow
from showcause.store.models.site import (
    BaselineEntryRow,
    BaselineRow,
    DocumentRow,
    LeafNoteRow,
    OrphanRow,
    PlatformRow,
    PolicyRow,
    SettingRow,
)
from showcause.store.models.stream import RuleSetRow, StreamRow, VerdictRow

__all__ = [
    "ApiKeyRow",
    "AppealRow",
    "ArrowRow",
    "AttachmentRow",
    "BacktestRow",
    "BaselineEntryRow",
    "BaselineRow",
    "CampaignItemRow",
    "CampaignOutcomeRow",
    "CampaignRow",
    "CaseRow",
    "DecisionRow",
    "DocumentRow",
    "EnforcementRow",
    "FallHoldRow",
    "GroundLinkRow",
    "JobRow",
    "JournalRow",
    "LeafNoteRow",
    "LetterRow",
    "LinkMarkRow",
    "LogEntryRow",
    "LogQueueRow",
    "LogStateRow",
    "LogTileRow",
    "ModeratorRow",
    "OrphanRow",
    "PlatformRow",
    "PolicyRow",
    "PublicationRow",
    "Record",
    "ReplyRow",
    "ReportRow",
    "RestrictionRow",
    "RuleSetRow",
    "RuleVersionRow",
    "SealedRow",
    "SettingRow",
    "StatementRow",
    "StreamRow",
    "SubjectRow",
    "UrgentRow",
    "VerdictRow",
    "WebhookRow",
]
