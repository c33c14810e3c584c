"""What rules said of events, and how far a platform's events were judged: both written in one transaction.

Whoever judges takes the place as it was read and leaves the next one. If somebody else moved it meanwhile, nothing of
the transaction stands: two processes that judge the same events cannot both be believed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from django.db.models import F

from showcause.domain.errors import BadInput, NotFound, Stale
from showcause.store import rows
from showcause.store.failures import told_as_ours
from showcause.store.models import RuleSetRow, StreamRow, VerdictRow
from showcause.store.tx import Tx
from showcause.store.view import View

AT_ONCE: Final = 1_000
SHORT: Final = 12
"""Digits of a rule's digest in the name of a verdict."""
MOST_DIGITS: Final = 18
NONE_READ: Final[Mapping[str, int | float | None]] = MappingProxyType({})
NONE_COUNTED: Final[Mapping[str, str]] = MappingProxyType({})
_text: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Asked:
    """That somebody asks about an event before they act: until which logical time they wait, and what they sent."""

    until: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Doubt:
    """One rule that could say nothing of an event that somebody asked about: it was UNKNOWN (`unknown`), or raised."""

    event: int
    at: int
    rule: str
    version: str
    rules: str
    why: str


class Verdict(NamedTuple):
    """One rule that fired on one event. `version` is the rule's digest, `rules` that of the whole set.

    `counters` is what each counter that the rule reads said, `saturated` those of them that said less than there was,
    `counted` commits to the events behind each. `commits` is the salted digest that the log of events has of the event.
    `came` says in words what followed, `report` is the id of the report that it became or that it counts onto. Where
    somebody asked about the event before they acted, `budget` is how many microseconds they waited at most, and `used`
    how many had passed when this was written.
    """

    event: int
    rule: str
    version: str
    rules: str
    at: int
    counters: Mapping[str, int | float | None] = NONE_READ
    saturated: tuple[str, ...] = ()
    counted: Mapping[str, str] = NONE_COUNTED
    commits: str = ""
    came: tuple[str, ...] = ()
    report: str = ""
    budget: int | None = None
    used: int | None = None

    @property
    def id(self) -> str:
        """Return its name, which follows from event, rule and version: `812.flood.5f2a9c81d0ab`."""
        return f"{self.event}.{self.rule}.{self.version[:SHORT]}"


@dataclass(frozen=True, slots=True)
class KeptSet:
    """What a rule set was made of: whose it is, by which semantics it was read, and the ids of its versions."""

    digest: str
    platform: str
    semantics: int
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a stream was judged: the last event, the forgettings that were known, and what it was judged by.

    `told` is the chained digest of what every event was told; since event `since`, where it was `link`, all of it was
    judged by the same. `counts` has for each rule how often it fired, was unknown and failed, `came` what came of its
    verdicts: numbers by words that whoever acts on them chooses.
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
    came: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


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
    return Reached(**named, since=body["since"], link=body["link"], counts=counts, came=body.get("came", {}))


def move(tx: Tx, stream: str, before: Reached | None, after: Reached) -> None:
    """Move a stream on from where it was read.

    Raises: Stale when somebody else moved it meanwhile.
    """
    body: dict[str, Any] = {
        "since": after.since,
        "link": after.link,
        "counts": {k: list(v) for k, v in after.counts.items()},
    }
    if after.came:
        body["came"] = {rule: dict(each) for rule, each in after.came.items()}
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
    several = [(e.event, e.rule, e.version, e.rules, e.at, _written(e)) for e in verdicts]
    if several:
        with told_as_ours():
            rows.insert_plain(tx.alias, VerdictRow, several)


def verdicts(
    view: View, after: int = 0, rule: str | None = None, most: int = AT_ONCE, upto: int | None = None
) -> list[Verdict]:
    """Return verdicts of events after a sequence number, in the order of events and rules."""
    with told_as_ours():
        found = VerdictRow.objects.using(view.alias).filter(event__gt=after)
        if upto is not None:
            found = found.filter(event__lte=upto)
        if rule is not None:
            found = found.filter(rule=rule)
        return [_verdict(row) for row in found.order_by(F("event"), F("seq"))[:most].values()]


