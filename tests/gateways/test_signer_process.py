"""The signer as a process of its own: one has the turn, the key stays inside, and no death forks the log."""

import json
import os
import random
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from showcause.compose.signing import in_a_process_of_its_own, signer_served
from showcause.domain.errors import Broken, ClockBehind, Fenced, Misconfigured, SignerEnded, SignerTaken
from showcause.gateways import signer_wire
from showcause.gateways.signer_client import SignerClient, connect, last_signed
from showcause.gateways.signer_files import read_state
from showcause.gateways.signer_process import MAX_CONVERSATIONS
from showcause.home import Home
from showcause.settings import Settings
from showcause.transparency.errors import LogError
from showcause.transparency.keys import parse_verifier_key
from showcause.transparency.policy import Policy, evaluate
from tests.logbook import ORIGIN, Clock, Files, heads, proof
from tests.services.processes import until

HEADS = heads(60)


class Place:
    """A site as far as the signer's child knows it."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        for each in (self.home.secrets, self.home.state.parent):
            each.mkdir(mode=0o700, parents=True)
        made = Files(folder)
        made.make()
        made.key.rename(self.home.log_key)
        made.state.rename(self.home.state)

    def take(self) -> SignerClient:
        """Start a child and take its turn."""
        return in_a_process_of_its_own(self.home, Settings(origin=ORIGIN), Clock())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def children() -> list[int]:
    """Return the signers that this process started and that still run."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int(each.joinpath("stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"signer_process" in each.joinpath("cmdline").read_bytes():
                found.append(int(each.name))
    return found


def test_another_process_gives_the_same_bytes_as_the_key_in_this_one(place: Place) -> None:
    with place.take() as signer:
        note = signer.sign(HEADS[5], ())
        assert (signer.origin, signer.last()) == (ORIGIN, HEADS[5])
    assert not children()
    with place.take() as signer:
        assert signer.sign(HEADS[5], ()) == note
        with pytest.raises(Fenced, match="does not continue"):
            signer.sign(HEADS[9], ())
        signer.sign(HEADS[9], proof(5, 9))
    assert read_state(place.home.state).head == HEADS[9]


