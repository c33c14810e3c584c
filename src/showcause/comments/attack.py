"""Attack mode of the section: everything is read before it appears, and everybody writes slowly, until a set hour.

Who may switch it on, and for how long, is the law's (`domain.newsroom`); here stands what it does. It ends by itself.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from showcause.comments.section import Run, Section, marks, micros, moment

SLOW: Final = timedelta(minutes=2)
"""Between two comments of one person while it holds."""


@dataclass(frozen=True, slots=True)
class Attack:
    """The last attack mode: until when it holds or held, and who switched it on or prolonged it."""

    until: datetime
    by: str


def last(section: Section) -> Attack | None:
    """Return the last attack mode, also one that is over; None where there never was one."""
    rows = section.rows("SELECT until, person FROM {p}attack")
    return Attack(moment(rows[0][0]), rows[0][1]) if rows else None


def is_on(section: Section, now: datetime) -> bool:
    """Tell whether it holds now."""
    held = last(section)
    return held is not None and now < held.until


def hold(section: Section, until: datetime, by: str) -> None:
    """Let it hold until a moment; one that has come ends it."""
    sql = (
        "INSERT INTO {p}attack (one, until, person) VALUES (1, %s, %s)"
        " ON CONFLICT (one) DO UPDATE SET until = excluded.until, person = excluded.person"
    )
    with section.changing() as run:
        run(sql, micros(until), by)


def until(run: Run) -> int:
    """Return until when it holds, as the database has it; 0 where it never did."""
    rows = run("SELECT until FROM {p}attack")
    return int(rows[0][0]) if rows else 0


def wrote_lately(run: Run, persons: Collection[int], now: int) -> dict[int, int]:
    """Return when each of these persons wrote last, if that was within the time between two comments."""
    wanted = sorted(persons)
    sql = (
        "SELECT a.person, MAX(c.created) FROM {p}comment c JOIN {p}author a ON a.no = c.author"
        f" WHERE a.person IN ({marks(wanted)}) AND c.created > %s GROUP BY a.person"
    )
    return dict(run(sql, *wanted, now - SLOW // timedelta(microseconds=1))) if wanted else {}
