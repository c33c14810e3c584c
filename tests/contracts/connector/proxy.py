"""A proxy between a connector and a real server, on the loopback, that breaks what passes through it on demand."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Proxy:
    """Forwards requests to a port of the loopback; `fault` is how it breaks them."""

    target: int
    fault: str = ""
    seconds: float = 0.0
    seen: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    @contextmanager
    def breaking(self, fault: str, seconds: float = 0.0) -> Iterator[None]:
        """Break what passes: `lying`, `limiting`, `failing`, `silent`, or `deleting` (see the tests)."""
        self.fault, self.seconds = fault, seconds
        yield
        self.fault = ""

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        """Listen until the end of the block."""
        proxy = self

        class Through(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass(self) -> None:
                proxy.handle(self)

            do_GET = do_PUT = do_POST = do_DELETE = _pass  # noqa: N815  # the names that http.server calls

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Through)
        server.daemon_threads = True
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request, truly or broken."""
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        self.seen.append((request.command, request.path))
        is_act = request.command != "GET"
        if self.fault == "failing":
            return _answer(request, 502, b"bad gateway")
        if self.fault == "limiting":
            text = {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": int(self.seconds * 1000)}
            return _answer(request, 429, json.dumps(text).encode())
        if self.fault == "lying" and is_act:
            return _answer(request, 200, b"{}")
        status, answer, date = self._forward(request, body)
        if self.fault == "silent" and is_act:
            request.close_connection = True
            return None
        return _answer(request, status, answer, date)

    def _forward(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.target, timeout=300)
        try:
            headers = {"Authorization": request.headers.get("Authorization", "")}
            connection.request(request.command, request.path, body, headers)
            response = connection.getresponse()
            return response.status, response.read(), response.headers.get("Date") or ""
        finally:
            connection.close()


def _answer(request: BaseHTTPRequestHandler, status: int, body: bytes, date: str = "") -> None:
    request.send_response_only(status)
    if date:
        request.send_header("Date", date)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
