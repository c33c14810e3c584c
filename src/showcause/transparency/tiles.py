"""Tiles: the log's hashes as static files, 256 to a file, and their paths.

The hash at place i of tile (level L, index n) is the root of the perfect subtree over 256**L leaves at
place n * 256 + i. A partial tile is a byte-prefix of every wider one, so whoever has the widest can serve
them all. Entry bundles share the paths under the level `entries`, here -1.

What these readers give back is *not* proven: bind every result to a signed root again.
Source: c2sp.org/tlog-tiles.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from showcause.transparency.encoding import MAX_SIZE
from showcause.transparency.errors import Malformed, Missing
from showcause.transparency.merkle import HASH, HashAt, parents

Rows: TypeAlias = Callable[[int, int, int], Sequence[bytes]]
"""(tile level, first place, count) -> the hashes at these places of that level, counted through all its tiles."""
Read: TypeAlias = Callable[[str], bytes | None]
"""(path below the log's prefix) -> the file's bytes, or None when there is no such file."""

WIDTH: Final = 256
ENTRIES: Final = -1
MAX_LEVEL: Final = 63
_PATH = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile, or at level `ENTRIES` one bundle; `width` is 256 when it is full."""

    level: int
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if not (
            ENTRIES <= self.level <= MAX_LEVEL and 0 <= self.index <= MAX_SIZE and 1 <= self.width <= WIDTH
        ):
            raise Malformed("no tile has this level, index or width")

    @property
    def path(self) -> str:
        """The path below the log's prefix."""
        groups = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"tile/{level}/{'/'.join(groups)}{partial}"

    @property
    def full(self) -> "Tile":
        """The tile that this one is a prefix of, or itself."""
        return Tile(self.level, self.index)


def parse_path(path: str) -> Tile:
    """Read a tile's path; every tile has exactly one.

    Raises: Malformed.
    """
    found = _PATH.fullmatch(path) if len(path) <= 64 else None
    if found is None:
        raise Malformed("this is not the path of a tile")
    level = ENTRIES if found[1] == "entries" else int(found[1])
    tile = Tile(level, int(re.sub("[x/]", "", found[2])), int(found[3] or WIDTH))
    if tile.path != path:
        raise Malformed("this is not the only path of its tile")
    return tile


def full_tiles(old: int, new: int) -> Iterator[Tile]:
    """Give the bundles and tiles that become full while a log grows from `old` to `new` entries, lowest level first."""
    yield from (Tile(ENTRIES, index) for index in range(old // WIDTH, new // WIDTH))
    level, old, new = 0, old // WIDTH, new // WIDTH
    while new > old:
        yield from (Tile(level, index) for index in range(old, new))
        level, old, new = level + 1, old // WIDTH, new // WIDTH


def partial_tiles(size: int) -> Iterator[Tile]:
    """Give the bundle and tiles that are partial in a log of `size` entries, lowest level first."""
    if size % WIDTH:
        yield Tile(ENTRIES, size // WIDTH, size % WIDTH)
    level = 0
    while size:
        if size % WIDTH:
            yield Tile(level, size // WIDTH, size % WIDTH)
        level, size = level + 1, size // WIDTH


def tile_bytes(tile: Tile, rows: Rows) -> bytes:
    """Give the bytes of a tile of hashes."""
    return b"".join(_exactly(rows, tile.level, tile.index * WIDTH, tile.width))


def hashes_of(data: bytes, width: int) -> list[bytes]:
    """Take a tile's bytes apart.

    Raises: Malformed when they are not `width` hashes.
    """
    if len(data) != width * HASH:
        raise Malformed(f"a tile of {width} hashes has {width * HASH} bytes, not {len(data)}")
    return [data[i : i + HASH] for i in range(0, len(data), HASH)]


def subtree_root(hashes: Sequence[bytes]) -> bytes:
    """Give the root of a perfect subtree over 1, 2, 4, ... 256 hashes."""
    while len(hashes) > 1:
        hashes = parents(hashes)
    return hashes[0]


def node_reader(rows: Rows) -> HashAt:
    """Give a `hash_at` over stored rows of hashes: leaf hashes at tile level 0, roots of full tiles above."""

    def hash_at(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, 8)
        return subtree_root(_exactly(rows, tile_level, index << height, 1 << height))

    return hash_at


def rows_of_files(read: Read, size: int, keep: int = 64) -> Rows:
    """Give the rows of a log of `size` entries from its tile files, the last `keep` of them held in memory.

    The rows raise Missing for a file that is not there, Malformed for one of wrong length.
    """
    cache: dict[Tile, list[bytes]] = {}

    def load(tile: Tile) -> list[bytes]:
        if tile not in cache:
            if len(cache) >= keep:
                del cache[next(iter(cache))]
            cache[tile] = hashes_of(read_tile(read, tile), tile.width)
        return cache[tile]

    def rows(level: int, first: int, count: int) -> Sequence[bytes]:
        stored = size >> 8 * level
        found: list[bytes] = []
        for index in range(first // WIDTH, (first + count - 1) // WIDTH + 1):
            width = min(WIDTH, stored - index * WIDTH)
            if width < 1:
                break
            start, end = first - index * WIDTH, first + count - index * WIDTH
            found += load(Tile(level, index, width))[max(start, 0) : end]
        return found

    return rows


def read_tile(read: Read, tile: Tile) -> bytes:
    """Read a tile of hashes; a partial one that was removed is cut from the full one.

    Raises: Missing.
    """
    data = read(tile.path)
    if data is None and tile.width < WIDTH:
        full = read(tile.full.path)
        data = None if full is None else full[: tile.width * HASH]
    if data is None:
        raise Missing(f"{tile.path} is missing")
    return data


def _exactly(rows: Rows, level: int, first: int, count: int) -> Sequence[bytes]:
    found = rows(level, first, count)
    if len(found) != count:
        raise Missing(f"of {count} hashes at level {level} from place {first} only {len(found)} are there")
    return found
