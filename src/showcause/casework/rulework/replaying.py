"""Replay: recorded verdicts made once more, by what made them, on the events as they lie in the log.

Two things are asked of each. Does the rule, as it was kept, fire on this event with the values that stand in the
record? And do the windows, counted again from the events, give those values, made of the same events? Where both hold,
the replay is identical. What is not there any more is named, and is something else than a difference: a person who was
forgotten is missing, a changed event is wrong.

The windows begin at the event that the longest of them reaches back to: what lies before it decides nothing.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from showcause.casework import rule_files
from showcause.casework.rulework.backtesting import filters_of
from showcause.casework.rulework.in_force import Setup, key_of, texts_of
from showcause.domain.errors import Forgotten, NotFound, ShowcauseError
from showcause.domain.rule import RuleVersion
from showcause.rules.arriving import reader
from showcause.rules.canonical import rule_digest
from showcause.rules.counters import Registry
from showcause.rules.fold import Fold, Reading
from showcause.rules.folder import Loaded
from showcause.rules.python_code import Evaluate, compile_set
from showcause.rules.rule_set import SEMANTICS
from showcause.rules.tracing import Trace, Truth, trace
from showcause.rules.windows import Event
from showcause.store.event_pieces import Gone
from showcause.store.events import EventLog, Stored
from showcause.store.verdicts import Verdict, kept_set
from showcause.store.view import View

AT_ONCE: Final = 2_000
MOST_EVENTS: Final = 50_000_000
"""How many events one replay reads: some minutes."""


class ReplayResult(StrEnum):
    """What came of a replay."""

    IDENTICAL = "identical"
    DIFFERS = "differs"
    INCOMPLETE = "incomplete"


class ReplayCode(StrEnum):
    """What is missing, or what differs. These words never change."""

    NO_EVENT = "event-missing"
    FORGOTTEN = "event-forgotten"
    LEFT = "event-left-history"
    NO_FILE = "history-file-missing"
    NO_SET = "rule-set-missing"
    UNREADABLE = "rule-set-unreadable"
    SEMANTICS = "other-semantics"
    WINDOW = "window-forgotten"
    WINDOW_LEFT = "window-left-history"
    TOO_LONG = "window-too-long"
    NO_ROOM = "counter-had-no-room"
    EVENT = "event-differs"
    SET = "rule-set-differs"
    VERSION = "rule-differs"
    FIRES = "outcome-differs"
    VALUE = "counter-differs"
    BEHIND = "counted-events-differ"

    @property
    def is_lack(self) -> bool:
        """Tell whether something is missing, instead of wrong."""
        return self in LACKS


LACKS: Final = frozenset(
    {
        ReplayCode.NO_EVENT, ReplayCode.FORGOTTEN, ReplayCode.LEFT, ReplayCode.NO_FILE, ReplayCode.NO_SET,
        ReplayCode.UNREADABLE, ReplayCode.SEMANTICS, ReplayCode.WINDOW, ReplayCode.WINDOW_LEFT, ReplayCode.TOO_LONG,
        ReplayCode.NO_ROOM,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is missing or differs; `about` names the counter, or is empty."""

    code: ReplayCode
    said: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One verdict made again. `trace` and `readings` are there as far as they could be made."""

    verdict: Verdict
    result: ReplayResult
    findings: tuple[Finding, ...]
    loaded: Loaded | None = field(repr=False, default=None)
    event: Event | None = field(repr=False, default=None)
    trace: Trace | None = field(repr=False, default=None)
    readings: Mapping[str, Reading] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Lost:
    """How many events of a window were emptied, and how many are in no file of the history any more."""

    emptied: int = 0
    left: int = 0


@dataclass(frozen=True)
class _Kept:
    """A rule set read again, and its function."""

    platform: str
    loaded: Loaded
    evaluate: Evaluate


def replay(
    view: View, log: EventLog, verdicts: Sequence[Verdict], most: int = MOST_EVENTS
) -> Iterator[Replayed]:
    """Make verdicts again, in the order of their events; `most` bounds how many events are read for their windows."""
    ordered = sorted(verdicts, key=lambda each: each.event)
    stored = {each.event: next(iter(log.read(each.event - 1, 1)), None) for each in ordered}
    sets: dict[tuple[str, str], _Kept | Finding] = {}
    mine: dict[tuple[str, str], list[Verdict]] = {}
    for each in ordered:
        key = (each.rules, _platform(each, stored[each.event]))
        mine.setdefault(key, []).append(each)
        if key not in sets:
            sets[key] = _kept(view, *key)
    told: dict[str, tuple[Mapping[str, Reading], Mapping[str, _Lost]]] = {}
    for key, held in sets.items():
        if isinstance(held, _Kept):
            told |= _counted(log, held, [each for each in mine[key] if each.counters], most)
    for each in ordered:
        event = stored[each.event]
        held = sets[each.rules, _platform(each, event)]
        yield _again(log, each, event, held, *told.get(each.id, ({}, {})))


def _platform(verdict: Verdict, stored: Stored | None) -> str:
    """Return whose event a verdict is of, "" where the event is not there."""
    return stored.platform if stored is not None and stored.sequence == verdict.event else ""


# --- What made it -----------------------------------------------------------------------------------------------------


def _kept(view: View, digest: str, platform: str) -> _Kept | Finding:
    """Read a platform's rule set again from the versions that it was made of."""
    held = kept_set(view, digest, platform)
    if held is None:
        return Finding(ReplayCode.NO_SET, f"of what the rule set {digest[:12]} was made was not kept")
    if held.semantics != SEMANTICS:
        said = f"it was made by semantics {held.semantics}, and this program has {SEMANTICS}"
        return Finding(ReplayCode.SEMANTICS, f"{said}; a program of its time replays it")
    try:
        versions = [view.get(RuleVersion, each) for each in held.versions]
        texts = texts_of(view, Setup({key_of(each): each for each in versions}, ()))
        loaded, faults = rule_files.read_texts(texts, cases=False)
    except (NotFound, Forgotten) as error:
        return Finding(
            ReplayCode.UNREADABLE, f"a file of the rule set {digest[:12]} is gone: {error.message}"
        )
    if loaded is None:
        why = faults[0].what if faults else "a part of it is missing"
        return Finding(ReplayCode.UNREADABLE, f"this program does not read the rule set {digest[:12]}: {why}")
    if loaded.digest != digest:
        return Finding(ReplayCode.SET, f"what was kept as rule set {digest[:12]} is now {loaded.digest[:12]}")
    return _Kept(held.platform, loaded, compile_set(loaded.rule_set, loaded.platform.schema))


