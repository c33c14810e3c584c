"""The door of a mirror: bodies as they come over a wire, packed, in chunks, hostile, broken off, and killed."""

import gzip
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from showcause.transparency import uploads
from showcause.witness import serving
from showcause.witness.cosigning import Cosigner
from showcause.witness.mirroring import Mirror
from showcause.witness.serving import Door, listening
from tests.services.processes import PATIENCE, free_port, until
from tests.transparency.logs import LOG_KEY
from tests.witness.uploading import (
    ENTRIES,
    NAME,
    NOW,
    SIZE,
    added,
    body,
    chunks,
    opened_mirror,
    packages,
    packed,
    question,
    sound,
)

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = LOG_KEY.name
OCTETS = {"Content-Type": "application/octet-stream"}
Told = tuple[int, str]


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    with opened_mirror(tmp_path) as made:
        added(made, SIZE)
        yield made


@pytest.fixture
def port(mirror: Mirror) -> Iterator[int]:
    door = Door(Cosigner(mirror.memory, lambda: NOW), mirror, lambda: NOW)
    with listening(door, "127.0.0.1", 0) as port:
        yield port


def post(port: int, data: bytes, headers: Mapping[str, str] = OCTETS, path: str = "/add-entries") -> Told:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("POST", path, data, dict(headers))
        answer = connection.getresponse()
        assert "gzip" in answer.getheader("Accept-Encoding", "")
        return answer.status, answer.read().decode()


def raw(port: int, request: bytes, *, end: bool = False) -> bytes:
    """Send bytes as they are, and return what comes back; `end` tells that nothing more will be sent."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as wire:
        wire.sendall(request)
        if end:
            wire.shutdown(socket.SHUT_WR)
        found = b""
        while b"\r\n\r\n" not in found:
            more = wire.recv(4096)
            if not more:
                break
            found += more
        return found


def head(*lines: str) -> bytes:
    kept = ("POST /add-entries HTTP/1.1", "Host: m", "Content-Type: application/octet-stream", *lines)
    return "".join(f"{line}\r\n" for line in (*kept, "")).encode()


@contextmanager
def growing_at_most(most: int) -> Iterator[None]:
    """Fail when this process grows by more than so many bytes while the block runs."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("pack", [bytes, packed])
def test_a_body_is_taken_with_its_length_packed_or_not(mirror: Mirror, port: int, pack: type) -> None:
    coding = {"Content-Encoding": "gzip"} if pack is packed else {}
    status, said = post(port, pack(body(0, SIZE, 2)), OCTETS | coding)
    assert (status, said) == (202, f"{SIZE}\n512\n\n")
    status, said = post(port, pack(body(512, SIZE)), OCTETS | coding)
    assert status == 200
    assert said.startswith(f"— {NAME} ")
    sound(mirror, SIZE)


@pytest.mark.parametrize("length", [1 << 20, 7001])
def test_a_body_that_comes_in_chunks_is_taken(mirror: Mirror, port: int, length: int) -> None:
    told = raw(
        port,
        head("Transfer-Encoding: chunked", "Content-Encoding: gzip") + chunks(packed(body(0, SIZE)), length),
    )
    assert b" 200 " in told.partition(b"\r\n")[0]
    sound(mirror, SIZE)


def test_several_packed_members_are_one_body(mirror: Mirror, port: int) -> None:
    data = body(0, SIZE)
    members = packed(data[:5]) + packed(b"") + packed(data[5:90_000]) + packed(data[90_000:])
    assert post(port, members, OCTETS | {"Content-Encoding": "gzip"})[0] == 200
    sound(mirror, SIZE)


