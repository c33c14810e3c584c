"""Pushing a version past the steps, and every way in which one ends.

A push is for the hour in which waiting harms. It is public at once and flagged, touches a tenth of the accounts, does
nothing that the clause does not grant, takes the place of the version before it, and ends by itself within a day unless
somebody else ratifies it on a backtest. What nobody ratified cannot be pushed again for a week.
"""

from datetime import datetime

from showcause.casework.log import ledger
from showcause.casework.log.publishing import acting
from showcause.casework.ports import Ids
from showcause.casework.reading import single_operator
from showcause.casework.rulework import in_force, telling
from showcause.casework.rulework.approving import set_timer
from showcause.casework.rulework.proposing import ONE_CHANGE
from showcause.casework.rulework.trying import check_own_way, check_powers_of, move
from showcause.domain.errors import BadInput, IllegalStep
from showcause.domain.lifecycle import RULE, RuleEvent, RuleState
from showcause.domain.people import SYSTEM, Role
from showcause.domain.rule import IN_FORCE, MOST_PUSHES, PUSH_LASTS, PUSH_RESTS, Piece, RuleVersion
from showcause.store.tx import Tx
from showcause.transparency.jcs import Json

LONGEST_REASON = 500


def push_urgently(
    tx: Tx, now: datetime, ids: Ids, version_id: str, by: str, *, reason: str, after: int = 0
) -> RuleVersion:
    """Let a version act on all at once, for a day, within a tenth of its caps, flagged in public.

    In single-operator mode it lasts two days, because the same person's second look counts only after one.

    Raises: IllegalStep for what is live, and where an earlier push of the same name was not ratified lately; BadInput
    without a reason; NotPermitted for effects that the clause does not grant.
    """
    tx.one_at_a_time(ONE_CHANGE)
    who, held = acting(tx, by, Role.POLICY, Role.OPERATOR), tx.get(RuleVersion, version_id)
    check_own_way(tx, held)
    RULE.step(held.state, RuleEvent.PUSH)
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise BadInput(f"say in at most {LONGEST_REASON} characters why this cannot wait")
    _check_rested(tx, now, held)
    check_powers_of(tx, now, held)
    ends = now + (PUSH_LASTS * 2 if single_operator(tx) else PUSH_LASTS)
    pushed = move(
        tx,
        held,
        RuleEvent.PUSH,
        who.id,
        pushed_at=now,
        pushed_by=who.id,
        reason=tx.seal(ledger.house(tx), "rule", {"reason": reason.strip()}),
        expires_at=ends,
        entered_at=now,
        entered_after=after,
        canary_share="",
    )
    set_timer(tx, pushed, ends)
    telling.break_glass(tx, now, ids, pushed, who)
    more: dict[str, Json] = {"caps": telling.caps_of(pushed), "ends": telling.hour(ends)}
    telling.publish(tx, now, ids, pushed, "pushed", who, more=more)
    return pushed


def expire(tx: Tx, now: datetime, ids: Ids, version_id: str) -> RuleVersion:
    """End a version whose time is over, if nobody ratified it. Safe to repeat. This is the job `rule-expires`."""
    tx.one_at_a_time(ONE_CHANGE)
    held = tx.get(RuleVersion, version_id)
    if held.expires_at is None or now < held.expires_at or (held.state, RuleEvent.EXPIRE) not in RULE.arrows:
        return held
    ended = move(tx, held, RuleEvent.EXPIRE, SYSTEM, retired_at=now)
    telling.publish(tx, now, ids, ended, "expired", None)
    return ended


def retire(tx: Tx, now: datetime, ids: Ids, version_id: str, by: str) -> RuleVersion:
    """End a version that acts, without a successor. One person may: it restricts nobody.

    Raises: IllegalStep when it does not act, or when something in force reads it.
    """
    tx.one_at_a_time(ONE_CHANGE)
    who, held = acting(tx, by, Role.POLICY, Role.OPERATOR), tx.get(RuleVersion, version_id)
    check_own_way(tx, held)
    RULE.step(held.state, RuleEvent.RETIRE)
    if held.state is RuleState.LIVE:
        _check_unread(tx, held)
    ended = move(tx, held, RuleEvent.RETIRE, who.id, retired_at=now)
    telling.publish(tx, now, ids, ended, "retired", who)
    return ended


def return_(tx: Tx, now: datetime, ids: Ids, version_id: str, by: str) -> RuleVersion:
    """Return a version that never acted; one person may, also its author.

    Raises: IllegalStep for what acts or has ended.
    """
    tx.one_at_a_time(ONE_CHANGE)
    who, held = acting(tx, by, Role.POLICY, Role.OPERATOR), tx.get(RuleVersion, version_id)
    check_own_way(tx, held)
    returned = move(tx, held, RuleEvent.RETURN, who.id, retired_at=now)
    telling.publish(tx, now, ids, returned, "returned", who)
    return returned


def _check_rested(tx: Tx, now: datetime, held: RuleVersion) -> None:
    """Check that pushing is no way round: not the same again, nor one after the other, while nobody ratified them.

    Raises: IllegalStep.
    """
    since = now - PUSH_RESTS
    lately = [
        each
        for each in tx.find(RuleVersion, platform=held.platform, pushed_at__gt=since)
        if each.ratified_by is None and each.brought_by is None
    ]
    for each in lately:
        same_name = (each.kind, each.name) == (held.kind, held.name)
        if same_name or (held.meaning and each.meaning == held.meaning):
            raise IllegalStep(
                f"{each.ref} was pushed on {each.pushed_at:%d %B} and nobody ratified it; "
                f"it is not pushed again for {PUSH_RESTS.days} days",
                "Take the steps: backtest, shadow, canary.",
            )
    if len(lately) >= MOST_PUSHES:
        known = ", ".join(each.ref for each in lately)
        raise IllegalStep(
            f"{len(lately)} pushes of {PUSH_RESTS.days} days were not ratified: {known}",
            "Somebody else ratifies them, or this one takes the steps.",
        )


def _check_unread(tx: Tx, held: RuleVersion) -> None:
    if held.kind is Piece.SCHEMA:
        rules = [each for each in in_force.in_force(tx, held.platform) if each.kind is Piece.RULE]
    else:
        versions = tx.find(RuleVersion, platform=held.platform, state=IN_FORCE)
        rules = in_force.readers({(each.kind, each.id): each for each in versions}, (held.kind, held.name))
    if rules:
        known = ", ".join(sorted(each.ref for each in rules))
        raise IllegalStep(
            f"{held.ref} is read by {known}", "Retire that first, or let another version replace it."
        )
