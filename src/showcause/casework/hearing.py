"""Hearing: appeals by the person concerned or the reporter, heard by another human, answered by a promised hour."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from showcause.casework import cascading, deciding, ledger, parts, telling, wording
from showcause.casework.deciding import Proposal
from showcause.casework.ports import Ids
from showcause.casework.reading import (
    clauses_cited,
    person,
    reach_is_high,
    reference,
    restrictions_of,
    setting,
)
from showcause.domain import appeal as law
from showcause.domain.appeal import Appeal, Appellant
from showcause.domain.campaign import Campaign, CampaignItem
from showcause.domain.decision import Act, Cause, Decision, Finding, Outcome
from showcause.domain.errors import AppealClosed, BadInput, NotFound, NotPermitted
from showcause.domain.lifecycle import (
    APPEAL,
    DECISION,
    AppealEvent,
    AppealState,
    DecisionState,
    ReportState,
    ServiceState,
)
from showcause.domain.people import SYSTEM, Moderator
from showcause.domain.permissions import Action, check_action
from showcause.domain.policy import Rung
from showcause.domain.report import Report
from showcause.domain.restriction import MEASURES, Restriction
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
    _write(
        tx,
        now,
        ids,
        appeal,
        LetterKind.APPEAL_RECEIVED,
        standing.account,
        # A campaign's own reference is nobody's: its authors quote their statement's or their item's.
        wording.appeal_received(
            appeal, replace(decision, reference=reference_.strip().upper()) if decision.campaign else decision
        ),
    )
    tx.job("appeal-due", f"appeal-due:{appeal.id}", appeal.id, due=appeal.promised_at)
    _log(tx, now, ids, appeal, decision, "lodged", None)
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


def claim(tx: Tx, now: datetime, ids: Ids, appeal_id: str, by: str) -> Appeal:
    """Take an appeal for an hour; whoever took part in the decision cannot, unless the house has one person only.

    Raises: SamePerson, NotPermitted, IllegalStep.
    """
    who, appeal = person(tx, by), tx.get(Appeal, appeal_id)
    if appeal.state is AppealState.UNDER_REVIEW and appeal.review_until and now >= appeal.review_until:
        appeal = _free(tx, appeal, "lapse-claim", SYSTEM)
    law.check_reviewer(appeal, tx.get(Decision, appeal.decision), who)
    check_action(who, appeal, Action.APPEAL_CLAIM, now)
    return tx.update(
        appeal,
        verb="claim",
        actor=who.id,
        state=APPEAL.step(appeal.state, AppealEvent.CLAIM),
        reviewer=who.id,
        review_until=now + law.REVIEW_LEASE,
    )


def release(tx: Tx, now: datetime, ids: Ids, appeal_id: str, by: str) -> Appeal:
    """Give an appeal back to the desk."""
    who, appeal = person(tx, by), tx.get(Appeal, appeal_id)
    check_action(who, appeal, Action.APPEAL_RELEASE, now)
    return _free(tx, appeal, "release", who.id)


def _free(tx: Tx, appeal: Appeal, verb: str, actor: str) -> Appeal:
    return tx.update(
        appeal,
        verb=verb,
        actor=actor,
        state=APPEAL.step(appeal.state, AppealEvent.RELEASE),
        reviewer=None,
        review_until=None,
    )


def affirm(tx: Tx, now: datetime, ids: Ids, appeal_id: str, by: str, reason: str) -> Appeal:
    """Let the decision stand, with the reason. Who decided alone may never affirm."""
    who, appeal, decision = _heard(tx, now, appeal_id, by, Action.APPEAL_AFFIRM)
    law.check_reviewer(appeal, decision, who, affirming=True)
    return _close(tx, now, ids, appeal, decision, AppealEvent.AFFIRM, reason, who)


def reverse(tx: Tx, now: datetime, ids: Ids, appeal_id: str, by: str, reason: str) -> Appeal:
    """Reverse the decision: a new one ends it in the same transaction, all that rested only on it falls with it.

    A finding of no breach is contested by a reporter; it is answered with `amend`, which says what to impose instead.
    """
    who, appeal, decision = _heard(tx, now, appeal_id, by, Action.APPEAL_REVERSE)
    law.check_reviewer(appeal, decision, who)
    current = _current(tx, decision, appeal)
    if current.outcome is not Outcome.RESTRICT:
        raise BadInput(
            f"there is no restriction to reverse: the decision is {current.outcome}",
            "If a breach was overlooked, amend the decision and say what is to be imposed.",
        )
    part = parts.standing(tx, current, appeal)
    lift = cascading.record_lift(tx, now, ids, current, Cause.APPEAL, by=who.id, appeal=appeal.id, part=part)
    closed = _close(tx, now, ids, appeal, decision, AppealEvent.REVERSE, reason, who, outcome=lift.id)
    cascading.take_force(tx, now, ids, lift)
    return closed


def amend(
    tx: Tx, now: datetime, ids: Ids, appeal_id: str, by: str, reason: str, proposal: Proposal
) -> Appeal:
    """Replace the decision by another one in the same transaction; the reviewer is the second pair of eyes.

    On an appeal of the person concerned the new measures are milder. On a reporter's appeal against a finding of no
    breach, only what one person may impose alone can follow; more needs a case of its own.

    Raises: BadInput, NotPermitted, and whatever `deciding.weigh` and `record` raise.
    """
    who, appeal, decision = _heard(tx, now, appeal_id, by, Action.APPEAL_AMEND)
    law.check_reviewer(appeal, decision, who)
    current = _current(tx, decision, appeal)
    part = parts.standing(tx, current, appeal)
    if proposal.outcome is not Outcome.RESTRICT:
        raise BadInput("an amended decision restricts less; to take everything back, reverse it")
    subject = part[0].subject if part else current.subject
    weighed = deciding.weigh(tx, now, subject, current.platform, proposal)
    parts.check_acts(weighed.acts, part)
    if current.outcome is Outcome.RESTRICT:
        _check_milder(part or restrictions_of(tx, current), weighed.acts, now)
    elif weighed.second_needed:
        raise NotPermitted(
            "this rung needs two people, and on a reporter's appeal there is one",
            "Choose a rung that one person may take, or open a new case with what you found.",
        )
    new = deciding.record(
        tx,
        now,
        ids,
        proposal,
        weighed,
        subject=subject,
        platform_name=current.platform,
        proposer=who.id,
        cause=Cause.APPEAL,
        source=current.source,
        supersedes=None if part else current.id,
        part_of=current.id if part else None,
        ends=tuple(each.id for each in part),
        appeal=appeal.id,
    )
    approved = tx.update(new, verb="approve", actor=who.id, approver=who.id, approved_at=now, commit_at=now)
    closed = _close(tx, now, ids, appeal, decision, AppealEvent.AMEND, reason, who, outcome=new.id)
    cascading.take_force(tx, now, ids, approved)
    return closed


def _check_milder(old: Sequence[Restriction], acts: tuple[Act, ...], now: datetime) -> None:
    worst = max((MEASURES[r.measure].gravity for r in old), default=0)
    ends = [r.until for r in old]
    latest = None if None in ends else max((e for e in ends if e), default=now)
    for act in acts:
        until = now + act.duration if act.duration else None
        if MEASURES[act.measure].gravity > worst:
            raise BadInput(
                f"{act.measure} is more severe than what the appeal is about; an appeal never makes it worse"
            )
        if latest is not None and (until is None or until > latest):
            raise BadInput("the amended measure would last longer than the one that the appeal is about")


def refuse(tx: Tx, now: datetime, ids: Ids, appeal_id: str, by: str, reason: str) -> Appeal:
    """Refuse to hear an appeal, with the reason; the out-of-court body is named in the letter."""
    who, appeal = person(tx, by), tx.get(Appeal, appeal_id)
    check_action(who, appeal, Action.APPEAL_REFUSE, now)
    decision = tx.get(Decision, appeal.decision)
    law.check_reviewer(appeal, decision, who, affirming=True)
    return _close(tx, now, ids, appeal, decision, AppealEvent.REFUSE, reason, who)


def withdraw(tx: Tx, now: datetime, ids: Ids, appeal_id: str) -> Appeal:
    """Withdraw an appeal at the appellant's wish; the decision stays, and another appeal is possible."""
    appeal = tx.get(Appeal, appeal_id)
    tx.cancel_job(f"appeal-due:{appeal.id}")
    return tx.update(
        appeal, verb="withdraw", actor=SYSTEM, state=APPEAL.step(appeal.state, AppealEvent.WITHDRAW)
    )


