"""What the public record says of the house itself: its settings in force and the platforms connected to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from showcause.web.window.counts import Day, days_of
from showcause.web.window.index import PublicDocument
from showcause.web.window.record import Record
from showcause.web.window.terms import Term, terms_of

R = TypeVar("R")
SETTING: Final = "showcause/v1 setting"
PLATFORM: Final = "showcause/v1 platform"
DEFAULT_HIGH_REACH: Final = "10000"


@dataclass(frozen=True, slots=True)
class Stated:
    """What the newest public document about something says, and its entry."""

    value: Any
    index: int


def settings_of(documents: list[PublicDocument]) -> dict[str, Stated]:
    """Return every setting's value in force by name."""
    return _newest(documents, SETTING, lambda value: value["value"])


def platforms_of(documents: list[PublicDocument]) -> dict[str, Stated]:
    """Return every connected platform's kind, mode and measures by name."""
    return _newest(documents, PLATFORM, lambda value: value)


def settings(record: Record) -> dict[str, Stated]:
    """Return the settings under the public head."""
    return folded(record, "settings", settings_of)


def platforms(record: Record) -> dict[str, Stated]:
    """Return the platforms under the public head."""
    return folded(record, "platforms", platforms_of)


def terms(record: Record) -> dict[str, Term]:
    """Return all clauses under the public head, with their history."""
    return folded(record, "terms", terms_of)


def days(record: Record) -> list[Day]:
    """Return the counted days under the public head."""
    return folded(record, "days", days_of)


def value(record: Record, name: str, otherwise: str = "") -> str:
    """Return one setting's public value."""
    found = settings(record).get(name)
    return str(found.value) if found else otherwise


def folded(record: Record, name: str, make: Callable[[list[PublicDocument]], R]) -> R:
    """Return what is made of all public documents, made once for each head."""
    folds, documents = record.index.folds, record.index.documents
    key = (
        f"{name} {len(documents)}"  # made while the head advances, it is not taken for what the new head says
    )
    if key not in folds:
        folds[key] = make(documents)
    made: R = folds[key]
    return made


def _newest(
    documents: list[PublicDocument], form: str, take: Callable[[dict[str, Any]], Any]
) -> dict[str, Stated]:
    return {
        str(each.value["name"]): Stated(take(each.value), each.index)
        for each in documents
        if each.value is not None and each.value.get("format") == form
    }
