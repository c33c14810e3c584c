"""What commits to the events behind a number: one digest over their logical times, which name them.

Few times are digested as they are. Many are digested in runs, one for each 16th part of the window by the clock of the
events, and the digests of the runs once more. So a key that floods costs little with every event: its window begins and
ends a little later than before, and all that lies between was digested. What a digest is follows from the times alone,
not from what was kept.
"""

import hashlib
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

FLAT: Final = 256
"""Up to so many times are digested as they are."""
RUNS: Final = 16
"""Into how many runs a window is cut."""


class Run(NamedTuple):
    """One run as it was digested: its first and last time, the digest, and what can be gone on with."""

    begin: int
    end: int
    is_closed: bool
    digest: bytes
    made: Any


class Runs:
    """What was digested of one key's times; `middle` joins the digests of the runs between the first and the last."""

    __slots__ = ("first", "held", "last", "middle")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.held = dict[int, Run]()
        self.first, self.last, self.middle = 0, -1, b""


def digest(times: Sequence[int], span: int, runs: Runs | None = None, start: int = 0) -> str:
    """Return the digest of ascending times from a place on, all within a window of this span, in hexadecimal.

    `runs` keeps what was digested from one call to the next, for times that only begin later and go on.
    """
    count = len(times) - start
    if count <= FLAT:
        return hashlib.sha256(_bytes(times[start:])).hexdigest()
    runs, grain = runs or Runs(), max(1, span // RUNS)
    first, last = times[start] // grain, times[-1] // grain
    if (first, last) != (runs.first, runs.last):
        _moved_on(runs, times, grain, start, first, last)
    held = runs.held
    for run in {first, last}:
        held[run] = _of_run(times, run * grain, grain, start, held.get(run), is_closed=run < last)
    ends = (held[first].digest, runs.middle, held[last].digest) if first < last else (held[first].digest,)
    return hashlib.sha256(b"".join((count.to_bytes(8, "big"), *ends))).hexdigest()


def _moved_on(runs: Runs, times: Sequence[int], grain: int, start: int, first: int, last: int) -> None:
    """Digest the runs that lie between the first and the last now, and drop those before."""
    held = runs.held
    for run in range(first + 1, last):
        known = held.get(run)
        if known is None or not known.is_closed:
            held[run] = _of_run(times, run * grain, grain, start, known, is_closed=True)
    for run in [each for each in held if each < first]:
        del held[run]
    runs.middle = b"".join([held[run].digest for run in range(first + 1, last)])
    runs.first, runs.last = first, last


def _of_run(
    times: Sequence[int], begin: int, grain: int, start: int, known: Run | None, *, is_closed: bool
) -> Run:
    """Return a run digested, gone on with where its first time is still the first."""
    at, end = bisect_left(times, begin, start), bisect_left(times, begin + grain, start)
    if known is not None and at < end and known.begin == times[at]:
        made, new = known.made, times[bisect_right(times, known.end, at) : end]
        made.update(_bytes(new))
    else:
        made = hashlib.sha256(_bytes(times[at:end]))
    first, last = (times[at], times[end - 1]) if at < end else (-1, -1)
    return Run(first, last, is_closed, made.digest(), made)


def _bytes(times: Sequence[int]) -> "array[int]":
    """Return times as eight bytes each, the highest first."""
    made = array("Q", times)
    if sys.byteorder == "little":
        made.byteswap()
    return made
