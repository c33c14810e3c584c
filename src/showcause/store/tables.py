"""Which record lives in which table, which machine moves it, and which of its fields may ever change.

The triggers are generated from this list and from `showcause.domain.lifecycle`. A field that is not named in `changes`
keeps for ever the value it was inserted with.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from django.db.models import Model, UniqueConstraint

from showcause.domain.api_key import ApiKey
from showcause.domain.appeal import Appeal
from showcause.domain.attachment import Attachment
from showcause.domain.baseline import Baseline, BaselineEntry, Orphan
from showcause.domain.campaign import Campaign, CampaignItem, CampaignOutcome
from showcause.domain.cascade import FallHold, GroundLink
from showcause.domain.case import Case
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.link import LinkMark
from showcause.domain.logbook import LeafNote
from showcause.domain.people import Moderator
from showcause.domain.publication import Publication
from showcause.domain.report import Report
from showcause.domain.restriction import Restriction
from showcause.domain.rule import Backtest, RuleVersion
from showcause.domain.site import ConnectedPlatform, Document, Letter, PolicyVersion, Setting
from showcause.domain.statement import Statement
from showcause.domain.subject import SubjectRecord
from showcause.domain.urgent import UrgentEntry
from showcause.domain.webhook import WebhookEndpoint
from showcause.store import models as m

Body = dict[str, Any]
OWN_COLUMNS = frozenset({"seq", "rid", "revision", "body", "body_version"})


@dataclass(frozen=True)
class Table:
    """One record class and its table.

    `machines` maps a state column to its lifecycle. `changes` are the fields that may change; `grows` those of them
    that never get smaller. `points_to` maps a column to the record that must exist when the row is written.
    `upgrades[v]` turns a body of version v into one of version v + 1.
    """

    record: type[Any]
    model: type[m.Record]
    kind: str
    changes: frozenset[str]
    machines: Mapping[str, str] = field(default_factory=dict)
    grows: frozenset[str] = frozenset()
    points_to: Mapping[str, type] = field(default_factory=dict)
    upgrades: Mapping[int, Callable[[Body], Body]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the table's name in the database."""
        return str(self.model._meta.db_table)

    @property
    def version(self) -> int:
        """Return the version in which bodies are written now."""
        return len(self.upgrades) + 1

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Return the record's fields that have a column of their own."""
        return tuple(f.name for f in self.model._meta.concrete_fields if f.name not in OWN_COLUMNS)

    @cached_property
    def in_body(self) -> tuple[str, ...]:
        """Return the record's fields that stand in the body."""
        return tuple(f.name for f in fields(self.record) if f.name not in {*self.columns, "id", "revision"})

    @property
    def unique_keys(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        """Return every unique key besides seq and id: its columns, and an SQL condition on rows or ''."""
        return unique_keys(self.model)


CONDITIONS = {
    "number_given_once": '"number" > 0',
    "appeal_once_per_person": '"item" IS NULL AND "state" <> \'withdrawn\'',
    "appeal_once_per_item": '"item" IS NOT NULL AND "state" <> \'withdrawn\'',
    "policy_version_once": "\"state\" <> 'returned'",
    "rule_version_once": "\"state\" <> 'returned'",
}
"""The SQL of the conditions that the models' partial unique constraints have."""


def unique_keys(model: type[Model]) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Return the unique keys of a model besides its primary key and id."""
    single = [
        ((str(f.column),), "")
        for f in model._meta.concrete_fields
        if f.unique and not f.primary_key and f.column != "id"
    ]
    named = [
        (tuple(c.fields), CONDITIONS[c.name] if c.condition is not None else "")
        for c in model._meta.constraints
        if isinstance(c, UniqueConstraint)
    ]
    return (*single, *named)


def _only(*names: str) -> frozenset[str]:
    return frozenset(names)


def _all_but(record: type, *fixed: str) -> frozenset[str]:
    return frozenset(f.name for f in fields(record)) - {"id", "revision", *fixed}


NEVER: frozenset[str] = frozenset()

TABLES: tuple[Table, ...] = (
    Table(SubjectRecord, m.SubjectRow, "subject", _all_but(SubjectRecord, "platform", "kind")),
    Table(Moderator, m.ModeratorRow, "moderator", _only("roles", "active", "owner")),
    Table(
        Report,
        m.ReportRow,
        "report",
        _all_but(Report, "subject", "platform", "intake", "external_key", "number", "received_at"),
        machines={"state": "report"},
        points_to={"case": Case},
    ),
    Table(
        Case,
        m.CaseRow,
        "case",
        _all_but(Case, "subject", "platform", "opened_at"),
        machines={"state": "case"},
    ),
    Table(
        Decision,
        m.DecisionRow,
        "decision",
        _only("state", "approver", "approved_at", "commit_at", "decided_at", "interim_decision"),
        machines={"state": "decision"},
        points_to={"case": Case, "supersedes": Decision},
    ),
    Table(
        GroundLink,
        m.GroundLinkRow,
        "ground-link",
        NEVER,
        points_to={"decision": Decision, "ground": Decision},
    ),
    Table(FallHold, m.FallHoldRow, "fall-hold", _only("due_at", "settled", "settled_by")),
    Table(Restriction, m.RestrictionRow, "restriction", NEVER, points_to={"decision": Decision}),
    Table(
        Enforcement,
        m.EnforcementRow,
        "enforcement",
        _all_but(
            Enforcement,
            *("restriction", "decision", "subject", "platform", "measure", "until", "number", "ordered_at"),
        ),
        machines={"state": "enforcement"},
        grows=_only("attempts"),
        points_to={"restriction": Restriction, "decision": Decision},
    ),
    Table(
        Statement,
        m.StatementRow,
        "statement",
        _only("state", "filing", "channel", "exemption", "served_at", "window_until", "bounced_because"),
        machines={"state": "service", "filing": "filing"},
        points_to={"decision": Decision},
    ),
    Table(
        Appeal,
        m.AppealRow,
        "appeal",
        _only("state", "reviewer", "review_until", "answer", "outcome", "answered_at", "overdue"),
        machines={"state": "appeal"},
        points_to={"decision": Decision},
    ),
    Table(
        UrgentEntry,
        m.UrgentRow,
        "urgent",
        _only(
            *(
                "state",
                "entered_at",
                "confirm_by",
                "decision",
                "late_entry",
                "overdue",
                "second",
                "second_look",
                "below_level",
            ),
        ),
        machines={"state": "urgent"},
    ),
    Table(Campaign, m.CampaignRow, "campaign", NEVER, points_to={"decision": Decision}),
    Table(CampaignItem, m.CampaignItemRow, "campaign-item", _only("review", "reviewed_by", "reviewed_at")),
    Table(CampaignOutcome, m.CampaignOutcomeRow, "campaign-outcome", NEVER, points_to={"about": Decision}),
    Table(Baseline, m.BaselineRow, "baseline", NEVER),
    Table(BaselineEntry, m.BaselineEntryRow, "baseline-entry", _only("cause", "gone_at")),
    Table(Orphan, m.OrphanRow, "orphan", _only("last_seen", "gone_at")),
    Table(
        ConnectedPlatform,
        m.PlatformRow,
        "platform",
        _only("mode", "last_number", "cursor", "baseline", "scanned_at", "key"),
        grows=_only("last_number"),
    ),
    Table(Setting, m.SettingRow, "setting", _only("value", "changed_at", "changed_by")),
    Table(
        PolicyVersion,
        m.PolicyRow,
        "policy",
        _only("state", "approver", "in_force_from", "retired_at"),
        machines={"state": "policy"},
    ),
    Table(LeafNote, m.LeafNoteRow, "leaf-note", NEVER),
    Table(Document, m.DocumentRow, "document", NEVER),
    Table(
        Letter,
        m.LetterRow,
        "letter",
        _only("state", "served_at", "channel", "bounced_because"),
        machines={"state": "service"},
    ),
    Table(LinkMark, m.LinkMarkRow, "link", _all_but(LinkMark, "about"), grows=_only("generation")),
    Table(ApiKey, m.ApiKeyRow, "api-key", _only("revoked_at")),
    Table(
        WebhookEndpoint,
        m.WebhookRow,
        "webhook",
        _only("events", "secrets", "active", "rotated_at", "address"),
    ),
    Table(
        Attachment,
        m.AttachmentRow,
        "attachment",
        _only("state", "media_type", "shown", "refused_because"),
        machines={"state": "attachment"},
    ),
    Table(Publication, m.PublicationRow, "publication", _only("fields", "withdrawn_at")),
    Table(
        RuleVersion,
        m.RuleVersionRow,
        "rule",
        _only(
            *("state", "text", "backtest", "approver", "approved_at", "entered_at", "entered_after"),
            *("canary_share", "pushed_at", "pushed_by", "reason", "expires_at"),
            *("ratified_by", "live_from", "retired_at"),
        ),
        machines={"state": "rule"},
        points_to={"brought_by": RuleVersion},
    ),
    Table(Backtest, m.BacktestRow, "backtest", NEVER, points_to={"version": RuleVersion}),
)

BY_RECORD: dict[type, Table] = {table.record: table for table in TABLES}
