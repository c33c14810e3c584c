"""The day's public count: what happened, and everything that was late. One `tally` leaf a day, when the day is over.

Totals name nobody. What splits decisions by who decided is told only for cells of at least ten; smaller ones are
counted as unopened, because in a small community they would point at somebody.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from showcause.casework.log.publishing import check_founded, is_published, leaf_with_document
from showcause.casework.ports import Ids
from showcause.domain.decision import Decision, deciders
from showcause.domain.site import Document
from showcause.store.tx import Tx
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Kind

SMALLEST_CELL: Final = 10
DAY: Final = timedelta(days=1)

COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    "reports": ("report", "submit"),
    "reports-by-rules": ("report", "report-by-rule"),
    "reports-judged-before": ("report", "refer-back"),
    "decisions": ("decision", "commit"),
    "proposals-returned": ("decision", "return"),
    "holds-overrun": ("decision", "hold-overrun"),
    "orders-failed": ("enforcement", "give-up"),
    "statements-served": ("statement", "serve"),
    "statements-undeliverable": ("statement", "bounce"),
    "appeals": ("appeal", "lodge"),
    "appeals-affirmed": ("appeal", "affirm"),
    "appeals-reversed": ("appeal", "reverse"),
    "appeals-amended": ("appeal", "amend"),
    "appeals-refused": ("appeal", "refuse"),
    "appeals-overdue": ("appeal", "overdue"),
    "urgent-acts": ("urgent", "enter"),
    "urgent-entered-late": ("urgent", "late-entry"),
    "urgent-unconfirmed": ("urgent", "keep-hidden"),
    "urgent-below-level": ("urgent", "below-level"),
    "falls-held-overdue": ("fall-hold", "overdue"),
    "people-forgotten": ("forgetting", "forget"),
}
"""What is counted: its public name, and the journal's kind and verb."""

WORDS: Final = ("machine", "one-person", "two-people")


def tally(tx: Tx, now: datetime, ids: Ids) -> Document | None:
    """Publish the count of the last whole day of UTC, once; None when nothing happened. Safe to repeat."""
    check_founded(tx)
    day = now.astimezone(UTC).date() - DAY
    counts = _counts(tx, day)
    if not any(counts.values()):
        return None
    document: Json = {
        "format": "showcause/v1 day",
        "day": day.isoformat(),
        "counts": {name: count for name, count in counts.items() if count},
        "decided-by": _decided_by(tx, day),
    }
    if is_published(tx, Kind.TALLY, document):
        return None
    return leaf_with_document(tx, now, ids, Kind.TALLY, document, about=ids(), by=None, event="day")


def _bounds(day: date) -> tuple[datetime, datetime]:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return start, start + DAY


def _counts(tx: Tx, day: date) -> dict[str, int]:
    start, end = _bounds(day)
    found = tx.count_lines(start, end)
    return {name: found.get(key, 0) for name, key in COUNTED.items()}


def _decided_by(tx: Tx, day: date) -> dict[str, Json]:
    start, end = _bounds(day)
    made = tx.find(Decision, decided_at__gte=start, decided_at__lt=end)
    cells = Counter(WORDS[deciders(decision)] for decision in made)
    opened: dict[str, Json] = {name: count for name, count in sorted(cells.items()) if count >= SMALLEST_CELL}
    return opened | {"unopened": sum(count for count in cells.values() if count < SMALLEST_CELL)}
