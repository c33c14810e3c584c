"""Lodging an appeal: who may, against what, until when; its receipt with a promised hour, and its entry in the log."""

from collections.abc import Iterable
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
from showcause.store.view import View
from showcause.transparency.commitments import order_entry
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Kind, Slot

MOST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Who appeals against what: the person, the account that hears the answer, and in which role.

    There is no account for who reported anonymously: their answer is laid out for whoever has the number.
    """

    decision: Decision
    appellant: Appellant
    person: str
    account: str | None
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
    about = standing.account if decision.campaign and standing.account else decision.subject
    critical = reach_is_high(tx, now, about)
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
        # What the appellant quoted, and never the decision's own reference: that is the number of the statement of the
        # person concerned, and a reporter who learnt it could appeal in their place.
        letters.appeal_received(appeal, replace(decision, reference=reference_.strip().upper())),
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
    return reporter_standing(tx, now, report)


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


def reporter_standing(tx: View, now: datetime, report: Report) -> Standing:
    """Return who appeals by a report's number: its reporter, or whoever has the number of an anonymous one.

    Like a statement, an answer that was written can be contested by whoever can quote it; only its service, or for an
    anonymous reporter the moment from which it lay there, lets the window run.

    Raises: AppealClosed with the reason.
    """
    answers = tx.find(Letter, about=report.id, kind=LetterKind.ANSWER)
    if report.case is None or not (answers or report.state is ReportState.ANSWERED):
        raise AppealClosed(
            "this report has not been answered yet", "An appeal is possible once the answer is there."
        )
    person = report.reporter or report.holder
    if person is None:
        raise AppealClosed("this report was answered before answers to anonymous reports were kept")
    until = reporter_window(report, answers)
    if until is not None and now >= until:
        raise AppealClosed(f"the window for an appeal closed on {until:%d %B %Y}")
    decision = tx.last(Decision, case=report.case, state=(DecisionState.IN_FORCE, DecisionState.LAPSED))
    if decision is None:
        raise AppealClosed("no decision on this report is in force any more")
    account = report.reporter_subject if report.reporter else None
    return Standing(decision, Appellant.REPORTER, person, account, report=report.id)


def reporter_window(report: Report, answers: Iterable[Letter]) -> datetime | None:
    """Return when the reporter's window closes, from the last answer that was served; None while it does not run."""
    served = [each.served_at for each in answers if each.state is ServiceState.SERVED and each.served_at]
    anonymous = report.reporter is None and report.rule is None  # a rule contests nothing
    since = served[-1] if served else (report.answered_at if anonymous else None)
    return window_end(since) if since else None


def withdraw(tx: Tx, now: datetime, ids: Ids, appeal_id: str) -> Appeal:
    """Withdraw an appeal at the appellant's wish; the decision stays, and another appeal is possible."""
    appeal = tx.get(Appeal, appeal_id)
    tx.cancel_job(f"appeal-due:{appeal.id}")
    return tx.update(
        appeal, verb="withdraw", actor=SYSTEM, state=APPEAL.step(appeal.state, AppealEvent.WITHDRAW)
    )


def write_to_appellant(
    tx: Tx,
    now: datetime,
    ids: Ids,
    appeal: Appeal,
    kind: LetterKind,
    account: str | None,
    said: list[wording.Said],
) -> None:
    """Write to whoever appealed; what nobody can be sent is laid out with the report that it is about."""
    if account is None:
        telling.lay_out(tx, tx.get(Report, appeal.report or ""), kind, said)
        return
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
