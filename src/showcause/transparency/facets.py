"""Facets opened in public: the document that opens them, and counting it again as a stranger does.

A document opens the facets of many leaves in cells: entries of one kind and connector that are opened in the same
fields and have the same values there. It says how many entries of the log carry facets at all, how many have been
opened by it and all documents before it, and how many have not. Every opening is checked against the digest in its
leaf, every number is computed again. Nothing of this needs the operator.

    {"format": "showcause/v1 facets", "day", "rule", "cell": the smallest cell,
     "size": the entries of the log that were looked at, "entries": those of them that carry facets,
     "opened": how many are opened by now, "unopened": how many are not,
     "counts": {field: {value: how many, in this document}},
     "cells": [{"kind", "connector", "fields", "values", "count", "openings": [{"leaf", "disclosed", "digests"}]}]}
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from showcause.transparency.commitments import Opening, check, opening_from_json, opening_to_json
from showcause.transparency.errors import LogError, Malformed, Unverified
from showcause.transparency.jcs import Json, canonical
from showcause.transparency.kinds import Kind, Slot
from showcause.transparency.leaf import Leaf, slot_digest

FORMAT: Final = "showcause/v1 facets"
FACETED: Final = frozenset({Kind.DECISION, Kind.REVERSAL, Kind.HOLD, Kind.ORDER, Kind.URGENT})
"""Kinds of entries that carry facets, or look as if they did."""
FEWEST: Final = 5
"""No smaller cell is accepted, whatever a document says."""
NONE: Final = "none"
_MEMBERS: Final = frozenset(
    {"format", "day", "rule", "cell", "size", "entries", "opened", "unopened", "counts", "cells"}
)


@dataclass(frozen=True, slots=True)
class OpenedCell:
    """Entries that are opened together."""

    kind: str
    connector: str
    fields: tuple[str, ...]
    values: Mapping[str, Json]
    openings: tuple[tuple[str, Opening], ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """How far a document looked: entries of the log, those with facets, and those opened by it and before it."""

    size: int
    entries: int
    opened: int


def is_faceted(leaf: Leaf) -> bool:
    """Tell whether an entry counts among those whose facets could be opened."""
    return leaf.kind in FACETED


def connector_of(leaf: Leaf) -> str:
    """Return the connector that an entry shows, empty where it shows none."""
    return leaf.numbers.connector if leaf.numbers else ""


def to_document(day: str, rule: str, smallest: int, totals: Totals, cells: Sequence[OpenedCell]) -> Json:
    """Return the document that opens cells."""
    return {
        "format": FORMAT, "day": day, "rule": rule, "cell": smallest, "size": totals.size,
        "entries": totals.entries, "opened": totals.opened, "unopened": totals.entries - totals.opened,
        "counts": counts_of(cells), "cells": [_cell_to_json(cell) for cell in cells],
    }  # fmt: skip


def counts_of(cells: Iterable[OpenedCell]) -> dict[str, Json]:
    """Count the values of each opened field; each of several values in one field counts."""
    found: dict[str, Counter[str]] = {}
    for cell in cells:
        for name in cell.fields:
            counter = found.setdefault(name, Counter())
            for word in words_of(cell.values[name]):
                counter[word] += len(cell.openings)
    return {name: dict(sorted(counter.items())) for name, counter in sorted(found.items())}


def words_of(value: Json) -> list[str]:
    """Return the words under which a facet's value is counted."""
    if isinstance(value, list):
        return sorted({str(each) for each in value}) or [NONE]
    if value is None:
        return [NONE]
    return [value if isinstance(value, str) else canonical(value).decode()]


