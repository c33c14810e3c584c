"""The urgent lane's record: what was done at once enters the log, is confirmed by another person, or falls.

The act itself came from the connector's own spool, without this database; entering it twice is harmless. It did not
wait for witnesses either. Where its measure asks for some, its entry is followed until they cover it, and what is late
is said in public; neither the lane nor a lift waits for that.
"""

from datetime import datetime

from showcause.casework import cascading, enforcing
from showcause.casework.log import gapping
from showcause.casework.log.watching import levels_of
from showcause.casework.ports import Ids, Spooled
from showcause.casework.reading import person, reference, register, single_operator, urgent_clause
from showcause.domain.decision import Act, AutomationUse, Cause, Decision, Finding, Outcome
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import PolicyNotInForce
from showcause.domain.lifecycle import (
    DECISION,
    URGENT,
    DecisionState,
    UrgentEvent,
    UrgentState,
)
from showcause.domain.people import SYSTEM
from showcause.domain.permissions import Action, check_action
from showcause.domain.subject import SubjectKind
from showcause.domain.urgent import ENTER_WITHIN, NEVER_COPIED, UrgentEntry, confirm_by, when_unconfirmed
from showcause.domain.witness import Demand
from showcause.store.tx import Tx
from showcause.store.view import View


def enter(tx: Tx, now: datetime, ids: Ids, spooled: Spooled) -> UrgentEntry:
    """Enter an urgent act into the record: a decision by one person, its leaf, its statement, and a day to confirm it.

    Raises: PolicyNotInForce when no clause in force names the danger; the act stands and stays spooled.
    """
    known = tx.first(UrgentEntry, spool=spooled.id)
    if known is not None:
        return known
    who, subject = person(tx, spooled.moderator), register(tx, spooled.subject)
    clause = urgent_clause(tx, spooled.category, now)
    if clause is None:
        raise PolicyNotInForce(f"no clause in force names the danger {spooled.category}")
    entry_id, decision_id = ids(), ids()
    preset = clause.presets[0]
    decision = Decision(
        id=decision_id,
        state=DECISION.start,
        case=None,
        subject=subject.id,
        platform=spooled.subject.platform,
        outcome=Outcome.RESTRICT,
        cause=Cause.URGENT,
        findings=(Finding(clause.ref, preset.elements, preset.id),),
        acts=(Act(subject.id, spooled.measure, None, "urgent"),),
        facts=tx.seal(subject.owner, "facts", {"facts": {}, "note": "", "reason": ""}),
        evidence=_evidence(tx, subject.owner, spooled),
        source="SOURCE_VOLUNTARY",
        automation=AutomationUse(),
        proposer=who.id,
        second_needed=False,
        single_operator=single_operator(tx),
        proposed_at=spooled.at,
        reference=reference(ids),
        leaf=ids(),
        urgent=entry_id,
    )
    tx.insert(decision, verb="propose", actor=who.id)
    approved = tx.update(
        decision, verb="approve", actor=who.id, approver=who.id, approved_at=now, commit_at=now
    )
    decided = cascading.take_force(tx, now, ids, approved)
    _mark_applied(tx, now, ids, decided, spooled)
    entry = tx.insert(
        UrgentEntry(
            id=entry_id,
            state=URGENT.start,
            spool=spooled.id,
            platform=spooled.subject.platform,
            subject=subject.id,
            category=spooled.category,
            measure=spooled.measure,
            actor=who.id,
            acted_at=spooled.at,
            entered_at=now,
            confirm_by=confirm_by(spooled.at, single_operator=decision.single_operator),
            decision=decision_id,
            on_account=spooled.subject.kind is SubjectKind.ACCOUNT,
            single_operator=decision.single_operator,
            late_entry=now > spooled.at + ENTER_WITHIN,
        ),
        verb="spool",
        actor=who.id,
    )
    if entry.late_entry:
        tx.note("late-entry", SYSTEM, entry.id, "urgent")
    tx.job("urgent-due", f"urgent-due:{entry.id}", entry.id, due=max(now, entry.confirm_by))
    if entry.measure in levels_of(tx):
        tx.job("urgent-level", f"urgent-level:{entry.id}", entry.id, due=now)
    return tx.update(entry, verb="enter", actor=SYSTEM, state=URGENT.step(entry.state, UrgentEvent.ENTER))


