"""Which articles are read and commented most, counted without knowing who reads.

Somebody who reads an article several times in a day counts once. Who they are is a hash under a salt that is made anew
each day, stands in the memory of one process and is never written down; what is written is a number for each article
and day. Reloads and simple bots therefore count little, and a process that ends forgets a few seconds of counts.
"""

import hmac
import re
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from showcause.comments import reading
from showcause.comments.section import Section, micros
from showcause.comments.values import Article

MOST_SEEN: Final = 100_000
"""How many readers of articles are remembered before the older half is let go."""
FLUSH: Final = timedelta(seconds=5)
MOST_LISTED: Final = 50
KEPT_DAYS: Final = 32
_BOT: Final = re.compile(
    r"bot|crawl|spider|slurp|preview|scan|monitor|headless|fetch|archiv|curl|wget|python|java/|go-http|okhttp|libwww",
    re.IGNORECASE,
)


class Span(StrEnum):
    DAY = "day"
    WEEK = "week"


_DAYS: Final = {Span.DAY: 1, Span.WEEK: 7}


@dataclass(frozen=True, slots=True)
class Counted:
    """An article and how many read it, or how many comments were published under it."""

    article: Article
    count: int


def is_program(agent: str) -> bool:
    """Tell whether a browser's own words say that no person reads."""
    return len(agent) < 20 or _BOT.search(agent) is not None


@dataclass(slots=True)
class Readers:
    """Counts the readers of one process. Threads share it. `clock` is monotonic, in seconds."""

    section: Section
    clock: Callable[[], float]
    _day: int = -1
    _salt: bytes = field(default=b"", repr=False)
    _seen: set[bytes] = field(default_factory=set, repr=False)
    _before: set[bytes] = field(default_factory=set, repr=False)
    _counts: Counter[tuple[int, int]] = field(default_factory=Counter)
    _flushed: float = 0.0
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def read(self, article: Article, now: datetime, visitor: str) -> bool:
        """Count a reader of an article, unless they counted today; tell whether they did now.

        `visitor` is what a request shows of its sender; it is hashed at once.
        """
        day = day_of(now)
        with self._turn:
            if day != self._day:
                self._day, self._salt, self._seen, self._before = day, secrets.token_bytes(32), set(), set()
            who = hmac.digest(self._salt, f"{article.no}\x00{visitor}".encode(errors="replace"), "sha256")[
                :12
            ]
            if who in self._seen or who in self._before:
                return False
            if len(self._seen) >= MOST_SEEN:
                self._before, self._seen = self._seen, set()
            self._seen.add(who)
            self._counts[day, article.no] += 1
            due = self.clock() - self._flushed >= FLUSH.total_seconds()
        if due:
            self.flush()
        return True

    def flush(self) -> None:
        """Write down what was counted. Raises: StoreBusy, StoreFull; then it is kept for the next time."""
        with self._turn:
            counts, self._counts, self._flushed = self._counts, Counter(), self.clock()
        if not counts:
            return
        try:
            with self.section.changing() as run:
                run.many(
                    "INSERT INTO {p}reads (day, article, count) VALUES (%s, %s, %s)"
                    " ON CONFLICT (day, article) DO UPDATE SET count = {p}reads.count + excluded.count",
                    [(*key, count) for key, count in sorted(counts.items())],
                )
                run("DELETE FROM {p}reads WHERE day < %s", max(day for day, _ in counts) - KEPT_DAYS)
        except BaseException:
            with self._turn:
                self._counts.update(counts)
            raise


def day_of(moment: datetime) -> int:
    """Return the number of a day of UTC."""
    return micros(moment) // 86_400_000_000


def most_read(section: Section, now: datetime, span: Span, most: int = 10, part: str = "") -> list[Counted]:
    """Return the articles that most people opened the comments of: today, or in seven days with today."""
    chosen = (
        "SELECT article, SUM(count) AS n FROM {p}reads WHERE day > %s GROUP BY article"
        " ORDER BY n DESC, article DESC"
    )
    return _listed(section, chosen, day_of(now) - _DAYS[span], most, part)


def most_commented(
    section: Section, now: datetime, span: Span, most: int = 10, part: str = ""
) -> list[Counted]:
    """Return the articles with the most published comments of the last 24 hours, or of seven days."""
    chosen = (
        "SELECT article, COUNT(*) AS n FROM {p}comment WHERE created >= %s AND shown IS NOT NULL"
        " AND state = 'published' GROUP BY article ORDER BY n DESC, article DESC"
    )
    return _listed(section, chosen, micros(now - timedelta(days=_DAYS[span])), most, part)


def _listed(section: Section, chosen: str, since: int, most: int, part: str) -> list[Counted]:
    where, values = (" WHERE k.part = %s", (part,)) if part else ("", ())
    sql = (
        f"SELECT f.n, {reading.ARTICLE} FROM ({chosen}) f JOIN {{p}}article k ON k.no = f.article{where}"
        " ORDER BY f.n DESC, k.no DESC LIMIT %s"
    )
    rows = section.rows(sql, since, *values, max(1, min(most, MOST_LISTED)))
    return [Counted(reading.article(tuple(row)), int(n)) for n, *row in rows]
