"""The event log: what platforms report as happening, in one order, in a database of its own.

An event gets a dense sequence number and a logical time in microseconds that no other event has. It is on the disk
before anybody is told that it was taken. The platform's own id makes taking it again harmless: the same event has its
place already, and another one under the same id is refused.

Its file is apart from the records, so that a flood of events keeps no moderator waiting. Writers that come at the same
time share one flush: whoever gets the turn writes for all who wait.

Forgetting empties rows. Sequence, time and the salted digest stay, so nothing moves and nothing is missing, but the
salt is gone too: nobody can tell what was there, even who guesses it. Which places were emptied stands in a list that
is part of no backup and is replayed whenever the log is opened, so that an older copy forgets again.

What old events said may be moved to files of a history (`event_pieces`); whoever reads the log gets it from there.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from showcause.domain.errors import BadInput, ClockBehind
from showcause.store import event_due, event_pieces, event_tables
from showcause.store.database import Database
from showcause.store.event_erasures import Erasures
from showcause.store.event_pieces import Found, Gone, Piece, Shelf
from showcause.store.event_tables import Run
from showcause.store.failures import told_as_ours
from showcause.store.line import Line

MOST_AT_ONCE: Final = 5_000
"""How many events one transaction takes: for some 50 ms nobody else writes."""
MOST_BEHIND: Final = timedelta(hours=1)
"""How far the clock may lie behind the newest event. Windows are made of these times, so beyond it nothing is taken."""
MOST_NAMED: Final = 500
LOST: Final = ""
"""The platform of the row that stands for lost events; no platform has this name."""
ERASURES: Final = "erasures"
"""Under this name stands, like that of an import, how much of the list of erasures was replayed here."""
_COLUMNS: Final = "seq, moment, platform, body, sealed, digest, salt IS NOT NULL"
_NOT_EMPTY: Final = "SELECT seq FROM {p}event WHERE salt IS NOT NULL AND seq IN ({marks})"
_LOCK_HEAD: Final = {
    "sqlite": "SELECT seq, moment FROM {p}head",
    "postgresql": "SELECT seq, moment FROM {p}head FOR UPDATE",
}
"""On PostgreSQL whoever holds this row is the one writer; on SQLite the transaction itself is."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Fate(StrEnum):
    """What became of an event that was offered."""

    NEW = "new"
    KNOWN = "known"
    DIFFERS = "differs"
    FORGOTTEN = "forgotten"


class Offered(NamedTuple):
    """One event as it may be stored: whose, under which id there, when it happened there, its canonical body.

    `sealed` holds whom it names, encrypted; `until` is set where somebody asks about it before acting, and says up to
    which logical time they wait for the answer. Neither is a part of what makes two events the same.
    """

    platform: str
    id: str
    happened_at: int | None
    body: bytes
    sealed: bytes | None = None
    until: int | None = None


class Place(NamedTuple):
    """What became of an event, and its place in the order; that of the earlier one if its id was there before."""

    fate: Fate
    sequence: int
    at: int