# --- What was counted ------------------------------------------------------------------------------------------------


def _counted(
    log: EventLog, held: _Kept, verdicts: Sequence[Verdict], most: int
) -> dict[str, tuple[Mapping[str, Reading], Mapping[str, _Lost]]]:
    """Count the windows of some verdicts again; return readings, and how many events of each window were emptied."""
    made: dict[str, tuple[Mapping[str, Reading], Mapping[str, _Lost]]] = {}
    names = {name for each in verdicts for name in each.counters}.intersection(held.loaded.counters)
    registry = Registry(*(held.loaded.counters[name].counter for name in names))
    filters = {name: passes for name, passes in filters_of(held.loaded).items() if name in names}
    reach = max((each.window for each in registry), default=0)
    for some in _stretches(verdicts, reach):
        place, at = log.last_until(some[0].at - reach)
        most -= some[-1].event - place
        if most < 0:
            return made
        fold = Fold(registry, filters)
        fold.begin(place, at)
        made |= _read(log, held, fold, some)
    return made


def _stretches(verdicts: Sequence[Verdict], reach: int) -> Iterator[list[Verdict]]:
    """Yield verdicts together whose windows overlap, so that no event is read twice."""
    some: list[Verdict] = []
    for each in verdicts:
        if some and each.at - reach > some[-1].at:
            yield some
            some = []
        some.append(each)
    if some:
        yield some


def _read(
    log: EventLog, held: _Kept, fold: Fold, verdicts: Sequence[Verdict]
) -> dict[str, tuple[Mapping[str, Reading], Mapping[str, _Lost]]]:
    """Move windows on through the log, and look at what they say where there is a verdict."""
    made: dict[str, tuple[Mapping[str, Reading], Mapping[str, _Lost]]] = {}
    wanted: dict[int, list[Verdict]] = {}
    for each in verdicts:
        wanted.setdefault(each.event, []).append(each)
    read, emptied, left = reader(held.loaded.platform.schema), list[int](), list[int]()
    for stored in _stored(log, fold.sequence, verdicts[-1].event):
        if stored.platform != held.platform or stored.body is None:
            fold.skip(stored.sequence, stored.at, stored.gap)
            if stored.platform == held.platform:
                (emptied if stored.gone is None else left).append(stored.at)
            continue
        event = read(stored.body)
        fold.advance(stored.sequence, stored.at, event)
        for each in wanted.get(stored.sequence, ()):
            mine = [name for name in each.counters if name in held.loaded.counters]
            since = {name: stored.at - fold.registry[name].window for name in mine}
            gone = {name: _Lost(_after(emptied, at), _after(left, at)) for name, at in since.items()}
            made[each.id] = {name: fold.reading(name, event) for name in mine}, gone
    return made


def _after(times: Sequence[int], at: int) -> int:
    return len(times) - bisect_right(times, at)


def _stored(log: EventLog, after: int, last: int) -> Iterator[Stored]:
    while after < last and (some := log.read(after, min(AT_ONCE, last - after))):
        yield from some
        after = some[-1].sequence


# --- One verdict -----------------------------------------------------------------------------------------------------


