"""The service of a site as real processes, with somebody who visits its pages."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.house import House
from tests.cli.test_processes import ENVIRONMENT
from tests.services.processes import PATIENCE, free_port, until

PASSWORD = "pelican under seven lamps"


@dataclass
class Service:
    """A service at work, with what it wrote."""

    process: "subprocess.Popen[bytes]"
    port: int
    written: Path

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Ask for a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def answers(self) -> bool:
        """Tell whether anybody answers at the port."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def children(self) -> list[int]:
        """Return the processes below the service, theirs included."""
        return _below(self.process.pid)

    def pages(self) -> list[int]:
        """Return those of them that answer visitors."""
        return [
            pid for pid in self.children() if b"compose.pages" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]

    def signer(self) -> int:
        """Return the one that signs."""
        [found] = [
            pid for pid in self.children() if b"signer_process" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        return found


def _below(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent and fields[0] != "Z":
                child = int(status.parent.name)
                found += [child, *_below(child)]
    return found


@contextlib.contextmanager
def service(house: House, tmp_path: Path) -> Iterator[Service]:
    """Run the service of a house until the block ends."""
    port, written = free_port(), tmp_path / "written"
    command = [sys.executable, "-m", "showcause", "--home", str(house.home), "serve"]
    with written.open("ab") as sink:
        process = subprocess.Popen(
            [*command, "--listen", f"127.0.0.1:{port}"], env=ENVIRONMENT, stdout=sink, stderr=sink
        )
    running = Service(process, port, written)
    try:
        until(lambda: running.answers() or process.poll() is not None)
        yield running
    finally:
        below = running.children()
        process.kill()
        process.wait()
        for pid in below:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        """Follow nowhere: tests look at where they are sent."""


@dataclass
class Visitor:
    """Somebody with a browser's memory and nothing else."""

    opener: urllib.request.OpenerDirector = field(
        default_factory=lambda: urllib.request.build_opener(urllib.request.HTTPCookieProcessor(), Stay)
    )

    def see(self, address: str, **form: str) -> tuple[int, str, str]:
        """Open a page, or fill in its form and send it; return the status, where it leads, and the text."""
        if form:
            _, _, page = self.see(address)
            found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
            assert found, page
            form["csrfmiddlewaretoken"] = found[1]
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            with self.opener.open(address, data, timeout=PATIENCE) as answer:
                return answer.status, "", answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("Location", ""), error.read().decode()
