"""Finds floods while comments are written: many comments that say nearly the same within a day.

The first comment of a flood stands for it: later ones carry its number in `near`. Only such first ones are in the
index, four for each band and only of the last twenty thousand, so it stays small whatever comes. From the fifth on
every comment of a flood waits for validation, whoever wrote it: that hides nothing from its author and refuses nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from showcause.comments.likeness import ALIKE, pieces_of, resemblance
from showcause.comments.section import Run, marks

WITHIN: Final = timedelta(days=1)
HELD_FROM: Final = 5
"""From the fifth comment on a flood is held for validation."""
INDEXED: Final = 20_000
SLOTS: Final = 4
"""A band holds so many comments; a newer one takes the place of an older. Nobody makes a comparison long."""
_SOME: Final = 500


@dataclass(slots=True)
class _First:
    """A comment that stands for those that are nearly the same; `count` is how many there are, itself included."""

    seq: int
    created: int
    pieces: frozenset[str]
    count: int
    named: bool


@dataclass(slots=True)
class Floods:
    """What is known of recent comments while some more are written."""

    by_band: dict[int, list[_First]] = field(default_factory=dict)
    rows: list[tuple[int, int, int]] = field(default_factory=list)
    renamed: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def read(cls, run: Run, bands: Iterable[int]) -> "Floods":
        """Return what is known of the comments that share one of these bands."""
        floods, firsts, wanted = cls(), dict[int, _First](), sorted(set(bands))
        for start in range(0, len(wanted), _SOME):
            some = wanted[start : start + _SOME]
            for band, seq, created, text, near in run(_FIRSTS.replace("{marks}", marks(some)), *some):
                first = firsts.get(seq) or _First(seq, created, pieces_of(text), 1, bool(near))
                firsts[seq] = first
                floods.by_band.setdefault(band, []).append(first)
        for first in firsts.values():
            if first.named:
                [(first.count,)] = run(_COUNT, first.seq, HELD_FROM)
        return floods

    def join(self, seq: int, created: int, text: str, bands: tuple[int, ...]) -> tuple[int, int]:
        """Put a comment into the flood that it belongs to; return the flood's number and its place in it.

        A comment that is like none of the last day has number 0, and later ones may be like it.
        """
        if not bands:
            return 0, 1
        found = pieces_of(text)
        first = self._like(found, created, bands)
        if first is None:
            self._stand(_First(seq, created, found, 1, named=False), bands)
            return 0, 1
        if not first.named:
            first.named = True
            self.renamed.append((first.seq, first.seq))
        first.count += 1
        return first.seq, first.count

    def write(self, run: Run, last: int) -> None:
        """Keep what was found; `last` is the number of the newest comment."""
        if self.rows:
            run.many(_STAND, self.rows)
            run("DELETE FROM {p}band WHERE comment <= %s", last - INDEXED)
        if self.renamed:
            run.many("UPDATE {p}comment SET near = %s WHERE seq = %s", self.renamed)

    def _like(self, found: frozenset[str], created: int, bands: tuple[int, ...]) -> _First | None:
        oldest = created - WITHIN // timedelta(microseconds=1)
        near = {first.seq: first for band in bands for first in self.by_band.get(band, [])[-SLOTS:]}
        recent = [first for first in near.values() if first.created >= oldest]
        best = max(recent, key=lambda each: resemblance(found, each.pieces), default=None)
        return best if best is not None and resemblance(found, best.pieces) >= ALIKE else None

    def _stand(self, first: _First, bands: tuple[int, ...]) -> None:
        for band in bands:
            self.by_band.setdefault(band, []).append(first)
            self.rows.append((band, first.seq % SLOTS, first.seq))


_FIRSTS: Final = (
    "SELECT b.band, c.seq, c.created, c.text, c.near FROM {p}band b JOIN {p}comment c ON c.seq = b.comment"
    " WHERE b.band IN ({marks}) ORDER BY c.seq"
)
_STAND: Final = (
    "INSERT INTO {p}band (band, slot, comment) VALUES (%s, %s, %s)"
    " ON CONFLICT (band, slot) DO UPDATE SET comment = excluded.comment"
)
# The second condition lets SQLite use the index, which has no comment that is in no flood.
_COUNT: Final = "SELECT COUNT(*) FROM (SELECT 1 FROM {p}comment WHERE near = %s AND near <> 0 LIMIT %s) n"
