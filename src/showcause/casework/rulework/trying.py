"""Trying a version: on what happened, on what happens without effects, and with effects on a share.

Each step asks again what the earlier ones rest on: that the backtest is of exactly what would run, and not old; that
the clause still grants what the rule does; that somebody else approved it where that is needed.
"""

from dataclasses import dataclass
from datetime import datetime

from showcause.casework.log import ledger
from showcause.casework.log.publishing import acting
from showcause.casework.ports import Ids
from showcause.casework.rulework import in_force, telling
from showcause.casework.rulework.granting import check_powers
from showcause.casework.rulework.parts import digest_of
from showcause.casework.rulework.proposing import ONE_CHANGE, effects_of
from showcause.domain.errors import BadInput, IllegalStep
from showcause.domain.lifecycle import RULE, RuleEvent, RuleState
from showcause.domain.people import Role
from showcause.domain.rule import (
    BACKTEST_HOLDS,
    WAITING,
    Backtest,
    Piece,
    RuleVersion,
    Seen,
    check_forecast,
    check_seen,
    share_of,
)
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.jcs import Json

MOST_SAMPLED = 100
"""Events and accounts that a backtest names."""

SAMPLE_KEPT = BACKTEST_HOLDS * 2
"""So long the sample is kept: while the backtest may speak for a version that is still on its way, and a while more."""


