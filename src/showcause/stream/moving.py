"""Moving old events to the history, and letting old files go: one file at a time, so that whoever does it may be
killed after any step.

1. Write the next stretch of a platform's events, of one day, to a file without a name yet, and flush it.
2. Read the file, and compare every event with what its row commits to.
3. Give the file its name.
4. Name it in the log's table, if nobody was forgotten since step 1. From here on the file counts; before, only rows do.
5. Empty the rows, some at a time. A row that is not empty yet says the same as the file.

What an interruption leaves is a file that nobody names, which goes, or rows that are not empty yet, which are emptied:
both happen when the next one begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from showcause.domain.errors import NotFound, RecordCorrupt
from showcause.rules.declared import Declaration
from showcause.store import event_pieces
from showcause.store.event_pieces import Piece
from showcause.store.events import commits
from showcause.stream import history_files
from showcause.stream.history import EPOCH, PART, History, about_of
from showcause.stream.history_files import Taken, Written

MOST: Final = 200_000
"""Events of one file: some ten seconds to write and compare, and some ten megabytes."""
AT_ONCE: Final = 5_000
DAY: Final = timedelta(days=1)
MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What is moved next: events of a platform after one place up to another, of one day."""

    platform: str
    after: int
    upto: int
    day: datetime


@dataclass(frozen=True, slots=True)
class _Places:
    """First and last place of what goes into one file, how many events that is, and their first and last time."""

    first: int
    last: int
    count: int
    since: int
    until: int


