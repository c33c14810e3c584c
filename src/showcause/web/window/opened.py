"""Facets that were opened in public: read from the documents, and checked against its entry before one is shown."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from showcause.transparency.commitments import Opening, check
from showcause.transparency.errors import LogError
from showcause.transparency.facets import FORMAT, NONE, cells_of, words_of
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import FIELDS, Leaf, Slot, slot_digest
from showcause.web.window import facts
from showcause.web.window.index import PublicDocument
from showcause.web.window.record import Record
from showcause.web.window.wording import measure, named


@dataclass(slots=True)
class Opened:
    """What all documents open: by entry the opening, the size of its cell and the document's place; and the totals.

    The numbers are those that the documents state; `showcause log recount` computes them again.
    """

    by_leaf: dict[str, tuple[Opening, int, int]] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    newest: dict[str, Any] | None = None
    index: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """The facets of one entry in words, with how many others they were opened, and in which entry."""

    facets: list[tuple[str, list[str]]]
    others: int
    index: int


def opened(record: Record) -> Opened:
    """Return what is opened under the public head."""
    return facts.folded(record, "opened", _of_documents)


def of_entry(record: Record, leaf: Leaf | None, language: str) -> Shown | None:
    """Return the opened facets of an entry; None where there are none, or they are not what it committed to."""
    held = opened(record).by_leaf.get(leaf.id) if leaf else None
    if leaf is None or held is None:
        return None
    opening, size, index = held
    try:
        values = check(opening, slot_digest(leaf, Slot.FACETS))
    except LogError:
        return None
    told = [
        (field_title(name, language), _in_words(name, values[name], language))
        for name in FIELDS[Slot.FACETS]
        if name in values
    ]
    return Shown(told, size - 1, index)


def table(record: Record, language: str) -> list[tuple[str, str, int]]:
    """Return field, value and number of everything that was opened."""
    return [
        (field_title(name, language), word_of(name, word, language), count)
        for name, words in opened(record).counts.items()
        for word, count in sorted(words.items())
    ]


def field_title(name: str, language: str) -> str:
    """Return a field's name in words."""
    return named("window.facet", name, language)


def word_of(name: str, word: str, language: str) -> str:
    """Return a value in words where it has some; else the EU's code or a clause's name."""
    if name == "measures" and word != NONE:
        return measure(word, language)
    return named("window.facet-value", word, language)


def _in_words(name: str, value: Json, language: str) -> list[str]:
    return [word_of(name, word, language) for word in words_of(value)]


def _of_documents(documents: list[PublicDocument]) -> Opened:
    found = Opened()
    for each in documents:
        if each.value is not None and each.value.get("format") == FORMAT:
            _take(found, each.value, each.index)
    return found


def _take(found: Opened, value: dict[str, Any], index: int) -> None:
    try:
        cells = cells_of(value)
    except LogError:
        return
    found.newest, found.index = value, index
    for cell in cells:
        for leaf, opening in cell.openings:
            found.by_leaf.setdefault(leaf, (opening, len(cell.openings), index))
        for name in cell.fields:
            counter = found.counts.setdefault(name, Counter())
            for word in words_of(cell.values[name]):
                counter[word] += len(cell.openings)