ENDED = (RuleState.RETURNED, RuleState.RETIRED, RuleState.EXPIRED)
WAY = (RuleState.DRAFT, RuleState.BACKTESTED, RuleState.SHADOW, RuleState.CANARY, RuleState.LIVE)
"""The usual way, in its order."""
PUSHED_WAY = (*WAY[:-1], RuleState.PUSHED, RuleState.LIVE)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What an evaluation over a period found; see `Backtest` for the numbers.

    `whole` is the digest of what was evaluated. `sample` are ids of events that it hits, `hit_accounts` what stands for
    accounts in events; both are kept sealed, up to a bound. `lacks` says which events of the period are not there any
    more.
    """

    whole: str
    since: datetime
    until: datetime
    first: int
    last: int
    events: int
    hits: int
    degraded: int
    accounts: int
    new: int
    lost: int
    unchanged: int
    accounts_new: int
    accounts_lost: int
    sample: tuple[str, ...] = ()
    hit_accounts: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


def record_backtest(
    tx: Tx, now: datetime, ids: Ids, version_id: str, forecast: Forecast, by: str
) -> Backtest:
    """Record what a version would have done. A version in shadow or canary goes back a step: it is tried anew.

    An approval is of what the approver saw, so a new backtest ends it.

    Raises: IllegalStep for a forecast of something else than would run now; BadInput for a period that lies in the
    future or ended too long ago, and for numbers that do not fit together.
    """
    tx.one_at_a_time(ONE_CHANGE)
    who, held = acting(tx, by, Role.POLICY, Role.OPERATOR), tx.get(RuleVersion, version_id)
    check_own_way(tx, held)
    RULE.step(held.state, RuleEvent.BACKTEST)
    _check_numbers(forecast, now)
    if forecast.whole != in_force.compared(tx, held).after.whole:
        raise IllegalStep(
            f"the forecast is not of {held.ref} with what is in force now",
            "Run the backtest again and record that.",
        )
    sealed: dict[str, Json] = {
        "sample": list(forecast.sample[:MOST_SAMPLED]),
        "accounts": list(forecast.hit_accounts[:MOST_SAMPLED]),
        "salt": ids(),
    }
    counted: dict[str, int] = {
        name: getattr(forecast, name)
        for name in (
            *("first", "last", "events", "hits", "degraded", "accounts", "new", "lost", "unchanged"),
            *("accounts_new", "accounts_lost"),
        )
    }
    period = [forecast.since.isoformat(), forecast.until.isoformat()]
    made = tx.insert(
        Backtest(
            id=ids(),
            version=held.id,
            whole=forecast.whole,
            since=forecast.since,
            until=forecast.until,
            **counted,
            sealed=tx.seal(ledger.house(tx), "backtest", sealed, expires=now + SAMPLE_KEPT),
            digest=digest_of("backtest", [held.digest, forecast.whole, *period, {**counted}, sealed]),
            recorded_at=now,
            recorded_by=who.id,
        ),
        verb="record",
        actor=who.id,
    )
    moved = move(
        tx,
        held,
        RuleEvent.BACKTEST,
        who.id,
        backtest=made.id,
        approver=None,
        approved_at=None,
        canary_share="",
    )
    telling.publish(tx, now, ids, moved, "backtested", who, more={"backtest": telling.numbers_of(made)})
    return made


def shadow(tx: Tx, now: datetime, ids: Ids, version_id: str, by: str, *, after: int) -> RuleVersion:
    """Let a version be evaluated on what happens from now on, without any effect; `after` is the last event so far.

    Raises: IllegalStep when its backtest is missing, old, of something else, or beyond what its file expects.
    """
    tx.one_at_a_time(ONE_CHANGE)
    who, held = acting(tx, by, Role.POLICY, Role.OPERATOR), tx.get(RuleVersion, version_id)
    check_own_way(tx, held)
    RULE.step(held.state, RuleEvent.SHADOW)
    check_forecast(fresh_backtest(tx, now, held), held.expected)
    check_powers_of(tx, now, held)
    moved = move(tx, held, RuleEvent.SHADOW, who.id, entered_at=now, entered_after=after)
    telling.publish(tx, now, ids, moved, "shadow", who)
    return moved


def canary(
    tx: Tx, now: datetime, ids: Ids, version_id: str, by: str, *, share: str, seen: Seen, after: int
) -> RuleVersion:
    """Let a version act on a share of the entities, which its seed chooses; `seen` is what its shadow saw.

    Without a share, the one in its file.

    Raises: IllegalStep when the shadow saw too little or hits more than was foretold, or when its backtest does not
    speak for it any more; NotPermitted while somebody else has to approve it; BadInput for a share of nothing or of
    more than a half.
    """
    tx.one_at_a_time(ONE_CHANGE)
    who, held = acting(tx, by, Role.POLICY, Role.OPERATOR), tx.get(RuleVersion, version_id)
    check_own_way(tx, held)
    RULE.step(held.state, RuleEvent.CANARY)
    chosen = share_of(share or held.share or "10 %")
    check_trial(tx, now, held, seen)
    check_approved(tx, held)
    if not held.by and in_force.compared(tx, held).after.focus:
        raise IllegalStep(
            f"nothing says by which field the entities of {held.ref} are chosen",
            "Write `rollout:` with `by:` in the file of the rule, or `account:` in schema.yaml.",
        )
    moved = move(
        tx, held, RuleEvent.CANARY, who.id, entered_at=now, entered_after=after, canary_share=str(chosen)
    )
    telling.publish(
        tx,
        now,
        ids,
        moved,
        "canary",
        who,
        approver=held.approver,
        more={"share": str(chosen), "seed": held.seed},
    )
    return moved


# --- What several steps ask -------------------------------------------------------------------------------------------


def move(tx: Tx, held: RuleVersion, event: RuleEvent, actor: str, **changes: object) -> RuleVersion:
    """Take a version one step, and what it brings along as far as that."""
    state = RULE.step(held.state, event)
    moved = tx.update(held, verb=event, actor=actor, state=state, **changes)
    for each in in_force.brought(tx, moved):
        if state in ENDED:
            _end_part(tx, each, moved, event, actor)
        else:
            _follow(tx, each, state, actor)
    return moved


def _follow(tx: Tx, part: RuleVersion, state: RuleState, actor: str) -> None:
    """Take a part step by step to the state of what brings it; never back, because others may bring it, too."""
    order = WAY if state is not RuleState.PUSHED and part.state is not RuleState.PUSHED else PUSHED_WAY
    while part.state is not state and part.state in order and order.index(part.state) < order.index(state):
        following = order[order.index(part.state) + 1] if order is WAY else state
        event = next(
            event for (old, event), new in RULE.arrows.items() if (old, new) == (part.state, following)
        )
        part = tx.update(part, verb=event, actor=actor, state=following)


def _end_part(tx: Tx, part: RuleVersion, by: RuleVersion, event: RuleEvent, actor: str) -> None:
    """End a part with the last version that brings it."""
    waiting = tx.find(RuleVersion, platform=part.platform, state=WAITING)
    if any(part.id in each.brings and each.id != by.id for each in waiting):
        return
    ends = event if (part.state, event) in RULE.arrows else RuleEvent.RETIRE
    ends = ends if (part.state, ends) in RULE.arrows else RuleEvent.RETURN
    tx.update(part, verb=ends, actor=actor, state=RULE.step(part.state, ends), retired_at=tx.now)


def fresh_backtest(view: View, now: datetime, held: RuleVersion) -> Backtest:
    """Return the backtest that speaks for a version now.

    Raises: IllegalStep when there is none, or it is old, or of something else than would run.
    """
    if held.backtest is None:
        raise IllegalStep(f"{held.ref} was never backtested", _BACKTEST)
    found = view.get(Backtest, held.backtest)
    if found.version != held.id:
        raise IllegalStep(f"the backtest of {held.ref} is of another version", _BACKTEST)
    if now - found.recorded_at > BACKTEST_HOLDS:
        raise IllegalStep(
            f"the backtest of {held.ref} is of {found.recorded_at:%d %B %Y}, too long ago", _BACKTEST
        )
    if found.whole != in_force.compared(view, held).after.whole:
        raise IllegalStep(f"what {held.ref} reads or touches has changed since its backtest", _BACKTEST)
    return found


def check_trial(view: View, now: datetime, held: RuleVersion, seen: Seen) -> Backtest:
    """Check that backtest, powers, and what a trial saw let a version go on."""
    found = fresh_backtest(view, now, held)
    check_forecast(found, held.expected)
    check_seen(seen, found)
    check_powers_of(view, now, held)
    return found


def check_powers_of(view: View, now: datetime, held: RuleVersion) -> None:
    """Check that the clause in force still grants what a rule does.

    Raises: PolicyNotInForce, NotPermitted.
    """
    if held.kind is Piece.RULE:
        check_powers(view, now, effects_of(held), held.clause)


def needs_second(view: View, held: RuleVersion) -> bool:
    """Tell whether another person must approve: for effects beyond reviews, of the rule or of any that it touches."""
    if held.second_needed:
        return True
    setup = in_force.compared(view, held).after
    return any(setup.versions[Piece.RULE, name].second_needed for name in setup.focus)


def check_approved(view: View, held: RuleVersion) -> None:
    """Check that whoever has to approve a version did.

    Raises: IllegalStep.
    """
    if held.approver is None and needs_second(view, held):
        raise IllegalStep(
            f"{held.ref} waits for a second person: it does more than order reviews",
            "Somebody else looks at its backtest: `showcause rules approve`.",
        )


def check_own_way(view: View, held: RuleVersion) -> None:
    """Check that a version goes its own way and is not brought along by another that is still on its way.

    Raises: IllegalStep.
    """
    if held.brought_by is not None and held.state in WAITING:
        other = view.get(RuleVersion, held.brought_by)
        raise IllegalStep(
            f"{held.ref} goes with {other.ref}, which is {other.state}",
            f"Take the step for {other.ref}.",
        )


def _check_numbers(forecast: Forecast, now: datetime) -> None:
    if not forecast.since < forecast.until <= now:
        raise BadInput("the period of a backtest ends after it begins, and not in the future")
    if now - forecast.until > BACKTEST_HOLDS:
        raise BadInput(
            f"the period ended {forecast.until:%d %B %Y}, more than {BACKTEST_HOLDS.days} days ago",
            "Backtest over what happened lately.",
        )
    parts = (
        forecast.hits,
        forecast.degraded,
        forecast.new,
        forecast.lost,
        forecast.unchanged,
        forecast.accounts,
    )
    if min(parts) < 0 or forecast.hits > forecast.events or forecast.degraded > forecast.events:
        raise BadInput("the numbers of the forecast do not fit together")


_BACKTEST = "Run `showcause rules backtest --record` over a recent period."