class Stored(NamedTuple):
    """One event of the log. `body` is None when its people were forgotten; `commitment` commits to it with a salt.

    It is None, too, where the event was `moved` to the history and is not there: `gone` says how, `why` in words.
    """

    sequence: int
    at: int
    platform: str
    body: bytes | None
    sealed: bytes | None
    commitment: bytes = b""
    moved: bool = False
    gone: Gone | None = None
    why: str = ""

    @property
    def gap(self) -> bool:
        """Tell whether it stands for events that are lost, and is of no platform."""
        return self.platform == LOST


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log is, and how many of its events were emptied for somebody who was forgotten."""

    sequence: int
    at: int
    erased: int


@dataclass(slots=True)
class EventLog:
    """An opened event log. Threads share it. `key` makes what stands for the ids of events: 32 bytes.

    `replayed` events were emptied again when it was opened, because the list of erasures names them.
    """

    database: Database
    key: bytes = field(repr=False)
    erasures: Erasures | None = None
    shelf: Shelf | None = None
    commits: int = 0
    replayed: int = 0
    _line: Line[tuple[Offered, datetime], Place] = field(init=False)

    def __post_init__(self) -> None:
        self._line = Line(self._write, MOST_AT_ONCE)

    @classmethod
    def open(
        cls,
        url: str,
        key: bytes,
        erasures: Path | None = None,
        shelf: "Callable[[EventLog], Shelf] | None" = None,
    ) -> "EventLog":
        """Open the event log at an url as `open_store` takes it; it is made where there is none.

        What the list `erasures` names is emptied again, should an older copy have been put back. `shelf` makes what
        reads the files of its history.

        Raises: Misconfigured for one of another version; TriggersDiffer when its guards were changed; StoreBusy,
        StoreFull, StoreUnusable.
        """
        database = Database.at(url)
        if database.path is not None:
            os.close(os.open(database.path, os.O_CREAT | os.O_RDWR, 0o600))
        log = cls(database, key, Erasures(erasures) if erasures else None)
        log.shelf = shelf(log) if shelf else None
        with log._connected() as connection:
            event_tables.prepare(connection, database.alias)
        log.replayed = log._replay()
        return log

    def append(self, offered: Sequence[Offered], now: datetime) -> list[Place]:
        """Take events in their order, all or none, and return what became of each; then they are on the disk.

        Raises: BadInput for too many at once; ClockBehind; StoreBusy, StoreFull, and then nothing was taken.
        """
        if len(offered) > MOST_AT_ONCE:
            raise BadInput(f"{len(offered)} events at once; at most {MOST_AT_ONCE} are taken")
        return self._line.through([(each, now) for each in offered])

    def read(self, after: int, most: int) -> list[Stored]:
        """Return the events after a sequence number, in order, those of the history too."""
        return self._filled(self._here(after, most))

    def at(self, moments: Collection[int]) -> list[Stored]:
        """Return the events of some logical times, in order; what a window counted is named by them."""
        sql = f"SELECT {_COLUMNS} FROM {{p}}event WHERE moment IN ({{marks}}) ORDER BY seq"  # noqa: S608  our own names
        some = _by(MOST_NAMED, sorted(moments))
        return self._filled([_stored(row) for each in some for row in self._rows(_marked(sql, each), *each)])

    def asked(self, after: int, upto: int) -> dict[int, int]:
        """Return which events of a stretch somebody asked about before acting, and until when they wait."""
        return dict(self._rows("SELECT seq, until FROM {p}asked WHERE seq > %s AND seq <= %s", after, upto))

    def last_until(self, moment: int) -> tuple[int, int]:
        """Return sequence and time of the last event up to a logical time; (0, 0) where there is none."""
        sql = "SELECT seq, moment FROM {p}event WHERE moment <= %s ORDER BY moment DESC LIMIT 1"
        found = self._rows(sql, moment)
        return (found[0][0], found[0][1]) if found else (0, 0)

    def head(self) -> Head:
        """Return how far the log is."""
        [(sequence, at, erased)] = self._rows("SELECT seq, moment, erased FROM {p}head")
        return Head(sequence, at, erased)

    def opens(self, sequence: int, platform: str, body: bytes) -> bool:
        """Tell whether the digest at a place commits to this body; False for ever once it was emptied."""
        found = self._rows(
            "SELECT salt, digest FROM {p}event WHERE seq = %s AND platform = %s", sequence, platform
        )
        return any(
            salt is not None and commits(bytes(salt), bytes(digest), platform, body) for salt, digest in found
        )

    def erase(
        self,
        concerns: Callable[[str, bytes], bool],
        some: int = 10_000,
        first: "Callable[[Sequence[Stored]], None]" = lambda gone: None,
    ) -> int:
        """Empty every event that concerns somebody who is forgotten; return how many. May be repeated.

        `concerns` is asked for each platform and body. Snapshots go, because they were made from these events too. Of
        the history nothing is asked here: whoever has its files looks there (`erase_places`). `first` is told of events
        before they are emptied.
        """
        after, emptied = 0, 0
        while events := self._here(after, some):
            gone = [each for each in events if each.body and concerns(each.platform, each.body)]
            if gone:
                first(gone)
            emptied += self._erase(gone)
            after = events[-1].sequence
        self._leave_nothing_behind(emptied)
        return emptied

    def places(self, concerns: Callable[[str, bytes], bool], some: int = 10_000) -> list[int]:
        """Return the places of those events in the log itself, not its history, about which `concerns` says yes."""
        after, found = 0, list[int]()
        while events := self._here(after, some):
            found += [each.sequence for each in events if each.body and concerns(each.platform, each.body)]
            after = events[-1].sequence
        return found

    def owe(self, what: str) -> None:
        """Leave a mark that old rows of a table wait to be overwritten, where the database keeps any."""
        with self._changing() as run:
            event_due.note(run, what)

    def of_places(self, sequences: Collection[int]) -> list[Stored]:
        """Return the events of some places, in order, those of the history too."""
        sql = f"SELECT {_COLUMNS} FROM {{p}}event WHERE seq IN ({{marks}}) ORDER BY seq"  # noqa: S608  our own names
        some = _by(MOST_NAMED, sorted(sequences))
        return self._filled([_stored(row) for each in some for row in self._rows(_marked(sql, each), *each)])

    def erase_places(self, sequences: Collection[int]) -> int:
        """Empty the events of some places, wherever they are kept, and return how many were not empty before."""
        sql = f"SELECT {_COLUMNS} FROM {{p}}event WHERE salt IS NOT NULL AND seq IN ({{marks}})"  # noqa: S608
        wanted, emptied = sorted(sequences), 0
        for some in _by(MOST_NAMED, wanted):
            emptied += self._erase([_stored(row) for row in self._rows(_marked(sql, some), *some)])
        self._leave_nothing_behind(emptied)
        if wanted and self.shelf is not None:
            self.shelf.drop(wanted)
        return emptied

    def hours_due(self) -> float | None:
        """Return for how many hours old versions of emptied rows wait to be overwritten; None when none do."""
        with self._connected() as connection:
            return event_due.hours_due(Run(connection))

    def scrub(self, *, if_small: bool = False) -> bool:
        """Overwrite old versions of emptied rows where the database keeps them; return whether any were.

        Nobody takes or reads events meanwhile. Raises: StoreBusy when somebody still reads what was there before.
        """
        with self._connected() as connection:
            run = Run(connection)
            if event_due.hours_due(run) is None or (if_small and not event_due.is_small(run)):
                return False
            return event_due.scrub(run)

    def shrink(self, *, if_small: bool = False) -> int:
        """Give back the room of rows that were emptied, where a file keeps it; return how many bytes that was.

        The file is written once, and nobody takes events meanwhile. Raises: StoreBusy while somebody reads.
        """
        if self.database.path is None:
            return 0
        before = self._size()
        if if_small and before > event_due.SMALL // 2:
            return 0
        self._rows("VACUUM")
        self._rows("PRAGMA wal_checkpoint(TRUNCATE)")
        return max(0, before - self._size())

    def _size(self) -> int:
        [(pages,)], [(bytes_each,)] = self._rows("PRAGMA page_count"), self._rows("PRAGMA page_size")
        return int(pages) * int(bytes_each)

    def pieces(self, platform: str = "", low: int = 0, high: int | None = None) -> list[Piece]:
        """Return which files the history of a stretch of places consists of."""
        with self._connected() as connection:
            return event_pieces.pieces(Run(connection), platform, low, high)

    def left(self, platform: str) -> int:
        """Return up to which place a platform's events left the history, 0 where none did."""
        with self._connected() as connection:
            return event_pieces.left_of(Run(connection), platform)

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement that only reads, and return its rows; `{p}` stands before a table's name."""
        return self._rows(sql, *values)

    def changing(self) -> AbstractContextManager[Run]:
        """Open one transaction; nobody else writes meanwhile."""
        return self._changing()

    def pass_over(self, sequence: int, at: int, erased: int) -> int:
        """Go on behind a place up to which events are lost; return how many are. One empty row stands for them all.

        No place is given away twice: what was said of a lost event is said of no other. `erased` is the highest count
        of emptied events that anybody has seen; a higher one tells whoever judges to make the windows anew.
        """
        with self._changing() as run:
            [(newest, moment)] = run(_LOCK_HEAD[self.database.vendor])
            if newest >= sequence:
                return 0
            at = max(at, moment + 1)
            gap = (sequence, at, LOST, secrets.token_bytes(16), None, None, bytes(32), None, None)
            run("INSERT INTO {p}event VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", *gap)
            [(before,)] = run("SELECT erased FROM {p}head")
            run(
                "UPDATE {p}head SET seq = %s, moment = %s, erased = %s",
                sequence, at, max(before, erased) + 1,
            )  # fmt: skip
            run("DELETE FROM {p}snapshot")
        return int(sequence - newest)

    def keep_snapshot(self, sequence: int, registry: str, erased: int, digest: str, state: bytes) -> bool:
        """Keep the state of the windows at a place instead of the one before; False if somebody was forgotten since."""
        with self._changing() as run:
            [(now,)] = run("SELECT erased FROM {p}head")
            if now != erased:
                return False
            run("DELETE FROM {p}snapshot WHERE registry = %s", registry)
            sql = "INSERT INTO {p}snapshot (seq, registry, erased, digest, state) VALUES (%s, %s, %s, %s, %s)"
            run(sql, sequence, registry, erased, digest, state)
        return True

    def snapshot(self, registry: str) -> tuple[int, str, bytes] | None:
        """Return sequence, digest and state of the snapshot of these counters, if there is one."""
        sql = "SELECT seq, digest, state FROM {p}snapshot WHERE registry = %s ORDER BY seq DESC LIMIT 1"
        found = self._rows(sql, registry)
        return (found[0][0], found[0][1], bytes(found[0][2])) if found else None

    def imported(self, name: str) -> tuple[int, int]:
        """Return up to which byte and line something was imported."""
        found = self._rows("SELECT place, line FROM {p}import WHERE name = %s", name)
        return tuple(found[0]) if found else (0, 0)

    def note_import(self, name: str, place: int, line: int) -> None:
        """Keep up to which byte and line something was imported."""
        with self._changing() as run:
            run(
                "INSERT INTO {p}import (name, place, line) VALUES (%s, %s, %s) "
                "ON CONFLICT (name) DO UPDATE SET place = excluded.place, line = excluded.line",
                name, place, line,
            )  # fmt: skip

    def close(self) -> None:
        """Close this thread's connection; the next use opens another."""
        self.database.close()

    # --- inside ---

    def _write(self, line: Sequence[tuple[Offered, datetime]]) -> list[Place]:
        """Write for all who stand in line, in one transaction."""
        names = [self._name(each) for each, _ in line]
        with self._changing() as run:
            [(sequence, at)] = run(_LOCK_HEAD[self.database.vendor])
            clock = _clock(max(now for _, now in line), at)
            known, asked = self._known(run, names), list[tuple[int, int]]()
            rows, places, salts = list[tuple[Any, ...]](), list[Place](), secrets.token_bytes(16 * len(line))
            for number, ((each, _), name) in enumerate(zip(line, names, strict=True)):
                if (there := known.get(name)) is not None:
                    places.append(_again(there, each))
                    continue
                sequence, at = sequence + 1, max(at + 1, clock)
                salt = salts[16 * number : 16 * number + 16]
                commit = _commit(salt, each.platform, each.body)
                kept = (salt, commit, each.body, each.sealed)
                rows.append((sequence, at, each.platform, name, each.happened_at, *kept))
                known[name] = (sequence, at, salt, commit)
                places.append(Place(Fate.NEW, sequence, at))
                if each.until is not None:
                    asked.append((sequence, each.until))
            if asked:
                run.many("INSERT INTO {p}asked VALUES (%s, %s)", asked)
            if rows:
                run.many("INSERT INTO {p}event VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", rows)
                run("UPDATE {p}head SET seq = %s, moment = %s", sequence, at)
        self.commits += 1
        return places

    def _name(self, each: Offered) -> bytes:
        return hmac.digest(self.key, f"{each.platform}\x00{each.id}".encode(), "sha256")[:16]

    def _known(self, run: Run, names: Sequence[bytes]) -> dict[bytes, tuple[int, int, bytes | None, bytes]]:
        found = dict[bytes, tuple[int, int, bytes | None, bytes]]()
        sql = "SELECT name, seq, moment, salt, digest FROM {p}event WHERE name IN ({marks})"
        for start in range(0, len(names), MOST_NAMED):
            some = names[start : start + MOST_NAMED]
            for name, seq, moment, salt, digest in run(_marked(sql, some), *some):
                found[bytes(name)] = seq, moment, _bytes(salt), bytes(digest)
        return found

    def _erase(self, gone: Sequence[Stored]) -> int:
        """Empty some events, after they stand in the list of erasures."""
        if self.erasures is not None and gone:
            # The list first: what stands in it and was not emptied yet is emptied at the next start.
            self.erasures.add((each.sequence, each.commitment) for each in gone)
        return self._empty([each.sequence for each in gone])

    def _empty(self, sequences: Sequence[int]) -> int:
        """Empty the rows of some places; return how many were not empty before."""
        if not sequences:
            return 0
        with self._changing() as run:
            held = [
                seq for some in _by(MOST_NAMED, sequences) for (seq,) in run(_marked(_NOT_EMPTY, some), *some)
            ]
            if not held:
                return 0
            sql = (
                "UPDATE {p}event SET body = NULL, salt = NULL, happened = NULL, sealed = NULL WHERE seq = %s"
            )
            run.many(sql, [(each,) for each in held])
            run("UPDATE {p}head SET erased = erased + %s", len(held))
            run("DELETE FROM {p}snapshot")
            event_due.note(run)
        return len(held)

    def _here(self, after: int, most: int) -> list[Stored]:
        """Return the events after a place as they stand in the log itself."""
        sql = f"SELECT {_COLUMNS} FROM {{p}}event WHERE seq > %s ORDER BY seq LIMIT %s"  # noqa: S608  our own names
        return [_stored(row) for row in self._rows(sql, after, most)]

    def _filled(self, events: list[Stored]) -> list[Stored]:
        """Return events with what the history says of those that were moved there."""
        wanted = dict[str, list[int]]()
        for each in events:
            if each.moved:
                wanted.setdefault(each.platform, []).append(each.sequence)
        if not wanted or self.shelf is None:
            return events
        found = self.shelf.find(wanted)
        return [_with(each, found[each.sequence]) if each.sequence in found else each for each in events]

    def _replay(self) -> int:
        """Empty again what an older copy brought back; return how many events."""
        if self.erasures is None:
            return 0
        named, upto = self.erasures.since(self.imported(ERASURES)[0])
        if not named:
            return 0
        emptied = 0
        sql = "SELECT seq, digest FROM {p}event WHERE seq IN ({marks})"
        for start in range(0, len(named), MOST_NAMED):
            some = named[start : start + MOST_NAMED]
            there = self._rows(_marked(sql, some), *(sequence for sequence, _ in some))
            known = [seq for seq, digest in there if (seq, bytes(digest)) in set(some)]
            emptied += self._empty(known)
            if known and self.shelf is not None:
                self.shelf.drop(known)  # also what an interrupted forgetting left in a file
        self._leave_nothing_behind(emptied)
        self.note_import(ERASURES, upto, 0)
        return emptied

    def _leave_nothing_behind(self, emptied: int) -> None:
        if emptied and self.database.path is not None:
            # Without this the old pages would stand in the write-ahead log until somebody else writes.
            self._rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._connected() as connection:
            return Run(connection)(sql, *values)

    @contextmanager
    def _changing(self) -> Iterator[Run]:
        alias = self.database.alias
        with (
            self._line.turn(),
            self._connected() as connection,
            transaction.atomic(using=alias, durable=True),
        ):
            yield Run(connection)

    @contextmanager
    def _connected(self) -> Iterator[BaseDatabaseWrapper]:
        with self._line.turn() if self.database.in_memory else nullcontext(), told_as_ours():
            yield self.database.connection()


