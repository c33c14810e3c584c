"""Which facets of decisions the public is shown, and in which groups: by cells, and never one person's alone.

A cell is a number of entries that are opened together, with the same values in the same fields, and of the same kind
and connector, since these can be seen anyway. No cell is smaller than a set number. Each entry is opened at most once,
with all fields of its cell together: so what two days say never differs by one entry. What found no cell waits for
later days to fill one, at most thirty, and is then never opened. Everything unopened is counted.

Fields of a decision that are opened are those of the widest set that fills a cell. The rest is never opened:
languages, content types and territories can point at a few people of a small community; keywords say more than a
clause; `ground-fell` would say which decisions hang together; how many people decided is counted apart, by the day.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

SMALLEST: Final = 10
LEAST_POSSIBLE: Final = 5
POOLED: Final = timedelta(days=30)
"""So long a decision waits for others like it."""
LARGEST: Final = 1000
"""So many entries are one cell at most, so that a document stays a file that anybody can read."""

LEVELS: Final = (
    ("measures", "ground", "clause", "category", "source", "detection", "decision"),
    ("measures", "ground", "clause", "category"),
    ("measures", "ground", "category"),
    ("measures", "ground"),
)
"""The sets of fields that are opened together, the widest first."""

TELLING: Final = frozenset({"clause", "category"})
"""Fields that say what it was about: never opened of a sensitive matter."""

SENSITIVE: Final = MappingProxyType(
    {
        "STATEMENT_CATEGORY_PROTECTION_OF_MINORS": "children, as victims or accused",
        "STATEMENT_CATEGORY_CYBER_VIOLENCE": "its victims are known to those around them",
        "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN": "intimate images, stalking: as above",
        "STATEMENT_CATEGORY_SELF_HARM": "health",
        "STATEMENT_CATEGORY_VIOLENCE": "the accusation of a crime against somebody nearby",
        "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY": "the accusation of terrorism",
        "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH": "opinions and beliefs, and groups defined by them",
        "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS": "political opinions",
        "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS": "points at whose data was spread",
    }
)
"""Categories that are never opened, with the reason. Source: GDPR Arts 9 and 10."""

ORDINARY: Final = frozenset(
    f"STATEMENT_CATEGORY_{name}"
    for name in (
        "ANIMAL_WELFARE",
        "CONSUMER_INFORMATION",
        "INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        "NOT_SPECIFIED_NOTICE",
        "OTHER_VIOLATION_TC",
        "SCAMS_AND_FRAUD",
        "UNSAFE_AND_PROHIBITED_PRODUCTS",
    )
)
"""Categories that may be opened. One that stands in neither table counts as sensitive."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One decision that is not opened: its leaf, what everybody sees of that, its facets, and if they are sensitive."""

    leaf: str
    kind: str
    connector: str
    values: Mapping[str, Any]
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """Decisions that are opened together: these fields, and the same values in each."""

    fields: tuple[str, ...]
    members: tuple[Waiting, ...]


def is_sensitive(category: str | None, *, danger: bool) -> bool:
    """Tell whether a matter of this category is sensitive; `danger` is one for which the urgent lane exists."""
    return danger or (category is not None and category not in ORDINARY)


def cells(waiting: Sequence[Waiting], smallest: int = SMALLEST) -> list[Cell]:
    """Return what may be opened of these, oldest first: no cell smaller than `smallest`, no decision twice.

    Where the fields do not say what it was about, sensitive matters may be among the others, never more than half.
    """
    made: list[Cell] = []
    rest = list(waiting)
    for fields in LEVELS:
        for group in _alike(rest, fields).values():
            made += (Cell(fields, part) for part in _parts(_mixed(group), smallest))
        opened = {member.leaf for cell in made for member in cell.members}
        rest = [each for each in rest if each.leaf not in opened]
    return made


def _alike(waiting: Sequence[Waiting], fields: tuple[str, ...]) -> dict[str, list[Waiting]]:
    groups: dict[str, list[Waiting]] = {}
    for each in waiting:
        if not (each.sensitive and TELLING.intersection(fields)):
            values = [each.values.get(name) for name in fields]
            groups.setdefault(json.dumps([each.kind, each.connector, values]), []).append(each)
    return groups


def _mixed(group: list[Waiting]) -> tuple[Waiting, ...]:
    """Return a group with no more sensitive matters than others: else the missing category would tell."""
    others = sum(not each.sensitive for each in group)
    allowed = {each.leaf for each in [each for each in group if each.sensitive][:others]}
    return tuple(each for each in group if not each.sensitive or each.leaf in allowed)


def _parts(group: tuple[Waiting, ...], smallest: int) -> Iterator[tuple[Waiting, ...]]:
    for at in range(0, len(group), LARGEST):
        if len(part := group[at : at + LARGEST]) >= smallest:
            yield part
