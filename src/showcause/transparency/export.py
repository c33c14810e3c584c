"""A log as static files, in the order in which a crash between two of them does no harm: the checkpoint comes last.

Source: c2sp.org/tlog-tiles.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from showcause.transparency.bundles import encode_bundle
from showcause.transparency.checkpoint import parse_checkpoint
from showcause.transparency.errors import Malformed
from showcause.transparency.merkle import leaf_hash
from showcause.transparency.note import parse_note
from showcause.transparency.tiles import (
    ENTRIES,
    WIDTH,
    Rows,
    Tile,
    full_tiles,
    partial_tiles,
    subtree_root,
    tile_bytes,
)

EntryRange: TypeAlias = Callable[[int, int], Sequence[bytes]]
"""(first index, count) -> the entries' bytes."""

CHECKPOINT = "checkpoint"


def files_between(old: int, note: str, rows: Rows, entries: EntryRange) -> Iterator[tuple[str, bytes]]:
    """Give path and bytes of every file to write when a published log of `old` entries grows to this note.

    Raises: Malformed when the checkpoint is older than that.
    """
    size = parse_checkpoint(parse_note(note).text).size
    if size < old:
        raise Malformed(f"a published log of {old} entries cannot shrink to {size}")
    for tile in (*full_tiles(old, size), *partial_tiles(size)):
        yield tile.path, content_of(tile, rows, entries)
    yield CHECKPOINT, note.encode()


def files_of(entries: Sequence[bytes], note: str) -> Iterator[tuple[str, bytes]]:
    """Give path and bytes of every file of a whole log that is held in memory."""
    levels = [[leaf_hash(entry) for entry in entries]]
    while len(levels[-1]) >= WIDTH:
        below = levels[-1]
        levels.append([subtree_root(below[i : i + WIDTH]) for i in range(0, len(below) - WIDTH + 1, WIDTH)])
    yield from files_between(
        0,
        note,
        lambda level, first, count: levels[level][first : first + count],
        lambda first, count: entries[first : first + count],
    )


def content_of(tile: Tile, rows: Rows, entries: EntryRange) -> bytes:
    """Give the bytes of a tile of hashes or of a bundle."""
    if tile.level == ENTRIES:
        return encode_bundle(entries(tile.index * WIDTH, tile.width))
    return tile_bytes(tile, rows)