def _evidence(tx: Tx, owner: str, spooled: Spooled) -> tuple[str, ...]:
    if spooled.snapshot is None or spooled.category in NEVER_COPIED:
        return ()
    return (tx.seal(owner, "evidence", {"text": "snapshot", "snapshot": dict(spooled.snapshot)}),)


def _mark_applied(tx: Tx, now: datetime, ids: Ids, decision: Decision, spooled: Spooled) -> None:
    """The connector acted before the record: the order is on the platform already and is not sent again."""
    if spooled.acted:
        for enforcement in tx.find(Enforcement, decision=decision.id):
            enforcing.note_applied(
                tx, now, ids, enforcement.id, decision.proposed_at, spooled.id, spooled.confirmation
            )


def number_of(tx: View, entry: UrgentEntry) -> int:
    """Return the dense number under which an urgent act entered, to tell the connector."""
    enforcement = tx.first(Enforcement, decision=entry.decision)
    return enforcement.number if enforcement else 0


def spooled_as(view: View, enforcement: Enforcement) -> str | None:
    """Return the spool's id of the urgent act that an enforcement records; None if it is an ordinary order."""
    entry = view.first(UrgentEntry, decision=enforcement.decision)
    return entry.spool if entry else None


def confirm(tx: Tx, now: datetime, ids: Ids, entry_id: str, by: str) -> UrgentEntry:
    """Confirm an urgent act: another person, or the same one a day later where the house has only one.

    Raises: SamePerson, naming from when a second look counts.
    """
    who, entry = person(tx, by), tx.get(UrgentEntry, entry_id)
    check_action(who, entry, Action.URGENT_CONFIRM, now)
    tx.cancel_job(f"urgent-due:{entry.id}")
    return tx.update(
        entry,
        verb="confirm",
        actor=who.id,
        state=URGENT.step(entry.state, UrgentEvent.CONFIRM),
        second=who.id,
        second_look=who.id == entry.actor,
    )


def below_level(tx: Tx, now: datetime, ids: Ids, entry_id: str, demand: Demand) -> UrgentEntry:
    """Say in public that an urgent act's entry is not covered as its measure asks, and its time is over.

    Where a fallback was declared the log admits the gap, as for any order.
    """
    entry = tx.get(UrgentEntry, entry_id)
    if entry.below_level:
        return entry
    enforcement = tx.first(Enforcement, decision=entry.decision)
    if enforcement is not None and demand.fallback_after is not None:
        gapping.log_gap(tx, now, ids, enforcement.id, demand)
    return tx.update(entry, verb="below-level", actor=SYSTEM, below_level=True)


def at_level(tx: Tx, now: datetime, ids: Ids, entry_id: str) -> UrgentEntry:
    """Note that witnesses cover an urgent act's entry now, if it was said that they did not."""
    entry = tx.get(UrgentEntry, entry_id)
    if not entry.below_level:
        return entry
    return tx.update(entry, verb="reach-level", actor=SYSTEM, below_level=False)


def lift(tx: Tx, now: datetime, ids: Ids, entry_id: str, by: str | None) -> UrgentEntry:
    """Take an urgent act back: by a person, or because nobody confirmed it in time."""
    entry = tx.get(UrgentEntry, entry_id)
    actor = SYSTEM
    if by is not None:
        who = person(tx, by)
        check_action(who, entry, Action.URGENT_LIFT, now)
        actor = who.id
    tx.cancel_job(f"urgent-due:{entry.id}")
    decision = tx.get(Decision, entry.decision)
    if decision.state in (DecisionState.IN_FORCE, DecisionState.LAPSED):
        lifted = cascading.record_lift(tx, now, ids, decision, Cause.URGENT, by=actor)
        cascading.take_force(tx, now, ids, lifted)
    return tx.update(entry, verb="lift", actor=actor, state=URGENT.step(entry.state, UrgentEvent.LIFT))


def due(tx: Tx, now: datetime, ids: Ids, entry_id: str) -> UrgentEntry:
    """Act on what nobody confirmed in time: accounts are freed, urgent content stays hidden and is overdue."""
    entry = tx.get(UrgentEntry, entry_id)
    if entry.state is not UrgentState.ENTERED:
        return entry
    if when_unconfirmed(entry) is UrgentEvent.LIFT:
        return lift(tx, now, ids, entry_id, None)
    return tx.update(
        entry,
        verb="keep-hidden",
        actor=SYSTEM,
        state=URGENT.step(entry.state, UrgentEvent.KEEP_HIDDEN),
        overdue=True,
    )