def _heard(
    tx: Tx, now: datetime, appeal_id: str, by: str, action: Action
) -> tuple[Moderator, Appeal, Decision]:
    who, appeal = person(tx, by), tx.get(Appeal, appeal_id)
    check_action(who, appeal, action, now)
    return who, appeal, tx.get(Decision, appeal.decision)


def _current(tx: Tx, decision: Decision, appeal: Appeal) -> Decision:
    """Return the decision that holds now: the one appealed against, or what an overdue promise reduced it to."""
    if decision.campaign is not None:
        decision = tx.first(Decision, appeal=appeal.id, cause=Cause.APPEAL_OVERDUE) or decision
    while decision.state is DecisionState.SUPERSEDED:
        following = tx.first(Decision, supersedes=decision.id, cause=Cause.APPEAL_OVERDUE)
        if following is None:
            raise AppealClosed("the decision was superseded meanwhile; there is nothing left to decide")
        decision = following
    return decision


def _close(
    tx: Tx,
    now: datetime,
    ids: Ids,
    appeal: Appeal,
    decision: Decision,
    event: AppealEvent,
    reason: str,
    who: Moderator,
    outcome: str | None = None,
) -> Appeal:
    """Close an appeal with its reasoned answer. Source: DSA Art. 20(5)."""
    said = check_text("reason", reason, 5_000)
    if not said.strip():
        raise BadInput("an appeal is answered with reasons", "Say in a sentence or two why.")
    closed = tx.update(
        appeal,
        verb=str(event),
        actor=who.id,
        state=APPEAL.step(appeal.state, event),
        answer=tx.seal(appeal.person, "appeal-answer", {"text": said}),
        outcome=outcome,
        answered_at=now,
    )
    tx.cancel_job(f"appeal-due:{appeal.id}")
    by_author = who.id in (decision.proposer, decision.approver)
    platform_tier = (setting(tx, "tier") or "micro") in ("platform", "vlop")
    letter = wording.appeal_outcome(
        closed, str(closed.state), said, by_author=by_author, platform_tier=platform_tier
    )
    _write(tx, now, ids, closed, LetterKind.APPEAL_OUTCOME, _answer_account(tx, closed), letter)
    _log(tx, now, ids, closed, decision, str(closed.state), who)
    return closed


