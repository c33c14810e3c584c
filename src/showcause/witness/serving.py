"""The door of a witness and of a mirror: a small HTTP server over their memory and their copies.

    POST /add-checkpoint          the question of a log; see `cosigning`. Not of a mirror: it cosigns what it stored
    GET  /<hash of a log>/checkpoint    the largest tree that was cosigned
    GET  /<hash of a log>/tile/...      a mirror's copy
    GET  /, /<hash>/root, /<hash>/forks pages for people

It reads bounded bodies, waits bounded times, logs nothing of who asks, and answers nothing else.
"""

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from showcause.transparency.errors import Malformed
from showcause.transparency.tiles import parse_path
from showcause.witness import pages
from showcause.witness.asking import MOST_BYTES
from showcause.witness.cosigning import TEXT, Answer, Cosigner
from showcause.witness.mirroring import Mirror

HTML: Final = "text/html; charset=utf-8"
BYTES: Final = "application/octet-stream"
SECONDS: Final = 15
MOST_AT_ONCE: Final = 64
_PLACE: Final = re.compile(r"/([0-9a-f]{64})/(checkpoint|root|forks|tile/[a-z0-9/.]{1,80})")
NOT_FOUND: Final = (HTTPStatus.NOT_FOUND, b"not found\n", TEXT)
Reply = tuple[HTTPStatus, bytes, str]


@dataclass(frozen=True)
class Door:
    """What stands behind the server."""

    cosigner: Cosigner
    mirror: Mirror | None
    clock: Callable[[], int]

    def get(self, path: str) -> Reply:
        """Answer a reading request."""
        if path == "/":
            return HTTPStatus.OK, pages.overview(self.cosigner.memory, self.clock()).encode(), HTML
        found = _PLACE.fullmatch(path)
        origin = self._origin(found[1]) if found else None
        if found is None or origin is None:
            return NOT_FOUND
        return self._of_log(origin, found[2])

    def _of_log(self, origin: str, what: str) -> Reply:
        memory = self.cosigner.memory
        if what == "forks":
            return HTTPStatus.OK, pages.forks(origin, memory.forks(origin)).encode(), HTML
        if what.startswith("tile/"):
            return self._tile(origin, what)
        seen = memory.seen(origin)
        if self.mirror is not None and what == "checkpoint":
            return self._file(origin, what, TEXT)
        if seen is None:
            return NOT_FOUND
        if what == "checkpoint":
            return HTTPStatus.OK, seen.note.encode(), TEXT
        return HTTPStatus.OK, pages.root(origin, seen, memory.keys[0].name).encode(), HTML

    def _tile(self, origin: str, path: str) -> Reply:
        try:
            return self._file(origin, parse_path(path).path, BYTES)
        except Malformed:
            return NOT_FOUND

    def _file(self, origin: str, path: str, type_: str) -> Reply:
        if self.mirror is None:
            return NOT_FOUND
        try:
            return HTTPStatus.OK, (self.mirror.place(origin) / path).read_bytes(), type_
        except OSError:
            return NOT_FOUND

    def _origin(self, place: str) -> str | None:
        names = (log.origin for log in self.cosigner.memory.watched())
        return next((name for name in names if hashlib.sha256(name.encode()).hexdigest() == place), None)


def _handler(door: Door) -> type[BaseHTTPRequestHandler]:
    free = threading.BoundedSemaphore(MOST_AT_ONCE)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "showcause-witness", ""
        timeout = SECONDS

        def do_GET(self) -> None:
            with free:
                self._reply(*door.get(self.path))

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/add-checkpoint" or door.mirror is not None:
                self._refuse(*NOT_FOUND)
            elif not length.isdecimal() or int(length) > MOST_BYTES:
                self._refuse(HTTPStatus.BAD_REQUEST, b"a question has a length, and it is short\n", TEXT)
            else:
                with free:
                    answer: Answer = door.cosigner.add_checkpoint(self.rfile.read(int(length)))
                    self._reply(answer.status, answer.body.encode(), answer.type)

        def _refuse(self, status: HTTPStatus, body: bytes, type_: str) -> None:
            self.close_connection = True  # what else was sent is not read
            self._reply(status, body, type_)

        def _reply(self, status: HTTPStatus, body: bytes, type_: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", type_)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Note nothing of who asks."""

    return Handler


@contextmanager
def listening(door: Door, host: str, port: int) -> Iterator[int]:
    """Answer at an address while the block runs; yields the port, which is chosen when 0 was asked for."""
    server = ThreadingHTTPServer((host, port), _handler(door))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
