"""The door of a witness and of a mirror: a small HTTP server over their memory and their copies.

    POST /add-checkpoint          the question of a log; see `cosigning`. A mirror writes down what is to come
    POST /add-entries             entries for a mirror; see `receiving`
    GET  /<hash of a log>/checkpoint    the largest tree that was cosigned
    GET  /<hash of a log>/tile/...      a mirror's copy
    GET  /, /<hash>/root, /<hash>/forks pages for people

It reads bounded bodies, waits bounded times, logs nothing of who asks, and answers nothing else. Uploads have places of
their own: whoever sends slowly keeps other uploads waiting for a while, and nobody who asks or reads.
"""

import hashlib
import re
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Final

from showcause.transparency.errors import LogError, Malformed
from showcause.transparency.tiles import parse_path
from showcause.witness import pages
from showcause.witness.asking import MOST_BYTES
from showcause.witness.bodies import SECONDS_LEFT_OVER, Body
from showcause.witness.cosigning import TEXT, Answer, Cosigner
from showcause.witness.memory import Seen
from showcause.witness.mirroring import Mirror
from showcause.witness.receiving import Pending, Receiver

HTML: Final = "text/html; charset=utf-8"
BYTES: Final = "application/octet-stream"
SECONDS: Final = 15
SECONDS_TO_END: Final = 0.05
MOST_AT_ONCE: Final = 64
UPLOADS_AT_ONCE: Final = 8
SECONDS_AN_UPLOAD: Final = 60.0
"""After so long an upload is answered with what was stored of it until then."""
_PLACE: Final = re.compile(r"/([0-9a-f]{64})/(checkpoint|root|forks|tile/[a-z0-9/.]{1,80})")
NOT_FOUND: Final = (HTTPStatus.NOT_FOUND, b"not found\n", TEXT)
BUSY: Final = (HTTPStatus.SERVICE_UNAVAILABLE, b"others are sending: try again\n", TEXT)
BROKEN: Final = (HTTPStatus.INTERNAL_SERVER_ERROR, b"this could not be stored\n", TEXT)
NOT_TAKEN: Final = (HTTPStatus.BAD_REQUEST, b"entries are sent as application/octet-stream\n", TEXT)
Reply = tuple[HTTPStatus, bytes, str]


@dataclass(frozen=True)
class Door:
    """What stands behind the server."""

    cosigner: Cosigner
    mirror: Mirror | None
    clock: Callable[[], int]
    say: Callable[[str], None] = lambda _: None

    def get(self, path: str) -> Reply:
        """Answer a reading request."""
        if path == "/":
            kind = pages.WITNESS if self.mirror is None else pages.MIRROR
            return (
                HTTPStatus.OK,
                pages.overview(self.cosigner.memory, self.newest, kind, self.clock()).encode(),
                HTML,
            )
        found = _PLACE.fullmatch(path)
        origin = self._origin(found[1]) if found else None
        if found is None or origin is None:
            return NOT_FOUND
        return self._of_log(origin, found[2])

    def newest(self, origin: str) -> Seen | None:
        """Return the largest tree of a log that was cosigned here."""
        return self.cosigner.memory.seen(origin) if self.mirror is None else self.mirror.served(origin)

    def add_checkpoint(self, body: bytes) -> Reply:
        """Answer the question of a log: a witness cosigns, a mirror writes down."""
        judge = self.cosigner if self.mirror is None else Pending(self.mirror)
        answer: Answer = judge.add_checkpoint(body)
        return answer.status, answer.body.encode(), answer.type

    def add_entries(self, mirror: Mirror, body: Body) -> Reply:
        """Take entries, while they arrive."""
        try:
            answer = Receiver(mirror).add_entries(body.take)
        except (LogError, OSError, sqlite3.Error) as error:
            self.say(f"entries could not be stored: {getattr(error, 'message', type(error).__name__)}")
            return BROKEN
        return answer.status, answer.body.encode(), answer.type

    def _of_log(self, origin: str, what: str) -> Reply:
        memory = self.cosigner.memory
        if what == "forks":
            return HTTPStatus.OK, pages.forks(origin, memory.forks(origin)).encode(), HTML
        if what.startswith("tile/"):
            return self._tile(origin, what)
        seen = self.newest(origin)
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
            return HTTPStatus.OK, (self.mirror.copies.place(origin) / path).read_bytes(), type_
        except OSError:
            return NOT_FOUND

    def _origin(self, place: str) -> str | None:
        names = (log.origin for log in self.cosigner.memory.watched())
        return next((name for name in names if hashlib.sha256(name.encode()).hexdigest() == place), None)


