"""The history: old events in files beside the database, read as if they were in the log, and rewritten to forget.

The files lie in one folder, `PLATFORM/schema-DIGEST/DAY.FIRST.DIGEST.parquet`. Which of them count, and for which
stretch of the log, is said by the log's own table (`event_pieces`); `manifest.json` in the folder says it to others.
A file never changes: to forget somebody it is written once more under another name, without their events.

Whatever changes files does so alone, by a lock in the folder: on PostgreSQL, too, all of it happens on one machine.
"""

import fcntl
import json
import os
import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb

from showcause.domain.errors import EventsMissing
from showcause.store import event_pieces
from showcause.store.event_pieces import Found, Gone, Piece
from showcause.store.events import EventLog
from showcause.stream import history_files

MANIFEST: Final = "manifest.json"
FORMAT: Final = "showcause/v1 event-history"
PART: Final = ".part"
FEW: Final = 16
"""Fewer events of one file are looked up by themselves; for more, what follows is read ahead."""
AHEAD: Final = history_files.BLOCK
WINDOWS: Final = 4
"""How many stretches that were read ahead are kept in memory."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_Window = tuple[int, int, dict[int, history_files.Row]]


@dataclass
class History:
    """The files of one log. Threads share it."""

    log: EventLog
    folder: Path
    clock: Callable[[], datetime]
    _read: OrderedDict[tuple[str, int], _Window] = field(default_factory=OrderedDict, init=False, repr=False)
    _whole: dict[str, tuple[int, int]] = field(default_factory=dict, init=False, repr=False)
    _reading: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _turn: threading.RLock = field(default_factory=threading.RLock, init=False, repr=False)
    _depth: int = field(default=0, init=False, repr=False)

    # --- reading ---

    def find(self, wanted: Mapping[str, Sequence[int]]) -> Mapping[int, Found]:
        """Return what the files say of moved events, by their places."""
        found = dict[int, Found]()
        for platform, sequences in wanted.items():
            ordered = sorted(sequences)
            for piece in self.log.pieces(platform, ordered[0], ordered[-1]):
                low, high = bisect_left(ordered, piece.after + 1), bisect_left(ordered, piece.last + 1)
                if low < high:
                    found |= self._of_piece(piece, ordered[low:high])
        return found

    def path_of(self, piece: Piece) -> Path:
        """Return where a piece's file is."""
        return self.folder / piece.file

    def is_there(self, piece: Piece) -> bool:
        """Tell whether a piece's file is there and as long as it was; its digest is not compared."""
        try:
            return self.path_of(piece).stat().st_size == piece.bytes
        except OSError:
            return False

    def is_whole(self, piece: Piece) -> bool:
        """Tell whether a piece's file is there, byte for byte as it was written."""
        path = self.path_of(piece)
        try:
            told = path.stat()
            known = self._whole.get(piece.file) == (told.st_size, told.st_mtime_ns)
            if not known and history_files.fingerprint(path) != piece.digest:
                return False
        except OSError:
            return False
        self._whole[piece.file] = told.st_size, told.st_mtime_ns
        return True

    def check(self, piece: Piece) -> None:
        """Check that a piece's file is whole. Raises: EventsMissing."""
        if not self.is_whole(piece):
            raise EventsMissing(
                f"{piece.file} of the history is missing or damaged",
                "Put it back from a copy, or say that it is lost: `showcause events history give-up FILE`.",
            )

    def _of_piece(self, piece: Piece, sequences: Sequence[int]) -> dict[int, Found]:
        if piece.left_at is not None:
            why = f"left the history on {day_of(piece.left_at)}"
            return dict.fromkeys(sequences, Found(None, gone=Gone.LEFT, why=why))
        for _ in range(3):
            try:
                if self.is_whole(piece):
                    return self._rows(piece, sequences)
            except duckdb.Error:
                pass
            [again] = self.log.pieces(piece.platform, piece.last, piece.last)
            if again.file == piece.file:
                break
            piece = again  # somebody was forgotten meanwhile
        why = f"is in {piece.file} of the history, which is missing or damaged"
        return dict.fromkeys(sequences, Found(None, gone=Gone.MISSING, why=why))

    def _rows(self, piece: Piece, sequences: Sequence[int]) -> dict[int, Found]:
        nowhere = Found(None, gone=Gone.MISSING, why=f"is not in {piece.file} of the history, where it was")
        if len(sequences) < FEW:
            rows = {row[0]: row for row in history_files.some(self.path_of(piece), sequences)}
        else:
            rows = self._ahead(piece, sequences[0], sequences[-1])
        return {
            each: Found(row[2], row[3]) if (row := rows.get(each)) is not None else nowhere
            for each in sequences
        }

    def _ahead(self, piece: Piece, low: int, high: int) -> dict[int, history_files.Row]:
        """Return the events between two places, of which what follows is read ahead."""
        rows = dict[int, history_files.Row]()
        while low <= high:
            start, end, some = self._window(piece, low)
            rows |= some if start >= low and end <= high else {n: some[n] for n in some if low <= n <= high}
            low = end + 1
        return rows

    def _window(self, piece: Piece, low: int) -> _Window:
        with self._reading:
            for (file, _), window in self._read.items():
                if file == piece.file and window[0] <= low <= window[1]:
                    return window
        rows = {row[0]: row for row in history_files.read(self.path_of(piece), low, AHEAD)}
        window = (low, max(rows) if len(rows) == AHEAD else piece.last, rows)
        with self._reading:
            self._read[piece.file, low] = window
            while len(self._read) > WINDOWS:
                self._read.popitem(last=False)
        return window

    # --- forgetting ---

    def naming(self, platform: str, hashes: Collection[str], concerns: Callable[[bytes], bool]) -> list[int]:
        """Return the events of a platform in whose columns stands one of some keyed hashes. Raises: EventsMissing."""
        found = list[int]()
        for piece in self.log.pieces(platform):
            if piece.left_at is None:
                self.check(piece)
                found += history_files.naming(self.path_of(piece), hashes, concerns)
        return found

    def drop(self, sequences: Collection[int]) -> int:
        """Write the files that have some events once more, without them; return how many events that were.

        Files that are missing are passed over: put back, they lose what is forgotten (`history_copies.purge`).
        """
        dropped, wanted = 0, sorted(sequences)
        with self.alone():
            for piece in self.log.pieces("", wanted[0], wanted[-1]) if wanted else ():
                low, high = bisect_left(wanted, piece.after + 1), bisect_left(wanted, piece.last + 1)
                if low < high and piece.left_at is None and self.path_of(piece).exists():
                    dropped += self._without(piece, wanted[low:high])
            if dropped:
                self.tell()
        return dropped

    def _without(self, piece: Piece, sequences: Sequence[int]) -> int:
        old = self.path_of(piece)
        gone = history_files.there(old, sequences)
        if not gone:
            return 0
        part = old.with_name(f"{old.name}{PART}")
        written = history_files.rewrite(old, part, gone)
        file = renamed(piece.file, written.digest)
        self.put(part, self.folder / file)
        self.replace(piece, file, written, len(gone))
        self.remove(old)
        return len(gone)

    def replace(self, piece: Piece, file: str, written: history_files.Written, forgotten: int = 0) -> None:
        """Let another file, which has its name already, stand for a piece from now on."""
        with self.log.changing() as run:
            event_pieces.change(
                run, piece,
                file=file, digest=bytes.fromhex(written.digest), bytes=written.bytes, rows=written.rows,
                whole=written.whole, forgotten=piece.forgotten + forgotten,
                rewritten=self.now() if forgotten else piece.rewritten,
            )  # fmt: skip

    # --- files ---

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody else change files meanwhile, in this process or another. May be entered again."""
        with self._turn:
            if self._depth:
                yield
                return
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened = os.open(self.folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(opened, fcntl.LOCK_EX)
                self._depth += 1
                yield
            finally:
                self._depth -= 1
                os.close(opened)

    def put(self, part: Path, to: Path) -> None:
        """Give a file that is whole and flushed its name."""
        part.rename(to)
        history_files.flush(to.parent)

    def remove(self, path: Path) -> None:
        """Remove a file, and have that on the disk."""
        path.unlink(missing_ok=True)
        history_files.flush(path.parent)

    def tidy(self) -> list[str]:
        """Remove what interrupted steps left behind, and return the names of files that nobody here knows.

        A file goes if what it holds is in the log still, or in another file that the log names, or has left.
        """
        unknown = list[str]()
        with self.alone():
            listed = {each.file: each for each in self.log.pieces()}
            for path in sorted(self.folder.rglob("*")):
                name = str(path.relative_to(self.folder))
                if path.name.endswith(PART):
                    self.remove(path)
                elif path.suffix == ".parquet" and (name not in listed or listed[name].left_at is not None):
                    if name in listed or self._is_spare(path):
                        self.remove(path)
                    else:
                        unknown.append(name)
        return unknown

    def _is_spare(self, path: Path) -> bool:
        """Tell whether what a file holds is elsewhere, too."""
        try:
            about = history_files.about(path)
            platform, after, last = about["platform"], int(about["after"]), int(about["last"])
        except (duckdb.Error, KeyError, ValueError):
            return False
        covering = self.log.pieces(platform, last, last)
        if covering:
            return any(each.after <= after and self.is_kept(each) for each in covering)
        sql = "SELECT 1 FROM {p}event WHERE seq > %s AND seq <= %s AND platform = %s AND body IS NOT NULL LIMIT 1"
        return bool(self.log.ask(sql, after, last, platform))

    def is_kept(self, piece: Piece) -> bool:
        """Tell whether a piece is as the log says: left, or whole."""
        return piece.left_at is not None or self.is_whole(piece)

    def tell(self) -> None:
        """Write down for others which files the history has, and what became of them."""
        files = [
            {
                "platform": each.platform, "file": each.file, "sha256": each.digest, "bytes": each.bytes,
                "rows": each.rows, "after": each.after, "last": each.last, "schema": each.schema,
                "first_at": each.first_at, "last_at": each.last_at, "written": day_of(each.written),
                **({"forgotten": each.forgotten, "rewritten": day_of(each.rewritten)} if each.rewritten else {}),
                **({"left": day_of(each.left_at)} if each.left_at is not None else {}),
            }
            for each in self.log.pieces()
        ]  # fmt: skip
        part = self.folder / f"{MANIFEST}{PART}"
        opened = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(opened, "w", encoding="utf-8") as out:
            json.dump({"format": FORMAT, "files": files}, out, indent=1)
            out.flush()
            os.fsync(opened)
        self.put(part, self.folder / MANIFEST)

    def now(self) -> int:
        """Return the time now in microseconds."""
        return (self.clock() - EPOCH) // timedelta(microseconds=1)


def day_of(at: int) -> str:
    """Return the day of a time in words: `3 May 2027`."""
    found = EPOCH + timedelta(microseconds=at)
    return f"{found.day} {found:%B %Y}"


def renamed(file: str, digest: str) -> str:
    """Return the name of a file with another digest."""
    return f"{file.rsplit('.', 2)[0]}.{digest[:8]}.parquet"


def about_of(piece: Mapping[str, Any]) -> dict[str, str]:
    """Return what a file says of itself."""
    return {"format": FORMAT, **{key: str(value) for key, value in piece.items()}}
