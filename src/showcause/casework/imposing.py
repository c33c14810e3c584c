"""Imposing: restrictions with their dense numbers, pending enforcements, and their orders in the outbox."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from showcause.casework import itemising
from showcause.casework.ports import Ids
from showcause.casework.reading import platform
from showcause.domain.decision import Act, Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.lifecycle import ENFORCEMENT
from showcause.domain.people import SYSTEM
from showcause.domain.restriction import Restriction
from showcause.domain.site import Mode
from showcause.store.tx import Tx
from showcause.store.view import View


def whole_second(moment: datetime) -> datetime:
    """Return a moment cut to the second: ends of measures are in whole seconds everywhere."""
    return moment.replace(microsecond=0)


def impose(
    tx: Tx, now: datetime, ids: Ids, decision: Decision
) -> tuple[Sequence[Restriction], itemising.Itemised | None]:
    """Insert restrictions and pending enforcements with the connector's next numbers, and queue the orders.

    In observe mode nothing is ordered: a comparison with what the platform's own team did is queued instead.
    """
    if not decision.acts:
        return [], None
    at = platform(tx, decision.platform)
    if at.mode is Mode.OBSERVE:
        tx.job(
            "compare-observed", f"compare-observed:{decision.id}", decision.id, due=now + timedelta(hours=24)
        )
        return [], None
    if decision.campaign is not None:
        end = _end_of(now, decision.acts[0], _latest_end(tx, decision))
        itemised = itemising.impose(tx, now, ids, decision, at, end)
        return itemised.restrictions, itemised
    made = planned(tx, now, ids, decision, at.last_number)
    tx.update(at, verb="number", actor=SYSTEM, last_number=at.last_number + len(made))
    for restriction in made:
        order(tx, now, ids, tx.insert(restriction, verb="impose", actor=SYSTEM))
    return made, None


def planned(
    view: View, now: datetime, ids: Ids, decision: Decision, last_number: int = 0
) -> list[Restriction]:
    """Return the restrictions that a decision imposes if it takes force now, none of them stored."""
    latest = _latest_end(view, decision)
    return [
        Restriction(
            ids(),
            decision.id,
            act.subject,
            decision.platform,
            act.measure,
            _end_of(now, act, latest),
            act.territories,
            last_number + offset,
        )
        for offset, act in enumerate(decision.acts, start=1)
    ]


def _end_of(now: datetime, act: Act, latest: datetime | None) -> datetime | None:
    until = whole_second(now) + act.duration if act.duration else None
    return min((end for end in (until, latest) if end), default=None)


def order(tx: Tx, now: datetime, ids: Ids, restriction: Restriction) -> Enforcement:
    """Insert the pending enforcement of a restriction and queue its order, and its end if it has one."""
    made = tx.insert(
        Enforcement(
            ids(),
            ENFORCEMENT.start,
            restriction.id,
            restriction.decision,
            restriction.subject,
            restriction.platform,
            restriction.measure,
            restriction.until,
            restriction.number,
            ordered_at=now,
        ),
        verb="enforce",
        actor=SYSTEM,
    )
    tx.job("apply", f"apply:{made.id}:0", made.id, due=now, lane=restriction.subject)
    if restriction.until is not None:
        tx.job("end", f"end:{made.id}", made.id, due=restriction.until)
    return made


def _latest_end(tx: View, decision: Decision) -> datetime | None:
    """Return when a derived decision ends at the latest: with the last of its grounds; None for no such bound."""
    ends: list[datetime] = []
    for finding in decision.findings:
        if not finding.grounds:
            return None
        for ground in finding.grounds:
            until = tx.get(Restriction, ground.restriction).until
            if until is None:
                return None
            ends.append(until)
    return max(ends, default=None)
