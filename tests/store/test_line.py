"""Writing together: one write for all who wait, each with its own answers, and nobody waits longer than needed."""

import threading
from collections.abc import Sequence

from showcause.domain.errors import StoreBusy
from showcause.store.line import Line
from tests.services.processes import PATIENCE


class Slow:
    """A write that lasts until it is let go, and remembers what it wrote together."""

    def __init__(self) -> None:
        self.written: list[list[int]] = []
        self.began, self.go = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.written.append(list(items))
        self.began.release()
        assert self.go.acquire(timeout=PATIENCE)
        if 13 in items:
            raise ValueError("unlucky")
        return [10 * each for each in items]


class Writer(threading.Thread):
    """A thread that wants to write some items."""

    def __init__(self, line: "Line[int, int]", *items: int) -> None:
        super().__init__(daemon=True)
        self.line, self.items = line, items
        self.answers: list[int] | None = None
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self.answers = self.line.through(self.items)
        except (ValueError, StoreBusy) as error:
            self.error = error


def waiting(line: "Line[int, int]", count: int) -> None:
    while len(line._waiting) < count:
        threading.Event().wait(0.001)


def test_those_who_come_meanwhile_are_written_together_and_each_gets_its_own() -> None:
    slow = Slow()
    line = Line[int, int](slow, 100)
    first = Writer(line, 1)
    assert slow.began.acquire(timeout=PATIENCE)
    others = [Writer(line, 10 * n, 10 * n + 1) for n in range(2, 6)]
    waiting(line, 4)
    slow.go.release(2)
    for each in (first, *others):
        each.join(PATIENCE)
        assert each.answers == [10 * item for item in each.items]
    assert [len(each) for each in slow.written] == [1, 8]


def test_who_was_written_for_does_not_wait_for_the_next_write() -> None:
    slow = Slow()
    line = Line[int, int](slow, 2)
    first = Writer(line, 1)
    assert slow.began.acquire(timeout=PATIENCE)
    pair = [Writer(line, 2)]
    waiting(line, 1)
    pair.append(Writer(line, 3))
    waiting(line, 2)
    late = Writer(line, 4)
    waiting(line, 3)
    slow.go.release()  # the first is done: two of the others are written together
    assert slow.began.acquire(timeout=PATIENCE)
    slow.go.release()  # they are done, and the late one is being written
    assert slow.began.acquire(timeout=PATIENCE)
    for each in (first, *pair):
        each.join(PATIENCE)
        assert each.answers is not None, "it is told at once"
    assert late.answers is None
    slow.go.release()
    late.join(PATIENCE)
    assert late.answers == [40]


def test_a_failed_write_is_told_to_all_who_were_in_it_and_to_no_other() -> None:
    slow = Slow()
    line = Line[int, int](slow, 100)
    first = Writer(line, 1)
    assert slow.began.acquire(timeout=PATIENCE)
    together = [Writer(line, 12), Writer(line, 13)]
    waiting(line, 2)
    slow.go.release(2)
    for each in (first, *together):
        each.join(PATIENCE)
    assert first.answers == [10]
    assert [type(each.error) for each in together] == [ValueError, ValueError]
    slow.go.release()
    assert line.through([5]) == [50]


def test_nobody_waits_for_ever() -> None:
    line = Line[int, int](list, 100, patience=0.05)
    with line.turn():
        stuck = Writer(line, 1)
        stuck.join(PATIENCE)
    assert isinstance(stuck.error, StoreBusy)
    assert line.through([2]) == [2], "and nothing of the one who gave up is written later"


def test_whoever_has_the_turn_may_take_it_again() -> None:
    line = Line[int, int](list, 100)
    with line.turn(), line.turn():
        assert line.through([1]) == [1]