def _handler(door: Door) -> type[BaseHTTPRequestHandler]:
    free = threading.BoundedSemaphore(MOST_AT_ONCE)
    places = threading.BoundedSemaphore(UPLOADS_AT_ONCE)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "showcause-witness", ""
        timeout = SECONDS

        def do_GET(self) -> None:
            with free:
                self._reply(*door.get(self.path))

        def do_POST(self) -> None:
            if self.path == "/add-checkpoint":
                self._add_checkpoint()
            elif self.path == "/add-entries" and door.mirror is not None:
                self._add_entries(door.mirror)
            else:
                self._refuse(*NOT_FOUND)

        def _add_checkpoint(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > MOST_BYTES:
                self._refuse(HTTPStatus.BAD_REQUEST, b"a question has a length, and it is short\n", TEXT)
                return
            try:  # whoever sends slowly waits here and keeps nobody else's place
                body = Body(self.rfile, {"content-length": length}, monotonic() + SECONDS)
                question = body.take(int(length))
            except LogError as error:
                self._refuse(HTTPStatus.BAD_REQUEST, f"{error.message}\n".encode(), TEXT)
                return
            with free:
                self._reply(*door.add_checkpoint(question))

        def _add_entries(self, mirror: Mirror) -> None:
            headers: dict[str, str] = {}
            for name, value in self.headers.items():  # one that comes twice says what no single one could
                name = name.lower()
                headers[name] = f"{headers[name]},{value}" if name in headers else value
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            try:
                body = Body(self.rfile, headers, monotonic() + SECONDS_AN_UPLOAD)
            except Malformed as error:
                self._refuse(HTTPStatus.BAD_REQUEST, f"{error.message}\n".encode(), TEXT)
                return
            if kind != BYTES:
                self._answer(body, NOT_TAKEN)
            elif not places.acquire(blocking=False):
                self._answer(body, BUSY)
            else:
                try:
                    self._answer(body, door.add_entries(mirror, body))
                finally:
                    places.release()

        def _answer(self, body: Body, reply: Reply) -> None:
            """Reply; what of the body is not wanted is read for a while, or the answer would not be heard."""
            self.close_connection = self.close_connection or not body.ended
            self._reply(*reply)
            self.connection.settimeout(SECONDS_LEFT_OVER)
            body.leave()
            self.connection.settimeout(SECONDS)

        def _refuse(self, status: HTTPStatus, body: bytes, type_: str) -> None:
            self.close_connection = True  # what else was sent is not read
            self._reply(status, body, type_)

        def _reply(self, status: HTTPStatus, body: bytes, type_: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", type_)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Accept-Encoding", "gzip")
            if self.close_connection:
                self.send_header("Connection", "close")
            self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Note nothing of who asks."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    say: Callable[[str], None]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say what failed, and nothing of who asked, or that they went away before the answer."""
        error = sys.exc_info()[0]
        if error is not None and not issubclass(error, ConnectionError | TimeoutError):
            self.say(f"an answer failed: {error.__name__}")


@contextmanager
def listening(door: Door, host: str, port: int) -> Iterator[int]:
    """Answer at an address while the block runs; yields the port, which is chosen when 0 was asked for."""
    server = _Server((host, port), _handler(door))
    server.say = door.say
    thread = threading.Thread(target=server.serve_forever, args=(SECONDS_TO_END,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
