"""Processes of our own: forked from this one, which has everything imported and holds nothing open."""

import os
import pickle
import signal
import traceback
import warnings
from collections.abc import Callable
from typing import TypeVar

R = TypeVar("R")


def fork() -> int:
    """Fork. Newer Pythons warn of other threads; those of a test runner only wait."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def in_child(act: Callable[[], R]) -> R:
    """Do something in a process of its own and return what it returned. Raises: AssertionError with its traceback."""
    reading, writing = os.pipe()
    child = fork()
    if child == 0:
        os.close(reading)
        os._exit(_answer(act, writing))
    os.close(writing)
    answer = drained(reading)
    _, status = os.waitpid(child, 0)
    assert answer, f"the process ended without an answer, status {status}"
    good, result = pickle.loads(answer)
    assert good, f"in a process of its own:\n{result}"
    return result  # type: ignore[no-any-return]


def in_victim(act: Callable[[int], object], kill: Callable[[int, int], None]) -> tuple[bool, list[bytes]]:
    """Let a process act until `kill` (pid, its pipe) or its own fuse ends it; return whether, and the lines it told."""
    reading, writing = os.pipe()
    victim = fork()
    if victim == 0:
        os.close(reading)
        os._exit(_live(act, writing))
    os.close(writing)
    try:
        kill(victim, reading)
    except BaseException:
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        raise
    told = drained(reading)
    _, status = os.waitpid(victim, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert killed or status == 0, told.decode(errors="replace")
    return killed, told.splitlines()


def drained(reading: int) -> bytes:
    """Read a pipe to its end, and close it."""
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read()


def _answer(act: Callable[[], object], writing: int) -> int:
    try:
        answer = pickle.dumps((True, act()))
    except BaseException:  # noqa: BLE001 - told to the parent, who raises it
        answer = pickle.dumps((False, traceback.format_exc()))
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(answer)
    return 0


def _live(act: Callable[[int], object], writing: int) -> int:
    try:
        act(writing)
    except BaseException:  # noqa: BLE001 - told to the parent, who raises it
        os.write(writing, traceback.format_exc().encode())
        return 1
    return 0
