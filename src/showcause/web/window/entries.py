"""One entry of the log as a page shows it: what it says openly, what it only commits to, and what it is about."""

from dataclasses import dataclass
from datetime import date

from showcause.transparency.encoding import b64url
from showcause.transparency.errors import LogError
from showcause.transparency.leaf import SLOTS, Leaf, decode
from showcause.transparency.merkle import leaf_hash
from showcause.web.texts import book
from showcause.web.window.facts import days as counted_days
from showcause.web.window.index import PublicDocument
from showcause.web.window.record import Record

MOST_RELATED = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list of entries."""

    index: int
    kind: str
    id: str
    doc: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry taken apart; `leaf` is None when it is of a form that this program does not know."""

    index: int
    data: bytes
    leaf: Leaf | None
    kind: str
    refers_to: int | None
    referred_by: tuple[Listed, ...]
    document: PublicDocument | None
    after: date | None
    before: date | None

    @property
    def hash(self) -> str:
        """Return the hash under which the entry stands in the tree."""
        return leaf_hash(self.data).hex()

    @property
    def text(self) -> str:
        """Return the entry's bytes as text; all entries of this log are plain ASCII."""
        return self.data.decode("ascii", "backslashreplace")

    @property
    def hex(self) -> str:
        """Return the entry's bytes in hex, 32 to a line."""
        return "\n".join(self.data[i : i + 32].hex(" ", 4) for i in range(0, len(self.data), 32))

    @property
    def slots(self) -> list[tuple[str, str]]:
        """Return the sentence that explains each salted digest, and the digest."""
        if self.leaf is None:
            return []
        several = zip(SLOTS, self.leaf.slots, strict=True)
        return [(f"window.slot.{slot}", b64url(digest)) for slot, digest in several]


def kind_id(kind: str) -> str:
    """Return the sentence that names a kind of entries."""
    id_ = f"window.kind.{kind}"
    return id_ if id_ in book() else "window.kind.unknown"


def listed(record: Record, place: int) -> Listed:
    """Return an entry's line in a list."""
    kind, id_ = record.index.at(place)
    document = record.index.document_at(place)
    return Listed(place, kind_id(kind), id_, document.digest if document else "")


def entry(record: Record, place: int) -> Entry:
    """Return everything that the public may know of an entry. Raises: NotFound beyond the public head."""
    data, index = record.entry(place), record.index
    leaf = _leaf(data)
    related = index.referring_to(leaf.id)[:MOST_RELATED] if leaf else []
    days = counted_days(record)
    return Entry(
        place,
        data,
        leaf,
        kind_id(leaf.kind if leaf else ""),
        index.place_of(leaf.re) if leaf and leaf.re else None,
        tuple(listed(record, each) for each in related if each < record.size),
        index.document_at(place),
        max((day.day for day in days if day.index < place), default=None),
        min((day.day for day in days if day.index > place), default=None),
    )


def _leaf(data: bytes) -> Leaf | None:
    try:
        return decode(data)
    except LogError:
        return None
