"""A copy of a whole log, and a cosignature that says: I have stored this.

Entries come by two ways, which end in the same files: fetched from where the log publishes them (`pulling`), or sent by
whoever has them (`receiving`). Either way they are bound to a root that the log signed before a single one is written.
Bundles are written as they are proven; the checkpoint, with our cosignature, comes last, after every file below it is
on the disk, so that a crash leaves the older copy whole. It never goes back to a smaller tree.

Two trees are known of a log: the *pending* one, the largest that it was seen with, and the one *served*, which is
stored and cosigned. Everything continues the pending one, or is refused and kept as evidence.

Source: c2sp.org/tlog-mirror.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from showcause.transparency.bundles import decode_bundle, read_bundle
from showcause.transparency.checkpoint import parse_checkpoint
from showcause.transparency.errors import Inconsistent, LogError, Malformed, Missing
from showcause.transparency.export import CHECKPOINT, content_of
from showcause.transparency.merkle import root_at
from showcause.transparency.note import open_note, parse_note
from showcause.transparency.tiles import ENTRIES, WIDTH, Rows, Tile, full_tiles, node_reader, partial_tiles
from showcause.witness.copies import Copies, open_bundle
from showcause.witness.cosigning import NOTHING_SEEN, cosigned
from showcause.witness.growing import Grown, stored_rows
from showcause.witness.memory import Memory, Seen


class Mirror:
    """The copies of the logs that a memory watches, below a folder. `clock` returns POSIX seconds."""

    def __init__(self, folder: Path, memory: Memory, clock: Callable[[], int]) -> None:
        self.copies, self.memory, self.clock = Copies(folder), memory, clock

    # --- what is known --------------------------------------------------------------------------------------

    def served(self, origin: str) -> Seen | None:
        """Return the tree that is stored and cosigned, or None."""
        note = self.copies.note(origin)
        if not note:
            return None
        tree = parse_checkpoint(parse_note(note).text)
        try:
            at = open_note(note, [key.verifier for key in self.memory.keys]).by[0].time or 0
        except LogError:
            at = 0
        return Seen(tree.size, tree.root, note, at)

    def pending(self, origin: str) -> Seen:
        """Return the largest tree that a log was seen with, stored or not."""
        seen, served = self.memory.seen(origin) or NOTHING_SEEN, self.served(origin)
        return served if served and served.size > seen.size else seen

    def tree_at(self, origin: str, size: int) -> Seen | None:
        """Return the tree of a size that a log was seen with, while it is remembered."""
        if found := self.memory.pending_at(origin, size):
            return found
        known = (self.memory.seen(origin), self.served(origin))
        return next((each for each in known if each and each.size == size), None)

    def next_entry(self, origin: str) -> int:
        """Return the index of the first entry that is not stored."""
        counted = self.memory.stored(origin)
        if counted is None:
            held = self.copies.held(origin)
            return held.size if held else 0
        return counted

    # --- storing --------------------------------------------------------------------------------------------

    def entries(self, origin: str, first: int, end: int) -> list[bytes]:
        """Return stored entries of one bundle, from its first on.

        Raises: Missing, Malformed.
        """
        if first == end:
            return []
        tile = Tile(ENTRIES, first // WIDTH, min(WIDTH, self.next_entry(origin) - first))
        return decode_bundle(read_bundle(self.copies.read(origin), tile), tile.width)[: end - first]

    def save(self, origin: str, first: int, entries: Sequence[bytes]) -> None:
        """Store the proven entries of one bundle, from its first on; those that are stored already stay as they are.

        Raises: Missing, Malformed, when the copy lost what stands before.
        """
        end = first + len(entries)
        with self.copies.turn(origin):
            old = self.next_entry(origin)
            if not first <= old < end:
                return
            grown = Grown(stored_rows(self.copies.read(origin), old), first, entries)
            for tile in (*full_tiles(old, end), *open_bundle(end)):
                self.copies.write(origin, tile.path, content_of(tile, grown.rows, grown.entries))
            self.memory.keep_stored(origin, end)

    def finish(self, origin: str, end: int) -> str | None:
        """Serve a tree of which all entries are stored, with our cosignature; return its lines.

        None when that cannot be: a larger tree is served, the tree is no longer remembered, or a file was lost; then
        the next entry is the first that is missing.

        Raises: Inconsistent when the files do not make the root that the log signed: the disk has changed them.
        """
        with self.copies.turn(origin):
            served, tree = self.served(origin), self.tree_at(origin, end)
            stored = self.next_entry(origin)
            if tree is None or end > stored or (served and served.size > end):
                return None
            rows = stored_rows(self.copies.read(origin), stored)
            edge = self._write_edge(origin, end, rows)
            if not edge or self.copies.whole_up_to(origin, end) < end:
                self._recount(origin)
                return None
            if root_at(end, node_reader(rows)) != tree.root:
                raise Inconsistent(
                    "the copy's files are damaged: they do not make the root that the log signed"
                )
            return self.serve(origin, tree.note)

    def serve(self, origin: str, note: str) -> str:
        """Cosign a checkpoint and serve it; call it in a turn, when everything below it is on the disk."""
        keys = self.memory.keys_of(origin)
        kept, ours = cosigned(note, keys, self.memory.keys, self.clock())
        self.copies.write(origin, CHECKPOINT, kept.encode())
        return ours

    def recount(self, origin: str) -> None:
        """Look which file was lost; the next entry is then the first that is missing."""
        with self.copies.turn(origin):
            self._recount(origin)

    def _recount(self, origin: str) -> None:
        self.memory.keep_stored(origin, self.copies.whole_up_to(origin, self.next_entry(origin)))

    def _write_edge(self, origin: str, end: int, rows: Rows) -> bool:
        """Write what is not there of the right edge of a tree; return whether all of it could be read."""

        def entries(first: int, count: int) -> Sequence[bytes]:
            return self.entries(origin, first, first + count)

        try:
            for tile in partial_tiles(end):
                if not self.copies.is_there(origin, tile):
                    self.copies.write(origin, tile.path, content_of(tile, rows, entries))
        except (Missing, Malformed):
            return False
        return True
