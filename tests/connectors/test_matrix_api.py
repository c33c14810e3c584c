"""The way to a Matrix server, against a server that answers whatever it likes."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from showcause.connectors.matrix_api import MAX_ANSWER, SynapseApi, path
from showcause.domain.errors import (
    Misconfigured,
    NotFound,
    PlatformUnavailable,
    RateLimited,
    Refused,
    ShowcauseError,
    Unsupported,
)
from tests.services.processes import PATIENCE

Serve = Callable[..., SynapseApi]


@pytest.fixture
def token(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text("the-token\n")
    return file


@pytest.fixture
def serve(token: Path) -> Iterator[Serve]:
    """Start a server that gives one answer to everything, and return a client of it."""
    servers: list[HTTPServer] = []

    def start(
        status: int, body: bytes = b"{}", timeout: float = PATIENCE, drip: float = 0.0, **headers: str
    ) -> SynapseApi:
        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                step = 1 if drip else len(body) or 1
                for at in range(0, len(body), step):
                    try:
                        self.wfile.write(body[at : at + step])
                    except OSError:
                        return
                    threading.Event().wait(drip)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = HTTPServer(("127.0.0.1", 0), Answering)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        servers.append(server)
        return SynapseApi(f"http://127.0.0.1:{server.server_address[1]}", token, timeout=timeout)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "status, body, kind",
    [
        (500, {}, PlatformUnavailable),
        (503, {"errcode": "M_UNKNOWN"}, PlatformUnavailable),
        (404, {"errcode": "M_NOT_FOUND"}, NotFound),
        (404, {"errcode": "M_UNRECOGNIZED"}, Unsupported),
        (400, {"errcode": "M_UNKNOWN", "error": "Can only suspend local users"}, Unsupported),
        (
            400,
            {"errcode": "M_UNKNOWN", "error": "Server notices are not enabled on this server"},
            Misconfigured,
        ),
        (
            400,
            {"errcode": "M_UNKNOWN", "error": "Redact already in progress for user @x"},
            PlatformUnavailable,
        ),
        (400, {"errcode": "M_BAD_JSON"}, Refused),
        (401, {"errcode": "M_UNKNOWN_TOKEN"}, PlatformUnavailable),
        (403, {"errcode": "M_FORBIDDEN"}, PlatformUnavailable),
        (301, {}, Misconfigured),
    ],
)
def test_every_error_of_the_server_has_a_word_of_ours(
    serve: Serve, status: int, body: dict[str, str], kind: type[ShowcauseError]
) -> None:
    api = serve(status, json.dumps(body).encode(), Location="http://127.0.0.1:1/")
    with pytest.raises(kind) as caught:
        api.get("/_synapse/admin/v1/x")
    assert type(caught.value) is kind
    assert "@x" not in caught.value.message


@pytest.mark.parametrize(
    "body, headers, seconds",
    [
        (b'{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":1500}', {}, 1.5),
        (b"{}", {"Retry_After": "7"}, 7.0),
        (b'{"retry_after_ms":"soon"}', {"Retry_After": "tomorrow"}, None),
        (b"not json", {}, None),
    ],
)
def test_how_long_to_wait_is_taken_from_body_or_header(
    serve: Serve, body: bytes, headers: dict[str, str], seconds: float | None
) -> None:
    with pytest.raises(RateLimited) as caught:
        serve(429, body, **headers).get("/x")
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"null", b"[" * 100_000])
def test_a_success_that_is_no_json_object_is_not_believed(serve: Serve, body: bytes) -> None:
    with pytest.raises(PlatformUnavailable):
        serve(200, body).get("/x")


def test_an_answer_without_end_is_cut_off(serve: Serve) -> None:
    with pytest.raises(PlatformUnavailable, match="more than"):
        serve(200, b'"' + b"x" * (MAX_ANSWER + 1) + b'"').get("/x")


def test_an_answer_that_drips_is_cut_off(serve: Serve) -> None:
    with pytest.raises(PlatformUnavailable):
        serve(200, b"{" + b" " * 20_000 + b"}", timeout=0.3, drip=0.05).get("/x")


def test_nobody_at_the_address_is_unavailable(token: Path) -> None:
    with pytest.raises(PlatformUnavailable):
        SynapseApi("http://127.0.0.1:9", token).get("/x")


@pytest.mark.parametrize(
    "address",
    [
        "http://matrix.example",
        "http://192.0.2.1:8008",
        "ftp://x",
        "matrix.example",
        "https://x/path",
        "https://x?y=1",
    ],
)
def test_an_address_that_would_leak_the_token_or_is_none_is_refused(token: Path, address: str) -> None:
    with pytest.raises(Misconfigured):
        SynapseApi(address, token)


@pytest.mark.parametrize("text", ["", "two words\n", "line\nline", "t\u00f6ken", "\x00"])
def test_a_token_file_without_one_token_is_said_to_be_so(serve: Serve, token: Path, text: str) -> None:
    api = serve(200)
    token.write_text(text)
    with pytest.raises(PlatformUnavailable, match="token") as caught:
        api.get("/x")
    assert text == "" or text.strip() not in caught.value.message
    assert caught.value.hint


def test_a_new_token_is_used_without_a_restart(serve: Serve, token: Path) -> None:
    api = serve(200)
    token.unlink()
    with pytest.raises(PlatformUnavailable, match="cannot be read"):
        api.get("/x")
    token.write_text("another")
    assert api.get("/x") == {}


def test_names_in_a_path_are_encoded() -> None:
    assert path("/users/{}/x", "@a/b?c#d:e") == "/users/%40a%2Fb%3Fc%23d%3Ae/x"
