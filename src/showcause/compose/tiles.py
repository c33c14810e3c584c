"""The public log over HTTP: a child process that reads files and nothing else, so that no visitor slows the worker."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

FOLDER = "SHOWCAUSE_TILES_FOLDER"
PLACE = "SHOWCAUSE_TILES_PLACE"
SECONDS_TO_END = 10


@contextmanager
def tiles_served(folder: Path, host: str, port: int) -> Iterator[None]:
    """Serve a folder while the block runs. The child also ends when this process dies without a word."""
    sources = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (sources, os.environ.get("PYTHONPATH", ""))))
    environment = os.environ | {FOLDER: str(folder.absolute()), PLACE: f"{host} {port}", "PYTHONPATH": path}
    child = subprocess.Popen(
        [sys.executable, "-c", "from showcause.compose.tiles import run; run()"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield
    finally:
        _end(child)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End the child and its workers, which are one group; after some seconds without being asked."""
    child.terminate()
    try:
        child.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def run() -> None:
    """Serve until told to end, or until the parent's end of the pipe closes."""
    from granian.constants import Interfaces
    from granian.server import Server

    host, port = os.environ[PLACE].split()
    threading.Thread(target=_watch_parent, daemon=True).start()
    Server(
        "showcause.compose.tiles:application", address=host, port=int(port), interface=Interfaces.WSGI,
        factory=True, log_access=False, workers=1,
    ).serve()  # fmt: skip


def application() -> "WSGIApplication":
    """Return the application over the folder that the environment names."""
    from showcause.web.tiles import serving

    return serving(Path(os.environ[FOLDER]))


def _watch_parent() -> None:
    os.read(0, 1)  # not sys.stdin: a forked worker would wait for its lock for ever
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_END)
    os.killpg(0, signal.SIGKILL)
