"""Nodes of the log's tree, read from its rows."""

from collections.abc import Sequence

from showcause.store.logrows import LogRows
from showcause.transparency import tiles
from showcause.transparency.merkle import HashAt

KEPT = 4096


def rows_of(log: LogRows) -> tiles.Rows:
    """Return a reader of hashes by tile level: leaf hashes at level 0, roots of full tiles above."""

    def rows(level: int, first: int, count: int) -> Sequence[bytes]:
        if level == 0:
            return log.hashes(first, first + count)
        return log.tile_roots(level - 1, first, first + count)

    return rows


READ_AHEAD = 8192


def rows_since(log: LogRows, start: int, stop: int) -> tiles.Rows:
    """Return a reader like `rows_of` that has the leaf hashes from the tile of `start` up to `stop` in hand.

    One query instead of one for each node of a proof about what was appended last. At most 8192 are read ahead.
    """
    begin, rows = start - start % tiles.WIDTH, rows_of(log)
    ahead = log.hashes(begin, stop) if stop - begin <= READ_AHEAD else []

    def read(level: int, first: int, count: int) -> Sequence[bytes]:
        if level == 0 and begin <= first and first + count <= begin + len(ahead):
            return ahead[first - begin : first - begin + count]
        return rows(level, first, count)

    return read


class Nodes:
    """Remembers nodes that were read from committed rows; a complete node of a log never changes.

    Never fill it from a transaction that may be rolled back. At most 4096 nodes (under 1 MB) are kept.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], bytes] = {}

    def reader(self, log: LogRows) -> HashAt:
        """Return `hash_at` over these rows; what was read once is not read again."""
        return self.over(rows_of(log))

    def over(self, rows: tiles.Rows) -> HashAt:
        """Return `hash_at` over a reader of rows; what was read once is not read again."""
        read, kept = tiles.node_reader(rows), self._kept

        def hash_at(level: int, index: int) -> bytes:
            found = kept.get((level, index))
            if found is None:
                found = read(level, index)
                if len(kept) >= KEPT:
                    kept.clear()
                kept[level, index] = found
            return found

        return hash_at
