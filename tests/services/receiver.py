"""A real HTTP server on this machine that hears what is posted to it, and answers as a test sets it."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Heard:
    """One request: where it went, its headers in small letters, its body."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What a server heard. Each answer is used once, the last one for ever."""

    answers: list[int] = field(default_factory=lambda: [204])
    headers: dict[str, str] = field(default_factory=dict)
    drips: float = 0.0
    heard: list[Heard] = field(default_factory=list)
    port: int = 0

    @property
    def place(self) -> str:
        """Return host:port."""
        return f"127.0.0.1:{self.port}"

    def next(self) -> int:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a server while the block runs."""
    receiver, over = Receiver(), threading.Event()

    class Hears(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.heard.append(Heard(self.path, headers, self.rfile.read(size)))
            self.send_response(receiver.next())
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            if not receiver.drips:
                self.send_header("Content-Length", "0")
            self.end_headers()
            while receiver.drips and not over.wait(receiver.drips):
                try:
                    self.wfile.write(b".")
                except OSError:
                    return

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing: a visitor that goes away is what some tests are about."""

    server = Server(("127.0.0.1", 0), Hears)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