# --- counting again -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Recount:
    """A count of a whole log by its own openings, taken in entry by entry, in order.

    `opened` has the cell and the document's place by leaf; `faults` what does not hold, with the entry where.
    """

    documents: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    opened: dict[str, tuple[OpenedCell, int]] = field(default_factory=dict)
    faults: list[tuple[int, str]] = field(default_factory=list)
    _known: dict[str, tuple[int, Leaf]] = field(default_factory=dict)
    _places: list[int] = field(default_factory=list)

    @property
    def entries(self) -> int:
        """How many entries carry facets."""
        return len(self._places)

    @property
    def unopened(self) -> int:
        """How many of them nobody opened."""
        return self.entries - len(self.opened)

    def add(self, index: int, leaf: Leaf, document: Json | None = None) -> None:
        """Take in the next entry, with its document if it commits to one that opens facets."""
        if is_faceted(leaf):
            self._known[leaf.id] = (index, leaf)
            self._places.append(index)
        if isinstance(document, dict) and document.get("format") == FORMAT:
            self.documents += 1
            try:
                self._take(index, document)
            except LogError as error:
                self.faults.append((index, error.message))

    def _take(self, index: int, document: dict[str, Json]) -> None:
        if document.keys() != _MEMBERS:
            raise Malformed("a document that opens facets has other members than these")
        size, smallest = _number(document, "size"), _number(document, "cell")
        listed = document["cells"]
        if size > index or smallest < FEWEST or not isinstance(listed, list):
            raise Malformed("a document opens earlier entries, in cells of at least five")
        cells = [_cell_from_json(each) for each in listed]
        for cell in cells:
            self._open(cell, size, smallest, index)
        if counts_of(cells) != document["counts"]:
            raise Unverified("its counts are not those of its openings")
        entries = bisect_left(self._places, size)
        told = tuple(_number(document, name) for name in ("entries", "opened", "unopened"))
        if told != (entries, len(self.opened), entries - len(self.opened)):
            raise Unverified(
                f"it says {told[0]} entries, {told[1]} opened, {told[2]} not; the log says {entries}, "
                f"{len(self.opened)}, {entries - len(self.opened)}"
            )

    def _open(self, cell: OpenedCell, size: int, smallest: int, index: int) -> None:
        if len(cell.openings) < smallest:
            raise Unverified(f"a cell has {len(cell.openings)} entries, fewer than {smallest}")
        values = canonical(dict(cell.values))
        for leaf_id, opening in cell.openings:
            place, leaf = self._known.get(leaf_id, (size, None))
            if leaf is None or place >= size or leaf_id in self.opened:
                raise Unverified(f"{leaf_id} is no earlier entry with facets, or is opened twice")
            if (leaf.kind, connector_of(leaf)) != (cell.kind, cell.connector):
                raise Unverified(f"{leaf_id} is of another kind or connector than its cell")
            if canonical(check(opening, slot_digest(leaf, Slot.FACETS))) != values:
                raise Unverified(f"{leaf_id} says something else than its cell")
            self.opened[leaf_id] = (cell, index)
        for name in cell.fields:
            counter = self.counts.setdefault(name, Counter())
            counter.update(word for word in words_of(cell.values[name]) for _ in cell.openings)


def cells_of(document: Mapping[str, Json]) -> list[OpenedCell]:
    """Read the cells of a document; what they say is not checked.

    Raises: Malformed.
    """
    listed = document.get("cells")
    if document.get("format") != FORMAT or not isinstance(listed, list):
        raise Malformed("this is no document that opens facets")
    return [_cell_from_json(each) for each in listed]


def _cell_to_json(cell: OpenedCell) -> Json:
    openings: list[Json] = []
    for leaf, opening in cell.openings:
        told = opening_to_json(opening)
        openings.append({"leaf": leaf, "disclosed": told["disclosed"], "digests": told["digests"]})
    return {
        "kind": cell.kind, "connector": cell.connector, "fields": list[Json](cell.fields),
        "values": dict(cell.values), "count": len(cell.openings), "openings": openings,
    }  # fmt: skip


def _cell_from_json(value: Json) -> OpenedCell:
    if not isinstance(value, dict) or value.keys() != {
        "kind", "connector", "fields", "values", "count", "openings",
    }:  # fmt: skip
        raise Malformed("a cell has kind, connector, fields, values, count and openings")
    kind, connector, fields, values, openings = (
        value[name] for name in ("kind", "connector", "fields", "values", "openings")
    )
    if not (isinstance(kind, str) and isinstance(connector, str) and isinstance(openings, list)):
        raise Malformed("a cell names its kind and connector and lists its openings")
    names = tuple(each for each in fields if isinstance(each, str)) if isinstance(fields, list) else ()
    if not names or not isinstance(values, dict) or values.keys() != set(names) or fields != list(names):
        raise Malformed("a cell gives a value for each of its fields")
    if value["count"] != len(openings):
        raise Malformed("a cell counts its openings")
    return OpenedCell(kind, connector, names, values, tuple(_opening(each) for each in openings))


def _opening(value: Json) -> tuple[str, Opening]:
    if not isinstance(value, dict) or value.keys() != {"leaf", "disclosed", "digests"}:
        raise Malformed("an opening names its leaf, what it discloses, and digests")
    leaf = value["leaf"]
    if not isinstance(leaf, str):
        raise Malformed("an opening names its leaf")
    told: Json = {"slot": str(Slot.FACETS), "disclosed": value["disclosed"], "digests": value["digests"]}
    return leaf, opening_from_json(told)


def _number(document: Mapping[str, Json], name: str) -> int:
    value = document[name]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Malformed(f"{name} is a number")
    return value
