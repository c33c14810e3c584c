"""Promised hours that were not kept: noted always, and in time-critical cases paid for with a milder measure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from showcause.casework import cascading, parts
from showcause.casework.ports import Ids
from showcause.casework.reading import (
    clauses_cited,
    platform,
    reference,
    restrictions_of,
)
from showcause.casework.weighing import link_grounds
from showcause.domain import appeal as law
from showcause.domain.appeal import Appeal, Appellant
from showcause.domain.decision import Act, Cause, Decision, Finding, Outcome
from showcause.domain.lifecycle import (
    DECISION,
    DecisionState,
)
from showcause.domain.people import SYSTEM, Moderator
from showcause.domain.policy import Rung
from showcause.domain.restriction import MEASURES
from showcause.store.tx import Tx


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
    offered = {offer.measure for offer in platform(tx, decision.platform).offers}
    fitting = [
        rung for rung in clauses[finding.clause].ladder if rung.measure in offered and _fits(rung, on_account)
    ]
    mildest = min(fitting, key=lambda rung: MEASURES[rung.measure].gravity, default=None)
    worst = max(MEASURES[r.measure].gravity for r in standing)
    if mildest is None or MEASURES[mildest.measure].gravity >= worst:
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
    link_grounds(tx, ids, reduced)
    approved = tx.update(
        reduced, verb="approve", actor=SYSTEM, approver=decision.approver, approved_at=now, commit_at=now
    )
    cascading.take_force(tx, now, ids, approved)


def restore(
    tx: Tx, now: datetime, ids: Ids, decision: Decision, reduced: Decision, appeal: Appeal, by: Moderator
) -> Decision | None:
    """Impose again what an overdue promise had reduced until the answer, because the appeal was not right.

    Each measure ends when it would have ended; None when that moment has passed for all of them.
    """
    acts = tuple(
        replace(act, duration=_whole(until - now) if until else None)
        for act, until in zip(decision.acts, (r.until for r in restrictions_of(tx, decision)), strict=True)
        if until is None or until > now
    )
    if not acts:
        return None
    again = replace(
        decision,
        **_AS_PROPOSED,
        id=ids(),
        cause=Cause.APPEAL,
        acts=acts,
        proposer=by.id,
        proposed_at=now,
        reference=reference(ids),
        leaf=ids(),
        supersedes=reduced.id,
        appeal=appeal.id,
    )
    tx.insert(again, verb="propose", actor=by.id)
    link_grounds(tx, ids, again)
    approved = tx.update(again, verb="approve", actor=by.id, approver=by.id, approved_at=now, commit_at=now)
    return cascading.take_force(tx, now, ids, approved)


_AS_PROPOSED: Mapping[str, Any] = {
    "state": DECISION.start,
    "case": None,
    "second_needed": False,
    "hold_until": None,
    "interim": None,
    "interim_decision": None,
    "urgent": None,
    "approver": None,
    "approved_at": None,
    "commit_at": None,
    "decided_at": None,
    "revision": 0,
}
"""What a decision made from an earlier one's content does not take over."""


def _fits(rung: Rung, on_account: bool) -> bool:
    return MEASURES[rung.measure].on_account == on_account and MEASURES[rung.measure].reversible


def _whole(duration: timedelta | None) -> timedelta | None:
    return timedelta(seconds=int(duration.total_seconds())) if duration else None
