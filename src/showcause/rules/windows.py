"""Windows: what happened to a key in the last so many minutes, exactly, as a fold over the ordered events.

Each event has a logical time of its own that is later than its predecessor's. An event at `t` sees the entries in
(t - window, t], and its own if it passes the counter's filter. What arrives late counts when it arrives: no decision
that was made is changed by it. Nothing here looks at a clock, so the same events give the same values and the same
state, whether they came in one run or in pieces between which the state was written down and read again.

Memory is bounded twice, and both bounds show. A key keeps the newest `most` entries of its counter: beyond that a
count or distinct count reads `most`, a sum reads unknown, and the key is saturated until what was left out has passed
the window. All counters together keep `most_entries`: beyond that new entries are left out, and the whole counter is
saturated for as long as one of them would have counted. A saturated count is never more than the true one.

Keys and values of one counter have one type, as the schema of the events says.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from showcause.rules import behind
from showcause.rules.counters import Counter, Kind

Key: TypeAlias = str | int | float | bool
Number: TypeAlias = int | float
Event: TypeAlias = Mapping[str, Any]

BIGGEST: Final = 2**53
"""A whole number beyond it is unknown: not every engine could tell it from its neighbour."""
NEVER: Final = -(1 << 62)
"""Earlier than any window reaches back."""
_GRAIN: Final = 1 << 1074
"""Every double is a whole number of 1/_GRAIN, so sums of them are kept exactly, as whole numbers."""


class Window:
    """The entries of one counter. `take` adds the event's own and reads, `read` only reads.

    Times given to it never decrease. Subclasses say what an entry is.
    """

    __slots__ = ("_runs", "lost", "lost_all", "most", "span")

    def __init__(self, counter: Counter) -> None:
        self.span, self.most = counter.window, counter.most
        self._runs: dict[Key, behind.Runs] = {}
        self.lost: dict[Key, int] = {}
        self.lost_all = NEVER

    def take(self, key: Key, value: Any, at: int) -> Number | None:
        """Add an entry and return the value that the event sees."""
        raise NotImplementedError

    def read(self, key: Key, at: int) -> Number | None:
        """Return the value that an event sees which adds nothing."""
        raise NotImplementedError

    def refuse(self, key: Key, at: int) -> Number | None:
        """Leave out an entry because there is no room, and return the value without it."""
        self.lost_all = at
        return self.read(key, at)

    def saturated(self, key: Key, at: int) -> bool:
        """Tell whether entries that belong into the window of this key were left out."""
        oldest = at - self.span
        return self.lost_all > oldest or self.lost.get(key, NEVER) > oldest

    def times(self, key: Key, at: int) -> Sequence[int]:
        """Return the logical times of the events that make up the value of a key: they name the events."""
        raise NotImplementedError

    def digest(self, key: Key, at: int) -> str:
        """Return what commits to these events."""
        return behind.digest(self.times(key, at), self.span)

    def _digest(self, key: Key, times: Sequence[int], at: int) -> str:
        """Return what commits to the newest of some times, of which only the oldest ever go."""
        if len(times) <= behind.FLAT:
            return behind.digest(times, self.span, None, bisect_right(times, at - self.span))
        runs = self._runs.setdefault(key, behind.Runs())
        return behind.digest(times, self.span, runs, bisect_right(times, at - self.span))

    def sweep(self, at: int) -> int:
        """Drop what no event will see again, and return how many entries are left."""
        oldest = at - self.span
        self._runs.clear()
        self.lost = {key: lost for key, lost in self.lost.items() if lost > oldest}
        return self._sweep(oldest)

    def state(self) -> dict[str, Any]:
        """Return all of it as JSON, in an order that belongs to the state."""
        return {"held": list(self._held()), "lost": list(self.lost.items()), "lost_all": self.lost_all}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` returned."""
        self.lost = dict(state["lost"])
        self.lost_all = state["lost_all"]
        for item in state["held"]:
            self._hold(item)

    def _sweep(self, oldest: int) -> int:
        raise NotImplementedError

    def _held(self) -> Iterator[Any]:
        raise NotImplementedError

    def _hold(self, item: Any) -> None:
        raise NotImplementedError


class Count(Window):
    """How many events: for each key their times, oldest first."""

    __slots__ = ("held",)

    def __init__(self, counter: Counter) -> None:
        super().__init__(counter)
        self.held: dict[Key, list[int]] = {}

    def take(self, key: Key, value: Any, at: int) -> int:
        times = self.held.get(key)
        if times is None:
            self.held[key] = [at]
            return 1
        times.append(at)
        if times[0] <= (oldest := at - self.span):
            del times[: bisect_right(times, oldest)]
        if len(times) > self.most:
            self.lost[key] = times[0]
            del times[0]
        return len(times)

    def read(self, key: Key, at: int) -> int:
        times = self.held.get(key)
        if times is None:
            return 0
        if times[0] <= (oldest := at - self.span):
            del times[: bisect_right(times, oldest)]
            if not times:
                del self.held[key]
        return len(times)

    def times(self, key: Key, at: int) -> list[int]:
        times = self.held.get(key, [])
        return times[bisect_right(times, at - self.span) :]

    def digest(self, key: Key, at: int) -> str:
        return self._digest(key, self.held.get(key, ()), at)

    def _sweep(self, oldest: int) -> int:
        left = 0
        for key, times in list(self.held.items()):
            del times[: bisect_right(times, oldest)]
            left += len(times)
            if not times:
                del self.held[key]
        return left

    def _held(self) -> Iterator[Any]:
        return ([key, times] for key, times in self.held.items())

    def _hold(self, item: Any) -> None:
        key, times = item
        self.held[key] = list(times)


