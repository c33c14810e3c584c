"""Writing together: those who come while one writes are written for by the next, with one flush for all of them.

There is no timer: a writer who comes alone writes at once. Each gets only its own answers, in the order of its own
items, as soon as they are written; when the write fails, all who were in it are told so.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from showcause.domain.errors import StoreBusy

Item = TypeVar("Item")
Answer = TypeVar("Answer")
PATIENCE: Final = 20.0
"""Seconds to wait for whoever writes, as long as SQLite itself waits."""


@dataclass(slots=True)
class _Ticket(Generic[Item, Answer]):
    items: Sequence[Item]
    answers: list[Answer] | None = None
    error: Exception | None = None

    @property
    def open(self) -> bool:
        return self.answers is None and self.error is None


class Line(Generic[Item, Answer]):
    """Those of one process who want to write. `write` takes at most about `most` items and answers each."""

    def __init__(
        self, write: Callable[[Sequence[Item]], list[Answer]], most: int, patience: float = PATIENCE
    ) -> None:
        self._write, self._most, self._patience = write, most, patience
        self._begin()

    def _begin(self) -> None:
        self._waiting: list[_Ticket[Item, Answer]] = []
        self._changed, self._pid = threading.Condition(), os.getpid()
        self._writer, self._depth = 0, 0

    def through(self, items: Sequence[Item]) -> list[Answer]:
        """Return the answers to some items once they are written.

        Raises: StoreBusy when nobody could write for too long; what `write` raises. Then none of them is written.
        """
        self._after_fork()
        mine = _Ticket[Item, Answer](items)
        with self._changed:
            self._waiting.append(mine)
        try:
            while mine.open:
                with self.turn(unless=mine):
                    if mine.open:
                        self._serve(self._next())
        finally:
            with self._changed:
                self._waiting = [each for each in self._waiting if each is not mine]
        if mine.error is not None:
            raise mine.error
        return mine.answers or []

    @contextmanager
    def turn(self, unless: _Ticket[Item, Answer] | None = None) -> Iterator[None]:
        """Keep everybody else from writing, once nobody writes, or not at all if the ticket is served before.

        Raises: StoreBusy.
        """
        self._after_fork()
        mine = self._take_turn(unless)
        try:
            yield
        finally:
            if mine:
                self._end_turn()

    def _take_turn(self, unless: _Ticket[Item, Answer] | None) -> bool:
        me, end = threading.get_ident(), time.monotonic() + self._patience
        with self._changed:
            while self._writer not in (0, me):
                if unless is not None and not unless.open:
                    return False
                if not self._changed.wait(end - time.monotonic()):
                    raise StoreBusy("the event log is locked by another writer")
            self._writer, self._depth = me, self._depth + 1
            return True

    def _end_turn(self) -> None:
        with self._changed:
            self._depth -= 1
            if not self._depth:
                self._writer = 0
                self._changed.notify_all()

    def _next(self) -> list[_Ticket[Item, Answer]]:
        """Take from the line those who are written for together, at least the first."""
        with self._changed:
            taken, count = list[_Ticket[Item, Answer]](), 0
            while self._waiting and (not taken or count + len(self._waiting[0].items) <= self._most):
                taken.append(self._waiting.pop(0))
                count += len(taken[-1].items)
            return taken

    def _serve(self, tickets: Sequence[_Ticket[Item, Answer]]) -> None:
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

    def _after_fork(self) -> None:
        if self._pid != os.getpid():
            # Threads of the parent may have held the locks when this child was forked off.
            self._begin()
