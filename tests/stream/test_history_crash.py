"""Killed between any two steps of moving and of forgetting, nothing is lost, nothing is doubled, nobody comes back."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from showcause.store.config import open_store
from showcause.store.event_tables import Run
from showcause.store.events import EventLog
from showcause.stream.forgetting import forget
from showcause.stream.history import History
from showcause.stream.intake import Intake
from showcause.stream.moving import Moving
from showcause.stream.opening import FOLDER, secret
from tests.databases import IN_MEMORY, MASTER, sqlite_template
from tests.stream.lines import DECLARED, NOW
from tests.stream.test_history import MALLORY, SCHEMA, said, take

LATER = NOW + timedelta(days=9)
EVENTS, A_FILE = 30, 20
OF_A_FILE = 14


class Fuse:
    """Kills its own process, as `kill -9` does, at the n-th point that is reached."""

    left = 0

    @classmethod
    def at(cls) -> None:
        cls.left -= 1
        if cls.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalLog(EventLog):
    """A log whose process dies before and after it commits."""

    @contextmanager
    def _changing(self) -> Iterator[Run]:
        with super()._changing() as run:
            yield run
            Fuse.at()
        Fuse.at()


class MortalHistory(History):
    """A history whose process dies before and after it gives a file its name, and before and after it removes one."""

    def put(self, part: Path, to: Path) -> None:
        Fuse.at()
        super().put(part, to)
        Fuse.at()

    def remove(self, path: Path) -> None:
        Fuse.at()
        super().remove(path)
        Fuse.at()


class MortalMoving(Moving):
    """Moving that dies once a file is written, and once it is compared."""

    def _written(self, *what: Any) -> Any:
        made = super()._written(*what)
        Fuse.at()
        return made

    def _compared(self, *what: Any) -> None:
        super()._compared(*what)
        Fuse.at()


@contextmanager
def opened(
    folder: Path, log: type[EventLog] = EventLog, history: type[History] = History
) -> Iterator[Intake]:
    """Open what lies in a folder as a fresh process would."""
    store = open_store(f"sqlite:///{folder / 'main.db'}", IN_MEMORY, MASTER)
    found = log.open(
        f"sqlite:///{folder / 'events.db'}", secret(store, "names"), folder / "events.erased",
        lambda made: history(made, folder / FOLDER, lambda: LATER),
    )  # fmt: skip
    try:
        yield Intake(store, found)
    finally:
        found.close()
        store.close()


def moving(intake: Intake, kind: type[Moving] = Moving) -> Moving:
    assert isinstance(intake.log.shelf, History)
    return kind(intake.log.shelf, A_FILE)


def move_all(intake: Intake, kind: type[Moving] = Moving) -> None:
    mover = moving(intake, kind)
    while mover.move("plaza", DECLARED, SCHEMA, LATER) is not None:
        pass


def killed(folder: Path, point: int, work: Callable[[Intake], object]) -> bool:
    """Do something in a process that dies at a point; tell whether it came so far."""
    child = os.fork()
    if child == 0:
        try:
            Fuse.left = point
            with opened(folder, MortalLog, MortalHistory) as intake:
                work(intake)
            os._exit(0)
        except BaseException:  # noqa: BLE001  # a forked child must never come back into the tests
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), f"at point {point} it ended with an error"
    return status != 0


def each_time(start: Path, folder: Path, work: Callable[[Intake], object]) -> Iterator[int]:
    """Kill at one point after the other, each time on a fresh copy; yield the number of each.

    What comes after the first file is more of the same: there some points are left out.
    """
    point = 1
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(start, folder)
        if not killed(folder, point, work):
            return
        yield point
        point += 1 if point < OF_A_FILE else 4


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """A folder with a database and a log of some events."""
    folder = tmp_path / "start"
    folder.mkdir()
    shutil.copyfile(sqlite_template(), folder / "main.db")
    with opened(folder) as intake:
        take(intake, EVENTS)
    return folder


def leftovers(intake: Intake, folder: Path) -> set[str]:
    """Return the files of the history that nobody names."""
    named = {each.file for each in intake.log.pieces()}
    here = folder / FOLDER
    return {
        str(path.relative_to(here)) for path in here.rglob("*") if path.suffix in (".parquet", ".part")
    } - named


@pytest.mark.crash
def test_whenever_moving_is_killed_every_event_reads_as_before_and_it_goes_on(
    start: Path, tmp_path: Path
) -> None:
    with opened(start) as intake:
        before = said(intake.log.read(0, 99))
    points = 0
    for points in each_time(start, tmp_path / "place", lambda intake: move_all(intake, MortalMoving)):
        with opened(tmp_path / "place") as intake:
            assert said(intake.log.read(0, 99)) == before, f"killed at point {points}"
            move_all(intake)
            assert said(intake.log.read(0, 99)) == before, f"killed at point {points}"
            pieces = intake.log.pieces()
            assert [(each.after, each.last, each.rows, each.emptied) for each in pieces] == [
                (0, A_FILE, A_FILE, True), (A_FILE, EVENTS, EVENTS - A_FILE, True)
            ]  # fmt: skip
            assert leftovers(intake, tmp_path / "place") == set()
            assert intake.log.ask("SELECT count(*) FROM {p}event WHERE body IS NOT NULL") == [(0,)]
    assert points > 20


@pytest.mark.crash
def test_whenever_forgetting_is_killed_it_is_ended_by_the_next_and_hits_nobody_twice(
    start: Path, tmp_path: Path
) -> None:
    with opened(start) as intake:
        move_all(intake)
    shutil.copytree(start, tmp_path / "whole")
    with opened(tmp_path / "whole") as intake:
        count = forget(intake, [MALLORY])
        after = said(intake.log.read(0, 99))
    assert 0 < count < EVENTS
    points = 0
    for points in each_time(start, tmp_path / "place", lambda intake: forget(intake, [MALLORY])):
        with opened(tmp_path / "place") as intake:
            forget(intake, [MALLORY])
            moving(intake).finish()
            assert said(intake.log.read(0, 99)) == after, f"killed at point {points}"
            assert intake.log.head().erased == count
            assert sum(each.rows for each in intake.log.pieces()) == EVENTS - count
            assert leftovers(intake, tmp_path / "place") == set()
    assert points > 10


@pytest.mark.crash
def test_a_killed_forgetting_is_ended_by_opening_the_log_alone(start: Path, tmp_path: Path) -> None:
    """Once somebody stands in the list of erasures, nobody has to remember that a forgetting was begun."""
    with opened(start) as intake:
        move_all(intake)
    assert killed(start, 1, lambda intake: forget(intake, [MALLORY])), (
        "the list is written, no row is empty yet"
    )
    with opened(start) as intake:
        assert intake.log.replayed
        rows = sum(each.rows for each in intake.log.pieces())
        assert rows == EVENTS - intake.log.replayed
        assert sum(each.body is not None for each in intake.log.read(0, 99)) == rows
        assert forget(intake, [MALLORY]) == 0
