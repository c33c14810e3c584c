"""The public record as everybody may have it: the files of the public log under the head that the public may see.

Nothing here reads the database. An answer is bound to the signed head again before it is shown.
"""

import functools
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from showcause.casework.log.public_log import KEY
from showcause.domain.errors import LogInconsistent, NotFound
from showcause.transparency.bundles import decode_bundle, read_bundle
from showcause.transparency.checkpoint import Checkpoint
from showcause.transparency.errors import LogError
from showcause.transparency.export import CHECKPOINT
from showcause.transparency.merkle import inclusion_proof, leaf_hash, root_at, verify_inclusion
from showcause.transparency.policy import Policy, evaluate, parse_policy
from showcause.transparency.receipt import Receipt
from showcause.transparency.tiles import ENTRIES, WIDTH, Read, Tile, node_reader, rows_of_files
from showcause.web import tiles
from showcause.web.house import house
from showcause.web.window.index import Index


@dataclass(frozen=True, slots=True)
class Head:
    """The head that the public may see; `advanced` is when the log last came forward, new entries or not."""

    note: str
    tree: Checkpoint
    witnesses: tuple[str, ...]
    key: str
    advanced: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """The public log as of one head. `index` may know more already; nothing beyond the head is to be shown."""

    read: Read
    head: Head
    index: Index

    @property
    def size(self) -> int:
        """Return how many entries the public sees."""
        return self.head.tree.size

    def entry(self, place: int) -> bytes:
        """Return one entry's bytes. Raises: NotFound beyond the public head."""
        self._check(place)
        number, within = divmod(place, WIDTH)
        tile = Tile(ENTRIES, number, min(WIDTH, self.size - number * WIDTH))
        try:
            return decode_bundle(read_bundle(self.read, tile), tile.width)[within]
        except LogError as error:
            raise LogInconsistent(f"the public log is not whole: {error.message}") from None

    def proof(self, place: int) -> Receipt:
        """Return the proof that an entry is under the public head, checked against it; it opens nothing.

        Raises: NotFound beyond the public head; LogInconsistent when the files do not carry the head.
        """
        entry, tree = self.entry(place), self.head.tree
        try:
            path = inclusion_proof(place, tree.size, node_reader(rows_of_files(self.read, tree.size)))
            verify_inclusion(leaf_hash(entry), place, tree.size, path, tree.root)
        except LogError as error:
            raise LogInconsistent(f"the public files do not prove entry {place}: {error.message}") from None
        return Receipt(entry, place, path, self.head.note)

    def root_at(self, size: int) -> bytes:
        """Return the root that the public log had at an earlier size."""
        return root_at(size, node_reader(rows_of_files(self.read, self.size)))

    def place_of(self, leaf: str) -> int:
        """Return the index of a public entry by its id. Raises: NotFound."""
        place = self.index.place_of(leaf)
        if place is None or place >= self.size:
            raise NotFound("the public log has no entry with this id", NOT_YET)
        return place

    def _check(self, place: int) -> None:
        if place >= self.size:
            raise NotFound(
                f"the public log has no entry {place}: it has {self.size}, counted from 0", NOT_YET
            )


NOT_YET: Final = "A newer entry can be seen here when the public head has advanced."

_indexes: dict[Path, Index] = {}


def record() -> Record | None:
    """Return the public record of the house that is served, or None before its first public head.

    Raises: LogInconsistent when the folder's head is not signed by this log; StoreBusy while it is still being read.
    """
    folder = house().public
    read = reading(folder)
    note = read(CHECKPOINT)
    if note is None:
        return None
    head = _head(folder, note, read(KEY) or b"")
    if folder not in _indexes:
        _indexes.clear()
        _indexes[folder] = Index()
    index = _indexes[folder]
    index.advance(read, head.tree)
    return Record(read, head, index)


def reading(folder: Path) -> Read:
    """Return a reader of exactly what a visitor of the public log would be given."""

    def read(path: str) -> bytes | None:
        found = tiles.answer(folder, "GET", f"/{path}")
        return None if found is tiles.NOT_FOUND else found.body

    return read


@functools.lru_cache(maxsize=4)
def trust(policy: str) -> Policy:
    """Return the trust that is pinned here, parsed once."""
    return parse_policy(policy.encode())


def _head(folder: Path, note: bytes, key: bytes) -> Head:
    try:
        trusted = evaluate(trust(house().policy), note)
    except LogError as error:
        raise LogInconsistent(f"the public head is not this log's: {error.message}") from None
    advanced = datetime.fromtimestamp((folder / CHECKPOINT).stat().st_mtime, UTC)
    witnesses = tuple(sorted(trusted.witnesses))
    return Head(note.decode(), trusted.checkpoint, witnesses, key.decode().strip(), advanced)
