"""The counts that anybody can read: one document a day, as the public log commits to them."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from showcause.casework.tallies import COUNTED, WORDS
from showcause.web.window.index import PublicDocument

DAY: Final = "showcause/v1 day"
ORPHANS: Final = "showcause/v1 orphans"
UNOPENED: Final = "unopened"
SHOWN: Final = 30
"""So many days are shown at once; all of them can be downloaded."""


@dataclass(frozen=True, slots=True)
class Day:
    """The count of one day of UTC, and the entry of the log that commits to it."""

    day: date
    counts: dict[str, int]
    decided_by: dict[str, int]
    index: int


def days_of(documents: Iterable[PublicDocument]) -> list[Day]:
    """Return the counted days, oldest first; where a day was counted again, the later count."""
    found: dict[date, Day] = {}
    for each in documents:
        if each.value is not None and each.value.get("format") == DAY:
            day = date.fromisoformat(each.value["day"])
            found[day] = Day(day, each.value["counts"], each.value["decided-by"], each.index)
    return [found[day] for day in sorted(found)]


def orphans_of(documents: Iterable[PublicDocument]) -> dict[str, tuple[dict[str, Any], int]]:
    """Return the last search for restrictions without a recorded cause by platform, with its entry's index."""
    found = (
        (each.value, each.index)
        for each in documents
        if each.value is not None and each.value.get("format") == ORPHANS
    )
    return {str(value["platform"]): (value, index) for value, index in found}


def missing_of(documents: Iterable[PublicDocument]) -> list[PublicDocument]:
    """Return the documents that the log commits to and that are not there, or not what it says."""
    return [each for each in documents if each.value is None]


def names_of(days: Iterable[Day]) -> list[str]:
    """Return every name that is counted: those of this program, then what older or newer days name besides."""
    others = {name for day in days for name in day.counts} - COUNTED.keys()
    return [*COUNTED, *sorted(others)]


def total(days: Iterable[Day]) -> Counter[str]:
    """Return the sum of all counts over some days."""
    return sum((Counter(day.counts) for day in days), Counter())


def deciders(days: Iterable[Day]) -> dict[str, int]:
    """Return who decided, summed over some days, with the decisions that are only counted."""
    found = sum((Counter(day.decided_by) for day in days), Counter())
    return {name: found[name] for name in (*WORDS, UNOPENED)}


def window(days: list[Day], last: date | None = None) -> list[tuple[date, Day | None]]:
    """Return up to 30 days that end with a day, within those that were counted; the last of these if none is named."""
    if not days:
        return []
    end = max(min(last or days[-1].day, days[-1].day), days[0].day)
    start = max(days[0].day, end - timedelta(days=SHOWN - 1))
    by_day = {each.day: each for each in days}
    calendar = (start + timedelta(days=each) for each in range((end - start).days + 1))
    return [(day, by_day.get(day)) for day in calendar]


def as_csv(days: Iterable[Day]) -> str:
    """Write all counts as one row for each day and name: day, name, count, index of the entry."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("day", "name", "count", "entry"))
    for each in days:
        for name, count in sorted(each.counts.items()):
            writer.writerow((each.day.isoformat(), name, count, each.index))
        for name, count in sorted(each.decided_by.items()):
            writer.writerow((each.day.isoformat(), f"decided-by:{name}", count, each.index))
    return out.getvalue()
