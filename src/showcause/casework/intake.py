"""Intake: everything enters here, as a Report, and is filed into the open case of its subject.

The number of reports is counted for the reader of a queue; nothing in the law takes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from showcause.casework import judged_before, telling
from showcause.casework.ports import Ids, IncomingReport
from showcause.casework.reading import platform, reference, register
from showcause.domain.case import Case
from showcause.domain.errors import BadInput
from showcause.domain.lifecycle import CASE, REPORT, CaseState, ReportEvent
from showcause.domain.mail import MAIL
from showcause.domain.people import SYSTEM
from showcause.domain.report import IntakeKind, Report, missing_elements
from showcause.domain.site import ConnectedPlatform, LetterKind, Mode
from showcause.domain.subject import Reach, Subject, SubjectKind, SubjectRecord, check_text
from showcause.store.tx import Tx

MOST_REASON, MOST_KEY, MOST_HINT, MOST_NAME = 20_000, 200, 100, 200
UNREADABLE = "unreadable"
OPEN = (CaseState.WAITING, CaseState.CLAIMED, CaseState.HELD)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a report came in: its kind, language, and what a notice of illegal content must carry.

    `urgent` puts its case before others, by default when a life is in danger. `name` is the notifier's, and `notice`
    what several reports of one notice share; its sender confirms receipt once, with `acknowledged=False` here. `as_of`
    is since when what is reported has said what it says, None where nobody knows.
    """

    kind: IntakeKind = IntakeKind.TERMS_REPORT
    language: str = "en"
    life: bool = False
    good_faith: bool = False
    has_identity: bool = False
    no_name_asked: bool = False
    located: bool = True
    urgent: bool | None = None
    name: str = field(default="", repr=False)
    notice: str | None = None
    acknowledged: bool = True
    as_of: datetime | None = None

    @property
    def is_urgent(self) -> bool:
        """Tell whether the report goes before others."""
        return self.life if self.urgent is None else self.urgent


TERMS_REPORT = Manner()
"""A plain report against the terms, in English."""


def submit(
    tx: Tx, now: datetime, ids: Ids, incoming: IncomingReport, manner: Manner = TERMS_REPORT
) -> Report:
    """Take one report: store it, acknowledge it, and file it into the open case of its subject, or refuse it.

    What was found no breach of the same rule before is answered with that outcome at once; see `judged_before`.
    Taking the same report again (same external key) returns the first record and changes nothing.

    Raises: BadInput for texts with control characters or out of bounds.
    """
    key = f"{incoming.subject.platform}:{check_text('external key', incoming.external_key, MOST_KEY)}"
    key = tx.keys.keyed_hash(key)
    if (known := tx.first(Report, external_key=key)) is not None:
        return known
    report = tx.insert(_received(tx, now, ids, incoming, manner, key), verb="submit", actor=SYSTEM)
    answers = is_acknowledged(tx, incoming)
    if answers and not manner.is_urgent and (before := judged_before.earlier(tx, report, manner.as_of)):
        filed = _into(tx, report, tx.get(Case, before.case or ""), verb="refer-back")
        return judged_before.answer(tx, now, ids, filed, before)
    if manner.acknowledged and answers:
        acknowledge(tx, now, ids, report)
    lacking = missing_elements(
        report,
        has_reasons=bool(incoming.reason.strip()),
        has_identity=manner.has_identity,
        no_name_asked=manner.no_name_asked,
    )
    if lacking:
        return refuse(tx, now, ids, report, because="lacks: " + ", ".join(lacking))
    return file(tx, now, ids, report, urgent=manner.is_urgent)


def take(tx: Tx, now: datetime, ids: Ids, incoming: IncomingReport) -> Report:
    """Take a report that a platform lists, whatever its texts are like: it has no sender who could write it again.

    What the house refuses to store is replaced by a note that says so; `submit` says what else happens.
    """
    return submit(tx, now, ids, legible(incoming))


def legible(incoming: IncomingReport) -> IncomingReport:
    """Return a report with each text that cannot be stored replaced by a note; a reporter that is none is left out."""
    reporter, key = incoming.reporter, incoming.external_key
    if fault("external key", key, MOST_KEY):
        key = f"unreadable:{sha256(repr(key).encode()).hexdigest()}"  # the same one each time it is listed
    return replace(
        incoming,
        external_key=key,
        reason=fault("reason", incoming.reason, MOST_REASON) or incoming.reason,
        hint=UNREADABLE if fault("hint", incoming.hint or "", MOST_HINT) else incoming.hint,
        reporter=reporter if reporter and reporter.kind is SubjectKind.ACCOUNT else None,
    )


def fault(what: str, text: object, most: int) -> str:
    """Return the note that stands for a text which cannot be stored, with the reason; empty if it can be."""
    try:
        check_text(what, text, most)
    except BadInput as error:
        return f"[{UNREADABLE}: {error.message}]"
    return ""


def keep_cursor(tx: Tx, now: datetime, ids: Ids, name: str, cursor: str) -> None:
    """Keep how far a platform's list of reports was read."""
    tx.update(platform(tx, name), verb="poll", actor=SYSTEM, cursor=cursor)


