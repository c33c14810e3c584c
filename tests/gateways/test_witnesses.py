"""Asking witnesses: by their real door, by doors that lie, and what is believed of either.

Source: c2sp.org/tlog-witness.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import monotonic

import pytest

from showcause.casework.ports.witnesses import Answer, Heard
from showcause.domain.witness import Role, Witness
from showcause.gateways import calling_out, witnesses
from showcause.gateways.calling_out import Outbound
from showcause.gateways.witness_heads import HttpHeads
from showcause.gateways.witness_keys import HttpKnowing
from showcause.gateways.witnesses import HttpWatchers
from showcause.transparency import checkpoint, keys, merkle, note
from showcause.transparency.errors import LogError
from showcause.witness import asking, cosigning, serving
from showcause.witness.memory import Memory
from tests.services.processes import PATIENCE
from tests.transparency.logs import LOG_KEY, WITNESS_KEY, secret, signed

LEAVES = [secret("leaf", number) for number in range(40)]
OTHERS = [secret("other", number) for number in range(40)]
NOW = 1_790_000_000
Say = Callable[[bytes], tuple[int, bytes]]


@dataclass
class History:
    """What our log can prove of itself."""

    leaves: list[bytes]

    def root(self, size: int) -> bytes:
        return merkle.root_at(size, merkle.in_memory(self.leaves))

    def proof(self, old: int, new: int) -> tuple[bytes, ...]:
        return merkle.consistency_proof(old, new, merkle.in_memory(self.leaves))


def head(size: int, leaves: list[bytes] = LEAVES) -> str:
    return signed(checkpoint.Checkpoint(LOG_KEY.name, size, merkle.root_of(leaves[:size])))


@pytest.fixture
def door(tmp_path: Path) -> Iterator[serving.Door]:
    memory = Memory(tmp_path / "w.db")
    memory.name_ourselves("w.example", [keys.KeyKind.COSIGNATURE, keys.KeyKind.ML_DSA_44], secret("a") * 2)
    memory.watch(str(LOG_KEY.verifier))
    yield serving.Door(cosigning.Cosigner(memory, lambda: NOW), None, lambda: NOW)
    memory.close()


def key_of(door: serving.Door, kind: keys.KeyKind = keys.KeyKind.COSIGNATURE) -> keys.VerifierKey:
    return next(key.verifier for key in door.cosigner.memory.keys if key.kind is kind)


def ask(
    port: int, key: keys.VerifierKey, size: int, leaves: list[bytes] = LEAVES, *, pull: bool = False
) -> Answer:
    watchers = HttpWatchers(Outbound([f"127.0.0.1:{port}"]), str(LOG_KEY.verifier))
    named = Witness("daily", str(key), f"http://127.0.0.1:{port}", Role.WITNESS, "The Daily Example", pull)
    [answer] = watchers.ask(head(size, leaves), [named], History(leaves))
    return answer


def always(status: int, body: bytes) -> Say:
    """Answer every question alike."""
    return lambda _: (status, body)


@contextmanager
def saying(say: Say) -> Iterator[int]:
    """A server that answers every question as it is told to."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = say(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("kind", [keys.KeyKind.COSIGNATURE, keys.KeyKind.ML_DSA_44])
def test_a_witness_cosigns_the_head_and_its_continuations(door: serving.Door, kind: keys.KeyKind) -> None:
    key = key_of(door, kind)
    with serving.listening(door, "127.0.0.1", 0) as port:
        for size in (7, 7, 8, 40):
            answer = ask(port, key, size)
            assert (answer.heard, answer.seen) == (Heard.COSIGNED, NOW), answer.says
            opened = note.open_note(answer.note, [LOG_KEY.verifier, key])
            assert {each.key for each in opened.by} == {LOG_KEY.verifier, key}
            assert opened.text == note.parse_note(head(size)).text


def test_an_answer_that_got_lost_costs_one_more_question(door: serving.Door) -> None:
    with serving.listening(door, "127.0.0.1", 0) as port:
        # The witness wrote 9 down and its answer never came: to whoever asks again it has seen 9 already.
        door.cosigner.add_checkpoint(asking.write(0, (), head(9)))
        assert ask(port, key_of(door), 9).heard is Heard.COSIGNED
        assert ask(port, key_of(door), 30).heard is Heard.COSIGNED


def test_a_witness_that_saw_another_history_is_an_alarm_with_the_evidence(door: serving.Door) -> None:
    with serving.listening(door, "127.0.0.1", 0) as port:
        door.cosigner.add_checkpoint(asking.write(0, (), head(9)))
        for size in (9, 12):
            answer = ask(port, key_of(door), size, OTHERS)
            assert (answer.heard, answer.note) == (Heard.FORKED, head(size, OTHERS))
        read = ask(port, key_of(door), 12, OTHERS, pull=True)
        assert read.heard is Heard.FORKED
        assert note.open_note(read.note, [LOG_KEY.verifier]).text == note.parse_note(head(9)).text


