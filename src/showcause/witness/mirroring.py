"""A copy of a whole log, and a cosignature that says: I have stored this.

Entries are fetched, hashed and bound to the signed root before a single one of them is served; what was copied before
is neither fetched nor overwritten again, unless a file of the copy was lost: then everything from there on is. The
checkpoint is written last, so that a crash leaves the older copy whole.

Source: c2sp.org/tlog-mirror (what a mirror's cosignature states, where it serves).
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from showcause.transparency.bundles import decode_bundle, read_bundle
from showcause.transparency.checkpoint import Checkpoint, parse_checkpoint
from showcause.transparency.errors import Inconsistent, LogError, Missing
from showcause.transparency.export import CHECKPOINT, files_between
from showcause.transparency.keys import SigningKey, VerifierKey
from showcause.transparency.merkle import HASH, Peaks, leaf_hash
from showcause.transparency.note import Note, open_note, parse_note, signature_of
from showcause.transparency.tiles import (
    ENTRIES,
    WIDTH,
    Read,
    Tile,
    full_tiles,
    node_reader,
    partial_tiles,
    rows_of_files,
    subtree_root,
)


@dataclass(frozen=True, slots=True)
class Copied:
    """What one visit did: how many entries the copy has, and how many of them are new."""

    size: int
    new: int


class Mirror:
    """The copies of one or more logs below a folder, each in a folder named by the hash of its log's name."""

    def __init__(self, folder: Path, keys: Sequence[SigningKey], clock: Callable[[], int]) -> None:
        self.folder, self._keys, self._clock = folder, tuple(keys), clock

    def place(self, origin: str) -> Path:
        """Return the folder of a log's copy."""
        return self.folder / sha256(origin.encode()).hexdigest()

    def stored(self, origin: str) -> Checkpoint | None:
        """Return the tree that the copy of a log holds, or None."""
        note = self._read(origin)(CHECKPOINT)
        return parse_checkpoint(parse_note(note).text) if note else None

    def copy(self, origin: str, keys: Sequence[VerifierKey], read: Read) -> Copied:
        """Copy what is new in a log, and cosign its checkpoint once everything under it is stored.

        Raises: Missing, Malformed, Unverified; Inconsistent when the log does not continue the copy. Nothing that was
        served changes then.
        """
        note = read(CHECKPOINT)
        if note is None:
            raise Missing("the log publishes no checkpoint")
        opened = open_note(note, keys)
        tree, held = parse_checkpoint(opened.text), self.stored(origin)
        old = held.size if held else 0
        if tree.origin != origin or tree.size < old:
            raise Inconsistent(f"the copy has {old} entries of {origin}, the log shows {tree.size}")
        whole = self._whole_up_to(origin, old)
        grown = _Grown(self._read(origin), whole, held, tree, read)
        for path, data in files_between(whole, note.decode(), grown.rows, grown.entries):
            if path != CHECKPOINT:
                _write(self.place(origin) / path, data)
        _write(self.place(origin) / CHECKPOINT, self._cosigned(note.decode(), keys).encode())
        return Copied(tree.size, tree.size - old)

    def _whole_up_to(self, origin: str, size: int) -> int:
        """Return how many of the copy's entries stand before the first file that is lost or cut."""
        files = (*full_tiles(0, size), *partial_tiles(size))
        lost = (tile for tile in files if not self._is_there(origin, tile))
        return min((tile.index * WIDTH ** (max(tile.level, 0) + 1) for tile in lost), default=size)

    def _is_there(self, origin: str, tile: Tile) -> bool:
        try:
            length = (self.place(origin) / tile.path).stat().st_size
        except FileNotFoundError:
            return False
        return length > 0 if tile.level == ENTRIES else length == tile.width * HASH

    def _cosigned(self, note: str, keys: Sequence[VerifierKey]) -> str:
        parsed, now = parse_note(note), self._clock()
        known = {(key.name, key.id) for key in keys}
        theirs = tuple(each for each in parsed.signatures if (each.name, each.key_id) in known)
        ours = tuple(signature_of(parsed.text, key, now) for key in self._keys)
        return str(Note(parsed.text, (*theirs, *ours)))

    def _read(self, origin: str) -> Read:
        place = self.place(origin)

        def read(path: str) -> bytes | None:
            try:
                return (place / path).read_bytes()
            except FileNotFoundError:
                return None

        return read


class _Grown:
    """A log that has grown: what the copy holds, and what is fetched anew, from the last full bundle on."""

    def __init__(self, stored: Read, old: int, held: Checkpoint | None, tree: Checkpoint, read: Read) -> None:
        """Fetch the new entries and bind them to the signed root, and to the one held. Raises: Inconsistent."""
        self._kept = old // WIDTH * WIDTH
        self._before = rows_of_files(stored, held.size if held else 0)
        self._entries = _fetch(read, self._kept, tree.size)
        self._rows = [[leaf_hash(entry) for entry in self._entries]]
        level = 0
        while (tree.size >> 8 * (level + 1)) > (self._kept >> 8 * (level + 1)):
            self._rows.append(self._roots_above(level, tree.size))
            level += 1
        edge, fetched = _edge(node_reader(self._before), self._kept), self._rows[0]
        if held and edge.append(fetched[: held.size - self._kept]).root() != held.root:
            raise Inconsistent("the log's entries are not those that it showed before")
        if edge.append(fetched).root() != tree.root:
            raise Inconsistent("the log's entries do not make the root that it signed")

    def rows(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """Return hashes of a level, kept ones and new ones."""
        kept = self._kept >> 8 * level
        before = self._before(level, first, min(count, kept - first)) if first < kept else []
        fresh = self._rows[level] if level < len(self._rows) else []
        return [*before, *fresh[max(0, first - kept) : max(0, first + count - kept)]]

    def entries(self, first: int, count: int) -> Sequence[bytes]:
        """Return entries; all that are asked for are new, since only bundles that change are written."""
        return self._entries[first - self._kept : first - self._kept + count]

    def _roots_above(self, level: int, size: int) -> list[bytes]:
        """Return the roots of the tiles of a level that became full."""
        first, last = self._kept >> 8 * (level + 1), size >> 8 * (level + 1)
        return [subtree_root(self.rows(level, index * WIDTH, WIDTH)) for index in range(first, last)]


def _edge(hash_at: Callable[[int, int], bytes], size: int) -> Peaks:
    """Return the right edge of a stored tree."""
    found, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            found.append(hash_at(level, start >> level))
            start += 1 << level
    return Peaks(size, tuple(found))


def _fetch(read: Read, first: int, size: int) -> list[bytes]:
    entries: list[bytes] = []
    for start in range(first, size, WIDTH):
        tile = Tile(ENTRIES, start // WIDTH, min(WIDTH, size - start))
        entries += decode_bundle(read_bundle(read, tile), tile.width)
    return entries


def _write(path: Path, data: bytes) -> None:
    """Write a file in one step, flushed with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    with draft.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def copy_all(
    mirror: Mirror, logs: Sequence[tuple[str, Sequence[VerifierKey], Read]], say: Callable[[str], None]
) -> int:
    """Visit every log; return how many new entries were stored, and say what could not be."""
    new = 0
    for origin, keys, read in logs:
        try:
            new += mirror.copy(origin, keys, read).new
        except LogError as error:
            say(f"{origin}: not copied: {error.message}")
    return new
