"""Lodging an appeal: who may, against what, until when; its receipt with a promised hour, and its entry in the log."""

from dataclasses import dataclass, replace
from datetime import datetime

from showcause.casework import letters, parts, telling, wording
from showcause.casework.log import ledger
from showcause.casework.ports import Ids
from showcause.casework.reading import (
    reach_is_high,
    reference,
)
from showcause.domain import appeal as law
from showcause.domain.appeal import Appeal, Appellant
from showcause.domain.campaign import Campaign, CampaignItem
from showcause.domain.decision import Decision
from showcause.domain.errors import AppealClosed, BadInput, NotFound
from showcause.domain.lifecycle import (
    APPEAL,
    AppealEvent,
    DecisionState,
    ReportState,
    ServiceState,
)
from showcause.domain.people import SYSTEM, Moderator
from showcause.domain.report import Report
from showcause.domain.restriction import Restriction
from showcause.domain.site import Letter, LetterKind
from showcause.domain.statement import Statement, check_window, window_end
from showcause.domain.subject import SubjectRecord, check_text
from showcause.store.tx import Tx
from showcause.transparency.commitments import order_entry
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Kind, Slot

MOST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Who appeals against what: the person, the account that hears the answer, and in which role."""

    decision: Decision
    appellant: Appellant
    person: str
    account: str
    statement: str | None = None
    report: str | None = None
    item: int | None = None


def lodge(
    tx: Tx,
    now: datetime,
    ids: Ids,
    reference_: str,
    text: str,
    *,
    language: str = "en",
) -> Appeal:
    """Lodge an appeal by quoting the reference of a statement, of an item, or the number of an answered report.

    Its receipt is confirmed with the promised hour, it is logged, and a timer watches the promise.

    Raises: NotFound, AppealClosed with the reason, BadInput.
    """
    said = check_text("appeal", text, MOST_TEXT)
    if not said.strip():
        raise BadInput("the appeal is empty", "Say in your own words what is wrong with the decision.")
    standing = _standing(tx, now, reference_)
    decision = standing.decision
    earlier = tx.find(Appeal, decision=decision.id, person=standing.person)
    law.check_lodging(decision, earlier, standing.person, standing.item)
    critical = reach_is_high(tx, now, standing.account if decision.campaign else decision.subject)
    appeal = Appeal(
        id=ids(),
        state=APPEAL.start,
        decision=decision.id,
        appellant=standing.appellant,
        person=standing.person,
        text=tx.seal(standing.person, "appeal", {"text": said}),
        language=language,
        lodged_at=now,
        promised_at=law.promise(now, time_critical=critical),
        time_critical=critical,
        reference=reference(ids),
        statement=standing.statement,
        report=standing.report,
        item=standing.item,
    )
    parts.standing(tx, decision, appeal)
    tx.insert(appeal, verb="lodge", actor=SYSTEM)
    write_to_appellant(
        tx,
        now,
        ids,
        appeal,
        LetterKind.APPEAL_RECEIVED,
        standing.account,
        # A campaign's own reference is nobody's: its authors quote their statement's or their item's.
        letters.appeal_received(
            appeal, replace(decision, reference=reference_.strip().upper()) if decision.campaign else decision
        ),
    )
    tx.job("appeal-due", f"appeal-due:{appeal.id}", appeal.id, due=appeal.promised_at)
    log_appeal(tx, now, ids, appeal, decision, "lodged", None)
    return appeal


def _standing(tx: Tx, now: datetime, quoted: str) -> Standing:
    wanted = quoted.strip().upper()
    statement = tx.first(Statement, reference=wanted)
    if statement is not None:
        # Whoever can quote it has it: while it is not served, the window simply has not begun to run.
        check_window(statement, now)
        return Standing(
            tx.get(Decision, statement.decision),
            Appellant.AFFECTED,
            statement.person,
            statement.subject,
            statement.id,
        )
    item = tx.first(CampaignItem, reference=wanted)
    if item is not None:
        return _item_standing(tx, now, item)
    report = tx.first(Report, number=wanted)
    if report is None:
        raise NotFound(
            "no statement or report has this reference", "Copy it from the letter, with its dashes."
        )
    return _reporter_standing(tx, now, report)


def _item_standing(tx: Tx, now: datetime, item: CampaignItem) -> Standing:
    """Return who appeals against one item; its window runs from the statement that its author was sent, if any."""
    decision = tx.get(Decision, tx.get(Campaign, item.campaign).decision)
    told = tx.first(Statement, decision=decision.id, person=item.owner)
    if told is not None:
        check_window(told, now)
    record = tx.get(SubjectRecord, item.subject)
    return Standing(
        decision,
        Appellant.AFFECTED,
        item.owner,
        record.author or record.id,
        told.id if told else None,
        item=item.index,
    )


def _reporter_standing(tx: Tx, now: datetime, report: Report) -> Standing:
    if report.state is not ReportState.ANSWERED or report.case is None:
        raise AppealClosed(
            "this report has not been answered yet", "An appeal is possible once the answer is there."
        )
    if report.reporter is None or report.reporter_subject is None:
        raise AppealClosed("an anonymous report cannot be appealed without an account to answer to")
    answer = tx.last(Letter, about=report.id, kind=LetterKind.ANSWER, state=ServiceState.SERVED)
    if answer is not None and answer.served_at is not None and now >= window_end(answer.served_at):
        raise AppealClosed(f"the window for an appeal closed on {window_end(answer.served_at):%d %B %Y}")
    decision = tx.last(Decision, case=report.case, state=(DecisionState.IN_FORCE, DecisionState.LAPSED))
    if decision is None:
        raise AppealClosed("no decision on this report is in force any more")
    return Standing(decision, Appellant.REPORTER, report.reporter, report.reporter_subject, report=report.id)


def withdraw(tx: Tx, now: datetime, ids: Ids, appeal_id: str) -> Appeal:
    """Withdraw an appeal at the appellant's wish; the decision stays, and another appeal is possible."""
    appeal = tx.get(Appeal, appeal_id)
    tx.cancel_job(f"appeal-due:{appeal.id}")
    return tx.update(
        appeal, verb="withdraw", actor=SYSTEM, state=APPEAL.step(appeal.state, AppealEvent.WITHDRAW)
    )


def write_to_appellant(
    tx: Tx, now: datetime, ids: Ids, appeal: Appeal, kind: LetterKind, account: str, said: list[wording.Said]
) -> None:
    telling.letter(
        tx,
        now,
        ids,
        kind,
        account=account,
        about=appeal.id,
        language=appeal.language,
        sentences=said,
        reference=appeal.reference,
    )


def log_appeal(
    tx: Tx, now: datetime, ids: Ids, appeal: Appeal, decision: Decision, event: str, who: Moderator | None
) -> None:
    """Log an appeal or its outcome beside the decision that it is about."""
    facts: dict[str, Json] = {"minute": ledger.minute(now), "event": event, "reference": appeal.reference}
    values: dict[Slot, dict[str, Json]] = {Slot.FACTS: facts}
    if appeal.item is not None:
        # Committed to and not shown: which item of the campaign this is about.
        about = tx.get(Restriction, parts.items_of(tx, appeal)[0].restriction)
        facts["orders"] = [order_entry(about.number, about.measure, about.until)]
    if who is not None:
        values[Slot.ACTOR] = {"proposer": who.id, "approver": None}
    ledger.draft(
        tx,
        ledger.Draft(
            Kind.APPEAL,
            ids(),
            appeal.id,
            person=appeal.person,
            actor=who.owner if who else ledger.house(tx),
            values=values,
            re=decision.leaf,
        ),
    )
