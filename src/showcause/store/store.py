"""An opened store: one database, the keys that belong to it, and the ways in."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import Error, connections, transaction

from showcause.store.database import Database
from showcause.store.failures import lost_connection, told_as_ours
from showcause.store.jobs import Jobs
from showcause.store.keys import KeyStore
from showcause.store.turns import Turns
from showcause.store.tx import Tx
from showcause.store.view import View

if TYPE_CHECKING:
    from showcause.store.queries import Queries


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Store:
    """One database and its keys. Threads share it; each has a connection of its own, except to a database in memory,
    where they take turns."""

    database: Database
    keys: KeyStore
    clock: Callable[[], datetime] = _utc_now
    _turn: threading.RLock = field(default_factory=threading.RLock)
    _reading: threading.local = field(default_factory=threading.local)
    _writing: Turns = field(default_factory=Turns)

    @property
    def url(self) -> str:
        """Return the address that the store was opened with."""
        return self.database.url

    @property
    def jobs(self) -> Jobs:
        """Return what a worker needs to take and close jobs."""
        return Jobs(self)

    @property
    def queries(self) -> "Queries":
        """Return the read models for pages and the command line."""
        from showcause.store.queries import Queries

        return Queries(self)

    @contextmanager
    def transaction(self, now: datetime | None = None) -> Iterator[Tx]:
        """Open a writing transaction; commit at the end of the block, roll back when it raises.

        `now` is the use case's one reading of the clock and stands in every journal line; None reads it here.

        Raises: StoreBusy, StoreFull, Stale, AlreadyExists, and what the block raises. Transactions do not nest.
        """
        alias, one_writer = self.database.alias, self.database.vendor == "sqlite"
        with (
            self._connected(),
            self._writing if one_writer and not connections[alias].in_atomic_block else _NO_TURN,
            told_as_ours(),
            transaction.atomic(using=alias, durable=True),
        ):
            yield Tx(alias, self.keys, now or self.clock())

    @contextmanager
    def read(self, now: datetime | None = None) -> Iterator[View]:
        """Open a view of one moment of the database, without keeping writers out."""
        with self._connected(), told_as_ours():
            connection = connections[self.database.alias]
            view = View(self.database.alias, self.keys, now or self.clock())
            if connection.in_atomic_block or getattr(self._reading, "now", False):
                yield view
                return
            with connection.cursor() as cursor:
                # Not atomic(): on SQLite that would take the write lock.
                cursor.execute(_BEGIN_READING[self.database.vendor])
            self._reading.now = True
            try:
                yield view
            finally:
                self._reading.now = False
                if connection.connection is not None:
                    with connection.cursor() as cursor:
                        cursor.execute("ROLLBACK")

    def close(self) -> None:
        """Close this thread's connection; the next use opens another."""
        self.database.close()

    @contextmanager
    def _connected(self) -> Iterator[None]:
        with self._turn if self.database.in_memory else _NO_TURN:
            connection = self.database.connection()
            try:
                yield
            except Exception as error:
                if _connection_is_gone(error):
                    connection.close()
                raise


_NO_TURN = nullcontext()
_BEGIN_READING = {
    "sqlite": "BEGIN DEFERRED",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}


def _connection_is_gone(error: BaseException) -> bool:
    cause = error.__cause__
    return isinstance(cause, Error) and lost_connection(cause)
