"""Waiting for what the rules say of an event: bounded in time and in number, and counted.

The event is in its log before anybody waits. Whoever judges events is woken; what they commit is read. Where nothing is
said in time, the house's own choice holds: what was asked about passes, or is kept back. Each such case leaves a line.
"""

import logging
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from showcause.casework.reading import setting
from showcause.casework.rulework import answering
from showcause.casework.rulework.answering import Kept, Why
from showcause.casework.rulework.holding import is_closed
from showcause.casework.rulework.in_force import DIGEST
from showcause.domain.rule import RuleVersion
from showcause.rules.declared import Declaration
from showcause.store.view import View
from showcause.web.house import house

log = logging.getLogger("showcause.web")

MOST_WAITING: Final = 8
"""So many may wait at once, half of those whom the pages serve together; one more is answered at once."""
BOUNDS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0)
FIRST_LOOK, LONGEST_PAUSE = 0.002, 0.02


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody who asked is told: whether the content is kept back, why, and by which report."""

    held: bool
    why: Why
    kept: Kept | None = None


@dataclass
class Asking:
    """Everybody in this process who waits, and how they were answered."""

    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    waited: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0
    _known: dict[str, tuple[str, Sequence[RuleVersion]]] = field(default_factory=dict)
    _places: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(MOST_WAITING)
    )
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def told(
        self, platform: str, declared: Declaration, sequence: int, began: float, milliseconds: int
    ) -> Told:
        """Return what the rules say of an event that was taken; `began` is when the wait began, by the same clock."""
        why = self._wait(platform, sequence, began + milliseconds / 1000)
        made = _told(platform, declared, sequence, why)
        with self._turn:
            self.answers["hold" if made.held else "pass", made.why] += 1
            self.waited[bisect_left(BOUNDS, spent := time.monotonic() - began)] += 1
            self.seconds += spent
        return made

    def _keepers(self, view: View, platform: str) -> Sequence[RuleVersion]:
        """Return the rules that may keep something back; they are read again when the record says that they changed."""
        digest, known = setting(view, DIGEST) or "", self._known.get(platform)
        if known is None or known[0] != digest:
            known = self._known[platform] = digest, answering.keepers(view, platform)
        return known[1]

    def _wait(self, platform: str, sequence: int, until: float) -> Why:
        """Wait until an event was judged; return `judged`, or why nothing was said."""
        here = house()
        with here.store.read(here.now()) as view:
            if (why := answering.needs_no_rule(view, platform, self._keepers(view, platform))) is not None:
                return why
            if answering.is_judged(view, platform, sequence):
                return Why.JUDGED
        if platform in here.site.judging_stopped():
            return Why.NOT_JUDGED
        if not self._places.acquire(blocking=False):
            return Why.BUSY
        try:
            here.site.wake_judging()
            return _look(platform, sequence, until)
        finally:
            self._places.release()


ASKING = Asking()


def _look(platform: str, sequence: int, until: float) -> Why:
    here, pause = house(), FIRST_LOOK
    while True:
        with here.store.read(here.now()) as view:
            if answering.is_judged(view, platform, sequence):
                return Why.JUDGED
        left = until - time.monotonic()
        if left <= 0:
            return Why.LATE
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _told(platform: str, declared: Declaration, sequence: int, why: Why) -> Told:
    here = house()
    with here.store.read(here.now()) as view:
        if why is Why.JUDGED or why in (Why.NO_RULE, Why.OBSERVED):
            kept = _kept(platform, declared, sequence) if why is Why.JUDGED else None
            if kept is None:
                return Told(False, why)
            return Told(kept.why is not Why.REVIEWED, kept.why, kept)
        closed = is_closed(view, platform)
    log.warning(
        "nothing was said in time of event %d (%s): it %s",
        sequence,
        why,
        "is kept back" if closed else "passes",
    )
    return Told(closed, why)


def _kept(platform: str, declared: Declaration, sequence: int) -> Kept | None:
    here = house()
    [stored] = here.intake.log.read(sequence - 1, 1)
    if stored.body is None:
        return None
    with here.store.read(here.now()) as view:
        return answering.kept_back(view, platform, declared, sequence, stored.body)