@dataclass
class Moving:
    """Moves events of one log. `most` bounds what one file has."""

    history: History
    most: int = MOST

    def move(self, platform: str, declared: Declaration, schema: str, before: datetime) -> Piece | None:
        """Move the next file full of a platform's events from before a day; None when there are none.

        `schema` is the digest of what is declared now, which gives the columns.

        Raises: RecordCorrupt when an event is not what its digest commits to, and then it stays where it is; StoreFull.
        """
        with self.history.alone():
            self.finish()
            while (stretch := self._next(platform, before)) is not None:
                if (piece := self._moved(stretch, declared, schema)) is not None:
                    return piece
        return None

    def finish(self) -> None:
        """End what was interrupted."""
        with self.history.alone():
            self.history.tidy()
            for piece in self.history.log.pieces():
                if not piece.emptied and piece.left_at is None:
                    self._empty(piece)

    def let_go(self, before: datetime) -> list[Piece]:
        """Remove the files all of whose events are older than a moment; return them."""
        old = _micros(before)
        with self.history.alone():
            gone = [
                each for each in self.history.log.pieces()
                if each.left_at is None and each.emptied and each.last_at < old
            ]  # fmt: skip
            for each in gone:
                self._leave(each)
            if gone:
                self.history.tell()
        return gone

    def give_up(self, file: str) -> Piece:
        """Say of a file that is missing or damaged that it is lost, finally; return what it was.

        Raises: NotFound for any other.
        """
        with self.history.alone():
            for each in self.history.log.pieces():
                if each.file == file and not self.history.is_kept(each) and each.emptied:
                    self._leave(each)
                    self.history.tell()
                    return each
        raise NotFound(
            f"no file {file[:200]!r} of the history is missing",
            "`showcause events history check` names them.",
        )

    # --- one file ---

    def _next(self, platform: str, before: datetime) -> _Stretch | None:
        log = self.history.log
        after = max((each.last for each in log.pieces(platform)), default=0)
        end, _ = log.last_until(_micros(before) - 1)
        sql = (
            "SELECT moment FROM {p}event WHERE seq > %s AND seq <= %s AND platform = %s AND body IS NOT NULL "
            "ORDER BY seq LIMIT 1"
        )
        if end <= after or not (found := log.ask(sql, after, end, platform)):
            return None
        day = EPOCH + timedelta(microseconds=found[0][0]) // DAY * DAY
        upto, _ = log.last_until(min(_micros(day + DAY), _micros(before)) - 1)
        return _Stretch(platform, after, upto, day)

    def _moved(self, stretch: _Stretch, declared: Declaration, schema: str) -> Piece | None:
        """Take one stretch through all steps; None when somebody was forgotten meanwhile."""
        history = self.history
        erased = history.log.head().erased
        places = self._places(stretch)
        if places is None:
            return None
        stretch = replace(stretch, upto=places.last) if places.count == self.most else stretch
        folder = history.folder / stretch.platform / f"schema-{schema[:12]}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{stretch.day:%Y-%m-%d}.{places.first:012}"
        part = folder / f"{name}{PART}"
        said = {"platform": stretch.platform, "schema": schema, "after": stretch.after, "last": stretch.upto}
        written = self._written(part, stretch, declared, about_of(said))
        try:
            self._compared(part, stretch)
        except (RecordCorrupt, ValueError):
            history.remove(part)
            if history.log.head().erased != erased:
                return None
            raise
        path = folder / f"{name}.{written.digest[:8]}.parquet"
        history.put(part, path)
        piece = Piece(
            stretch.platform, stretch.after, stretch.upto, places.since, places.until, schema,
            str(path.relative_to(history.folder)), written.digest, written.bytes, written.rows, written.whole,
            history.now(),
        )  # fmt: skip
        if not self._named(piece, erased):
            history.remove(path)
            return None
        self._empty(piece)
        history.tell()
        return replace(piece, emptied=True)

    def _places(self, stretch: _Stretch) -> _Places | None:
        """Return what of a stretch fits into one file; None when nothing of it is left."""
        sql = (
            "SELECT min(seq), max(seq), count(*), min(moment), max(moment) FROM (SELECT seq, moment FROM {p}event "
            "WHERE seq > %s AND seq <= %s AND platform = %s AND body IS NOT NULL ORDER BY seq LIMIT %s) AS full_file"
        )
        [found] = self.history.log.ask(sql, stretch.after, stretch.upto, stretch.platform, self.most)
        return _Places(*found) if found[2] else None

    def _written(
        self, part: Path, stretch: _Stretch, declared: Declaration, about: dict[str, str]
    ) -> Written:
        return history_files.write(part, declared.schema, self._events(stretch), about)

    def _events(self, stretch: _Stretch) -> Iterator[Taken]:
        for seq, moment, body, sealed in self._rows("seq, moment, body, sealed", stretch):
            yield seq, moment, bytes(body), None if sealed is None else bytes(sealed)

    def _rows(self, columns: str, stretch: _Stretch) -> Iterator[tuple[Any, ...]]:
        sql = (
            f"SELECT {columns} FROM {{p}}event WHERE seq > %s AND seq <= %s AND platform = %s AND body IS NOT NULL "  # noqa: S608
            "ORDER BY seq LIMIT %s"
        )
        after = stretch.after
        while rows := self.history.log.ask(sql, after, stretch.upto, stretch.platform, AT_ONCE):
            yield from rows
            after = rows[-1][0]

    def _compared(self, part: Path, stretch: _Stretch) -> None:
        """Check that a file gives back every event to the byte. Raises: RecordCorrupt."""
        held = self._rows("seq, moment, sealed, salt, digest", stretch)
        for row, (seq, moment, sealed, salt, digest) in zip(history_files.read(part, 0), held, strict=True):
            same = (row[0], row[1], row[3]) == (seq, moment, None if sealed is None else bytes(sealed))
            if not same or not commits(bytes(salt), bytes(digest), stretch.platform, row[2]):
                raise RecordCorrupt(
                    f"event {seq} is not what its digest commits to; it is not moved",
                    "Keep the log of events as it is: somebody changed it, or this program reads it wrongly.",
                )

    def _named(self, piece: Piece, erased: int) -> bool:
        """Name a file that is whole, unless somebody was forgotten since it was begun."""
        with self.history.log.changing() as run:
            if event_pieces.erased(run) != erased:
                return False
            event_pieces.add(run, piece)
        return True

    def _empty(self, piece: Piece) -> None:
        """Empty the rows of what is in a file."""
        sql = (
            "UPDATE {p}event SET body = NULL, happened = NULL, sealed = NULL "
            "WHERE seq > %s AND seq <= %s AND platform = %s AND body IS NOT NULL"
        )
        log = self.history.log
        for start in range(piece.after, piece.last, AT_ONCE):
            self._empty_some(sql, start, min(start + AT_ONCE, piece.last), piece.platform)
        with log.changing() as run:
            event_pieces.change(run, piece, emptied=1)

    def _empty_some(self, sql: str, after: int, upto: int, platform: str) -> None:
        with self.history.log.changing() as run:
            run(sql, after, upto, platform)

    def _leave(self, piece: Piece) -> None:
        """Note that a file goes, and remove it."""
        with self.history.log.changing() as run:
            event_pieces.change(run, piece, left_at=self.history.now())
        path = self.history.path_of(piece)
        if path.parent.exists():
            self.history.remove(path)


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND
