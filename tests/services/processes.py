"""Starting and stopping one server process of a test, so that none outlives the test run."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

POLL_SECONDS = 0.02
PATIENCE = 120.0
"""Seconds that anything may take that should come to pass; only a test that fails waits for so long."""
_GIVEN: set[int] = set()


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


def until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to pass"
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
    """Return a port of the loopback interface that nobody listens on, and that nobody is given unasked.

    The kernel gives ports of its own range to whoever connects or does not care; such a port could be somebody else's
    before our server listens. The choice is no test's: a seed that is set would let all workers choose the same.
    """
    first_of_kernel = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = secrets.choice(range(10_000, max(first_of_kernel, 20_000)))
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in _GIVEN:
                _GIVEN.add(port)
                return port