def _again(
    log: EventLog,
    verdict: Verdict,
    stored: Stored | None,
    held: _Kept | Finding,
    readings: Mapping[str, Reading],
    gone: Mapping[str, _Lost],
) -> Replayed:
    found = [*_of_event(log, verdict, stored)]
    if isinstance(held, Finding):
        return _replayed(verdict, [*found, held])
    rule = held.loaded.rule_set.by_id.get(verdict.rule)
    if rule is None or rule_digest(rule) != verdict.version:
        said = f"the rule set has no rule {verdict.rule} of version {verdict.version[:12]}"
        return _replayed(verdict, [*found, Finding(ReplayCode.VERSION, said)])
    if stored is None or stored.body is None or stored.sequence != verdict.event:
        return _replayed(verdict, found, held.loaded)
    event = reader(held.loaded.platform.schema)(stored.body)
    traced, outcome = _evaluated(held, verdict, event)
    found += [*outcome, *_of_windows(verdict, readings, gone)]
    return _replayed(verdict, found, held.loaded, event, traced, readings)


def _replayed(verdict: Verdict, found: Iterable[Finding], *made: Any) -> Replayed:
    findings = tuple(found)
    result = ReplayResult.IDENTICAL
    if findings:
        result = (
            ReplayResult.INCOMPLETE if all(each.code.is_lack for each in findings) else ReplayResult.DIFFERS
        )
    return Replayed(verdict, result, findings, *made)


def _of_event(log: EventLog, verdict: Verdict, stored: Stored | None) -> Iterator[Finding]:
    if stored is None or stored.sequence != verdict.event or stored.gap:
        yield Finding(ReplayCode.NO_EVENT, f"the log of events has no event {verdict.event}; it is lost")
        return
    if stored.gone is not None:
        code = ReplayCode.LEFT if stored.gone is Gone.LEFT else ReplayCode.NO_FILE
        yield Finding(code, f"event {verdict.event} {stored.why}; its place and time are left")
    elif stored.body is None:
        said = f"event {verdict.event} was emptied when somebody was forgotten; its place and time are left"
        yield Finding(ReplayCode.FORGOTTEN, said)
    elif not log.opens(stored.sequence, stored.platform, stored.body):
        yield Finding(ReplayCode.EVENT, f"event {verdict.event} is not what its digest commits to")
    if stored.at != verdict.at or (verdict.commits and stored.commitment.hex() != verdict.commits):
        yield Finding(
            ReplayCode.EVENT, f"another event has the place {verdict.event} than when it was judged"
        )


def _evaluated(held: _Kept, verdict: Verdict, event: Event) -> tuple[Trace | None, list[Finding]]:
    """Evaluate a rule by both evaluators with the values that stand in the record."""
    rules = held.loaded.rule_set
    values = {each.name: None for each in rules.counters} | dict(verdict.counters)
    try:
        traced = trace(rules, verdict.rule, event, values)
        fired = verdict.rule in held.evaluate(event, values, [], [])
    except ShowcauseError as error:
        return None, [Finding(ReplayCode.FIRES, f"evaluating {verdict.rule} ended with {error.code}")]
    if fired and traced.truth is Truth.TRUE:
        return traced, []
    said = f"{verdict.rule} does not fire on event {verdict.event} with the values that stand in the record"
    return traced, [Finding(ReplayCode.FIRES, said)]


def _of_windows(
    verdict: Verdict, readings: Mapping[str, Reading], gone: Mapping[str, _Lost]
) -> Iterator[Finding]:
    for name, value in verdict.counters.items():
        now = readings.get(name)
        if now is None:
            yield Finding(
                ReplayCode.TOO_LONG, f"the windows of {name} hold more events than are read here", name
            )
            continue
        full = now.saturated_at is not None
        same = now.value == value and full == (name in verdict.saturated)
        if same and now.digest == verdict.counted.get(name):
            continue
        lost = gone[name]
        if lost.emptied or lost.left:
            code = ReplayCode.WINDOW_LEFT if lost.left else ReplayCode.WINDOW
            said = f"{name} said {_number(value)} and counts {_number(now.value)} now"
            yield Finding(code, f"{said}; {_missing(lost)}", name)
        elif name in verdict.saturated and not full:
            # All counters together had no room then. Which entries were left out follows from all events there were.
            said = (
                f"{name} said {_number(value)}, having had no room for more, and counts {_number(now.value)}"
            )
            yield Finding(ReplayCode.NO_ROOM, said, name)
        elif not same:
            said = f"{name} said {_number(value)}{_full(name in verdict.saturated)}"
            yield Finding(ReplayCode.VALUE, f"{said}, and counts {_number(now.value)}{_full(full)} now", name)
        else:
            yield Finding(
                ReplayCode.BEHIND,
                f"{name} said {_number(value)} as it does now, of other events than these",
                name,
            )


def _missing(lost: _Lost) -> str:
    """Return in words which events of a window are not there any more."""
    said = []
    if lost.emptied == 1:
        said.append("an event of its window was emptied since")
    elif lost.emptied:
        said.append(f"{lost.emptied} events of its window were emptied since")
    if lost.left:
        said.append(
            f"{lost.left} of its window {'is' if lost.left == 1 else 'are'} not in the history any more"
        )
    return ", and ".join(said)


def _number(value: int | float | None) -> str:
    return "that it does not know" if value is None else f"{value}"


def _full(full: bool) -> str:
    return " (at its bound)" if full else ""
