"""The public log over HTTP: exactly the paths of a log, whole or cut, and nothing else."""

import http.client
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from showcause.transparency.audit import audit
from showcause.transparency.checkpoint import Checkpoint
from showcause.transparency.export import files_of
from showcause.transparency.leaf import encode
from showcause.transparency.merkle import leaf_hash, root_of
from showcause.transparency.tiles import full_tiles, partial_tiles
from showcause.web.tiles import FOR_EVER, NEVER, answer, serving
from tests.services.processes import PATIENCE, free_port, until
from tests.transparency.logs import R0, plain_leaf, signed

SIZE = 700
DOCUMENT = "doc/" + "ab" * 32 + ".json"


def entries(n: int) -> list[bytes]:
    return [encode(plain_leaf(f"leaf {at}", "recusal")) for at in range(n)]


def note(n: int) -> str:
    return signed(Checkpoint("log.example/garden", n, root_of(leaf_hash(each) for each in entries(n))))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published log of 700 entries, a secret beside it, and a few things that should not be there."""
    root = tmp_path_factory.mktemp("site")
    public = root / "public"
    files = [
        *files_of(entries(SIZE), note(SIZE)),
        ("key", b"key\n"),
        ("keys", b"log\n"),
        (DOCUMENT, b"{}"),
        (".secret", b"no"),
    ]
    for path, data in files:
        (public / path).parent.mkdir(parents=True, exist_ok=True)
        (public / path).write_bytes(data)
    (root / "log.key").write_text("secret")
    return public


def got(folder: Path, path: str) -> bytes | None:
    found = answer(folder, "GET", f"/{path}")
    return found.body if found.status == "200 OK" else None


def test_every_file_of_the_log_is_served(folder: Path) -> None:
    for path, data in files_of(entries(SIZE), note(SIZE)):
        assert got(folder, path) == data


def test_every_earlier_public_log_is_still_whole(folder: Path) -> None:
    """Whoever holds the checkpoint of any smaller size finds each of its tiles, the narrow ones cut from wider ones."""
    for n in (1, 17, 187, 188, 255, 256, 257, 511, 512, 600, 699):
        for path, data in files_of(entries(n), note(n)):
            if path != "checkpoint":
                assert got(folder, path) == data, (n, path)


def test_no_tile_beyond_the_published_size_is_served(folder: Path) -> None:
    smaller = {tile.path for tile in (*full_tiles(0, SIZE), *partial_tiles(SIZE))}
    for tile in (*full_tiles(0, 2000), *partial_tiles(SIZE + 1), *partial_tiles(SIZE + 60)):
        assert (got(folder, tile.path) is not None) == (tile.path in smaller)


def test_the_served_log_passes_the_audit(folder: Path) -> None:
    report = audit(lambda path: got(folder, path), R0)
    assert report.faults == []
    assert report.entries == SIZE


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/index.html",
        "/.secret",
        "/../log.key",
        "/tile/../../log.key",
        "/tile/0/../0/000",
        "/tile/0/%2e%2e/000",
        "//checkpoint",
        "/checkpoint/",
        "/Checkpoint",
        "/tile/0/0",
        "/tile/0/0000",
        "/tile/00/000",
        "/tile/0/x000/000",
        "/tile/0/000.p/0",
        "/tile/0/000.p/256",
        "/tile/0/000.p/017",
        "/tile/0/000.p",
        "/tile/0/000.p/188.new",
        "/tile/-1/000",
        "/tile/64/000",
        "/tile/0/\u0660\u0660\u0660",
        "/tile/0/000\n",
        "/tile/0/000\x00",
        "/doc/" + "AB" * 32 + ".json",
        "/doc/" + "cd" * 32 + ".json",
        "/doc/../key",
        "/key/..",
    ],
)
def test_anything_else_is_not_found(folder: Path, path: str) -> None:
    found = answer(folder, "GET", path)
    assert (found.status, found.cache) == ("404 Not Found", NEVER)


def test_a_query_is_refused_because_caches_treat_it_differently(folder: Path) -> None:
    assert answer(folder, "GET", "/checkpoint", "size=3").status == "404 Not Found"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "get", ""])
def test_only_reading_is_allowed(folder: Path, method: str) -> None:
    found = answer(folder, method, "/checkpoint")
    assert found.status == "405 Method Not Allowed"
    assert ("Allow", "GET, HEAD") in found.headers


def test_what_never_changes_may_be_kept_and_the_checkpoint_may_not(folder: Path) -> None:
    assert answer(folder, "GET", "/tile/0/000").cache == FOR_EVER
    assert answer(folder, "GET", f"/{DOCUMENT}").cache == FOR_EVER
    for path in ("/checkpoint", "/key", "/keys"):
        assert "immutable" not in answer(folder, "GET", path).cache


def test_the_types_are_those_of_the_specification(folder: Path) -> None:
    assert answer(folder, "GET", "/checkpoint").type == "text/plain; charset=utf-8"
    assert answer(folder, "GET", "/tile/entries/000").type == "application/octet-stream"
    assert answer(folder, "GET", f"/{DOCUMENT}").type == "application/json"


def test_head_says_the_length_and_sends_nothing(folder: Path) -> None:
    seen: list[tuple[str, list[tuple[str, str]]]] = []
    environ = {"REQUEST_METHOD": "HEAD", "PATH_INFO": "/tile/0/000", "QUERY_STRING": "", "SCRIPT_NAME": ""}
    setup_testing_defaults(environ)

    def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> object:
        seen.append((status, headers))
        return lambda data: None

    result = validator(serving(folder))(environ, start)  # type: ignore[arg-type]
    body = b"".join(result)
    result.close()  # type: ignore[attr-defined]
    assert body == b""
    assert seen[0][0] == "200 OK"
    assert ("Content-Length", "8192") in seen[0][1]


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[int]:
    """The application as `serve` runs it: granian on loopback."""
    port = free_port()
    program = (
        "from pathlib import Path\nfrom granian import Granian\nfrom granian.constants import Interfaces\n"
        "from showcause.web.tiles import serving\n"
        "def load(*_):\n"
        f"    return serving(Path({str(folder)!r}))\n"
        "if __name__ == '__main__':\n"
        f"    Granian('tiles', address='127.0.0.1', port={port}, interface=Interfaces.WSGI, log_enabled=False)"
        ".serve(target_loader=load, wrap_loader=False)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], env={"PYTHONPATH": "src"}, cwd=Path(__file__).parents[2]
    )
    try:
        until(lambda: _answers(port))
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_over_a_real_server_the_whole_log_verifies(server: int) -> None:
    def read(path: str) -> bytes | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server}/{path}", timeout=PATIENCE) as response:
                data: bytes = response.read()
                return data
        except urllib.error.HTTPError:
            return None

    report = audit(read, R0)
    assert report.faults == []
    assert report.entries == SIZE


@pytest.mark.parametrize(
    "path", ["/../log.key", "/tile/%2e%2e/%2e%2e/log.key", "/%2e%2e/log.key", "/.secret"]
)
def test_over_a_real_server_nothing_outside_the_log_is_reached(server: int, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server, timeout=PATIENCE)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    assert b"secret" not in body
    assert response.status in (404, 400)
    connection.close()
