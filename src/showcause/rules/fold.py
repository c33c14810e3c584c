"""The fold: every counter, moved on event by event, and written down so that it can be taken up again anywhere.

The state after an event depends on the events up to it and on nothing else: not on when a snapshot was taken, nor on
how often. So a snapshot and the events after it lead to the state, byte for byte, that an unbroken run has.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from sys import intern
from typing import Any, Final, TypeAlias, cast

from showcause.domain.errors import Broken, RecordCorrupt
from showcause.rules import behind
from showcause.rules.counters import Registry
from showcause.rules.windows import NEVER, WINDOWS, Event, Number, Window

Passes: TypeAlias = Callable[[Event], bool | None]
"""A compiled filter, which never raises: True if an event passes; False and None (unknown) mean that it does not."""
Field: TypeAlias = Callable[[Event], Any]
Step: TypeAlias = Callable[[Event, int, bool], dict[str, Number | None]]

FORMAT: Final = 1
MOST_ENTRIES: Final = 8_000_000
"""How many entries all counters keep together: of counts roughly 60 bytes each, of distinct values 150."""
NOTHING_BEHIND: Final = behind.digest((), 1)
FEWEST_BETWEEN_SWEEPS: Final = 524_288
"""Entries. Sweeping costs about as much as adding, so it waits until as many were added as were left, or so many."""


@dataclass(frozen=True)
class Reading:
    """What one counter told one event, for the trace.

    `saturated_at` is the bound that was reached, None if the value is exact. `events` are the logical times of the
    events that it is made of, the oldest first; for a distinct count, of the last one of each value. `window` is how
    far the counter looks back, in microseconds.
    """

    counter: str
    window: int
    value: Number | None
    saturated_at: int | None
    events: tuple[int, ...]

    @cached_property
    def digest(self) -> str:
        """Return what commits to these events."""
        return behind.digest(self.events, self.window)


class Fold:
    """All counters of a registry at one place of the event log: `sequence` and `at` are those of the last event."""

    def __init__(
        self,
        registry: Registry,
        filters: Mapping[str, Passes] | None = None,
        most_entries: int = MOST_ENTRIES,
    ) -> None:
        """Start before the first event. `filters` has a compiled filter for every counter that is not of all events."""
        self.registry, self.most_entries = registry, most_entries
        self.sequence, self.at = 0, 0
        self._room, self._refusals = self._events_until_sweep(0), 0
        self._windows = {each.name: WINDOWS[each.kind](each) for each in registry}
        self._step = compiled(registry, self._windows, filters or {})
        self._keyed = {each.name: (self._windows[each.name], field(each.key)) for each in registry}

    def begin(self, sequence: int, at: int) -> None:
        """Begin after an event that no window reaches back to, instead of before the first."""
        self.sequence, self.at = sequence, at

    @property
    def reach(self) -> int:
        """Return how far the longest window reaches back, in microseconds."""
        return max((each.window for each in self.registry), default=0)

    def advance(self, sequence: int, at: int, event: Event) -> dict[str, Number | None]:
        """Take the next event into account and return what each counter tells it, by name; None is unknown.

        Raises: Broken when the event is not the next, or not later than the one before it.
        """
        self.skip(sequence, at)
        self._room -= 1
        return self._step(event, at, self._room >= 0 or self._has_room())

    def skip(self, sequence: int, at: int, gap: bool = False) -> None:
        """Pass over the next event, which no counter counts: another platform's, or one that was emptied.

        With `gap` it stands for all that are lost since the one before it.

        Raises: Broken when the event is not the next, or not later than the one before it.
        """
        if (sequence <= self.sequence if gap else sequence != self.sequence + 1) or at <= self.at:
            raise Broken(
                f"event {sequence} at {at} cannot follow event {self.sequence} at {self.at}",
                "Sequence numbers are dense and times unique: the event log is damaged, or was read out of order.",
            )
        self.sequence, self.at = sequence, at

    def reading(self, name: str, event: Event) -> Reading:
        """Return what a counter told the last event, which is `event`, with the events behind it."""
        counter, (window, key_of) = self.registry[name], self._keyed[name]
        if (key := key_of(event)) is None:
            return Reading(counter.id, counter.window, None, None, ())
        full = window.saturated(key, self.at)
        value, events = window.read(key, self.at), tuple(window.times(key, self.at))
        return Reading(counter.id, counter.window, value, counter.most if full else None, events)

    def behind(self, name: str, event: Event) -> tuple[str, bool]:
        """Return the digest of what `reading` returns, and whether the counter said less than there was."""
        window, key_of = self._keyed[name]
        if (key := key_of(event)) is None:
            return NOTHING_BEHIND, False
        return window.digest(key, self.at), window.saturated(key, self.at)

    def saturated(self, event: Event) -> list[str]:
        """Return the names of the counters that told the last event, which is `event`, less than there was."""
        return [
            name
            for name, (window, key_of) in self._keyed.items()
            if (window.lost or window.lost_all > NEVER)
            and (key := key_of(event)) is not None
            and window.saturated(key, self.at)
        ]

    def snapshot(self) -> bytes:
        """Return the whole state as bytes that are the same wherever the same events were folded."""
        state = {
            "format": FORMAT,
            "registry": self.registry.digest,
            "sequence": self.sequence,
            "at": self.at,
            "most_entries": self.most_entries,
            "room": self._room,
            "refusals": self._refusals,
            "counters": {self.registry[name].id: window.state() for name, window in self._windows.items()},
        }
        return json.dumps(state, separators=(",", ":")).encode("ascii")

    def digest(self) -> str:
        """Return the digest of the state."""
        return hashlib.sha256(self.snapshot()).hexdigest()

    def restore(self, snapshot: bytes) -> None:
        """Take up the state of a snapshot, from before any event.

        Raises: RecordCorrupt when it is none, or one of other counters.
        """
        try:
            state: dict[str, Any] = json.loads(snapshot)
            if (state["format"], state["registry"]) != (FORMAT, self.registry.digest):
                raise RecordCorrupt(
                    "the snapshot is of other counters", "Fold the events again from the first."
                )
            for name, window in self._windows.items():
                window.load(state["counters"][self.registry[name].id])
            self.sequence, self.at = state["sequence"], state["at"]
            self.most_entries, self._room = state["most_entries"], state["room"]
            self._refusals = state["refusals"]
        except (ValueError, KeyError, TypeError) as error:
            raise RecordCorrupt(f"the snapshot cannot be read: {error}", "Fold the events again.") from None

    def _has_room(self) -> bool:
        """Make room if it is worth looking; when nothing can go, the next look waits for some refusals."""
        if self._refusals > 0:
            self._refusals -= 1
            return False
        left = sum(window.sweep(self.at) for window in self._windows.values())
        self._room = self._events_until_sweep(left) - 1
        self._refusals = 0 if self._room >= 0 else self.most_entries // 8
        return self._room >= 0

    def _events_until_sweep(self, entries: int) -> int:
        """Return after how many more events, of which each may leave an entry with every counter, to look again."""
        free = min(self.most_entries - entries, max(FEWEST_BETWEEN_SWEEPS, entries))
        return free // max(1, len(self.registry))


def compiled(registry: Registry, windows: Mapping[str, Window], filters: Mapping[str, Passes]) -> Step:
    """Return one function that moves all counters on: written out, because a loop over them takes twice as long.

    The text holds no names but those that are made here; paths and names have passed their patterns.

    Raises: Broken when filters and definitions do not belong together.
    """
    given: dict[str, Any] = {"__builtins__": {}}
    lines, loaded, told = ["def step(event, at, room):"], dict[str, str](), list[str]()
    for number, counter in enumerate(registry):
        if bool(counter.where) != (counter.name in filters):
            raise Broken(f"counter {counter.id} has a filter that was not compiled, or none that was")
        window = windows[counter.name]
        given |= {
            f"take{number}": window.take,
            f"read{number}": window.read,
            f"refuse{number}": window.refuse,
        }
        given[f"passes{number}"] = filters.get(counter.name)
        key = _load(counter.key, loaded, lines)
        adds = [f"passes{number}(event) is True"] if counter.where else []
        value = "None" if counter.value is None else _load(counter.value, loaded, lines)
        adds += [] if counter.value is None else [f"{value} is not None"]
        take = f"(take{number}({key}, {value}, at) if room else refuse{number}({key}, at))"
        if adds:
            take = f"{take} if {' and '.join(adds)} else read{number}({key}, at)"
        lines.append(f"    c{number} = None if {key} is None else {take}")
        told.append(f"{counter.name!r}: c{number}")
    lines.append(f"    return {{{', '.join(told)}}}")
    exec(compile("\n".join(lines), "<counters>", "exec"), given)  # noqa: S102  # see the docstring
    return cast(Step, given["step"])


def _load(path: str, loaded: dict[str, str], lines: list[str]) -> str:
    """Write the lines that read a path, unless they stand there already, and return the name of its value."""
    if path in loaded:
        return loaded[path]
    above, _, name = path.rpartition(".")
    group = _load(above, loaded, lines) if above else "event"
    loaded[path] = f"f{len(loaded)}"
    lines.append(f"    {loaded[path]} = None if {group} is None else {group}.get({name!r})")
    return loaded[path]


def field(path: str) -> Field:
    """Return a function that reads a dotted path from an event: None where any part of it is missing or null."""
    parts = [intern(each) for each in path.split(".")]
    if len(parts) == 1:
        return lambda event: event.get(parts[0])

    def read(event: Event) -> Any:
        value: Any = event
        for part in parts:
            value = None if value is None else value.get(part)
        return value

    return read