def test_one_connection_carries_one_upload_after_another(mirror: Mirror, port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        for start, expected in ((0, 202), (256, 202), (512, 202), (768, 200)):
            connection.request("POST", "/add-entries", body(start, SIZE, 1), OCTETS)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == expected
    sound(mirror, SIZE)


def test_the_pages_of_a_mirror_say_what_it_stored_and_not_what_is_to_come(mirror: Mirror, port: int) -> None:
    def page() -> str:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
            connection.request("GET", "/")
            return connection.getresponse().read().decode()

    assert "I am a mirror" in page()
    assert "never" in page()
    post(port, body(0, SIZE))
    assert f"<td>{SIZE}<td>" in page()


# --- what is no body ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines, sent",
    [
        ((), b""),
        (("Content-Length: 5", "Content-Length: 6"), b"123456"),
        (("Content-Length: 5", "Transfer-Encoding: chunked"), b"0\r\n\r\n"),
        (("Transfer-Encoding: gzip, chunked",), b"0\r\n\r\n"),
        (("Content-Length: -5",), b""),
        (("Content-Length: 0x10",), b"1" * 16),
        (("Content-Length: 30", "Content-Encoding: br"), b"1" * 30),
        (("Content-Length: 30", "Content-Encoding: gzip"), b"1" * 30),
        (("Content-Length: 30", "Content-Encoding: gzip, gzip"), packed(packed(b""))),
        (("Content-Length: 5",), b"12345"),
        (("Transfer-Encoding: chunked",), b"zz\r\n\r\n"),
        (("Transfer-Encoding: chunked",), b"-1\r\n\r\n"),
        (("Transfer-Encoding: chunked",), b"FFFFFFFFFFFFFFFF1\r\n"),
        (("Transfer-Encoding: chunked",), b"1" * 300 + b"\r\n"),
        (("Transfer-Encoding: chunked",), b"0\r\n" + b"x: y\r\n" * 40),
    ],
)  # fmt: skip
def test_a_frame_that_two_programs_could_read_in_two_ways_is_refused(
    mirror: Mirror, port: int, lines: tuple[str, ...], sent: bytes
) -> None:
    told = raw(port, head(*lines) + sent, end=True)
    assert b" 400 " in told.partition(b"\r\n")[0], told
    assert mirror.next_entry(ORIGIN) == 0


def test_what_is_not_sent_as_bytes_is_refused(port: int) -> None:
    assert post(port, body(0, SIZE), {"Content-Type": "text/plain"})[0] == 400
    assert post(port, body(0, SIZE), {})[0] == 400