def test_the_child_knows_nothing_of_this_process_environment_and_holds_no_other_file(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOWCAUSE_DATABASE", "postgresql://showcause:secret@/house")
    with place.home.secrets.joinpath("other.key").open("w"), place.take():
        [child] = children()
        assert b"postgresql" not in Path(f"/proc/{child}/environ").read_bytes()
        held = {os.readlink(each) for each in Path(f"/proc/{child}/fd").iterdir()}
    assert str(place.home.log_key) in held
    assert not any("other.key" in each for each in held)


def test_one_signs_and_a_second_is_refused_until_the_first_ends(place: Place) -> None:
    with place.take(), pytest.raises(SignerTaken, match="another process signs"):
        place.take()
    with place.take() as signer:
        signer.sign(HEADS[3], ())


def test_keys_are_made_and_replaced_over_the_wire_and_no_private_key_crosses_it(place: Place) -> None:
    with place.take() as signer:
        old, coming = signer.verifier_key, signer.prepare_key("ED25519")
        assert signer.adopt_key() == (old, coming)
        assert signer.prepare_key("ML_DSA_44") not in signer.adopt_key()[:2]
        second = signer.verifier_keys[2]
        note = signer.sign(HEADS[5], ())
        assert evaluate(Policy((parse_verifier_key(coming),)), note).checkpoint.size == 5
        assert signer.promote_key() == (coming, second)
        assert signer.drop_key(second) == (coming,)
        assert signer.sign(HEADS[9], proof(5, 9)).count(ORIGIN) == 2
        with pytest.raises(LogError):
            signer.prepare_key("COSIGNATURE")
        with pytest.raises(Misconfigured, match="no key is coming"):
            signer.promote_key()
    with place.take() as signer:
        assert signer.verifier_keys == (coming,)


def test_what_is_wrong_with_the_files_is_what_the_house_hears(place: Place) -> None:
    place.home.log_key.chmod(0o644)
    with pytest.raises(Misconfigured, match="others may read"):
        place.take()
    assert not children()


def test_a_signer_that_dies_leaves_an_unknown_outcome_that_harms_nothing(place: Place) -> None:
    with place.take() as signer:
        signer.sign(HEADS[2], ())
        [child] = children()
        os.kill(child, signal.SIGKILL)
        with pytest.raises(SignerEnded):
            signer.sign(HEADS[4], proof(2, 4))
    with place.take() as signer:
        assert signer.last() == HEADS[2]
        signer.sign(HEADS[4], proof(2, 4))


def test_signers_killed_at_random_never_forget_a_signature_that_left(place: Place) -> None:
    dice, given = random.Random(11), 0
    for _ in range(8):
        with place.take() as signer:
            before, given = given, signer.last().size
            assert given >= before, "a signature left, and its head was forgotten"
            assert given <= before + 1, "no more was remembered than was asked for"
            [child] = children()
            timer = threading.Timer(dice.uniform(0, 0.01), os.kill, (child, signal.SIGKILL))
            timer.start()
            try:
                for size in range(given + 1, len(HEADS)):
                    signer.sign(HEADS[size], proof(size - 1, size) if size > 1 else ())
                    given = size
            except SignerEnded:
                pass
            timer.join()
    with place.take() as signer:
        last = signer.last()
        assert last == HEADS[last.size]
        assert given <= last.size <= given + 1


def test_a_memory_that_cannot_be_written_ends_the_process_after_it_said_so(place: Place) -> None:
    with place.take() as signer:
        [child] = children()
        place.home.state.unlink()
        place.home.state.mkdir()
        with pytest.raises(Broken, match="cannot be written"):
            signer.sign(HEADS[2], ())
        with pytest.raises(SignerEnded):
            signer.sign(HEADS[2], ())
        for _ in range(100):
            if child not in children() or Path(f"/proc/{child}/cmdline").read_bytes() == b"":
                break
            time.sleep(0.02)
        else:
            pytest.fail("a signer that cannot write goes on")


# --- A service ----------------------------------------------------------------------------------------------


@contextmanager
def service(clock: Clock) -> Iterator[tuple[Path, list[Exception]]]:
    """Run a signer at a socket, in a thread; yield the socket's path and what ended it."""
    ended: list[Exception] = []
    with tempfile.TemporaryDirectory() as name:
        made = Files(Path(name))
        made.make()
        made.key.rename(Path(name, "log.key"))
        made.state.rename(Path(name, "state.json"))
        done = threading.Event()

        def run() -> None:
            try:
                answer(done.is_set)
            except Broken as error:
                ended.append(error)

        with signer_served(Path(name), Path(name, "socket"), clock) as answer:
            thread = threading.Thread(target=run)
            thread.start()
            try:
                yield Path(name, "socket"), ended
            finally:
                done.set()
                thread.join()
        assert not Path(name, "socket").exists()


def when_free(path: Path) -> SignerClient:
    """Return a client that has the turn; the service may see a moment later that the one before has gone."""
    taken = list[SignerClient]()

    def is_taken() -> bool:
        with suppress(SignerTaken):
            taken.append(SignerClient(connect(path)))
        return bool(taken)

    until(is_taken)
    return taken[0]


def test_many_may_ask_what_was_signed_last_and_one_has_the_turn() -> None:
    clock = Clock()
    with service(clock) as (path, _):
        assert path.stat().st_mode & 0o777 == 0o660
        with SignerClient(connect(path)) as signer:
            signer.sign(HEADS[3], ())
            assert last_signed(path) == (HEADS[3], clock.now)
            with pytest.raises(SignerTaken):
                SignerClient(connect(path))
            clock.go(seconds=-1)
            with pytest.raises(ClockBehind):
                signer.sign(HEADS[4], proof(3, 4))
        with when_free(path) as again:
            assert again.last() == HEADS[3]


def test_who_has_not_the_turn_is_signed_for_nothing() -> None:
    with service(Clock()) as (path, _), connect(path) as one, one.makefile("rwb") as wire:
        for ask in (
            {"ask": "sign", "size": 3, "root": HEADS[3].root.hex(), "proof": []},
            {"ask": "learn", "note": "x"},
        ):
            signer_wire.write(wire, ask)
            with pytest.raises(SignerTaken, match="took the turn"):
                signer_wire.result(signer_wire.read(wire) or {})
        assert last_signed(path)[0].size == 0


HOSTILE: dict[str, bytes] = {
    "no JSON": b"sign please\n",
    "no object": b"[1]\n",
    "deep": b"[" * 100_000 + b"\n",
    "half a line": b'{"ask": "take"',
    "without end": b" " * (signer_wire.MAX_LINE + 1),
    "not text": b"\xff\xfe\n",
    "a number without end": b'{"ask": ' + b"9" * 10_000 + b"}\n",
}


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE.keys())
def test_another_language_ends_the_conversation_and_nothing_else(sent: bytes) -> None:
    with service(Clock()) as (path, ended):
        with connect(path) as one:
            with suppress(BrokenPipeError, ConnectionResetError):
                one.sendall(sent)
                one.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                assert b'"ok"' not in one.recv(4096)
        with SignerClient(connect(path)) as signer:
            signer.sign(HEADS[1], ())
        assert not ended


