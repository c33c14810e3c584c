"""What rules said of events, and how far a platform's events were judged: both written in one transaction.

Whoever judges takes the place as it was read and leaves the next one. If somebody else moved it meanwhile, nothing of
the transaction stands: two processes that judge the same events cannot both be believed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import F

from showcause.domain.errors import Stale
from showcause.store import rows
from showcause.store.failures import told_as_ours
from showcause.store.models import StreamRow, VerdictRow
from showcause.store.tx import Tx
from showcause.store.view import View

AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule that fired on one event. `version` is the rule's digest, `rules` that of the whole set.

    `counters` is what each counter that the rule reads said, `saturated` those of them that said less than there was,
    `counted` commits to the events behind each.
    """

    event: int
    rule: str
    version: str
    rules: str
    at: int
    counters: Mapping[str, int | float | None] = field(default_factory=dict)
    saturated: tuple[str, ...] = ()
    counted: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a stream was judged: the last event, the forgettings that were known, and what it was judged by.

    `told` is the chained digest of what every event was told; since event `since`, where it was `link`, all of it was
    judged by the same. `counts` has for each rule how often it fired, was unknown and failed.
    """

    sequence: int
    at: int
    erased: int
    registry: str
    rules: str
    told: str
    since: int
    link: str
    counts: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)


def reached(view: View, stream: str) -> Reached | None:
    """Return how far a stream was judged, None if it never was."""
    with told_as_ours():
        found = rows.find(view.alias, StreamRow, [("name", "=", stream)], newest=False, limit=1)
    if not found:
        return None
    row = found[0]
    body = row["body"]
    counts = {rule: (fired, unknown, failed) for rule, (fired, unknown, failed) in body["counts"].items()}
    named = {each: row[each] for each in ("sequence", "at", "erased", "registry", "rules", "told")}
    return Reached(**named, since=body["since"], link=body["link"], counts=counts)


def move(tx: Tx, stream: str, before: Reached | None, after: Reached) -> None:
    """Move a stream on from where it was read.

    Raises: Stale when somebody else moved it meanwhile.
    """
    body = {"since": after.since, "link": after.link, "counts": {k: list(v) for k, v in after.counts.items()}}
    values = {
        "sequence": after.sequence,
        "at": after.at,
        "erased": after.erased,
        "registry": after.registry,
        "rules": after.rules,
        "told": after.told,
        "body": body,
    }
    with told_as_ours():
        if before is None:
            rows.insert(tx.alias, StreamRow, {"name": stream, **values})
            return
        there = StreamRow.objects.using(tx.alias).filter(
            name=stream, sequence=before.sequence, told=before.told
        )
        if not there.update(**values):
            raise Stale(f"somebody else judges the events of {stream}", "Let one process do it.")


def add(tx: Tx, verdicts: Sequence[Verdict]) -> None:
    """Write what rules said. Raises: AlreadyExists for what was said of an event before."""
    with told_as_ours():
        rows.insert_all(
            tx.alias,
            VerdictRow,
            [
                {
                    "event": each.event, "rule": each.rule, "version": each.version, "rules": each.rules,
                    "at": each.at, "body": _body(each),
                }
                for each in verdicts
            ],
        )  # fmt: skip


def verdicts(view: View, after: int = 0, rule: str | None = None, most: int = AT_ONCE) -> list[Verdict]:
    """Return verdicts of events after a sequence number, in the order of events and rules."""
    with told_as_ours():
        found = VerdictRow.objects.using(view.alias).filter(event__gt=after)
        if rule is not None:
            found = found.filter(rule=rule)
        return [_verdict(row) for row in found.order_by(F("event"), F("seq"))[:most].values()]


def _body(each: Verdict) -> dict[str, Any]:
    body: dict[str, Any] = {"counters": dict(each.counters), "counted": dict(each.counted)}
    return body | ({"saturated": list(each.saturated)} if each.saturated else {})


def _verdict(row: Mapping[str, Any]) -> Verdict:
    body = row["body"]
    named = {each: row[each] for each in ("event", "rule", "version", "rules", "at")}
    saturated = tuple(body.get("saturated", ()))
    return Verdict(**named, counters=body["counters"], saturated=saturated, counted=body["counted"])
