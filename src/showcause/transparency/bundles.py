"""Entry bundles: 256 entries to a file, each with its length in front.

Source: c2sp.org/tlog-tiles, "Log entries".
"""

from collections.abc import Sequence

from showcause.transparency.errors import Malformed, Missing
from showcause.transparency.tiles import WIDTH, Read, Tile

MAX_ENTRY = 65_535


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Write up to 256 entries of up to 65,535 bytes each.

    Raises: Malformed for more or longer ones.
    """
    if len(entries) > WIDTH or any(len(entry) > MAX_ENTRY for entry in entries):
        raise Malformed(f"a bundle has at most {WIDTH} entries of at most {MAX_ENTRY} bytes")
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """Read a bundle of exactly `width` entries.

    Raises: Malformed when the bytes are cut, or when there are more or fewer entries.
    """
    entries = _entries(data, width)
    if sum(map(len, entries)) + 2 * width != len(data):
        raise Malformed(f"a bundle goes on after its {width} entries")
    return entries


def cut_bundle(data: bytes, width: int) -> bytes:
    """Cut the partial bundle of `width` entries from a wider one.

    Raises: Malformed when there are fewer entries.
    """
    return encode_bundle(_entries(data, width))


def read_bundle(read: Read, tile: Tile) -> bytes:
    """Read a bundle's bytes; a partial one that was removed is cut from the full one.

    Raises: Missing; Malformed.
    """
    data = read(tile.path)
    if data is None and tile.width < WIDTH:
        full = read(tile.full.path)
        data = None if full is None else cut_bundle(full, tile.width)
    if data is None:
        raise Missing(f"{tile.path} is missing")
    return data


def _entries(data: bytes, width: int) -> list[bytes]:
    entries, place = [], 0
    for _ in range(width):
        start = place + 2
        place = start + int.from_bytes(data[place:start], "big")
        if start > len(data) or place > len(data):
            raise Malformed(f"a bundle of {width} entries is cut short")
        entries.append(data[start:place])
    return entries
