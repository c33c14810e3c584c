"""Feeding a mirror from the published files: ours by its real door, and others that answer as they like.

Source: c2sp.org/tlog-mirror, c2sp.org/tlog-witness.
"""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from showcause.casework.ports.witnesses import Answer, Heard
from showcause.domain.witness import Role, Witness
from showcause.gateways import feeding
from showcause.gateways.calling_out import Outbound
from showcause.gateways.feeding import Feeding
from showcause.gateways.witnesses import HttpWatchers
from showcause.transparency import merkle, note, uploads
from showcause.witness import serving
from showcause.witness.cosigning import Cosigner
from showcause.witness.mirroring import Mirror
from tests.transparency.logs import LOG_KEY, Log
from tests.witness.uploading import (
    ENTRIES,
    HASH_AT,
    NAME,
    NOW,
    SIZE,
    added,
    body,
    opened_mirror,
    sent,
    sound,
    takes,
)

ORIGIN = LOG_KEY.name
OLD = 300
OLDER, NEWER = Log(ENTRIES[:OLD]).files(), Log(ENTRIES).files()
Say = Callable[[str, bytes], tuple[int, str, bytes]]


class History:
    """What our log can prove of itself."""

    def root(self, size: int) -> bytes:
        return merkle.root_at(size, HASH_AT)

    def proof(self, old: int, new: int) -> tuple[bytes, ...]:
        return merkle.consistency_proof(old, new, HASH_AT)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    with opened_mirror(tmp_path) as made:
        yield made


@pytest.fixture
def port(mirror: Mirror) -> Iterator[int]:
    door = serving.Door(Cosigner(mirror.memory, lambda: NOW), mirror, lambda: NOW)
    with serving.listening(door, "127.0.0.1", 0) as port:
        yield port


def named(port: int, key: str = str(LOG_KEY.verifier)) -> Witness:
    url = f"http://127.0.0.1:{port}"
    return Witness("library", key, url, Role.MIRROR, "The Library", submit=url)


def fed(port: int, files: dict[str, bytes] | None = None) -> Answer:
    outside = Outbound([f"127.0.0.1:{port}"])
    return Feeding(outside, (NEWER if files is None else files).get).feed(named(port))