def test_a_small_body_that_unpacks_to_a_large_one_is_unpacked_no_further_than_it_is_read(port: int) -> None:
    """60 MB of zeros in 60 KB: 256 entries of no bytes, and a proof of nothing, which fails."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = uploads.Upload(ORIGIN, 0, SIZE).to_bytes()
    bomb = (
        squeeze.compress(start)
        + b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(60))
        + squeeze.flush()
    )
    with growing_at_most(8 << 20):
        assert post(port, bomb, OCTETS | {"Content-Encoding": "gzip"})[0] == 422
    # A body of nothing but packed nothing ends as well.
    assert post(port, gzip.compress(b"") * 2000, OCTETS | {"Content-Encoding": "gzip"})[0] == 400


def test_whoever_sends_everything_first_hears_an_answer_that_was_clear_from_the_beginning(port: int) -> None:
    other = body(0, SIZE, 0, origin="other.example/log") + bytes(4 << 20)
    assert post(port, other)[0] == 404


def test_the_answer_comes_before_the_body_is_sent_when_its_beginning_says_enough(port: int) -> None:
    beginning = uploads.Upload(ORIGIN, 600, SIZE).to_bytes()
    told = raw(port, head("Content-Length: 900000000") + beginning)
    assert b" 409 " in told.partition(b"\r\n")[0]


def test_a_body_that_stops_is_answered_with_what_came_of_it(mirror: Mirror, port: int) -> None:
    data = body(0, SIZE)
    told = raw(port, head(f"Content-Length: {len(data)}") + data[: len(data) // 2], end=True)
    assert b" 202 " in told.partition(b"\r\n")[0]
    assert mirror.next_entry(ORIGIN) == 256
    assert post(port, body(256, SIZE))[0] == 200


def test_a_body_that_trickles_is_answered_when_its_time_is_over(
    mirror: Mirror, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "SECONDS_AN_UPLOAD", 0.4)
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as wire:
        wire.sendall(head("Content-Length: 900000000"))
        began = time.monotonic()
        wire.settimeout(0.05)
        told = b""
        while not told and time.monotonic() - began < PATIENCE:
            wire.sendall(b"\x00")
            try:
                told = wire.recv(4096)
            except TimeoutError:
                continue
    assert b" 400 " in told.partition(b"\r\n")[0]


def test_slow_senders_keep_other_senders_waiting_and_nobody_who_asks(mirror: Mirror, port: int) -> None:
    end = time.monotonic() + PATIENCE
    wires: list[socket.socket] = []
    # One refusal may come of the upload before, whose place is free a moment after its answer.
    while (
        (told := post(port, body(0, SIZE, 1)))[0] != 503 or len(wires) < serving.UPLOADS_AT_ONCE
    ) and time.monotonic() < end:
        wires.append(socket.create_connection(("127.0.0.1", port), PATIENCE))
        wires[-1].sendall(head("Content-Length: 900") + b"\x00")
    assert told[0] == 503
    assert len(wires) >= serving.UPLOADS_AT_ONCE
    assert post(port, question(SIZE, SIZE), {}, "/add-checkpoint") == (200, "")
    for wire in wires:
        wire.close()
    while (told := post(port, body(0, SIZE)))[0] == 503 and time.monotonic() < end:
        time.sleep(0.02)
    assert told[0] == 200
    sound(mirror, SIZE)


def test_many_who_ask_slowly_hold_up_nobody_else_who_asks(mirror: Mirror, port: int) -> None:
    wires = []
    for _ in range(serving.MOST_AT_ONCE + 4):
        wires.append(socket.create_connection(("127.0.0.1", port), PATIENCE))
        wires[-1].sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nold")
    time.sleep(0.2)
    assert post(port, question(SIZE, SIZE), {}, "/add-checkpoint") == (200, "")
    wires[0].shutdown(socket.SHUT_WR)
    assert b" 400 " in wires[0].recv(4096).partition(b"\r\n")[0]
    for wire in wires:
        wire.close()


# --- killed ---------------------------------------------------------------------------------------------------------


def answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def program(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The mirror as people run it."""
    command = [sys.executable, "-m", "showcause", "mirror", "--name", NAME, "--folder", str(folder)]
    given = ["--log", str(LOG_KEY.verifier), "--listen", f"127.0.0.1:{port}", "--every", "3600"]
    running = subprocess.Popen(
        [*command, *given], env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: answers(port))
        yield running
    finally:
        running.kill()
        running.wait()


def test_a_mirror_that_is_killed_in_the_middle_of_an_upload_goes_on_where_it_stopped(tmp_path: Path) -> None:
    place, data = free_port(), body(0, SIZE)
    with program(tmp_path, place) as running:
        assert post(place, question(0, SIZE), {}, "/add-checkpoint") == (200, "")
        with socket.create_connection(("127.0.0.1", place), PATIENCE) as wire:
            wire.sendall(head(f"Content-Length: {len(data)}") + data[: -len(data) // 3])
            first = tmp_path / "copies"
            until(lambda: list(first.rglob("tile/entries/001")))
            running.send_signal(signal.SIGKILL)
            running.wait()
    with opened_mirror(tmp_path) as mirror:
        assert mirror.served(ORIGIN) is None
        assert mirror.next_entry(ORIGIN) in (256, 512)
    place = free_port()
    with program(tmp_path, place):
        status, said = post(place, body(SIZE, SIZE))
        assert status == 409
        following = uploads.parse_mirror_info(said.encode()).next
        two = [
            threading.Thread(
                target=post, args=(place, packed(body(start, SIZE)), OCTETS | {"Content-Encoding": "gzip"})
            )
            for start in (following, following - 100)
        ]
        for each in two:
            each.start()
        for each in two:
            each.join()
        status, said = post(place, body(SIZE, SIZE))
        assert status == 200
    with opened_mirror(tmp_path) as mirror:
        sound(mirror, SIZE)
        assert said in mirror.copies.note(ORIGIN)
        assert not list((tmp_path / "copies").rglob("*.new"))


def test_the_entries_of_the_log_of_these_tests_do_not_fit_one_piece() -> None:
    assert len(ENTRIES) == SIZE
    assert len(next(packages(0, SIZE)).to_bytes()) > 2 * 64 * 1024
