"""An opened comment section: its database, its secrets, its settings, and how everything in this room reaches them."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from showcause.comments.tables import PREFIX
from showcause.comments.values import Author, Comment, Incoming, NotTaken, SectionSettings
from showcause.store.database import Database
from showcause.store.failures import told_as_ours
from showcause.store.line import Line

if TYPE_CHECKING:
    from showcause.comments.newcomers import Newcomer

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BEGIN_READING: Final = {
    "sqlite": "BEGIN DEFERRED",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}


def micros(moment: datetime) -> int:
    """Return a moment as the database has it: microseconds of UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(micros: int) -> datetime:
    """Return the moment that the database has as microseconds of UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def moment_or_none(micros: int | None) -> datetime | None:
    """Return the moment, if there is one."""
    return None if micros is None else moment(micros)


class Run:
    """Runs statements on one connection; `{p}` stands for what goes before a table's name."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.vendor, self._connection = str(connection.vendor), connection
        self._prefix = PREFIX[self.vendor]

    def __call__(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql.replace("{p}", self._prefix), values or None)
            return list(cursor.fetchall()) if cursor.description else []

    def many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run one statement for each row."""
        with self._connection.cursor() as cursor:
            cursor.executemany(sql.replace("{p}", self._prefix), rows)

    def lock_head(self) -> tuple[int, int]:
        """Return the last number of a comment and of a publication, and keep other writers away until the end.

        On PostgreSQL whoever holds this row is the one writer; on SQLite the transaction itself is.
        """
        lock = " FOR UPDATE" if self.vendor == "postgresql" else ""
        [(seq, shown)] = self(f"SELECT seq, shown FROM {{p}}head{lock}")
        return seq, shown


def marks(values: Collection[Any]) -> str:
    """Return as many marks for values as there are, for `IN (...)`."""
    return ", ".join(["%s"] * len(values))


@dataclass(slots=True)
class Section:
    """An opened section; threads share it. `key` makes cookies, forms and hashes of addresses: 32 bytes.

    `line` is where those stand who post, so that those who come together share one flush. `commits` counts them.
    """

    database: Database
    name: str
    key: bytes = field(repr=False)
    settings: SectionSettings = field(default_factory=SectionSettings)
    commits: int = 0
    _line: Line[Incoming, Comment | NotTaken] | None = None
    _newcomers: "Line[Newcomer, Author] | None" = None

    @property
    def line(self) -> Line[Incoming, Comment | NotTaken]:
        """Return the line of those who post."""
        assert self._line is not None, "a section is opened by open_section"  # noqa: S101
        return self._line

    @property
    def newcomers(self) -> "Line[Newcomer, Author]":
        """Return the line of those who write here the first time."""
        assert self._newcomers is not None, "a section is opened by open_section"  # noqa: S101
        return self._newcomers

    def line_up(self, line: Line[Incoming, Comment | NotTaken], newcomers: "Line[Newcomer, Author]") -> None:
        """Say where those stand who post, and who are new; done once, when the section is opened."""
        self._line, self._newcomers = line, newcomers

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one reading statement and return its rows. Raises: StoreBusy, StoreUnusable."""
        with self.connected() as connection:
            return Run(connection)(sql, *values)

    @contextmanager
    def reading(self) -> Iterator[Run]:
        """Run several reading statements that see the same state. Raises: StoreBusy, StoreUnusable."""
        with self.connected() as connection, _snapshot(connection):
            yield Run(connection)

    @contextmanager
    def changing(self) -> Iterator[Run]:
        """Run statements in one transaction that is on the disk at the end. Raises: StoreBusy, StoreFull."""
        with (
            self.line.turn(),
            self.connected() as connection,
            transaction.atomic(using=self.database.alias, durable=True),
        ):
            yield Run(connection)
        self.commits += 1

    @contextmanager
    def connected(self) -> Iterator[BaseDatabaseWrapper]:
        """Give this thread's connection; a driver's errors leave as ours."""
        with self.line.turn() if self.database.in_memory else nullcontext(), told_as_ours():
            yield self.database.connection()

    def close(self) -> None:
        """Close this thread's connection; the next use opens another."""
        self.database.close()


@contextmanager
def _snapshot(connection: BaseDatabaseWrapper) -> Iterator[None]:
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        # Not atomic(): on SQLite that would take the write lock.
        cursor.execute(_BEGIN_READING[connection.vendor])
    try:
        yield
    finally:
        if connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")