STRANGE: tuple[dict[str, object], ...] = (
    {"ask": "sign", "size": -1, "root": HEADS[1].root.hex(), "proof": []},
    {"ask": "sign", "size": 2**70, "root": HEADS[1].root.hex(), "proof": []},
    {"ask": "sign", "size": 1, "root": "00", "proof": []},
    {"ask": "sign", "size": 1, "root": HEADS[1].root.hex(), "proof": [1]},
    {"ask": "sign", "size": 1, "root": HEADS[1].root.hex(), "proof": ["00" * 32] * 65},
    {"ask": "sign", "size": "1", "root": HEADS[1].root.hex(), "proof": []},
    {"ask": "learn", "note": "nothing"},
    {"ask": "key"},
    {},
)


@pytest.mark.parametrize("asked", STRANGE, ids=lambda asked: json.dumps(asked)[:50])
def test_a_strange_question_is_refused_and_remembered_by_nobody(asked: dict[str, object]) -> None:
    with service(Clock()) as (path, _), connect(path) as one, one.makefile("rwb") as wire:
        signer_wire.write(wire, {"ask": "take"})
        signer_wire.result(signer_wire.read(wire) or {})
        signer_wire.write(wire, asked)
        with pytest.raises((LogError, Fenced)):
            signer_wire.result(signer_wire.read(wire) or {})
        assert last_signed(path)[0].size == 0


def test_a_crowd_is_turned_away_and_who_has_the_turn_is_not_disturbed() -> None:
    with service(Clock()) as (path, _), SignerClient(connect(path)) as signer:
        crowd = [connect(path) for _ in range(MAX_CONVERSATIONS + 8)]
        signer.sign(HEADS[2], ())
        for each in crowd:
            each.close()


def test_a_socket_that_was_left_is_replaced_and_a_file_is_not() -> None:
    with tempfile.TemporaryDirectory() as name:
        made = Files(Path(name))
        made.make()
        made.state.rename(Path(name, "state.json"))
        left, file = Path(name, "socket"), Path(name, "notes")
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(left))
        with signer_served(Path(name), left, Clock()):
            connect(left).close()
        assert not left.exists()
        file.write_text("mine")
        with pytest.raises(Misconfigured, match="cannot listen"), signer_served(Path(name), file, Clock()):
            pass
        assert file.read_text() == "mine"
