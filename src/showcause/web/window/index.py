"""An index over the public log's entries, held in memory and made from the public files alone.

34 bytes for each entry: what its kind is, its id, which entry it refers to, and whether it gives orders. It grows with
the public head and never beyond it; whoever asks waits for a bounded part of the reading, never for a whole large log.

Cost, measured on one core of a 2-core virtual machine: 100,000 entries, files in memory, in 0.25 s of processor time,
once in a process's life.
"""

import hashlib
import json
import re
import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from showcause.domain.errors import LogInconsistent, StoreBusy
from showcause.transparency.bundles import decode_bundle, read_bundle
from showcause.transparency.checkpoint import Checkpoint
from showcause.transparency.errors import LogError
from showcause.transparency.tiles import ENTRIES, WIDTH, Read, Tile

MOST_AT_ONCE: Final = 512
"""So many bundles of 256 entries are read for one request."""
ID: Final = 16
NONE: Final = bytes(ID)
MOST_FAULTS: Final = 20
UNKNOWN: Final = "unknown"
_SHAPE: Final = re.compile(
    rb'\{"c":\[[^]]{321}\](?:,"doc":"([0-9a-f]{64})")?,"f":"showcause/v1","id":"([0-9a-f]{32})"'
    rb',"k":"([a-z][a-z-]{0,31})"(?:,"n":\["([a-z0-9][a-z0-9._:/@-]{0,63})",([1-9][0-9]{0,15}),([1-9][0-9]{0,15})\])?'
    rb',"policies":"[0-9a-f]{64}"'
    rb'(?:,"re":"([0-9a-f]{32})")?,"rules":"[0-9a-f]{64}"\}'
)


@dataclass(frozen=True, slots=True)
class PublicDocument:
    """A public document: the entry that commits to it, and its content; None when its file is missing or altered."""

    index: int
    kind: str
    digest: str
    value: dict[str, Any] | None


@dataclass
class Numbered:
    """The numbers of one connection's orders: the last, how many ranges stand out of turn, and where the first ones do.

    A fault is (entry, the number that was due, the number that came): higher is a gap, lower a repetition.
    """

    last: int = 0
    gaps: int = 0
    repeats: int = 0
    faults: list[tuple[int, int, int]] = field(default_factory=list)

    def take(self, place: int, first: int, count: int) -> None:
        """Take in the range of the next entry."""
        due = self.last + 1
        self.gaps += first > due
        self.repeats += first < due
        if first != due and len(self.faults) < MOST_FAULTS:
            self.faults.append((place, due, first))
        self.last = max(self.last, first + count - 1)


