"""Approving a version and taking it live: another person looks, and the earlier version ends in the same moment."""

from datetime import datetime

from showcause.casework.log.publishing import acting
from showcause.casework.ports import Ids
from showcause.casework.reading import single_operator
from showcause.casework.rulework import in_force, telling
from showcause.casework.rulework.proposing import ONE_CHANGE
from showcause.casework.rulework.trying import (
    check_approved,
    check_own_way,
    check_powers_of,
    check_trial,
    fresh_backtest,
    move,
    needs_second,
)
from showcause.domain.errors import IllegalStep, SamePerson
from showcause.domain.lifecycle import RULE, RuleEvent, RuleState
from showcause.domain.people import Moderator, Role
from showcause.domain.rule import ALONE_LASTS, RuleVersion, Seen, check_forecast
from showcause.domain.site import ANNOUNCE
from showcause.store.tx import Tx

EXPIRES = "rule-expires"
"""The job that ends what acts for a time only."""

APPROVABLE = (RuleState.BACKTESTED, RuleState.SHADOW)


def approve(tx: Tx, now: datetime, ids: Ids, version_id: str, by: str) -> RuleVersion:
    """Approve a version with the backtest that it has now; another backtest needs another approval.

    In single-operator mode the same person may, a day after the proposal, which announced it; what then goes live
    lasts seven days unless somebody else ratifies it.

    Raises: SamePerson for its proposer; IllegalStep before its backtest, and when that does not speak for it any more.
    """
    tx.one_at_a_time(ONE_CHANGE)
    who, held = acting(tx, by, Role.POLICY, Role.OPERATOR), tx.get(RuleVersion, version_id)
    check_own_way(tx, held)
    if held.state not in APPROVABLE:
        raise IllegalStep(
            f"{held.ref} is {held.state}; what is approved is {' or '.join(APPROVABLE)}",
            "It is approved on what its backtest shows, before it acts on anybody.",
        )
    if held.approver is not None:
        raise IllegalStep(f"{held.ref} was approved already")
    _check_other(tx, held, who, now)
    check_forecast(fresh_backtest(tx, now, held), held.expected)
    check_powers_of(tx, now, held)
    approved = tx.update(held, verb="approve", actor=who.id, approver=who.id, approved_at=now)
    telling.publish(tx, now, ids, approved, "approved", tx.get(Moderator, held.proposer), approver=who.id)
    return approved


def go_live(tx: Tx, now: datetime, ids: Ids, version_id: str, by: str, *, seen: Seen) -> RuleVersion:
    """Let a version act on all; the live one before it ends in the same transaction. `seen` is what its canary saw.

    Raises: IllegalStep before the canary, and when anything that it rests on does not hold any more.
    """
    tx.one_at_a_time(ONE_CHANGE)
    who, held = acting(tx, by, Role.POLICY, Role.OPERATOR), tx.get(RuleVersion, version_id)
    check_own_way(tx, held)
    RULE.step(held.state, RuleEvent.GO_LIVE)
    check_trial(tx, now, held, seen)
    check_approved(tx, held)
    return take_force(tx, now, ids, held, RuleEvent.GO_LIVE, who, "live", expires_at=_ends(tx, now, held))