def named(view: View, text: str) -> Verdict:
    """Return the verdict of a name; the version may be left out, or be the beginning of its digest.

    Raises: BadInput for what is no such name, or the name of more than one; NotFound.
    """
    event, dot, rest = text.strip().partition(".")
    rule, _, version = rest.partition(".")
    if not dot or not rule or not event.isdecimal() or not event.isascii() or len(event) > MOST_DIGITS:
        raise BadInput(
            f"{text[:64]!a} names no verdict",
            "Its name is EVENT.RULE, as in 812.flood: which rule fired on which event.",
        )
    with told_as_ours():
        rows_ = VerdictRow.objects.using(view.alias).filter(event=int(event), rule=rule)
        found = [
            each for each in map(_verdict, rows_.order_by("seq").values()) if each.version.startswith(version)
        ]
    if not found:
        raise NotFound(
            f"no rule {rule[:64]!r} fired on event {event}", "A verdict is named EVENT.RULE, as in 812.flood."
        )
    if len(found) > 1:
        raise BadInput(
            f"{text[:64]} names more than one verdict",
            f"Add the version: {', '.join(each.id for each in found[:5])}",
        )
    return found[0]


def keep_set(tx: Tx, kept: KeptSet) -> None:
    """Keep what a rule set was made of. What was kept for its platform under its digest before says the same."""
    with told_as_ours():
        if _kept(tx, kept.digest, kept.platform):
            return
        body = {"semantics": kept.semantics, "versions": list(kept.versions)}
        row = {"platform": kept.platform, "digest": kept.digest, "body": body}
        rows.insert(tx.alias, RuleSetRow, row)


def kept_set(view: View, digest: str, platform: str = "") -> KeptSet | None:
    """Return what the rule set of a digest was made of for a platform, or for any; None if that was not kept."""
    with told_as_ours():
        found = _kept(view, digest, platform)
    if not found:
        return None
    body = found[0]["body"]
    return KeptSet(digest, found[0]["platform"], body["semantics"], tuple(body["versions"]))


def _kept(view: View, digest: str, platform: str) -> list[dict[str, Any]]:
    where = [("digest", "=", digest), *([("platform", "=", platform)] if platform else [])]
    return rows.find(view.alias, RuleSetRow, where, newest=False, limit=1)


def _written(each: Verdict) -> str:
    """Return the body of a verdict as JSON. Most have no more than numbers and digests, which need no encoder."""
    if each.came or each.saturated or each.report or each.budget is not None:
        return _text(_body(each))
    said = ",".join([f'"{name}":{"null" if v is None else v!r}' for name, v in each.counters.items()])
    counted = ",".join([f'"{name}":"{digest}"' for name, digest in each.counted.items()])
    commits = f',"commits":"{each.commits}"' if each.commits else ""
    return f'{{"counters":{{{said}}},"counted":{{{counted}}}{commits}}}'


def _body(each: Verdict) -> dict[str, Any]:
    body: dict[str, Any] = {"counters": dict(each.counters), "counted": dict(each.counted)}
    body |= {"commits": each.commits} if each.commits else {}
    body |= {"came": list(each.came)} if each.came else {}
    body |= {"report": each.report} if each.report else {}
    body |= {"budget": each.budget, "used": each.used} if each.budget is not None else {}
    return body | ({"saturated": list(each.saturated)} if each.saturated else {})


def _verdict(row: Mapping[str, Any]) -> Verdict:
    body = row["body"]
    said = {each: row[each] for each in ("event", "rule", "version", "rules", "at")}
    saturated = tuple(body.get("saturated", ()))
    return Verdict(
        **said,
        counters=body["counters"],
        saturated=saturated,
        counted=body["counted"],
        commits=body.get("commits", ""),
        came=tuple(body.get("came", ())),
        report=body.get("report", ""),
        budget=body.get("budget"),
        used=body.get("used"),
    )
