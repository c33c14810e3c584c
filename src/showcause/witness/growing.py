"""A tree that grows: what a copy holds, read from its files, and the entries that come after its last full bundle.

What is read from the files was proven before it was written; it is read again, and not fetched or sent again.
"""

from collections.abc import Sequence

from showcause.transparency.errors import Malformed, Missing
from showcause.transparency.merkle import Peaks, leaf_hash
from showcause.transparency.tiles import WIDTH, Read, Rows, node_reader, rows_of_files, subtree_root


def stored_rows(read: Read, size: int) -> Rows:
    """Return the rows of a copy of `size` entries; where a tile is not there whole, it is made of those below.

    The rows raise Missing, Malformed.
    """
    files = rows_of_files(read, size)

    def rows(level: int, first: int, count: int) -> Sequence[bytes]:
        try:
            return files(level, first, count)
        except (Missing, Malformed):
            if level == 0:
                raise
        last = min(first + count, size >> 8 * level)
        return [subtree_root(files(level - 1, place * WIDTH, WIDTH)) for place in range(first, last)]

    return rows


class Grown:
    """A tree of which the first `kept` entries, a multiple of 256, are stored, and the others are in hand."""

    def __init__(self, stored: Rows, kept: int, entries: Sequence[bytes]) -> None:
        self._before, self._kept, self._entries = stored, kept, entries
        self.size = kept + len(entries)
        self._rows = [[leaf_hash(entry) for entry in entries]]
        level = 0
        while (self.size >> 8 * (level + 1)) > (kept >> 8 * (level + 1)):
            self._rows.append(self._roots_above(level))
            level += 1

    def root(self, size: int) -> bytes:
        """Return the root of the first `size` entries, `kept` or more."""
        found, start, hash_at = [], 0, node_reader(self._before)
        for level in range(self._kept.bit_length() - 1, -1, -1):
            if self._kept >> level & 1:
                found.append(hash_at(level, start >> level))
                start += 1 << level
        return Peaks(self._kept, tuple(found)).append(self._rows[0][: size - self._kept]).root()

    def rows(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """Return hashes of a level, stored ones and new ones."""
        kept = self._kept >> 8 * level
        before = self._before(level, first, min(count, kept - first)) if first < kept else []
        fresh = self._rows[level] if level < len(self._rows) else []
        return [*before, *fresh[max(0, first - kept) : max(0, first + count - kept)]]

    def entries(self, first: int, count: int) -> Sequence[bytes]:
        """Return entries; all that are asked for are new, since only bundles that change are written."""
        return self._entries[first - self._kept : first - self._kept + count]

    def _roots_above(self, level: int) -> list[bytes]:
        """Return the roots of the tiles of a level that became full."""
        first, last = self._kept >> 8 * (level + 1), self.size >> 8 * (level + 1)
        return [subtree_root(self.rows(level, index * WIDTH, WIDTH)) for index in range(first, last)]
