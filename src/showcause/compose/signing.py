"""Where the log is signed: in a process of its own, which alone reads the key.

A service has two shapes. Without the setting `signer-socket` each process that signs starts the signer as its child and
ends it with itself: one command is enough for a small site. With it, `showcause signer` runs beside, under a user of
its own, and this user cannot read the key at all.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from showcause.casework.ports import KeyRing, Signer

if TYPE_CHECKING:
    from showcause.casework.ports import Clock
    from showcause.gateways.signer import FileSigner
    from showcause.gateways.signer_client import SignerClient
    from showcause.home import Home
    from showcause.settings import Settings

SECONDS_TO_END = 10
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR")
"""What the child knows of this process' environment: no address of a database and no password."""


class Taken(Signer, KeyRing, Protocol):
    """A signer that this process has the turn of."""

    def learn(self, note: str) -> bool:
        """Remember a head that its key signed; tell whether it was news."""

    def close(self) -> None:
        """Give the turn back."""


Signing = Callable[["Home", "Settings", "Clock"], Taken]
"""How a site gets its signer."""


def in_a_process_of_its_own(home: "Home", settings: "Settings", clock: "Clock") -> "SignerClient":
    """Take the turn of the signer that the settings name, or of a child; its clock is the machine's.

    Raises: SignerTaken; Misconfigured; SignerEnded.
    """
    from showcause.gateways.signer_client import SignerClient, connect

    if settings.signer_socket:
        return SignerClient(connect(home.path / settings.signer_socket))
    ours, theirs = socket.socketpair()
    with theirs:
        child = _start(theirs, home.log_key, home.state, settings.origin)
    return SignerClient(ours, lambda: _end(child))


def in_this_process(home: "Home", settings: "Settings", clock: "Clock") -> "FileSigner":
    """Open the key here, for a story or a test whose clock is not the machine's."""
    from showcause.gateways.signer import FileSigner

    return FileSigner(home.log_key, home.state, settings.origin, clock)


def _start(theirs: socket.socket, key: Path, state: Path, origin: str) -> "subprocess.Popen[bytes]":
    sources = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (sources, os.environ.get("PYTHONPATH", ""))))
    known = {name: os.environ[name] for name in KEPT if name in os.environ}
    program = "from showcause.gateways.signer_process import child; child()"
    return subprocess.Popen(
        [sys.executable, "-c", program, str(key), str(state), origin],
        stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=known | {"PYTHONPATH": path}, start_new_session=True,
    )  # fmt: skip


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Wait for the child, whose socket is closed; one that does not end by itself is ended."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(SECONDS_TO_END)
        return
    child.kill()
    child.wait()


@contextmanager
def signer_served(folder: Path, path: Path, clock: "Clock") -> Iterator[Callable[[Callable[[], bool]], None]]:
    """Open the key `log.key` and the memory `state.json` of a folder and listen at a socket while the block runs.

    The block is given what answers until it is told to end. Raises: Misconfigured; SignerTaken.
    """
    from showcause.gateways.signer import FileSigner, read_key
    from showcause.gateways.signer_process import SignerService

    key, state = folder / "log.key", folder / "state.json"
    with FileSigner(key, state, read_key(key).name, clock) as signer:
        service = SignerService(signer, path)
        try:
            yield service.serve
        finally:
            service.close()
