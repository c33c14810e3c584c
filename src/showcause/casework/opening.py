"""Opening facets in public: once a day, in cells, each decision at most once, and counting what stays unopened.

`domain.facets` says what may be opened together, and `transparency.facets` how the documents look and how a stranger
counts them again. A decision of a person who was forgotten cannot be opened any more, and one that refers to another
never is: together they would be alone. Neither is told from those whose cell was too small.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from showcause.casework.log import ledger
from showcause.casework.log.publishing import check_founded, leaf_with_document
from showcause.casework.ports import Ids
from showcause.casework.reading import clauses_cited, setting
from showcause.domain import facets
from showcause.domain.decision import Decision
from showcause.domain.errors import Forgotten, NotFound
from showcause.domain.logbook import LeafNote
from showcause.domain.people import SYSTEM
from showcause.domain.site import Document
from showcause.store.tx import Tx
from showcause.transparency.facets import FORMAT, OpenedCell, Totals, connector_of, is_faceted, to_document
from showcause.transparency.jcs import Json, parse
from showcause.transparency.leaf import Kind, Leaf, Slot, decode

NOTED: Final = ("leaf-note", "open-facets")
"""The journal's kind and verb for an entry that was opened."""
EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
IN_ONE: Final = 1000
"""So many openings are in one document, and the rest of the last cell."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What the site's settings say: how often, and how large a cell must be."""

    mode: str
    smallest: int


def rule_of(tx: Tx) -> Rule:
    """Return the rule in force."""
    return Rule(setting(tx, "facets") or "daily", int(setting(tx, "facet-cell") or facets.SMALLEST))


def open_facets(tx: Tx, now: datetime, ids: Ids) -> list[Document]:
    """Publish the facets of decisions that may be opened by now, and how many stay unopened; safe to repeat.

    Decisions of today wait for tomorrow, unless the site opens them every hour. Returns the documents, none when
    nothing changed. While the log is fenced nothing is opened.
    """
    check_founded(tx)
    tx.one_at_a_time("facets")
    state, rule = tx.log.state(), rule_of(tx)
    last = _last(tx, now)
    until, day = _until(now, rule)
    if state.fenced or tx.first(Decision, decided_at__lt=until) is None:
        return []
    if rule.mode != "immediate" and last is not None and last["day"] == day.isoformat():
        return []
    cells = [] if rule.mode == "never" else facets.cells(_waiting(tx, until), rule.smallest)
    entries, opened = _totals(tx, last, state.size)
    if not cells and last is not None and (last["entries"] == entries or last["day"] == day.isoformat()):
        return []
    made: list[Document] = []
    for part in _in_documents([_opened(tx, cell) for cell in cells]):
        opened += sum(len(cell.openings) for cell in part)
        totals = Totals(state.size, entries, opened)
        document = to_document(day.isoformat(), rule.mode, rule.smallest, totals, part)
        made.append(
            leaf_with_document(tx, now, ids, Kind.TALLY, document, about=ids(), by=None, event="facets")
        )
    for cell in cells:
        for member in cell.members:
            tx.note("open-facets", SYSTEM, member.leaf, "leaf-note")
    return made


def _until(now: datetime, rule: Rule) -> tuple[datetime, date]:
    """Return up to when decisions may be opened, and the last day that this covers, whole or in part."""
    moment = now.astimezone(UTC)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if rule.mode == "immediate":
        return moment, moment.date()
    return midnight, midnight.date() - timedelta(days=1)


def _last(tx: Tx, now: datetime) -> dict[str, Json] | None:
    """Return the newest document that opened facets, if there is one of the last weeks."""
    for document in reversed(tx.find(Document, kind=str(Kind.TALLY), made_at__gte=now - facets.POOLED)):
        if document.text.find(f'"format":"{FORMAT}"') >= 0:
            value = parse(document.text.encode(), "a document", len(document.text.encode()))
            return value if isinstance(value, dict) else None
    return None


def _totals(tx: Tx, last: dict[str, Json] | None, size: int) -> tuple[int, int]:
    """Return how many entries carry facets below a size, and how many of them were opened before."""
    if last is None:
        opened = tx.count_lines(EVER, tx.now + timedelta(days=1)).get(NOTED, 0)
        known, entries = 0, 0
    else:
        opened, known, entries = (int(str(last[name])) for name in ("opened", "size", "entries"))
    return entries + sum(is_faceted(decode(data)) for data in tx.log.leaves(known, size)), opened


def _waiting(tx: Tx, until: datetime) -> list[facets.Waiting]:
    """Return the decisions that are neither opened nor too old, oldest first."""
    since = until - facets.POOLED
    opened = tx.noted(*NOTED, since)
    recent = tx.find(Decision, decided_at__gte=since, decided_at__lt=until)
    found = (_one(tx, each) for each in recent if each.leaf not in opened)
    return [each for each in found if each is not None]


def _one(tx: Tx, decision: Decision) -> facets.Waiting | None:
    leaf, values = _leaf(tx, decision.leaf), _values(tx, decision.leaf)
    if leaf is None or values is None or leaf.re is not None:
        return None
    danger = leaf.kind == Kind.URGENT
    matters = clauses_cited(tx, decision).values()
    sensitive = any(
        facets.is_sensitive(each.category, danger=danger or each.urgent_category is not None)
        for each in matters
    )
    return facets.Waiting(leaf.id, leaf.kind, connector_of(leaf), values, sensitive or danger)


def _leaf(tx: Tx, leaf_id: str) -> Leaf | None:
    place = tx.log.index_of(leaf_id)
    data = tx.log.leaf(place) if place is not None else None
    return decode(data) if data is not None else None


def _values(tx: Tx, leaf_id: str) -> dict[str, Json] | None:
    """Return the facets of an entry; None where there are none, or the person was forgotten."""
    note = tx.first(LeafNote, id=leaf_id)
    part = next((each for each in note.parts if Slot.FACETS in each.slots), None) if note else None
    if part is None:
        return None
    try:
        held: dict[str, Json] = tx.unseal(part.sealed)["slots"][Slot.FACETS]
    except (Forgotten, NotFound):
        return None
    return held


def _opened(tx: Tx, cell: facets.Cell) -> OpenedCell:
    first = cell.members[0]
    openings = []
    for member in cell.members:
        [opening] = ledger.open_slots(tx, tx.get(LeafNote, member.leaf), {Slot.FACETS: cell.fields})
        openings.append((member.leaf, opening))
    values = {name: first.values.get(name) for name in cell.fields}
    return OpenedCell(first.kind, first.connector, cell.fields, values, tuple(openings))


def _in_documents(cells: Sequence[OpenedCell]) -> Iterator[list[OpenedCell]]:
    """Yield the cells of one document after the other; one without any where there are none."""
    part: list[OpenedCell] = []
    for cell in cells:
        part.append(cell)
        if sum(len(each.openings) for each in part) >= IN_ONE:
            yield part
            part = []
    if part or not cells:
        yield part
