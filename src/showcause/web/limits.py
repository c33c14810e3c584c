"""Limits on how often a door opens: one table, the same for everybody, public, and counted when they bite.

A bucket refills evenly. Whom it belongs to is a keyed hash that dies with the process: addresses are not kept.
"""

import hmac
import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Final

from django.http import HttpRequest

from showcause.domain.errors import TooMany
from showcause.web.house import house


@dataclass(frozen=True, slots=True)
class Limit:
    """So many at once, and so many in each so many seconds after that. `why` is its reason, for the public."""

    burst: int
    per: float
    why: str


LIMITS: Final[Mapping[str, Limit]] = {
    "report-form": Limit(20, 3600, "Keeps one sender from filling the queue by the public form."),
    "report-urgent": Limit(
        60,
        3600,
        "Beyond it reports of threats to life or child abuse are taken, and wait in the ordinary order.",
    ),
    "report-mail": Limit(10, 3600, "Keeps letters about reports from being sent to one address in bulk."),
    "status": Limit(60, 60, "Keeps numbers and links from being guessed."),
    "appeal": Limit(10, 3600, "Keeps one sender from filling the appeals queue."),
    "comment": Limit(20, 600, "Keeps one sender from filling a thread, or the newsroom's queue."),
    "comment-mail": Limit(5, 3600, "Keeps one address from being written to in bulk by whoever types it."),
    "comments-article": Limit(60, 600, "Keeps one visitor from making up articles to comment on."),
    "comment-beside": Limit(
        5, 3600, "Keeps one sender from filling the newsroom's list of answers beside comments."
    ),
    "publish": Limit(20, 3600, "Keeps one sender from publishing in bulk."),
    "link-again": Limit(3, 3600, "Keeps somebody else from being sent the same letter again and again."),
    "pages": Limit(600, 60, "Keeps one reader from slowing the pages for others."),
    "find": Limit(30, 60, "Keeps one visitor's proofs from slowing the pages for others."),
    "login": Limit(20, 300, "Keeps passwords from being guessed."),
    "api": Limit(6000, 60, "Keeps one program from slowing others."),
    "event-calls": Limit(12_000, 60, "Keeps one program's calls about events from slowing others."),
    "asks": Limit(6000, 60, "Keeps one platform that asks before it publishes from keeping others waiting."),
    "events": Limit(600_000, 60, "Keeps one platform's flood of events from delaying another's."),
    "replay": Limit(60, 60, "Keeps one program's replays from slowing others."),
    "who-else": Limit(40, 600, "Keeps one program's questions about the past from slowing others."),
    "api-guess": Limit(30, 300, "Keeps keys of programs from being guessed."),
}
"""Every limit of this house. `burst` is also how many refill in `per` seconds."""

MOST_BUCKETS: Final = 20_000


@dataclass
class Buckets:
    """All buckets of one process: bounded in number; the one that was used longest ago makes room."""

    clock: Callable[[], float] = time.monotonic
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    refused: Counter[str] = field(default_factory=Counter)
    _held: OrderedDict[tuple[str, bytes], tuple[float, float]] = field(default_factory=OrderedDict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def take(self, name: str, whose: str, cost: float = 1.0) -> float:
        """Take from somebody's bucket of a limit; return what is left in it.

        Raises: TooMany with the seconds to wait; the refusal is counted.
        """
        limit, now = LIMITS[name], self.clock()
        mine = name, hmac.digest(self.key, whose.encode(), "sha256")[:16]
        with self._turn:
            level, at = self._held.pop(mine, (float(limit.burst), now))
            level = min(limit.burst, level + (now - at) * limit.burst / limit.per)
            enough = level >= cost
            self._held[mine] = (level - cost if enough else level, now)
            if len(self._held) > MOST_BUCKETS:
                self._held.popitem(last=False)
            if not enough:
                self.refused[name] += 1
        if not enough:
            wait = (cost - level) * limit.per / limit.burst
            raise TooMany(
                f"the limit {name} is reached: {limit.burst} in {limit.per:g} seconds", retry_after=wait
            )
        return level - cost


BUCKETS = Buckets()


def take(request: HttpRequest, name: str, cost: float = 1.0) -> None:
    """Take from the bucket of whoever sent a request. Raises: TooMany."""
    BUCKETS.take(name, network(visitor(request)), cost)


def network(address: str) -> str:
    """Return what one subscriber has: an address, or the network of a version 6 address, which has 2^64 of them.

    Source: RFC 6177.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return address
    return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False))


def visitor(request: HttpRequest) -> str:
    """Return where a request comes from, believing only as many proxies as stand before this house."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    proxies = house().proxies
    if not proxies:
        return peer
    told = [each.strip() for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if each.strip()]
    return told[-proxies] if len(told) >= proxies else peer
