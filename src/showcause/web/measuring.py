"""How long requests took, by door and outcome: counted in this process, without addresses, names or tokens."""

import threading
import time
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from showcause.web.guard import Answering

BOUNDS: Final = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
DOORS: Final = frozenset(
    {
        *("accounts", "api", "contact", "decisions", "demo", "desk", "find", "healthz", "language", "limits"),
        *("h", "log", "metrics", "numbers", "p", "r", "report", "rules", "s", "static", "welcome"),
        "comments",
    }
)
"""The first parts of addresses that are counted by name; everything else is `other`."""


@dataclass
class Requests:
    """One histogram for each door and class of status."""

    held: dict[tuple[str, str], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0] * (len(BOUNDS) + 1))
    )
    seconds: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    turn: threading.Lock = field(default_factory=threading.Lock)

    def add(self, door: str, outcome: str, seconds: float) -> None:
        """Count one request."""
        with self.turn:
            self.held[door, outcome][bisect_left(BOUNDS, seconds)] += 1
            self.seconds[door, outcome] += seconds

    def read(self) -> list[tuple[str, str, list[int], float]]:
        """Return what was counted: door, class of status, how many in each span, seconds together."""
        with self.turn:
            return [(*key, list(counts), self.seconds[key]) for key, counts in sorted(self.held.items())]


REQUESTS = Requests()


def measure(answering: Answering) -> Answering:
    """Count each request and how long it took."""

    def call(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        made = answering(request)
        REQUESTS.add(door_of(request.path), f"{made.status_code // 100}xx", time.perf_counter() - began)
        return made

    return call


def door_of(path: str) -> str:
    """Return the door that an address belongs to, never the address."""
    first = path.lstrip("/").partition("/")[0]
    return "home" if not first else first if first in DOORS else "other"