def _received(tx: Tx, now: datetime, ids: Ids, incoming: IncomingReport, manner: Manner, key: str) -> Report:
    if incoming.subject.platform == MAIL:
        raise BadInput("nobody is reported by their e-mail address", "Name the platform and the account.")
    reason = check_text("reason", incoming.reason, MOST_REASON)
    subject = register(tx, incoming.subject, incoming.author)
    reporter = register(tx, incoming.reporter) if incoming.reporter else None
    if incoming.reporter and incoming.reporter.kind is not SubjectKind.ACCOUNT:
        raise BadInput("a reporter is an account")
    # The reporter's words belong to the reporter; what they reported belongs to its author.
    words = (
        tx.seal(reporter.owner if reporter else subject.owner, "report", {"text": reason}) if reason else None
    )
    name = check_text("name", manner.name, MOST_NAME)
    shown: Any = dict(incoming.evidence) if incoming.evidence is not None else None
    return Report(
        id=ids(),
        state=REPORT.start,
        subject=subject.id,
        platform=incoming.subject.platform,
        intake=manner.kind,
        external_key=key,
        number=reference(ids),
        received_at=now,
        reporter=reporter.owner if reporter else None,
        reporter_subject=reporter.id if reporter else None,
        hint=check_text("hint", incoming.hint or "", MOST_HINT),
        text=words,
        evidence=tx.seal(subject.owner, "evidence", shown) if shown is not None else None,
        language=manner.language,
        life=manner.life,
        good_faith=manner.good_faith,
        located=manner.located,
        contact=tx.seal(reporter.owner, "contact", {"name": name}) if reporter and name else None,
        notice=manner.notice,
    )


def is_acknowledged(tx: Tx, incoming: IncomingReport) -> bool:
    """Tell whether a reporter hears from us: not while we only observe, nor about reports from before we came."""
    at = tx.first(ConnectedPlatform, name=incoming.subject.platform)
    return at is None or (at.mode is Mode.ENFORCE and incoming.received_at >= at.connected_at)


def acknowledge(tx: Tx, now: datetime, ids: Ids, report: Report, others: Sequence[str] = ()) -> None:
    """Queue the confirmation of receipt, with the report's number, if the reporter can be reached.

    `others` are the numbers of further reports of the same notice.

    Source: DSA Art. 16(4).
    """
    if report.reporter and report.reporter_subject:
        telling.letter(
            tx,
            now,
            ids,
            LetterKind.ACKNOWLEDGEMENT,
            account=report.reporter_subject,
            about=report.id,
            language=report.language,
            sentences=telling.acknowledgement(report, others),
            reference=report.number,
        )


def file(tx: Tx, now: datetime, ids: Ids, report: Report, *, urgent: bool | None = None) -> Report:
    """File a report into the open case of its subject, or into a new one; returns the filed report.

    A threat to life makes the case urgent, unless `urgent` says otherwise.
    """
    urgent = report.life if urgent is None else urgent
    case = tx.first(Case, subject=report.subject, state=OPEN)
    if case is None:
        case = open_case(tx, now, ids, report.subject, report.platform, urgent=urgent)
    return _into(tx, report, case, urgent=urgent)


def _into(tx: Tx, report: Report, case: Case, *, verb: str = "file", urgent: bool = False) -> Report:
    """Put a report into a case and count it there."""
    tx.update(case, verb="fold-in", actor=SYSTEM, reports=case.reports + 1, urgent=case.urgent or urgent)
    state = REPORT.step(report.state, ReportEvent.FILE)
    return tx.update(report, verb=verb, actor=SYSTEM, state=state, case=case.id)


def open_case(tx: Tx, now: datetime, ids: Ids, subject: str, platform: str, *, urgent: bool = False) -> Case:
    """Open a case about a subject."""
    return tx.insert(
        Case(ids(), CASE.start, subject, platform, opened_at=now, urgent=urgent), verb="open", actor=SYSTEM
    )


def refuse(tx: Tx, now: datetime, ids: Ids, report: Report, *, because: str) -> Report:
    """Refuse to file a report, with the reason, and queue the answer that tells it.

    Source: DSA Art. 16(2); a refusal is only possible with a reason.
    """
    if not because.strip():
        raise BadInput("a report is refused only with a reason")
    refused = tx.update(
        report,
        verb="refuse",
        actor=SYSTEM,
        state=REPORT.step(report.state, ReportEvent.REFUSE),
        refused_because=check_text("reason", because, 500),
    )
    telling.answer_refused(tx, now, ids, refused)
    return refused


def withdraw(tx: Tx, now: datetime, ids: Ids, report_id: str) -> Report:
    """Withdraw a report at its reporter's wish; the case may go on."""
    report = tx.get(Report, report_id)
    return tx.update(
        report, verb="withdraw", actor=SYSTEM, state=REPORT.step(report.state, ReportEvent.WITHDRAW)
    )


def measure_reach(tx: Tx, now: datetime, ids: Ids, account: Subject, reach: Reach) -> SubjectRecord:
    """Note the numbers of an account's audience that the platform supplied."""
    return register(tx, account, reach=reach)