def _answer_account(tx: Tx, appeal: Appeal) -> str:
    if appeal.statement is not None:
        return tx.get(Statement, appeal.statement).subject
    if appeal.item is not None:
        record = tx.get(SubjectRecord, parts.items_of(tx, appeal)[0].subject)
        return record.author or record.id
    report = tx.get(Report, appeal.report or "")
    return report.reporter_subject or report.subject


def _write(
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


def _log(
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


def overdue(tx: Tx, now: datetime, ids: Ids, appeal_id: str) -> Appeal:
    """Note a broken promise. If time is critical, the measure falls to the mildest of its ladder until the answer."""
    appeal = tx.get(Appeal, appeal_id)
    if appeal.state not in law.OPEN or appeal.overdue:
        return appeal
    late = tx.update(appeal, verb="overdue", actor=SYSTEM, overdue=True)
    decision = tx.get(Decision, appeal.decision)
    if (
        appeal.time_critical
        and appeal.appellant is Appellant.AFFECTED
        and decision.state is DecisionState.IN_FORCE
    ):
        _reduce(tx, now, ids, decision, appeal)
    return late


def _reduce(tx: Tx, now: datetime, ids: Ids, decision: Decision, appeal: Appeal) -> None:
    """Replace a decision's measures by the mildest rung of its ladder that fits the same subject, until the answer."""
    clauses = clauses_cited(tx, decision)
    finding: Finding = decision.findings[0]
    part = parts.standing(tx, decision, appeal)
    standing = part or restrictions_of(tx, decision)
    if not standing:
        return
    on_account = MEASURES[standing[0].measure].on_account
    fitting = [rung for rung in clauses[finding.clause].ladder if _fits(rung, on_account)]
    mildest = min(fitting, key=lambda rung: MEASURES[rung.measure].gravity, default=None)
    if mildest is None or MEASURES[mildest.measure].gravity >= min(
        MEASURES[r.measure].gravity for r in standing
    ):
        return
    until = standing[0].until
    duration = min((d for d in (mildest.duration, until - now if until else None) if d), default=None)
    reduced = Decision(
        id=ids(),
        state=DECISION.start,
        case=None,
        subject=standing[0].subject if part else decision.subject,
        platform=decision.platform,
        outcome=Outcome.RESTRICT,
        cause=Cause.APPEAL_OVERDUE,
        findings=decision.findings,
        acts=tuple(
            Act(each, mildest.measure, _whole(duration), mildest.name)
            for each in dict.fromkeys(r.subject for r in part or standing[:1])
        ),
        facts=decision.facts,
        evidence=decision.evidence,
        source=decision.source,
        automation=decision.automation,
        proposer=decision.proposer,
        second_needed=False,
        single_operator=decision.single_operator,
        proposed_at=now,
        reference=reference(ids),
        leaf=ids(),
        language=decision.language,
        content_type=decision.content_type,
        supersedes=None if part else decision.id,
        part_of=decision.id if part else None,
        ends=tuple(each.id for each in part),
        appeal=appeal.id if part else None,
    )
    tx.insert(reduced, verb="propose", actor=SYSTEM)
    approved = tx.update(
        reduced, verb="approve", actor=SYSTEM, approver=decision.approver, approved_at=now, commit_at=now
    )
    cascading.take_force(tx, now, ids, approved)


def _fits(rung: Rung, on_account: bool) -> bool:
    return MEASURES[rung.measure].on_account == on_account and MEASURES[rung.measure].reversible


def _whole(duration: timedelta | None) -> timedelta | None:
    return timedelta(seconds=int(duration.total_seconds())) if duration else None