@dataclass
class Index:
    """What is known of all public entries up to `size`."""

    most: int = MOST_AT_ONCE
    words: list[str] = field(default_factory=lambda: [UNKNOWN])
    counted: Counter[str] = field(default_factory=Counter)
    documents: list[PublicDocument] = field(default_factory=list)
    folds: dict[str, Any] = field(default_factory=dict)
    """What pages made of the documents under the present head; emptied when it advances."""
    numbers: dict[str, Numbered] = field(default_factory=dict)
    """The numbers of restricting orders by connection."""
    _heads: dict[int, bytes] = field(default_factory=dict)
    _kinds: bytearray = field(default_factory=bytearray)
    _ids: bytearray = field(default_factory=bytearray)
    _refs: bytearray = field(default_factory=bytearray)
    _orders: bytearray = field(default_factory=bytearray)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def size(self) -> int:
        """Return how many entries are known."""
        return len(self._kinds)

    def advance(self, read: Read, head: Checkpoint) -> None:
        """Read what is new under a head.

        Raises: StoreBusy while a large log is still being read; LogInconsistent when its files are not whole.
        """
        with self._turn:
            if self._is_known(head):
                return
            for _ in range(self.most):
                if self.size < head.size:
                    self._read_bundle(read, head.size)
            if self.size < head.size:
                raise StoreBusy(f"the public log is still being read: {self.size} of {head.size} entries")
            self.folds.clear()
            self._heads[head.size] = head.root

    def place_of(self, leaf: str) -> int | None:
        """Return the index of the entry with this id, or None."""
        return next(_places(self._ids, bytes.fromhex(leaf)), None)

    def at(self, place: int) -> tuple[str, str]:
        """Return an entry's kind and id (hex)."""
        return self.words[self._kinds[place]], self._ids[place * ID : (place + 1) * ID].hex()

    def document_at(self, place: int) -> PublicDocument | None:
        """Return the public document that an entry commits to, if it is of a kind that has one."""
        found = bisect_left(self.documents, place, key=lambda each: each.index)
        several = self.documents[found : found + 1]
        return several[0] if several and several[0].index == place else None

    def referring_to(self, leaf: str) -> list[int]:
        """Return the indices of the entries that refer to an entry, oldest first."""
        return list(_places(self._refs, bytes.fromhex(leaf)))

    def newest(self, before: int, count: int, kind: str = "") -> list[int]:
        """Return up to so many indices below another one, newest first, of one kind or of all."""
        if not kind:
            return list(range(before - 1, max(before - 1 - count, -1), -1))
        found: list[int] = []
        code = self.words.index(kind) if kind in self.words else None
        while code is not None and len(found) < count:
            before = self._kinds.rfind(code, 0, before)
            if before < 0:
                break
            found.append(before)
        return found

    def unanswered(self, size: int) -> list[int]:
        """Return the entries below a size that give orders and that no entry of the kind effect names yet."""
        answered = {self._ref(place) for place in _all(self._kinds, self._code("effect"), size)}
        return [place for place in _all(self._orders, 1, size) if self._id(place) not in answered]

    def _code(self, kind: str) -> int:
        return self.words.index(kind) if kind in self.words else len(self.words)

    def _id(self, place: int) -> bytes:
        return bytes(self._ids[place * ID : (place + 1) * ID])

    def _ref(self, place: int) -> bytes:
        return bytes(self._refs[place * ID : (place + 1) * ID])

    def _is_known(self, head: Checkpoint) -> bool:
        """Tell whether a head was taken in before; a visitor may still hold the one before the last."""
        if self._heads.get(head.size) == head.root:
            return True
        if self._heads and head.size <= max(self._heads):
            raise LogInconsistent("the public log is another one than before")
        return False

    def _read_bundle(self, read: Read, size: int) -> None:
        """Take in the entries of the bundle that the next entry stands in."""
        number, known = divmod(self.size, WIDTH)
        tile = Tile(ENTRIES, number, min(WIDTH, size - number * WIDTH))
        try:
            entries = decode_bundle(read_bundle(read, tile), tile.width)
        except LogError as error:
            raise LogInconsistent(f"the public log is not whole: {error.message}") from None
        for entry in entries[known:]:
            self._take(read, entry)

    def _take(self, read: Read, entry: bytes) -> None:
        """Take in one entry; one of another form counts as of an unknown kind."""
        found = _SHAPE.fullmatch(entry)
        doc, own, kind, connection, first, count, ref = found.groups(b"") if found else UNREAD
        word = kind.decode() or UNKNOWN
        if word not in self.words:
            if len(self.words) < 200:
                self.words.append(word)
            else:
                word = UNKNOWN
        if doc:
            digest = doc.decode()
            self.documents.append(PublicDocument(self.size, word, digest, document(read, digest)))
        if connection:
            self.numbers.setdefault(connection.decode(), Numbered()).take(self.size, int(first), int(count))
        self.counted[word] += 1
        self._ids += bytes.fromhex(own.decode()) if own else NONE
        self._refs += bytes.fromhex(ref.decode()) if ref else NONE
        self._orders.append(1 if connection else 0)
        self._kinds.append(self.words.index(word))


UNREAD: Final = (b"",) * 7


def document(read: Read, digest: str) -> dict[str, Any] | None:
    """Return a public document, if its file is there and is what the log says."""
    data = read(f"doc/{digest}.json")
    if data is None or hashlib.sha256(data).hexdigest() != digest:
        return None
    value = json.loads(data)
    return value if isinstance(value, dict) else None


def _all(several: bytearray, wanted: int, size: int) -> Iterator[int]:
    at = -1
    while (at := several.find(wanted, at + 1, size)) >= 0:
        yield at


def _places(several: bytearray, wanted: bytes) -> Iterator[int]:
    at = -1
    while wanted != NONE and (at := several.find(wanted, at + 1)) >= 0:
        if at % ID == 0:
            yield at // ID