@pytest.mark.parametrize("again", [b"", b"9\n"])
def test_another_tree_of_the_same_size_is_an_alarm_as_the_specification_says_it(again: bytes) -> None:
    """A witness answers 409 to the size that it named itself; whether it names it again is left to it."""
    said = [(409, again), (409, b"9\n")]
    with saying(lambda _: said.pop()) as port:
        answer = ask(port, LOG_KEY.verifier, 9)
    assert (answer.heard, answer.note) == (Heard.FORKED, head(9))


def test_a_refusal_of_a_head_that_is_told_from_nothing_is_no_alarm() -> None:
    with saying(always(422, b"no\n")) as port:
        assert ask(port, LOG_KEY.verifier, 9).heard is Heard.REFUSED


def test_who_cannot_be_asked_is_read(door: serving.Door) -> None:
    with serving.listening(door, "127.0.0.1", 0) as port:
        assert ask(port, key_of(door), 20, pull=True).heard is Heard.REFUSED
        door.cosigner.add_checkpoint(asking.write(0, (), head(9)))
        answer = ask(port, key_of(door), 20, pull=True)
        assert (answer.heard, answer.seen) == (Heard.COSIGNED, NOW)
        opened = note.open_note(answer.note, [LOG_KEY.verifier, key_of(door)])
        assert len(opened.by) == 2
        assert opened.text == note.parse_note(head(9)).text


def test_a_witness_that_lies_about_its_size_is_refused_and_never_asked_without_end() -> None:
    asked: list[bytes] = []

    def counting(body: bytes) -> tuple[int, bytes]:
        asked.append(body)
        return 409, b"%d\n" % (len(asked) % 7)

    key = LOG_KEY.verifier
    with saying(counting) as port:
        assert ask(port, key, 9).heard is Heard.REFUSED
    assert len(asked) == 3
    for said in (b"10\n", b"9223372036854775807\n", b"", b"-1\n", b"07\n", b"9" * 50_000):
        with saying(always(409, said)) as port:
            assert ask(port, key, 9).heard is Heard.REFUSED


def test_what_is_not_its_own_signature_over_this_very_head_is_no_cosignature(door: serving.Door) -> None:
    ours = door.cosigner.memory.keys[0]
    other = keys.SigningKey(ours.name, ours.kind, secret("stranger"))

    def line(text: str, key: keys.SigningKey, time: int = NOW) -> bytes:
        return str(note.signature_of(text, key, time)).encode()

    text, elsewhere = note.parse_note(head(9)).text, note.parse_note(head(9, OTHERS)).text
    good = line(text, ours)
    answers = (
        line(elsewhere, ours), line(text, other), line(text, ours, 0), b"", b"<html>", good[:-9] + b"\n",
        good.replace(b"w.example", b"v.example"), b"\xff" * 30, good.rstrip(b"\n"),
    )  # fmt: skip
    for said in answers:
        with saying(always(200, said)) as port:
            assert ask(port, ours.verifier, 9).heard is Heard.REFUSED, said
    with saying(always(200, line(text, other) + good)) as port:
        answer = ask(port, ours.verifier, 9)
    assert answer.heard is Heard.COSIGNED
    assert len(note.parse_note(answer.note).signatures) == 2


@pytest.mark.parametrize(
    "status, heard",
    [
        (404, Heard.REFUSED), (403, Heard.REFUSED), (400, Heard.REFUSED), (302, Heard.REFUSED),
        (422, Heard.REFUSED), (429, Heard.UNREACHED), (500, Heard.UNREACHED), (503, Heard.UNREACHED),
    ],
)  # fmt: skip
def test_every_other_answer_is_what_it_is_and_no_redirect_is_followed(status: int, heard: Heard) -> None:
    with saying(always(status, b"")) as port:
        assert ask(port, LOG_KEY.verifier, 9).heard is heard


def test_nobody_at_the_address_is_not_reached_and_nobody_inside_is_called_unless_named() -> None:
    with saying(always(200, b"")) as port:
        watchers = HttpWatchers(Outbound(), str(LOG_KEY.verifier))
        inside = Witness("w", str(LOG_KEY.verifier), f"http://127.0.0.1:{port}", Role.WITNESS, "W")
        assert watchers.ask(head(9), [inside], History(LEAVES))[0].heard is not Heard.COSIGNED
    assert ask(port, LOG_KEY.verifier, 9).heard is Heard.UNREACHED


# --- a log with two keys ------------------------------------------------------------------------------------

COMING = keys.SigningKey(LOG_KEY.name, keys.KeyKind.ED25519, secret("coming"))


def signed_by_both(size: int) -> str:
    return note.sign_note(note.parse_note(head(size)).text, [LOG_KEY, COMING])


def named_at(port: int, key: keys.VerifierKey, *, pull: bool) -> Witness:
    return Witness("daily", str(key), f"http://127.0.0.1:{port}", Role.WITNESS, "The Daily Example", pull)


