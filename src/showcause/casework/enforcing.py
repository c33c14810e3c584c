"""Enforcing: an order from the outbox to the platform's own answer, and back.

Each verb is one step between two calls to the platform, so that a crash at any point repeats a step and never an
effect. The worker makes the calls; nothing here does.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from showcause.casework import cascading, ending
from showcause.casework.effects import comparison, item_of, log_effect, tell_restored
from showcause.casework.log.confirmations import kept, taken
from showcause.casework.ports import Ids, Order, Restored, Snapshot
from showcause.casework.reading import clauses_cited, person, subject_of
from showcause.casework.weighing import check_undoable
from showcause.domain.campaign import CampaignItem
from showcause.domain.decision import Decision
from showcause.domain.enforcement import ENDED, Enforcement, step
from showcause.domain.errors import (
    ClockBehind,
    ConfirmationRefused,
    IllegalStep,
    NotReversible,
    Unavailable,
)
from showcause.domain.lifecycle import (
    DecisionState,
    EnforcementEvent,
    EnforcementState,
    ServiceState,
)
from showcause.domain.people import SYSTEM
from showcause.domain.permissions import Action, check_action
from showcause.domain.restriction import MEASURES
from showcause.domain.statement import Statement
from showcause.domain.subject import SubjectRecord
from showcause.store.tx import Tx
from showcause.store.view import View

SERVICE_PATIENCE = timedelta(minutes=10)


class WaitsForService(Unavailable):
    """The order would keep the person from reading, and the statement has not been served yet."""

    code = "waits-for-service"
    default_hint = (
        "The statement goes first; if it cannot be delivered, the desk has to find another channel."
    )


class WaitsForAppeal(Unavailable):
    """The order could not be undone, and an appeal about its subject was lodged before it was sent."""

    code = "waits-for-appeal"
    default_hint = "The appeal is answered first; then the order goes out, or is cancelled."


@dataclass(frozen=True, slots=True)
class Sending:
    """An order about to be sent, what it was about to the log, and whether a snapshot is still to be taken.

    `item` is there for an order of a campaign.
    """

    order: Order
    leaf: str
    needs_snapshot: bool
    item: CampaignItem | None = None


def order_of(view: View, enforcement: Enforcement) -> Order:
    """Return the order of an enforcement, as the platform is told it."""
    decision = view.get(Decision, enforcement.decision)
    return Order(
        key=enforcement.id,
        subject=subject_of(view, enforcement.subject),
        measure=enforcement.measure,
        until=enforcement.until,
        number=enforcement.number,
        served=is_served(view, enforcement),
        leaf=decision.leaf,
        clause=decision.findings[0].clause if decision.findings else "",
    )


def is_served(view: View, enforcement: Enforcement) -> bool:
    """Tell whether the person whom an order restricts was served the statement of its decision."""
    statement = view.first(Statement, decision=enforcement.decision)
    if statement is not None and item_of(view, enforcement) is not None:
        owner = view.get(SubjectRecord, enforcement.subject).owner
        statement = view.first(Statement, decision=enforcement.decision, person=owner)
    return statement is not None and statement.state is ServiceState.SERVED


def begin(tx: Tx, now: datetime, ids: Ids, enforcement_id: str) -> Sending | None:
    """Count an attempt before the call, and return the order to send; None when it is no longer to be sent.

    Raises: as `about_to_send`; then no attempt is counted.
    """
    sending = about_to_send(tx, enforcement_id)
    if sending is not None:
        enforcement = tx.get(Enforcement, enforcement_id)
        tx.update(enforcement, verb="attempt", actor=SYSTEM, attempts=enforcement.attempts + 1)
    return sending


def about_to_send(view: View, enforcement_id: str) -> Sending | None:
    """Return the order that is to be sent next; None when it is no longer to be sent.

    Raises: WaitsForService for a measure that would keep the person from reading, until the statement was served;
    WaitsForAppeal for one that cannot be undone, while an appeal about its subject is open.
    """
    enforcement = view.get(Enforcement, enforcement_id)
    decision = view.get(Decision, enforcement.decision)
    if enforcement.state is not EnforcementState.PENDING or decision.state is not DecisionState.IN_FORCE:
        return None
    if MEASURES[enforcement.measure].blocks_reading and not is_served(view, enforcement):
        raise WaitsForService(f"order {enforcement.number} waits until its statement was served")
    _check_undoable(view, enforcement, decision)
    item = item_of(view, enforcement) if decision.campaign else None
    order = order_of(view, enforcement)
    return Sending(order, decision.leaf, needs_snapshot=enforcement.snapshot is None, item=item)


def _check_undoable(view: View, enforcement: Enforcement, decision: Decision) -> None:
    act = next(each for each in decision.acts if each.measure is enforcement.measure)
    act = replace(act, subject=enforcement.subject)
    try:
        check_undoable(view, enforcement.platform, (act,), clauses_cited(view, decision))
    except NotReversible:
        raise WaitsForAppeal(f"order {enforcement.number} waits until the appeal is answered") from None


def keep_snapshot(tx: Tx, now: datetime, ids: Ids, enforcement_id: str, snapshot: Snapshot) -> Enforcement:
    """Keep what the account had, sealed, before the act (guarantee 8). The first snapshot stands."""
    enforcement = tx.get(Enforcement, enforcement_id)
    if enforcement.snapshot is not None:
        return enforcement
    owner = tx.get(SubjectRecord, enforcement.subject).owner
    value = {"taken_at": snapshot.taken_at.isoformat(), "items": dict(snapshot.items)}
    return tx.update(enforcement, verb="snapshot", actor=SYSTEM, snapshot=tx.seal(owner, "snapshot", value))


def confirm(
    tx: Tx,
    now: datetime,
    ids: Ids,
    enforcement_id: str,
    confirmation: str,
    restored: Restored | None = None,
    *,
    compared: bool = False,
) -> Enforcement:
    """Note that the platform's own state shows the effect: applied, or, when lifting, lifted with what came back.

    `confirmation` is what the connector signed about it; the effect's leaf commits to it.

    Raises: ConfirmationRefused; then nothing is noted.
    """
    enforcement = tx.get(Enforcement, enforcement_id)
    if enforcement.state not in (EnforcementState.PENDING, EnforcementState.LIFTING):
        return enforcement
    following = step(enforcement, EnforcementEvent.CONFIRM)
    if enforcement.state is EnforcementState.PENDING:
        said = taken(tx, enforcement, "applied", confirmation)
        applied = tx.update(
            enforcement,
            verb="confirm",
            actor=SYSTEM,
            state=following,
            applied_at=now,
            failure="",
            **kept(enforcement, said),
        )
        log_effect(tx, now, ids, applied, "applied", said)
        return applied
    said = taken(tx, enforcement, "lifted", confirmation)
    lifted = tx.update(
        enforcement,
        verb="confirm",
        actor=SYSTEM,
        state=following,
        lifted_at=now,
        **kept(enforcement, said),
        **comparison(tx, enforcement, restored),
    )
    log_effect(tx, now, ids, lifted, "lifted", said)
    tell_restored(tx, now, ids, lifted, restored or Restored((), ()), compared=compared)
    return lifted


def note_applied(
    tx: Tx, now: datetime, ids: Ids, enforcement_id: str, at: datetime, spool: str, confirmation: str
) -> Enforcement:
    """Note an order that the platform carried out before its record was made: applied, and its effect is logged.

    `confirmation` is what the connector signed about the act under its id in the spool. Without one that fits, the
    order goes out as any other: the connector finds the measure standing, and confirms that.
    """
    enforcement = tx.get(Enforcement, enforcement_id)
    try:
        said = taken(tx, enforcement, "applied", confirmation, spool)
    except ConfirmationRefused:
        tx.note("unconfirmed", SYSTEM, enforcement.id, "enforcement", spool=spool)
        # It stands already: ending it is a lift, whether the order was sent or not.
        return tx.update(enforcement, verb="attempt", actor=SYSTEM, attempts=1)
    tx.cancel_job(f"apply:{enforcement.id}:0")
    applied = tx.update(
        enforcement,
        verb="confirm",
        actor=SYSTEM,
        state=step(enforcement, EnforcementEvent.CONFIRM),
        attempts=1,
        applied_at=at,
        **kept(enforcement, said),
    )
    log_effect(tx, now, ids, applied, "applied", said)
    return applied


def give_up(
    tx: Tx, now: datetime, ids: Ids, enforcement_id: str, failure: str, confirmation: str = ""
) -> Enforcement:
    """Stop trying: an order becomes failed, a lift becomes stuck; a moderator has the next action.

    `confirmation` is the connector's word that it knows no better, empty where it could not be asked. One that does not
    fit is the failure then.
    """
    enforcement = tx.get(Enforcement, enforcement_id)
    if enforcement.state not in (EnforcementState.PENDING, EnforcementState.LIFTING):
        return enforcement
    following = step(enforcement, EnforcementEvent.GIVE_UP)
    try:
        said = taken(tx, enforcement, str(following), confirmation) if confirmation else ""
    except ConfirmationRefused as error:
        said, failure = "", error.code
    stopped = tx.update(
        enforcement,
        verb="give-up",
        actor=SYSTEM,
        state=following,
        failure=failure[:64],
        **kept(enforcement, said),
    )
    log_effect(tx, now, ids, stopped, str(stopped.state), said)
    return stopped


def admit_permanent(tx: Tx, now: datetime, ids: Ids, enforcement_id: str, confirmation: str) -> Enforcement:
    """Admit that a measure cannot be undone, and tell the person (guarantee 8). Raises: ConfirmationRefused."""
    enforcement = tx.get(Enforcement, enforcement_id)
    if enforcement.state is not EnforcementState.LIFTING:
        return enforcement
    said = taken(tx, enforcement, "permanent", confirmation)
    permanent = tx.update(
        enforcement,
        verb="admit-permanent",
        actor=SYSTEM,
        state=step(enforcement, EnforcementEvent.ADMIT_PERMANENT),
        lifted_at=now,
        lost=1,
        **kept(enforcement, said),
    )
    log_effect(tx, now, ids, permanent, "permanent", said)
    subject = subject_of(tx, permanent.subject)
    tell_restored(tx, now, ids, permanent, Restored((), (subject.ref,)), compared=True)
    return permanent


def retry(tx: Tx, now: datetime, ids: Ids, enforcement_id: str, by: str) -> Enforcement:
    """Send a failed or drifted order, or a stuck lift, again, at a moderator's word."""
    who, enforcement = person(tx, by), tx.get(Enforcement, enforcement_id)
    check_action(who, enforcement, Action.ENFORCEMENT_RETRY, now)
    again = tx.update(
        enforcement, verb="retry", actor=who.id, state=step(enforcement, EnforcementEvent.RETRY), failure=""
    )
    kind = "apply" if again.state is EnforcementState.PENDING else "lift"
    tx.job(kind, f"{kind}:{again.id}:{again.revision}", again.id, due=now, lane=again.subject)
    return again


