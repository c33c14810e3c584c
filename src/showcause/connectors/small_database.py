"""One small SQLite file that survives `kill -9`: full flushes, one writer at a time, never carried across a fork."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, Final

from showcause.domain.errors import StoreBusy, StoreFull

PATIENCE: Final = 10
"""How many seconds one who writes waits for another."""
LOOK_AGAIN: Final = 0.01


class SmallDatabase:
    """A file with a schema, opened when first used. Safe between threads and between processes."""

    def __init__(self, path: Path | str, schema: str) -> None:
        self._path, self._schema, self._lock = str(path), schema, RLock()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Hold the write lock for some statements; on leaving they are on the disk, or none of them is.

        Raises: StoreBusy, StoreFull.
        """
        with self._lock, _mapped():
            db = self._open()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def run(self, sql: str, *values: object) -> sqlite3.Cursor:
        """Run one statement, in the transaction that is open or in its own. Raises: StoreBusy, StoreFull."""
        with self._lock, _mapped():
            return self._open().execute(sql, values)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return all rows of a query. Raises: StoreBusy."""
        with self._lock, _mapped():
            return self._open().execute(sql, values).fetchall()

    def settle(self) -> None:
        """Write everything into the file itself, so that nothing overwritten lies on beside it.

        Where another process is reading meanwhile, that happens later. Raises: StoreBusy, StoreFull.
        """
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None and self._pid == os.getpid():
                self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._pid != os.getpid():
            db = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
            _keep_a_log(db)
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA secure_delete = ON")
            db.executescript(self._schema)
            self._connection, self._pid = db, os.getpid()
        return self._connection


def _keep_a_log(db: sqlite3.Connection) -> None:
    """Switch to WAL. SQLite itself does not wait for another who switches a new file at the same moment."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(LOOK_AGAIN)


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
            raise StoreFull("the connector's own file cannot grow") from error
        raise StoreBusy("the connector's own file is locked or not reachable") from error