@contextmanager
def saying(say: Say) -> Iterator[int]:
    """A server that answers every question as it is told."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, kind, said = say(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_mirror_is_fed_what_is_published_as_it_grows(mirror: Mirror, port: int) -> None:
    outside, published = Outbound([f"127.0.0.1:{port}"]), dict(OLDER)
    pushing = Feeding(outside, published.get)
    assert pushing.feed(named(port)).heard is Heard.COSIGNED
    sound(mirror, OLD)
    published.update(NEWER)
    assert pushing.feed(named(port)).heard is Heard.COSIGNED
    sound(mirror, SIZE)


def test_the_watchers_feed_a_mirror_and_read_its_signature_in_one_round(mirror: Mirror, port: int) -> None:
    outside = Outbound([f"127.0.0.1:{port}"])
    watchers = HttpWatchers(outside, str(LOG_KEY.verifier), feeding=Feeding(outside, NEWER.get))
    ours = named(port, str(mirror.memory.keys[0].verifier))
    [answer] = watchers.ask(NEWER["checkpoint"].decode(), [ours], History())
    assert (answer.heard, answer.seen) == (Heard.COSIGNED, NOW)
    opened = note.open_note(answer.note, [LOG_KEY.verifier, mirror.memory.keys[0].verifier])
    assert {each.key.name for each in opened.by} == {ORIGIN, NAME}


def test_feeding_goes_on_where_a_mirror_stopped(
    mirror: Mirror, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(mirror, OLD, SIZE)
    sent(mirror, body(0, SIZE, 2))
    seen: list[uploads.Upload] = []
    real = feeding._body

    def watched(log: feeding._Published, stands: uploads.MirrorInfo) -> bytes:
        made = real(log, stands)
        seen.append(uploads.read_upload(takes(made)))
        return made

    monkeypatch.setattr(feeding, "_body", watched)
    assert fed(port).heard is Heard.COSIGNED
    assert [(each.start, each.end) for each in seen] == [(SIZE, SIZE), (512, SIZE)]
    sound(mirror, SIZE)


def test_a_request_holds_no_more_than_it_may_and_the_next_one_goes_on(
    mirror: Mirror, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "PACKAGES_A_REQUEST", 1)
    assert fed(port).heard is Heard.COSIGNED
    sound(mirror, SIZE)


def test_when_time_is_over_it_goes_on_the_next_time(
    mirror: Mirror, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "MOST_UNPACKED", 1)
    monkeypatch.setattr(feeding, "SECONDS", 0.0)
    outside = Outbound([f"127.0.0.1:{port}"])
    pushing = Feeding(outside, NEWER.get)
    assert pushing.feed(named(port)).heard is Heard.UNREACHED
    monkeypatch.setattr(feeding, "SECONDS", 8.0)
    assert pushing.feed(named(port)).heard is Heard.COSIGNED
    assert pushing.feed(named(port)).says == "it has everything"
    sound(mirror, SIZE)


def test_two_who_feed_at_once_bring_one_copy(mirror: Mirror, port: int) -> None:
    feeders = [threading.Thread(target=fed, args=(port,)) for _ in range(3)]
    for each in feeders:
        each.start()
    for each in feeders:
        each.join()
    assert fed(port).heard is Heard.COSIGNED
    sound(mirror, SIZE)


def test_a_mirror_that_was_shown_another_history_is_an_alarm_with_the_evidence(
    mirror: Mirror, port: int
) -> None:
    added(mirror, OLD)
    other = Log([*ENTRIES[:20], ENTRIES[-1], *ENTRIES[21:]]).files()
    answer = fed(port, other)
    assert (answer.heard, answer.note) == (Heard.FORKED, other["checkpoint"].decode())


def test_published_files_that_do_not_fit_their_head_are_sent_and_refused(mirror: Mirror, port: int) -> None:
    damaged = bytearray(NEWER["tile/entries/001"])
    damaged[-1] ^= 1
    answer = fed(port, NEWER | {"tile/entries/001": bytes(damaged)})
    assert answer.heard is Heard.REFUSED
    assert "fsck" in answer.says
    assert mirror.served(ORIGIN) is None


def test_a_mirror_that_knows_more_than_is_published_is_left_alone(mirror: Mirror, port: int) -> None:
    added(mirror, SIZE)
    sent(mirror, body(0, SIZE))
    assert fed(port, OLDER).heard is Heard.REFUSED
    sound(mirror, SIZE)


def info(size: int, following: int) -> bytes:
    return str(uploads.MirrorInfo(size, following)).encode()


@pytest.mark.parametrize(
    "says",
    [
        (202, uploads.MIRROR_INFO, info(SIZE, 0)),
        (409, uploads.MIRROR_INFO, info(SIZE, SIZE)),
        (409, uploads.MIRROR_INFO, info(2**62, 0)),
        (409, uploads.MIRROR_INFO, info(0, 2**62)),
        (409, "text/plain", info(SIZE, 0)),
        (409, uploads.MIRROR_INFO, b"9" * 50_000),
        (404, "text/plain", b""),
        (403, "text/plain", b""),
        (400, "text/plain", b""),
        (302, "text/plain", b""),
        (422, "text/plain", b""),
        (500, "text/plain", b""),
        (429, "text/plain", b""),
    ],
)  # fmt: skip
def test_a_mirror_that_lies_or_refuses_is_never_asked_without_end(says: tuple[int, str, bytes]) -> None:
    asked: list[bytes] = []

    def say(path: str, data: bytes) -> tuple[int, str, bytes]:
        if path == "/add-checkpoint":
            return 200, "text/plain", b""
        asked.append(gzip.decompress(data))
        return says

    with saying(say) as port:
        outside = Outbound([f"127.0.0.1:{port}"])
        watchers = HttpWatchers(outside, str(LOG_KEY.verifier), feeding=Feeding(outside, NEWER.get))
        [answer] = watchers.ask(NEWER["checkpoint"].decode(), [named(port)], History())
    assert answer.heard is not Heard.COSIGNED
    assert len(asked) <= 6


@pytest.mark.parametrize("own", [(), ("127.0.0.1:1",)])
def test_an_address_where_nobody_is_or_may_be_called_is_a_warning_and_what_is_served_is_read_all_the_same(
    mirror: Mirror, port: int, caplog: pytest.LogCaptureFixture, own: tuple[str, ...]
) -> None:
    added(mirror, SIZE)
    sent(mirror, body(0, SIZE))
    outside = Outbound([f"127.0.0.1:{port}", *own])
    watchers = HttpWatchers(outside, str(LOG_KEY.verifier), feeding=Feeding(outside, NEWER.get))
    url, key = f"http://127.0.0.1:{port}", str(mirror.memory.keys[0].verifier)
    elsewhere = Witness("library", key, url, Role.MIRROR, "The Library", submit="http://127.0.0.1:1")
    for _ in range(2):
        [answer] = watchers.ask(NEWER["checkpoint"].decode(), [elsewhere], History())
        assert answer.heard is Heard.COSIGNED
    assert len([each for each in caplog.records if "library" in each.getMessage()]) == 1


def test_nothing_is_fed_before_something_is_published(port: int) -> None:
    assert fed(port, {}).heard is Heard.UNREACHED
