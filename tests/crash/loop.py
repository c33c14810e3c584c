"""Kill, open afresh, look, go on: the loop that all crash tests share."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.crash import checks
from tests.crash.checks import Told
from tests.crash.children import in_child, in_victim
from tests.crash.durable import Place, Sites, opened
from tests.crash.life import SLICE, live
from tests.crash.points import Point
from tests.house import NOON

SITES_LAST = 8
"""So many victims share a site; then its jobs must all come to an end, and a fresh one follows."""
AT_RANDOM = "at random"
WHILE_RECOVERING = "while recovering"


@dataclass
class Deaths:
    """How many died where."""

    where: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Return how many died."""
        return self.where.total()


def _date_by_the_house(place: Place, now: datetime) -> None:
    """Give a checkpoint that was replaced and not dated yet the house's time: the machine's own is another one."""
    checkpoint = place.folder / "public" / "checkpoint"
    if checkpoint.exists() and checkpoint.stat().st_mtime > (now + timedelta(days=2)).timestamp():
        os.utime(checkpoint, (now.timestamp(), now.timestamp()))


class CrashLoop:
    """Sites of one kind, and victims on them."""

    def __init__(self, sites: Sites, seed: int) -> None:
        self.sites, self.dice, self.deaths = sites, random.Random(seed), Deaths()

    def at(self, points: Iterable[Point], nth: int = 1) -> Deaths:
        """Kill at each of these points when it is reached for the n-th time, on sites that a few victims share."""
        victims = [(point, nth) for point in points]
        self.dice.shuffle(victims)
        return self._over(iter(victims))

    def at_random(self, kills: int) -> Deaths:
        """Kill at random instants so often."""
        return self._over((None, 1) for _ in range(kills))

    def _over(self, victims: Iterator[tuple[Point | None, int]]) -> Deaths:
        group: list[tuple[Point | None, int]] = []
        for victim in victims:
            group.append(victim)
            if len(group) == SITES_LAST:
                self._one_site(group)
                group = []
        if group:
            self._one_site(group)
        return self.deaths

    def _one_site(self, victims: list[tuple[Point | None, int]]) -> None:
        with self.sites.fresh() as place:
            told, now = Told(), NOON
            for point, nth in victims:
                self._kill_one(place, now, told, point, nth)
                _date_by_the_house(place, now)
                now = self._recovered(place, now + (nth + 1) * SLICE, told)
            in_child(lambda: _to_the_end(place, now, told))

    def _kill_one(self, place: Place, now: datetime, told: Told, point: Point | None, nth: int) -> None:
        seed, wait = self.dice.randrange(10**9), self.dice.uniform(0.0, 0.25)

        def kill(victim: int, reading: int) -> None:
            if point is None:
                os.read(reading, len(b'["alive", null]\n'))
                time.sleep(wait)
                os.kill(victim, signal.SIGKILL)

        killed, lines = in_victim(lambda pipe: live(place, now, seed, point, nth, pipe), kill)
        assert killed, f"the point {point!r} was not reached {nth} times (seed {seed})"
        self.deaths.where[point.value if point else AT_RANDOM] += 1
        told.hear(lines)

    def _recovered(self, place: Place, now: datetime, told: Told) -> datetime:
        """Open the site afresh, look, let it recover (sometimes killed again while it does), look again."""
        if self.dice.random() < 0.15:
            wait = self.dice.uniform(0.0, 0.15)

            def kill(victim: int, reading: int) -> None:
                time.sleep(wait)
                os.kill(victim, signal.SIGKILL)

            killed, _ = in_victim(lambda _pipe: checks.recover(opened(place, now)), kill)
            self.deaths.where[WHILE_RECOVERING] += killed
            now += timedelta(hours=1)
        return in_child(lambda: _look(place, now, told))


def _look(place: Place, now: datetime, told: Told) -> datetime:
    house = opened(place, now)
    checks.at_once(house, told)
    checks.recover(house)
    checks.after_recovery(house, told)
    return house.now


def _to_the_end(place: Place, now: datetime, told: Told) -> None:
    house = opened(place, now)
    checks.until_all_jobs_end(house)
    checks.after_recovery(house, told)
