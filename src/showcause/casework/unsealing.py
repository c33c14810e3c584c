"""Opening what is sealed: who works on a case reads its file; anybody else leaves an entry in the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from showcause.casework import previewing
from showcause.casework.log import ledger
from showcause.casework.log.decision_leaf import subject_values
from showcause.casework.ports import Ids
from showcause.casework.reading import person, subject_of
from showcause.domain.appeal import Appeal
from showcause.domain.case import Case
from showcause.domain.decision import Decision
from showcause.domain.errors import Forgotten, NotFound, NotPermitted
from showcause.domain.lifecycle import AppealState, DecisionState
from showcause.domain.people import Moderator, Role
from showcause.domain.permissions import Action, actions_for
from showcause.domain.report import Report
from showcause.domain.subject import Subject, SubjectRecord
from showcause.store.tx import Tx
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Kind, Slot

MAY_READ = frozenset({Role.MODERATOR, Role.SENIOR, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class Filed:
    """One report of a case with its sealed parts opened; None where there was nothing, or its owner was forgotten."""

    report: Report
    text: str | None
    evidence: Any


@dataclass(frozen=True, slots=True)
class CaseFile:
    """What a case is about, in the words of those who reported it. `logged` tells whether reading it left a leaf."""

    case: Case
    subject: Subject | None
    filed: tuple[Filed, ...]
    logged: bool


def read_case(tx: Tx, now: datetime, ids: Ids, case_id: str, by: str) -> CaseFile:
    """Open a case's file for somebody. Who holds its claim is at work; any other reading leaves an `unseal` leaf.

    Raises: NotPermitted for who has no role that reads files; then nothing is opened.
    """
    who, case = _reader(tx, by), tx.get(Case, case_id)
    at_work = case.claimed_by == who.id and case.claimed_until is not None and now < case.claimed_until
    tx.note("read", who.id, case.id, "case")
    if not at_work:
        log_reading(tx, now, ids, "case", case.id, case.subject, who)
    filed = tuple(
        Filed(report, _text(_opened(tx, report.text)), _opened(tx, report.evidence))
        for report in tx.find(Report, case=case.id)
    )
    return CaseFile(case, _subject(tx, case), filed, logged=not at_work)


@dataclass(frozen=True, slots=True)
class AppealFile:
    """What an appellant wrote and was answered; None where it was not answered, or they were forgotten."""

    appeal: Appeal
    text: str | None
    answer: str | None
    logged: bool


def read_appeal(tx: Tx, now: datetime, ids: Ids, appeal_id: str, by: str) -> AppealFile:
    """Open an appeal for somebody. Who is hearing it is at work; any other reading leaves an `unseal` leaf.

    Raises: NotPermitted for who has no role that reads files; then nothing is opened.
    """
    who, appeal = _reader(tx, by), tx.get(Appeal, appeal_id)
    at_work = appeal.reviewer == who.id and appeal.review_until is not None and now < appeal.review_until
    tx.note("read", who.id, appeal.id, "appeal")
    if not at_work:
        log_reading(tx, now, ids, "appeal", appeal.id, tx.get(Decision, appeal.decision).subject, who)
    answer = _opened(tx, appeal.answer)
    return AppealFile(appeal, _text(_opened(tx, appeal.text)), _text(answer), logged=not at_work)


@dataclass(frozen=True, slots=True)
class DecisionFile:
    """What a decision rests on, opened; `facts` is None when the person was forgotten. `preview` is the statement of
    one that has not taken force, as it would read.
    """

    decision: Decision
    facts: Mapping[str, Any] | None
    evidence: tuple[str, ...]
    note: str
    reason: str
    preview: str
    logged: bool


def read_decision(tx: Tx, now: datetime, ids: Ids, decision_id: str, by: str) -> DecisionFile:
    """Open what a decision rests on. Who may approve it, proposed it, or hears an appeal against it is at work; any
    other reading leaves an `unseal` leaf.

    Raises: NotPermitted for who has no role that reads files; then nothing is opened.
    """
    who, decision = _reader(tx, by), tx.get(Decision, decision_id)
    at_work = _is_work(tx, now, decision, who)
    tx.note("read", who.id, decision.id, "decision")
    if not at_work:
        log_reading(tx, now, ids, "decision", decision.id, decision.subject, who)
    held = _opened(tx, decision.facts)
    if held is None:
        return DecisionFile(decision, None, (), "", "", "", logged=not at_work)
    preview = ""
    if decision.state is DecisionState.PROPOSED:
        preview = previewing.of_decision(tx, now, ids, decision)
    items = (_opened(tx, item) for item in decision.evidence)
    evidence = tuple(str(item["text"]) for item in items if item)
    return DecisionFile(
        decision, held["facts"], evidence, held["note"], held["reason"], preview, logged=not at_work
    )


def _is_work(tx: Tx, now: datetime, decision: Decision, who: Moderator) -> bool:
    if decision.state is DecisionState.PROPOSED:
        return who.id == decision.proposer or Action.DECISION_APPROVE in actions_for(who, decision, now)
    heard = tx.find(Appeal, decision=decision.id, reviewer=who.id, state=AppealState.UNDER_REVIEW)
    return any(each.review_until is not None and now < each.review_until for each in heard)


def note_reading(tx: Tx, now: datetime, ids: Ids, kind: str, record_id: str, by: str) -> Moderator:
    """Note in the journal that somebody opened a letter or a proof, which are made to be handed to their person."""
    who = person(tx, by)
    if not who.active:
        raise NotPermitted("this person no longer works here")
    tx.note("read", who.id, record_id, kind)
    return who


def _reader(tx: Tx, by: str) -> Moderator:
    who = person(tx, by)
    if not who.active or not MAY_READ.intersection(who.roles):
        raise NotPermitted("this person's role does not allow reading what is sealed")
    return who


def log_reading(
    tx: Tx, now: datetime, ids: Ids, event: str, about: str, subject: str, who: Moderator
) -> None:
    """Leave an `unseal` leaf: somebody opened what is sealed about a subject, without being at work on it."""
    owner = tx.get(SubjectRecord, subject).owner
    values: dict[Slot, dict[str, Json]] = {
        Slot.FACTS: {"minute": ledger.minute(now), "event": event},
        Slot.ACTOR: {"proposer": who.id, "approver": None},
    }
    if tx.keys.has(owner):
        values[Slot.SUBJECT] = subject_values(tx, subject)
    else:
        owner = ledger.house(tx)  # nothing of the person is left to open or to commit to
    ledger.draft(tx, ledger.Draft(Kind.UNSEAL, ids(), about, person=owner, actor=who.owner, values=values))


def _subject(tx: Tx, case: Case) -> Subject | None:
    try:
        return subject_of(tx, case.subject)
    except Forgotten:
        return None


def _opened(tx: Tx, sealed: str | None) -> Any:
    try:
        return tx.unseal(sealed) if sealed else None
    except (Forgotten, NotFound):  # its owner was forgotten, or the person whom it was about
        return None


def _text(value: Any) -> str | None:
    return str(value["text"]) if value else None
