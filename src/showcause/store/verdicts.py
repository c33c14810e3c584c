"""What rules said of events, and how far a platform's events were judged: both written in one transaction.

Whoever judges takes the place as it was read and leaves the next one. If somebody else moved it meanwhile, nothing of
the transaction stands: two processes that judge the same events cannot both be believed.

Where several processes share a platform's events, each part has a place of its own. What came of verdicts is counted in
the first part's row for all of them, so that what bounds a rule bounds it as a whole.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    verdicts: numbers by words that whoever acts on them chooses. `of` is into how many parts the platform's events are
    shared out.
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
    of: int = 1


def reached(view: View, stream: str) -> Reached | None:
    """Return how far a stream was judged, which is how far its slowest part was; None if it never was."""
    parts = places(view, stream)
    if not parts:
        return None
    counts = dict[str, tuple[int, int, int]]()
    for part in parts:
        for rule, (fired, unknown, failed) in part.counts.items():
            before = counts.get(rule, (0, 0, 0))
            counts[rule] = before[0] + fired, before[1] + unknown, before[2] + failed
    slowest = min(parts, key=lambda each: each.sequence)
    return replace(slowest, counts=counts, came=parts[0].came)


def places(view: View, stream: str) -> list[Reached]:
    """Return how far each part of a stream was judged; one part where it was never shared out."""
    first = place(view, stream)
    rest = [place(view, stream, number) for number in range(2, first.of + 1)] if first is not None else []
    return [each for each in (first, *rest) if each is not None]


def place(view: View, stream: str, part: int = 1) -> Reached | None:
    """Return how far one part of a stream was judged, None if there is no such part."""
    with told_as_ours():
        found = rows.find(view.alias, StreamRow, [("name", "=", row_of(stream, part))], newest=False, limit=1)
    if not found:
        return None
    row = found[0]
    body = row["body"]
    counts = {rule: (fired, unknown, failed) for rule, (fired, unknown, failed) in body["counts"].items()}
    named = {each: row[each] for each in ("sequence", "at", "erased", "registry", "rules", "told")}
    more = {"came": body.get("came", {}), "of": body.get("of", 1)}
    return Reached(**named, since=body["since"], link=body["link"], counts=counts, **more)


def row_of(stream: str, part: int) -> str:
    """Return the name of a part's row. The first part has the row of the whole."""
    return stream if part == 1 else f"{stream} {part}"


def move(tx: Tx, stream: str, before: Reached | None, after: Reached, part: int = 1) -> None:
    """Move a stream, or one part of it, on from where it was read.

    Raises: Stale when somebody else moved it meanwhile.
    """
    values = _values(after)
    with told_as_ours():
        if before is None:
            rows.insert(tx.alias, StreamRow, {"name": row_of(stream, part), **values})
            return
        there = StreamRow.objects.using(tx.alias).filter(
            name=row_of(stream, part), sequence=before.sequence, told=before.told
        )
        if not there.update(**values):
            raise Stale(f"somebody else judges the events of {stream}", "Let one process do it.")


def came_of_all(tx: Tx, stream: str) -> Mapping[str, Mapping[str, int]]:
    """Return what came of the verdicts of all parts; until the transaction ends no other part counts on."""
    with told_as_ours():
        held = StreamRow.objects.using(tx.alias).select_for_update().filter(name=stream)
        body: Mapping[str, Any] = held.values_list("body", flat=True).get()
    found: Mapping[str, Mapping[str, int]] = body.get("came", {})
    return found


def note_came(tx: Tx, stream: str, came: Mapping[str, Mapping[str, int]]) -> None:
    """Write what came of the verdicts of all parts, after `came_of_all`."""
    with told_as_ours():
        first = StreamRow.objects.using(tx.alias).filter(name=stream)
        body = first.values_list("body", flat=True).get()
        first.update(body=body | {"came": {rule: dict(each) for rule, each in came.items()}})


def share_out(tx: Tx, stream: str, before: Sequence[Reached], of: int) -> Reached:
    """Share a stream out into so many parts from the place on at which all parts stand; return where they begin.

    Raises: Stale when the parts do not stand at one place, or somebody moved one meanwhile.
    """
    if len({each.sequence for each in before}) != 1 or len(before) != before[0].of:
        raise Stale(
            f"the parts of {stream} do not stand at one place", "Stop what judges them, and try again."
        )
    link = hashlib.sha256(repr(([each.told for each in before], of)).encode()).hexdigest()
    whole = reached(tx, stream) or before[0]
    begun = replace(
        before[0],
        told=link,
        link=link,
        since=before[0].sequence,
        erased=max(each.erased for each in before),
        of=of,
    )
    with told_as_ours():
        there = StreamRow.objects.using(tx.alias).filter(name__startswith=f"{stream} ")
        names = {stream, *there.values_list("name", flat=True)}
    for number in range(1, max(of, len(names)) + 1):
        first = number == 1
        after = replace(begun, counts=whole.counts if first else {}, came=whole.came if first else {})
        if number <= len(before):
            move(tx, stream, before[number - 1], after, number)
        elif row_of(stream, number) in names:
            move(tx, stream, place(tx, stream, number), after, number)
        else:
            move(tx, stream, None, after, number)
    return begun


def _values(after: Reached) -> dict[str, Any]:
    """Return the fields of a row."""
    body: dict[str, Any] = {
        "since": after.since,
        "link": after.link,
        "counts": {k: list(v) for k, v in after.counts.items()},
    }
    if after.came:
        body["came"] = {rule: dict(each) for rule, each in after.came.items()}
    if after.of > 1:
        body["of"] = after.of
    named = {each: getattr(after, each) for each in ("sequence", "at", "erased", "registry", "rules", "told")}
    return {**named, "body": body}


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
        row = RuleSetRow(platform=kept.platform, digest=kept.digest, body=body)
        RuleSetRow.objects.using(tx.alias).bulk_create(
            [row], ignore_conflicts=True
        )  # another part may be first


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