def accept(tx: Tx, now: datetime, ids: Ids, enforcement_id: str, by: str) -> Enforcement:
    """Accept that somebody undid a restriction on the platform: people are not fought."""
    who, enforcement = person(tx, by), tx.get(Enforcement, enforcement_id)
    check_action(who, enforcement, Action.ENFORCEMENT_ACCEPT, now)
    accepted = tx.update(
        enforcement,
        verb="accept",
        actor=who.id,
        state=step(enforcement, EnforcementEvent.ACCEPT),
        lifted_at=now,
        ended_by="accepted",
    )
    log_effect(tx, now, ids, accepted, "lifted")
    return accepted


def drift(tx: Tx, now: datetime, ids: Ids, enforcement_id: str) -> Enforcement:
    """Note that the platform's state differs from an applied restriction; a moderator looks at it."""
    enforcement = tx.get(Enforcement, enforcement_id)
    if enforcement.state is not EnforcementState.APPLIED:
        return enforcement
    return tx.update(enforcement, verb="drift", actor=SYSTEM, state=step(enforcement, EnforcementEvent.DRIFT))


def end_by_date(tx: Tx, now: datetime, ids: Ids, enforcement_id: str) -> Enforcement:
    """End a measure whose date has come; when it was the decision's last, the decision lapses."""
    enforcement = tx.get(Enforcement, enforcement_id)
    if enforcement.until is None:
        raise IllegalStep("the measure has no end")
    if now < enforcement.until:
        # Its timer was due by an earlier reading of the clock; given up, the measure would never end.
        raise ClockBehind("the clock was set back: the measure's end has not come")
    ended = ending.end_enforcement(tx, now, enforcement, "end")
    decision = tx.get(Decision, enforcement.decision)
    if decision.state is DecisionState.IN_FORCE and not _is_standing(tx, decision):
        cascading.lapse(tx, now, ids, decision)
    return ended


STANDING = frozenset(EnforcementState) - {*ENDED, EnforcementState.LIFTING, EnforcementState.STUCK}


def _is_standing(tx: Tx, decision: Decision) -> bool:
    """Tell whether anything that a decision imposed stands; state by state, since a campaign has thousands."""
    return any(tx.first(Enforcement, decision=decision.id, state=state) for state in STANDING)


def cancelled(tx: Tx, now: datetime, ids: Ids, enforcement_id: str, confirmation: str) -> Enforcement:
    """Log that an order was cancelled before it was sent; its number was told to the connector as void.

    Raises: ConfirmationRefused.
    """
    enforcement = tx.get(Enforcement, enforcement_id)
    said = taken(tx, enforcement, "void", confirmation)
    if change := kept(enforcement, said):
        enforcement = tx.update(enforcement, verb="void", actor=SYSTEM, **change)
    log_effect(tx, now, ids, enforcement, "void", said)
    return enforcement