class Distinct(Window):
    """How many different values: for each key the time at which each was last seen, in that order."""

    __slots__ = ("held",)

    def __init__(self, counter: Counter) -> None:
        super().__init__(counter)
        self.held: dict[Key, dict[Key, int]] = {}

    def take(self, key: Key, value: Any, at: int) -> int:
        seen = self.held.get(key)
        if seen is None:
            self.held[key] = {value: at}
            return 1
        seen.pop(value, None)  # a dict keeps the order in which keys came: the one seen last goes to its end
        seen[value] = at
        oldest = at - self.span
        while (
            seen[first := next(iter(seen))] <= oldest
        ):  # ends at the value that was just seen, at the latest
            del seen[first]
        if len(seen) > self.most:
            self.lost[key] = seen.pop(first)
        return len(seen)

    def read(self, key: Key, at: int) -> int:
        seen = self.held.get(key)
        if seen is None:
            return 0
        self._expire(seen, at - self.span)
        if not seen:
            del self.held[key]
        return len(seen)

    def times(self, key: Key, at: int) -> list[int]:
        oldest = at - self.span
        return [seen for seen in self.held.get(key, {}).values() if seen > oldest]

    @staticmethod
    def _expire(seen: dict[Key, int], oldest: int) -> None:
        while seen:
            first = next(iter(seen))
            if seen[first] > oldest:
                return
            del seen[first]

    def _sweep(self, oldest: int) -> int:
        left = 0
        for key, seen in list(self.held.items()):
            self._expire(seen, oldest)
            left += len(seen)
            if not seen:
                del self.held[key]
        return left

    def _held(self) -> Iterator[Any]:
        return ([key, list(seen.items())] for key, seen in self.held.items())

    def _hold(self, item: Any) -> None:
        key, seen = item
        self.held[key] = dict(seen)


class Sum(Window):
    """The sum of a field: for each key the times, the values, and their exact total."""

    __slots__ = ("held",)

    def __init__(self, counter: Counter) -> None:
        super().__init__(counter)
        self.held: dict[Key, tuple[list[int], list[Number], list[int]]] = {}

    def take(self, key: Key, value: Any, at: int) -> Number | None:
        if key not in self.held:
            self.held[key] = [], [], [0]
        times, values, total = self.held[key]
        times.append(at)
        values.append(value)
        total[0] += self.exact(value)
        self._expire(key, at - self.span)
        if len(times) > self.most:
            self.lost[key] = times[0]
            self._drop(key, 1)
        return self._told(key, at)

    def read(self, key: Key, at: int) -> Number | None:
        if key in self.held:
            self._expire(key, at - self.span)
            if not self.held[key][0]:
                del self.held[key]
        return self._told(key, at)

    def times(self, key: Key, at: int) -> list[int]:
        times = self.held[key][0] if key in self.held else []
        return times[bisect_right(times, at - self.span) :]

    def digest(self, key: Key, at: int) -> str:
        return self._digest(key, self.held[key][0] if key in self.held else (), at)

    @staticmethod
    def exact(value: Number) -> int:
        """Return a value as the whole number that is added up."""
        return int(value)

    @staticmethod
    def rounded(total: int) -> Number | None:
        """Return a total as a rule sees it, None if it is unknown."""
        return total if -BIGGEST <= total <= BIGGEST else None

    def _told(self, key: Key, at: int) -> Number | None:
        # A sum that lacks entries could be wrong in either direction, and nothing may rest on it.
        if (self.lost or self.lost_all > NEVER) and self.saturated(key, at):
            return None
        return self.rounded(self.held[key][2][0] if key in self.held else 0)

    def _expire(self, key: Key, oldest: int) -> None:
        times = self.held[key][0]
        if times and times[0] <= oldest:
            self._drop(key, bisect_right(times, oldest))

    def _drop(self, key: Key, count: int) -> None:
        times, values, total = self.held[key]
        for value in values[:count]:
            total[0] -= self.exact(value)
        del times[:count], values[:count]

    def _sweep(self, oldest: int) -> int:
        left = 0
        for key in list(self.held):
            self._expire(key, oldest)
            left += len(self.held[key][0])
            if not self.held[key][0]:
                del self.held[key]
        return left

    def _held(self) -> Iterator[Any]:
        return ([key, times, values] for key, (times, values, _) in self.held.items())

    def _hold(self, item: Any) -> None:
        key, times, values = item
        self.held[key] = list(times), list(values), [sum(map(self.exact, values))]


class SumOfFractions(Sum):
    """The sum of doubles, kept without rounding, so that it does not depend on what came and went before."""

    __slots__ = ()

    @staticmethod
    def exact(value: Number) -> int:
        above, below = float(value).as_integer_ratio()
        return above * (_GRAIN // below)

    @staticmethod
    def rounded(total: int) -> float | None:
        try:
            return total / _GRAIN  # of two whole numbers: correctly rounded, half to even
        except OverflowError:
            return None


WINDOWS: Final[Mapping[Kind, Callable[[Counter], Window]]] = {
    Kind.COUNT: Count,
    Kind.DISTINCT: Distinct,
    Kind.SUM: Sum,
    Kind.SUM_OF_FRACTIONS: SumOfFractions,
}
