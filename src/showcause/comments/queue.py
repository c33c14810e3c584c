"""How long the line before the desk is, for whoever watches over the house: numbers, and nobody's words."""

from dataclasses import dataclass
from datetime import datetime

from showcause.comments.section import Section, moment_or_none


@dataclass(frozen=True, slots=True)
class Queue:
    """How many comments wait to be published, how many are published unchecked, and since when the oldest waits."""

    waiting: int
    unchecked: int
    oldest: datetime | None

    def age(self, now: datetime) -> int:
        """Return for how many seconds the oldest has waited; 0 where none waits."""
        return max(0, round((now - self.oldest).total_seconds())) if self.oldest else 0


def queue(section: Section) -> Queue:
    """Count those who wait. What is set aside for a moment waits, too. Raises: StoreBusy, StoreUnusable."""
    unchecked = "state = 'published' AND checked IS NULL"
    with section.reading() as run:
        [(waiting,)] = run("SELECT COUNT(*) FROM {p}comment WHERE state = 'waiting'")
        [(seen,)] = run(f"SELECT COUNT(*) FROM {{p}}comment WHERE {unchecked}")
        oldest = run("SELECT created FROM {p}comment WHERE state = 'waiting' ORDER BY seq LIMIT 1")
    return Queue(int(waiting), int(seen), moment_or_none(oldest[0][0] if oldest else None))
