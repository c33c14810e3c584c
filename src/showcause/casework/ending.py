"""Ending what was imposed: superseding a decision, ending its restrictions, closing appeals that became moot."""

from datetime import datetime

from showcause.casework import parts
from showcause.casework.ports import Ids
from showcause.domain.appeal import OPEN, Appeal
from showcause.domain.campaign import CampaignItem
from showcause.domain.decision import Cause, Decision
from showcause.domain.enforcement import Enforcement, ending_event, step
from showcause.domain.lifecycle import (
    APPEAL,
    DECISION,
    AppealEvent,
    DecisionEvent,
    EnforcementEvent,
)
from showcause.domain.people import SYSTEM
from showcause.domain.restriction import Restriction
from showcause.store.tx import Tx


def supersede(tx: Tx, old: Decision, by: Decision) -> Decision:
    """Mark a decision as superseded by a later one that names it; open appeals against it need no answer any more.

    An appeal that is being decided now, or that stays open while its overdue measure is reduced, is left alone.
    """
    superseded = tx.update(
        old, verb="supersede", actor=SYSTEM, state=DECISION.step(old.state, DecisionEvent.SUPERSEDE)
    )
    tx.note("superseded-by", SYSTEM, old.id, "decision", by=by.id)
    if by.cause is not Cause.APPEAL_OVERDUE:
        for appeal in tx.find(Appeal, decision=old.id, state=tuple(OPEN)):
            if appeal.id != by.appeal:
                moot(tx, appeal)
    return superseded


def end_part(tx: Tx, now: datetime, ids: Ids, by: Decision) -> list[Restriction]:
    """End those restrictions of a campaign that a decision names, without superseding the rest; return them.

    Open appeals against those items need no answer any more.
    """
    ended = [tx.get(Restriction, id_) for id_ in by.ends]
    for restriction in ended:
        end_restriction(tx, now, ids, restriction, by.id)
        item = tx.first(CampaignItem, restriction=restriction.id)
        if item is not None and by.cause is not Cause.APPEAL_OVERDUE:
            _moot_about(tx, item, by)
    return ended


def _moot_about(tx: Tx, item: CampaignItem, by: Decision) -> None:
    """Close the appeals that needed an answer about this item alone, or of which it was the last one left."""
    for appeal in tx.find(Appeal, decision=by.part_of, person=item.owner, state=tuple(OPEN)):
        about = [each for each in parts.items_of(tx, appeal) if parts.is_standing(tx, each)]
        if appeal.id != by.appeal and not about:
            moot(tx, appeal)


def moot(tx: Tx, appeal: Appeal) -> Appeal:
    """Close an appeal that needs no answer, because the decision no longer holds."""
    tx.cancel_job(f"appeal-due:{appeal.id}")
    return tx.update(appeal, verb="moot", actor=SYSTEM, state=APPEAL.step(appeal.state, AppealEvent.MOOT))


def end_restriction(tx: Tx, now: datetime, ids: Ids, restriction: Restriction, by: str) -> Enforcement | None:
    """End the enforcement of a restriction: cancel what was never sent, lift what may have landed. Safe to repeat."""
    enforcement = tx.first(Enforcement, restriction=restriction.id)
    return end_enforcement(tx, now, enforcement, by) if enforcement else None


def end_enforcement(tx: Tx, now: datetime, enforcement: Enforcement, by: str) -> Enforcement:
    """End one enforcement; `by` is the decision that ends it, or "end" for its date."""
    event = ending_event(enforcement)
    if event is None:
        return enforcement
    changed = tx.update(
        enforcement, verb=str(event), actor=SYSTEM, state=step(enforcement, event), ended_by=by
    )
    tx.cancel_job(f"end:{enforcement.id}")
    if event is EnforcementEvent.CANCEL:
        tx.cancel_job(f"apply:{enforcement.id}:0")
        tx.job("void", f"void:{enforcement.id}", enforcement.id, due=now, lane=enforcement.subject)
    elif event is EnforcementEvent.LIFT:
        tx.cancel_job(f"apply:{enforcement.id}:{enforcement.revision}")
        tx.job(
            "lift",
            f"lift:{enforcement.id}:{changed.revision}",
            enforcement.id,
            due=now,
            lane=enforcement.subject,
        )
    return changed