def _clock(now: datetime, at: int) -> int:
    """Return the clock's microseconds. Raises: ClockBehind when it lies far behind the newest event."""
    clock = (now - _EPOCH) // timedelta(microseconds=1)
    if at - clock > MOST_BEHIND // timedelta(microseconds=1):
        raise ClockBehind(
            "the newest event is more than an hour ahead of the clock",
            "Correct the machine's clock: windows are counted by it. Until then no event is taken.",
        )
    return clock


def _by(most: int, values: Sequence[Any]) -> list[Sequence[Any]]:
    return [values[start : start + most] for start in range(0, len(values), most)]


def _marked(sql: str, values: Collection[Any]) -> str:
    return sql.replace("{marks}", ", ".join(["%s"] * len(values)))


def _stored(row: tuple[Any, ...]) -> Stored:
    sequence, at, platform, body, sealed, commitment, salted = row
    if body is None:
        return Stored(sequence, at, platform, None, _bytes(sealed), bytes(commitment), bool(salted))
    return Stored(sequence, at, platform, bytes(body), _bytes(sealed), bytes(commitment))


def _with(event: Stored, found: Found) -> Stored:
    return event._replace(body=found.body, sealed=found.sealed, gone=found.gone, why=found.why)


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


def _again(there: tuple[int, int, bytes | None, bytes], each: Offered) -> Place:
    """Return what becomes of an event whose id is known."""
    sequence, at, salt, digest = there
    if salt is None:
        return Place(Fate.FORGOTTEN, sequence, at)
    same = hmac.compare_digest(digest, _commit(salt, each.platform, each.body))
    return Place(Fate.KNOWN if same else Fate.DIFFERS, sequence, at)


def commits(salt: bytes, digest: bytes, platform: str, body: bytes) -> bool:
    """Tell whether a digest commits to a body with a salt."""
    return hmac.compare_digest(digest, _commit(salt, platform, body))


def _commit(salt: bytes, platform: str, body: bytes) -> bytes:
    return hashlib.sha256(b"showcause event 1\x00%b%b\x00%b" % (salt, platform.encode(), body)).digest()
