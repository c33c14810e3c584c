"""Texts that are nearly the same: what floods are recognised by. Words only, nothing about who wrote them.

A text is looked at without case, marks, numbers, signs and the parts of its links. Its pieces of five letters are
sorted into eighteen bins by a hash, and the least of each bin is kept (one-permutation MinHash). Three bins make a
band: texts of which four fifths of the pieces are equal share a band 98 times in 100, those that share a third 20
times. Whatever shares a band is then compared piece by piece, so a band alone makes no two texts alike.

Source: Li, Owen, Zhang: One Permutation Hashing (NeurIPS 2012); Broder: On the resemblance of documents (1997).
"""

import re
import unicodedata
import zlib
from functools import lru_cache
from typing import Final

ALIKE: Final = 0.6
"""From which part of common pieces (Jaccard) on two texts are nearly the same."""
SHORTEST: Final = 24
"""Of shorter ones nothing follows: many people write `Bravo et merci`."""
LONGEST: Final = 2_000
"""Beyond that many letters nothing is looked at."""
_PIECE: Final = 5
_BINS: Final = 18
_ROWS: Final = 3
_LINK: Final = re.compile(r"https?://(?:www\.)?([^/\s]+)\S*")
_OTHER: Final = re.compile(r"[\W\d_]+")
_MIX: Final = 0x9E3779B97F4A7C15
_MASK: Final = (1 << 64) - 1


def normal_form(text: str) -> str:
    """Return what is compared of a text."""
    linked = _LINK.sub(lambda found: found[1].replace(".", ""), text[: 2 * LONGEST])
    kept = linked.casefold()
    if not kept.isascii():
        kept = "".join(
            sign for sign in unicodedata.normalize("NFKD", kept) if not unicodedata.combining(sign)
        )
    return _OTHER.sub(" ", kept).strip()[:LONGEST]


@lru_cache(maxsize=2_048)
def pieces_of(text: str) -> frozenset[str]:
    """Return the pieces of a text; what floods consist of is asked again and again."""
    return pieces(normal_form(text))


def pieces(normal: str) -> frozenset[str]:
    """Return the pieces of a text in its normal form."""
    return frozenset(normal[at : at + _PIECE] for at in range(max(len(normal) - _PIECE + 1, 1)))


def resemblance(one: frozenset[str], other: frozenset[str]) -> float:
    """Return which part of the pieces of two texts is common to both, from 0 to 1."""
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def bands(text: str) -> tuple[int, ...]:
    """Return the bands of a text, six numbers of 63 bits; none for a text that is too short to say anything."""
    normal = normal_form(text)
    if len(normal) < SHORTEST:
        return ()
    least: list[int | None] = [None] * _BINS
    for piece in pieces_of(text):
        hashed = _hash(piece)
        place, rest = hashed % _BINS, hashed // _BINS
        if (there := least[place]) is None or rest < there:
            least[place] = rest
    full = _filled(least)
    return tuple(_band(at, full[at : at + _ROWS]) for at in range(0, _BINS, _ROWS))


def _hash(piece: str) -> int:
    # CRC spreads neighbours badly; one multiplication mixes it.
    return (zlib.crc32(piece.encode()) * _MIX & _MASK) >> 16


def _filled(least: list[int | None]) -> list[int]:
    """Give an empty bin what the next full one has, with the distance, so that equal texts stay equal."""
    full = list[int]()
    for at in range(_BINS):
        steps = next(step for step in range(_BINS) if least[(at + step) % _BINS] is not None)
        full.append((least[(at + steps) % _BINS] or 0) + (steps << 48))
    return full


def _band(at: int, values: list[int]) -> int:
    mixed = at + 1
    for value in values:
        mixed = ((mixed ^ value) * _MIX) & _MASK
    return mixed >> 1
