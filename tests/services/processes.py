"""Starting and stopping one server process of a test, so that none outlives the test run."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

POLL_SECONDS = 0.02


class ServerDidNotStart(AssertionError):
    """The server ended or stayed silent; the message carries the end of its log."""


def start(
    command: Sequence[str | Path],
    log: Path,
    *,
    become: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server that writes to `log`, and that Linux interrupts should the test process be killed.

    `become` are options for setpriv(1), to drop root. The server never inherits a pipe of ours.
    """
    wrap: list[str] = []
    if setpriv := shutil.which("setpriv"):
        wrap = [setpriv, *become, "--pdeathsig", "INT", "--"]
    elif become:
        raise ServerDidNotStart(
            "setpriv (package util-linux) is needed to run this server as another user than root"
        )
    with log.open("ab") as sink:
        return _spawn([*wrap, *map(str, command)], sink, env)


def _spawn(command: list[str], sink: IO[bytes], env: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **(env or {})}
    return subprocess.Popen(
        command, cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
    )


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, *, seconds: float
) -> None:
    """Return once `ready()` is true.

    Raises: ServerDidNotStart when the process ends before that or `seconds` pass.
    """
    end = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            tail = log.read_text(errors="replace")[-3000:] if log.exists() else ""
            raise ServerDidNotStart(f"no answer from process {process.pid} (code {process.poll()}):\n{tail}")
        time.sleep(POLL_SECONDS)


def stop(process: subprocess.Popen[bytes], *, politely: int = signal.SIGTERM, seconds: float = 15) -> None:
    """Ask the process to end, and end it if it does not; return when it is gone."""
    if process.poll() is None:
        process.send_signal(politely)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    if process.poll() is None:
        process.kill()
    process.wait()


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
