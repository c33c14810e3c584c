"""More hands for work that needs nothing but what it is given: other processes, on the other cores of this machine.

A hand is started afresh and not forked: a fork would carry the database's connection along. It holds one part at a
time, gives it back, and ends when its parent does, however that ends: then its pipe is closed.
"""

import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")
MOST: Final = 4
"""More hands would wait for the one process that reads the rows and puts together what they found."""


def free_hands() -> int:
    """Return how many hands this machine has for one long piece of work; none where there is but one core."""
    cores = os.cpu_count() or 1
    return min(cores, MOST) if cores > 1 else 0


def spread(work: Callable[[T], R], parts: Iterable[T], hands: int) -> Iterator[R]:
    """Yield what `work`, a function of a module, makes of each part, in their order; as many are held as have hands.

    Without hands the caller's own process works.

    Raises: what the work raises; ChildProcessError when a hand was lost with its part.
    """
    if not hands:
        yield from map(work, parts)
        return
    idle, busy = deque(Hand() for _ in range(hands)), deque[Hand]()
    try:
        for part in parts:
            if not idle:
                idle.append(busy.popleft())
                yield idle[0].take()
            busy.append(idle.popleft())
            busy[-1].give(work, part)
        while busy:
            idle.append(busy.popleft())
            yield idle[-1].take()
    finally:
        for hand in (*idle, *busy):
            hand.end()


class Hand:
    """One process, and our end of its pipe."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def give(self, work: Callable[[T], R], part: T) -> None:
        """Let it work on a part."""
        with self._alive():
            self._pipe.send((work, part))

    def take(self) -> Any:
        """Return what it made of its part."""
        with self._alive():
            failure, made = self._pipe.recv()
        if failure is not None:
            raise failure
        return made

    def end(self) -> None:
        """Let it end; what it was working on is given up."""
        self._pipe.close()
        self._process.join()

    @contextmanager
    def _alive(self) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError):
            raise ChildProcessError(
                "a process that shared the work ended and took its part with it"
            ) from None


def _serve(pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the parent that is interrupted, and closes the pipe
    gc.disable()  # what a part leaves behind goes at once; to look for circles in it would cost a third of the time
    with suppress(OSError, EOFError):
        while True:
            work, part = pipe.recv()
            pipe.send(_done(work, part))


def _done(work: Callable[[T], R], part: T) -> tuple[Exception | None, R | None]:
    try:
        return None, work(part)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised again where the work was asked for
        return error, None
