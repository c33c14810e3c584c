"""Hearing: appeals by the person concerned or the reporter, heard by another human, answered by a promised hour."""

from collections.abc import Sequence
from datetime import datetime

from showcause.casework import cascading, deciding, letters, parts, promises, recusal, weighing
from showcause.casework.lodging import log_appeal, write_to_appellant
from showcause.casework.ports import Ids
from showcause.casework.reading import (
    person,
    restrictions_of,
    setting,
)
from showcause.casework.weighing import Proposal
from showcause.domain import appeal as law
from showcause.domain.appeal import Appeal
from showcause.domain.decision import Act, Cause, Decision, Outcome
from showcause.domain.errors import AppealClosed, BadInput, NotPermitted
from showcause.domain.lifecycle import (
    APPEAL,
    AppealEvent,
    AppealState,
    DecisionState,
)
from showcause.domain.people import SYSTEM, Moderator
from showcause.domain.permissions import Action, check_action
from showcause.domain.report import Report
from showcause.domain.restriction import MEASURES, Restriction
from showcause.domain.site import LetterKind
from showcause.domain.statement import Statement
from showcause.domain.subject import SubjectRecord, check_text
from showcause.store.tx import Tx


def claim(tx: Tx, now: datetime, ids: Ids, appeal_id: str, by: str) -> Appeal:
    """Take an appeal for an hour; whoever took part in the decision cannot, unless the house has one person only.

    Raises: SamePerson, NotPermitted, IllegalStep.
    """
    who, appeal = person(tx, by), tx.get(Appeal, appeal_id)
    if appeal.state is AppealState.UNDER_REVIEW and appeal.review_until and now >= appeal.review_until:
        appeal = _free(tx, appeal, "lapse-claim", SYSTEM)
    recusal.check_reviewer(tx, tx.get(Decision, appeal.decision), who)
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
    """Let the decision stand, with the reason. Who decided alone may never affirm.

    What a broken promise had reduced until this answer is imposed again, as long as it would have lasted.
    """
    who, appeal, decision = _heard(tx, now, appeal_id, by, Action.APPEAL_AFFIRM)
    recusal.check_reviewer(tx, decision, who, affirming=True)
    current = _current(tx, decision, appeal)
    outcome = None
    if current.cause is Cause.APPEAL_OVERDUE and current.supersedes == decision.id:
        outcome = promises.restore(tx, now, ids, decision, current, appeal, who)
    closed = outcome.id if outcome else None
    return _close(tx, now, ids, appeal, decision, AppealEvent.AFFIRM, reason, who, outcome=closed)


def reverse(tx: Tx, now: datetime, ids: Ids, appeal_id: str, by: str, reason: str) -> Appeal:
    """Reverse the decision: a new one ends it in the same transaction, all that rested only on it falls with it.

    A finding of no breach is contested by a reporter; it is answered with `amend`, which says what to impose instead.
    """
    who, appeal, decision = _heard(tx, now, appeal_id, by, Action.APPEAL_REVERSE)
    recusal.check_reviewer(tx, decision, who)
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

    Raises: BadInput, NotPermitted, and whatever `weighing.weigh` and `record` raise.
    """
    who, appeal, decision = _heard(tx, now, appeal_id, by, Action.APPEAL_AMEND)
    recusal.check_reviewer(tx, decision, who)
    current = _current(tx, decision, appeal)
    part = parts.standing(tx, current, appeal)
    if proposal.outcome is not Outcome.RESTRICT:
        raise BadInput("an amended decision restricts less; to take everything back, reverse it")
    subject = part[0].subject if part else current.subject
    parts.check_acts(proposal.acts, part)
    proposal = deciding.with_detection(tx, proposal, None, [current])
    weighed = weighing.weigh(tx, now, subject, current.platform, proposal)
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
    recusal.check_reviewer(tx, decision, who, affirming=True)
    return _close(tx, now, ids, appeal, decision, AppealEvent.REFUSE, reason, who)


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
    letter = letters.appeal_outcome(
        closed, str(closed.state), said, by_author=by_author, platform_tier=platform_tier
    )
    write_to_appellant(tx, now, ids, closed, LetterKind.APPEAL_OUTCOME, _answer_account(tx, closed), letter)
    log_appeal(tx, now, ids, closed, decision, str(closed.state), who)
    return closed


def _answer_account(tx: Tx, appeal: Appeal) -> str | None:
    if appeal.statement is not None:
        return tx.get(Statement, appeal.statement).subject
    if appeal.item is not None:
        record = tx.get(SubjectRecord, parts.items_of(tx, appeal)[0].subject)
        return record.author or record.id
    # Never the account that was reported: who reported anonymously finds the answer by the report's number.
    return tx.get(Report, appeal.report or "").reporter_subject
