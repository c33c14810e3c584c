"""Taking turns within one process: SQLite has one writer, and whoever polls for its lock is served last.

A thread waits here for the thread before it and begins at once; only other processes are left to the polling of SQLite
itself. It holds no promise beyond that: who may write is the database's own decision.
"""

import os
import threading
from types import TracebackType
from typing import Final

from showcause.domain.errors import StoreBusy

PATIENCE: Final = 20.0
"""Seconds to wait for the thread before, as long as SQLite itself waits."""


class Turns:
    """One writer at a time among the threads of a process; a forked child begins with nobody in line."""

    def __init__(self) -> None:
        self._lock, self._pid = threading.Lock(), os.getpid()

    def __enter__(self) -> None:
        if self._pid != os.getpid():
            self._lock, self._pid = threading.Lock(), os.getpid()
        if not self._lock.acquire(timeout=PATIENCE):
            raise StoreBusy("the database is locked by another writer")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pid == os.getpid():
            self._lock.release()