@pytest.mark.parametrize("pull", [False, True])
def test_it_is_seen_whether_a_witness_knows_the_coming_key(door: serving.Door, pull: bool) -> None:
    with serving.listening(door, "127.0.0.1", 0) as port:
        witness = named_at(port, key_of(door), pull=pull)
        knowing = HttpKnowing(Outbound([f"127.0.0.1:{port}"]), str(COMING.verifier), signed_by_both(9))
        door.cosigner.add_checkpoint(asking.write(0, (), signed_by_both(9)))
        assert knowing.ask([witness]) == {"daily": False}
        door.cosigner.memory.watch(str(COMING.verifier))
        door.cosigner.add_checkpoint(asking.write(9, (), signed_by_both(9)))
        assert knowing.ask([witness]) == {"daily": True}


def test_a_witness_that_saw_more_or_that_fails_is_told_apart_from_one_that_does_not_know() -> None:
    for status, found in ((409, True), (422, True), (403, False), (404, False), (500, None), (429, None)):
        with saying(always(status, b"1\n")) as port:
            knowing = HttpKnowing(Outbound([f"127.0.0.1:{port}"]), str(COMING.verifier), signed_by_both(9))
            assert knowing.ask([named_at(port, WITNESS_KEY.verifier, pull=False)]) == {"daily": found}
    assert knowing.ask([named_at(1, WITNESS_KEY.verifier, pull=False)]) == {"daily": None}, "nobody is there"


def test_asking_whether_a_key_is_known_changes_nothing_for_the_witness(door: serving.Door) -> None:
    door.cosigner.memory.watch(str(COMING.verifier))
    with serving.listening(door, "127.0.0.1", 0) as port:
        knowing = HttpKnowing(Outbound([f"127.0.0.1:{port}"]), str(COMING.verifier), signed_by_both(9))
        assert knowing.ask([named_at(port, key_of(door), pull=False)]) == {"daily": True}
    assert door.cosigner.memory.seen(LOG_KEY.name) is None


def test_a_key_that_did_not_sign_cannot_be_asked_about() -> None:
    with pytest.raises(LogError):
        HttpKnowing(Outbound([]), str(COMING.verifier), head(9))


@pytest.mark.parametrize("known", ["the old key", "the coming key", "both"])
def test_a_witness_that_pins_either_key_cosigns_what_both_signed(tmp_path: Path, known: str) -> None:
    memory = Memory(tmp_path / "w.db")
    memory.name_ourselves("w.example", [keys.KeyKind.COSIGNATURE], secret("a"))
    pinned = {"the old key": [LOG_KEY], "the coming key": [COMING]}.get(known, [LOG_KEY, COMING])
    for each in pinned:
        memory.watch(str(each.verifier))
    door = serving.Door(cosigning.Cosigner(memory, lambda: NOW), None, lambda: NOW)
    with serving.listening(door, "127.0.0.1", 0) as port:
        ours = [str(each.verifier) for each in (LOG_KEY, COMING)]
        watchers = HttpWatchers(Outbound([f"127.0.0.1:{port}"]), *ours)
        for pull in (False, True):
            [answer] = watchers.ask(
                signed_by_both(9), [named_at(port, key_of(door), pull=pull)], History(LEAVES)
            )
            assert answer.heard is Heard.COSIGNED, answer.says
            opened = note.open_note(answer.note, [LOG_KEY.verifier, COMING.verifier, key_of(door)])
            assert key_of(door) in {each.key for each in opened.by}
    memory.close()


def test_what_a_witness_holds_is_believed_if_either_key_signed_it(door: serving.Door) -> None:
    door.cosigner.memory.watch(str(COMING.verifier))
    text = note.parse_note(head(9)).text
    door.cosigner.add_checkpoint(asking.write(0, (), note.sign_note(text, [COMING])))
    with serving.listening(door, "127.0.0.1", 0) as port:
        named, outside = [named_at(port, key_of(door), pull=False)], Outbound([f"127.0.0.1:{port}"])
        [old] = HttpHeads(outside, str(LOG_KEY.verifier)).newest(named)
        [both] = HttpHeads(outside, str(LOG_KEY.verifier), str(COMING.verifier)).newest(named)
    assert old.note == ""
    assert note.parse_note(both.note).text == text


def test_many_who_hang_are_waited_for_as_long_as_one(
    door: serving.Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witnesses, "SECONDS_FOR_ALL", 3.0)
    monkeypatch.setattr(calling_out, "SECONDS_A_STEP", PATIENCE)
    silent = [socket.create_server(("127.0.0.1", 0)) for _ in range(6)]
    with serving.listening(door, "127.0.0.1", 0) as port:
        ports = [*(each.getsockname()[1] for each in silent), port]
        asked = [
            Witness(f"w{at}", str(key_of(door)), f"http://127.0.0.1:{each}", Role.WITNESS, "W")
            for at, each in enumerate(ports)
        ]
        watchers = HttpWatchers(Outbound([f"127.0.0.1:{each}" for each in ports]), str(LOG_KEY.verifier))
        began = monotonic()
        answers = watchers.ask(head(9), asked, History(LEAVES))
        assert monotonic() - began < 6 * 3.0, "one after the other they would have taken so long"
    assert [each.heard for each in answers] == [Heard.UNREACHED] * 6 + [Heard.COSIGNED]
    for each in silent:
        each.close()