def ratify(tx: Tx, now: datetime, ids: Ids, version_id: str, by: str) -> RuleVersion:
    """Take what was pushed, or what one person alone brought live, over into the usual way.

    What was pushed needs a backtest by then. In single-operator mode the same person's second look counts a day after
    the push; the rule then lasts seven days.

    Raises: SamePerson; IllegalStep for what needs no ratifying, and when its backtest does not speak for it.
    """
    tx.one_at_a_time(ONE_CHANGE)
    who, held = acting(tx, by, Role.POLICY, Role.OPERATOR), tx.get(RuleVersion, version_id)
    check_own_way(tx, held)
    RULE.step(held.state, RuleEvent.RATIFY)
    if held.expires_at is None:
        raise IllegalStep(f"{held.ref} is live without an end; nothing is to be ratified")
    if held.state is RuleState.LIVE:
        if who.id in (held.proposer, held.approver, held.pushed_by, held.ratified_by):
            raise SamePerson(f"you brought {held.ref} live; somebody else ratifies it")
        changes = {"expires_at": None, "ratified_by": who.id}
        kept = tx.update(held, verb="ratify", actor=who.id, state=held.state, **changes)
        _stop_timer(tx, held)
        telling.publish(tx, now, ids, kept, "ratified", who)
        return kept
    _check_ratifier(tx, held, who, now)
    check_forecast(fresh_backtest(tx, now, held), held.expected)
    check_powers_of(tx, now, held)
    _stop_timer(tx, held)
    ends = now + ALONE_LASTS if who.id in (held.proposer, held.pushed_by) else None
    return take_force(
        tx, now, ids, held, RuleEvent.RATIFY, who, "ratified", expires_at=ends, ratified_by=who.id
    )


def take_force(
    tx: Tx,
    now: datetime,
    ids: Ids,
    held: RuleVersion,
    event: RuleEvent,
    who: Moderator,
    told: str,
    *,
    expires_at: datetime | None,
    **changes: object,
) -> RuleVersion:
    """Make a version live and retire the one before it, with what it brings; set the timer of what lasts for a time."""
    before = in_force.live_one(tx, held.platform, held.kind, held.name)
    if before is not None:
        state = RULE.step(before.state, RuleEvent.RETIRE)
        tx.update(before, verb="replace", actor=who.id, state=state, retired_at=now)
        _stop_timer(tx, before)
    taken = move(tx, held, event, who.id, live_from=now, expires_at=expires_at, **changes)
    if expires_at is not None:
        set_timer(tx, taken, expires_at)
    telling.publish(
        tx,
        now,
        ids,
        taken,
        told,
        tx.get(Moderator, held.proposer),
        approver=taken.ratified_by or taken.approver,
        more={
            "replaces": before.commitment if before else None,
            "caps": telling.caps_of(taken),
            "ends": telling.hour(expires_at) if expires_at else None,
        },
    )
    return taken


def set_timer(tx: Tx, held: RuleVersion, due: datetime) -> None:
    """Have a version looked at when its time is over."""
    tx.job(EXPIRES, _timer(held), held.id, due=due)


def _stop_timer(tx: Tx, held: RuleVersion) -> None:
    if held.expires_at is not None:
        tx.cancel_job(_timer(held))


def _timer(held: RuleVersion) -> str:
    moment = held.expires_at
    return f"{EXPIRES}:{held.id}:{int(moment.timestamp()) if moment else 0}"


def _check_other(tx: Tx, held: RuleVersion, who: Moderator, now: datetime) -> None:
    if who.id != held.proposer:
        return
    if not (held.single_operator and single_operator(tx)):
        raise SamePerson("you proposed this version; another person approves it")
    if now < held.proposed_at + ANNOUNCE:
        raise SamePerson(
            "you proposed this version, and here is nobody else: your second look counts a day later",
            f"Look again from {held.proposed_at + ANNOUNCE:%d %B %H:%M} UTC on.",
        )


def _check_ratifier(tx: Tx, held: RuleVersion, who: Moderator, now: datetime) -> None:
    if who.id not in (held.proposer, held.pushed_by):
        return
    if not (held.single_operator and single_operator(tx)):
        raise SamePerson("you proposed or pushed this version; another person ratifies it")
    if held.pushed_at is not None and now < held.pushed_at + ANNOUNCE:
        raise SamePerson(
            "a second look by the same person counts only a day after the push",
            f"Look again from {held.pushed_at + ANNOUNCE:%d %B %H:%M} UTC on.",
        )


def _ends(tx: Tx, now: datetime, held: RuleVersion) -> datetime | None:
    """Return when a version ends that needed two people and had one."""
    return now + ALONE_LASTS if held.approver == held.proposer and needs_second(tx, held) else None
