"""How the log of events stands to what was judged: how many events wait, and whether judged ones are missing.

Database and log of events are two files, and one of them may have been put back without the other. An older database
beside a newer log is harmless: what it does not know is judged again. An older log beside a newer database lacks events
on which decisions rest, and would give their places away a second time: nothing is taken and judged until it is whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from showcause.domain.errors import EventsMissing
from showcause.store import rows
from showcause.store.events import EventLog
from showcause.store.failures import told_as_ours
from showcause.store.models import StreamRow
from showcause.store.store import Store


@dataclass(frozen=True, slots=True)
class Standing:
    """How many events were taken, and up to which one each platform's were judged: by the slowest of its parts.

    `furthest` is the last event that any part judged; `at` the newest time that was judged, and `erased` the highest
    count of emptied events that was known then.
    """

    taken: int
    judged: Mapping[str, int]
    furthest: int = 0
    at: int = 0
    erased: int = 0

    @property
    def missing(self) -> int:
        """Return how many events were judged and are not in the log."""
        return max(0, self.furthest - self.taken)

    @property
    def waiting(self) -> dict[str, int]:
        """Return how many events each platform's judging has not looked at yet."""
        return {name: max(0, self.taken - place) for name, place in self.judged.items()}

    def check(self) -> None:
        """Check that nothing is missing. Raises: EventsMissing."""
        if self.missing:
            raise EventsMissing(f"{self.missing} events that were judged are missing from the log of events")


def standing(store: Store, log: EventLog | None) -> Standing:
    """Return how a store's log of events stands; None where there is no log."""
    with store.read() as view, told_as_ours():
        found = rows.find(view.alias, StreamRow, [], newest=False, limit=None)
    judged = dict[str, int]()
    for row in found:
        name, _, part = str(row["name"]).partition(" ")
        if int(part or 1) <= row["body"].get("of", 1):  # else it is no part any more
            judged[name] = min(int(row["sequence"]), judged.get(name, int(row["sequence"])))
    # The log is read second: it never stands before what was judged in it.
    return Standing(
        log.head().sequence if log is not None else 0,
        judged,
        max((int(row["sequence"]) for row in found), default=0),
        max((int(row["at"]) for row in found), default=0),
        max((int(row["erased"]) for row in found), default=0),
    )


def go_on(store: Store, log: EventLog) -> int:
    """Go on without the events that were judged and are lost; return how many are.

    What was decided on them stands, explained by the values in its record. Windows begin anew from what is there.
    """
    found = standing(store, log)
    return log.pass_over(found.furthest, found.at, found.erased)


@dataclass(frozen=True, slots=True)
class Kept:
    """How the history stands: up to which time events were moved, and for how many hours old rows wait to be wiped."""

    moved_until: int | None
    hours_due: float | None


def kept(log: EventLog) -> Kept:
    """Return how the history of a log stands."""
    [(moved_until,)] = log.ask("SELECT max(last_at) FROM {p}piece")
    return Kept(moved_until, log.hours_due())
