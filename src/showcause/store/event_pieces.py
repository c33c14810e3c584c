"""Pieces of the history: which stretch of a platform's events lies in which file, and what became of it.

A piece names a file, what it holds, and the digest of its bytes. It is written in one transaction, after its file is
whole and on the disk; from then on an event of the stretch whose row is empty is read from the file. Rows that are not
empty yet count before the file, so it does not matter when they are emptied, nor how often that is interrupted.

The row of a moved event keeps its place, its time, and the salted digest with the salt, which commits to what the file
says. An event that was forgotten has lost its salt: whatever a file may say of it, nothing is believed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol

from showcause.store.event_tables import Run

COLUMNS: Final = (
    "platform", "after", "last", "first_at", "last_at", "schema", "file", "digest", "bytes", "rows", "whole",
    "written", "emptied", "forgotten", "rewritten", "left_at",
)  # fmt: skip


class Gone(StrEnum):
    """Why what a moved event said is not there."""

    LEFT = "left"
    """Its file went when its time was over."""
    MISSING = "missing"
    """Its file is missing or damaged."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of the history: events of a platform after one place up to another, with those of others left out.

    Times are microseconds. `schema` is the digest of the declaration that gave the columns, `digest` that of the file's
    bytes. Of its `rows`, `whole` have their text beside the columns, because the columns do not give it back exactly.
    `emptied` is whether the rows of the log are empty. `forgotten` events were taken out of it, last at `rewritten`.
    """

    platform: str
    after: int
    last: int
    first_at: int
    last_at: int
    schema: str
    file: str
    digest: str
    bytes: int
    rows: int
    whole: int
    written: int
    emptied: bool = False
    forgotten: int = 0
    rewritten: int | None = None
    left_at: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a file says of an event, or why it says nothing."""

    body: bytes | None
    sealed: bytes | None = None
    gone: Gone | None = None
    why: str = ""


class Shelf(Protocol):
    """Where the files of the history are."""

    def find(self, wanted: Mapping[str, Sequence[int]]) -> Mapping[int, Found]:
        """Return what the files say of moved events, by their places; `wanted` has these by platform."""

    def drop(self, sequences: Collection[int]) -> int:
        """Take events out of the files, finally; return how many were in one."""

    def path_of(self, piece: Piece) -> Path:
        """Return where a piece's file is."""

    def is_there(self, piece: Piece) -> bool:
        """Tell whether a piece's file is there and as long as it was; its digest is not compared."""


def pieces(run: Run, platform: str = "", low: int = 0, high: int | None = None) -> list[Piece]:
    """Return the pieces that reach into a stretch of places, in order; those of all platforms without a name."""
    sql = f"SELECT {', '.join(COLUMNS)} FROM {{p}}piece WHERE last >= %s"  # noqa: S608  of our own names
    values: list[Any] = [low]
    if high is not None:
        sql, values = f"{sql} AND after < %s", [*values, high]
    if platform:
        sql, values = f"{sql} AND platform = %s", [*values, platform]
    return [_piece(row) for row in run(f"{sql} ORDER BY platform, after", *values)]


def erased(run: Run) -> int:
    """Return how many events were emptied, and let nobody empty one until the transaction ends."""
    lock = " FOR UPDATE" if run.vendor == "postgresql" else ""
    [(count,)] = run(f"SELECT erased FROM {{p}}head{lock}")  # noqa: S608  of our own words
    return int(count)


def left_of(run: Run, platform: str) -> int:
    """Return up to which place a platform's events left the history."""
    sql = "SELECT coalesce(max(last), 0) FROM {p}piece WHERE platform = %s AND left_at IS NOT NULL"
    [(last,)] = run(sql, platform)
    return int(last)


def add(run: Run, piece: Piece) -> None:
    """Name a piece. A second one of the same beginning is refused by the table."""
    marks = ", ".join(["%s"] * len(COLUMNS))
    values = [getattr(piece, each) for each in COLUMNS]
    values[COLUMNS.index("digest")] = bytes.fromhex(piece.digest)
    values[COLUMNS.index("emptied")] = int(piece.emptied)
    run(f"INSERT INTO {{p}}piece ({', '.join(COLUMNS)}) VALUES ({marks})", *values)  # noqa: S608


def change(run: Run, piece: Piece, **values: Any) -> None:
    """Change what is said of a piece."""
    named = ", ".join(f"{each} = %s" for each in values)
    sql = f"UPDATE {{p}}piece SET {named} WHERE platform = %s AND after = %s"  # noqa: S608  of our own names
    run(sql, *values.values(), piece.platform, piece.after)


def _piece(row: tuple[Any, ...]) -> Piece:
    named = dict(zip(COLUMNS, row, strict=True))
    named["digest"], named["emptied"] = bytes(named["digest"]).hex(), bool(named["emptied"])
    return Piece(**named)
