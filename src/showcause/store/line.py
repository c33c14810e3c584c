"""Writing together: those who come while one writes are written for by the next, with one flush for all of them.

There is no timer: a writer who comes alone writes at once. Each gets only its own answers, in the order of its own
items; when the write fails, all who were in it are told so.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from showcause.domain.errors import StoreBusy

I = TypeVar("I")  # noqa: E741  # an item to be written
A = TypeVar("A")
PATIENCE: Final = 20.0
"""Seconds to wait for whoever writes, as long as SQLite itself waits."""


@dataclass(slots=True)
class _Ticket(Generic[I, A]):
    items: Sequence[I]
    answers: list[A] | None = None
    error: Exception | None = None

    @property
    def open(self) -> bool:
        return self.answers is None and self.error is None


class Line(Generic[I, A]):
    """Those of one process who want to write. `write` takes at most about `most` items and answers each."""

    def __init__(self, write: Callable[[Sequence[I]], list[A]], most: int) -> None:
        self._write, self._most = write, most
        self._begin()

    def _begin(self) -> None:
        self._waiting: list[_Ticket[I, A]] = []
        self._list, self._turn, self._pid = threading.Lock(), threading.RLock(), os.getpid()

    def through(self, items: Sequence[I]) -> list[A]:
        """Return the answers to some items once they are written.

        Raises: StoreBusy when nobody could write for too long; what `write` raises. Then none of them is written.
        """
        self._after_fork()
        mine = _Ticket[I, A](items)
        with self._list:
            self._waiting.append(mine)
        try:
            with self.turn():
                while mine.open:
                    self._serve(self._next())
        finally:
            self._leave(mine)
        if mine.error is not None:
            raise mine.error
        return mine.answers or []

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold everybody else's writing up. Raises: StoreBusy."""
        self._after_fork()
        if not self._turn.acquire(timeout=PATIENCE):
            raise StoreBusy("the event log is locked by another writer")
        try:
            yield
        finally:
            self._turn.release()

    def _next(self) -> list[_Ticket[I, A]]:
        """Take from the line those who are written for together, at least the first."""
        with self._list:
            taken, count = list[_Ticket[I, A]](), 0
            while self._waiting and (not taken or count + len(self._waiting[0].items) <= self._most):
                taken.append(self._waiting.pop(0))
                count += len(taken[-1].items)
            return taken

    def _serve(self, tickets: Sequence[_Ticket[I, A]]) -> None:
        try:
            answers = iter(self._write([item for each in tickets for item in each.items]))
        except BaseException as error:
            for each in tickets:
                each.error = error if isinstance(error, Exception) else StoreBusy("whoever wrote was ended")
            if not isinstance(error, Exception):
                raise
        else:
            for each in tickets:
                each.answers = [next(answers) for _ in each.items]

    def _leave(self, mine: _Ticket[I, A]) -> None:
        with self._list:
            self._waiting = [each for each in self._waiting if each is not mine]

    def _after_fork(self) -> None:
        if self._pid != os.getpid():
            # Threads of the parent may have held the locks when this child was forked off.
            self._begin()
