"""The programs as people run them: against a real server of a log's files, and with a peer that reads their answers."""

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tlog_scales import signing, tlog

from showcause.transparency import audit, note, policy
from showcause.transparency.keys import KeyKind
from showcause.witness import asking
from showcause.witness.cosigning import Cosigner
from showcause.witness.fetching import ask_ourselves, over_http
from showcause.witness.memory import Memory
from showcause.witness.mirroring import Mirror
from showcause.witness.pulling import copy
from showcause.witness.serving import Door, listening
from tests.peers.published import OLD, SIZE, Published, publish
from tests.services.processes import PATIENCE
from tests.transparency.logs import LOG_KEY, Log, secret

ROOT = Path(__file__).resolve().parents[2]
WITNESS = KeyKind.COSIGNATURE
PLACE = sha256(LOG_KEY.name.encode()).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return publish(tmp_path)


@pytest.fixture
def log_url(published: Published) -> Iterator[str]:
    """A log's files on a real server, as the log of 1,003 entries publishes them."""
    handler = partial(Quiet, directory=str(published.folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def run(program: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "showcause", program, "--name", f"{program}.example/1"]
    return subprocess.run(
        [*command, "--folder", str(folder), *more], env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip


def test_one_command_witnesses_a_log_and_another_implementation_believes_it(
    tmp_path: Path, log_url: str, published: Published
) -> None:
    folder = tmp_path / "w"
    done = run("witness", folder, "--log", f"{LOG_KEY.verifier}={log_url}", "--once")
    assert done.returncode == 0, done.stderr
    vkeys = [line.rpartition(" ")[2] for line in done.stdout.splitlines()]
    assert "cosigned 1 of 1 logs" in done.stderr
    memory = Memory(folder / "witness.db")
    seen = memory.seen(LOG_KEY.name)
    memory.close()
    assert seen is not None
    assert seen.size == SIZE
    theirs = tlog.Checkpoint.from_text(seen.note)
    known = signing.VkeySet(*(signing.Vkey.from_string(vkey) for vkey in vkeys))
    assert len(known.verify(theirs.signatures, theirs)) == 2


def test_a_log_that_grew_is_followed_by_its_own_tiles_and_one_that_forked_is_not(
    tmp_path: Path, log_url: str, published: Published
) -> None:
    memory = Memory(tmp_path / "w.db")
    memory.name_ourselves("w.example", [WITNESS], secret("w"))
    memory.watch(str(LOG_KEY.verifier), log_url)
    cosigner = Cosigner(memory, lambda: 1_790_000_000)
    first = asking.write(0, (), published.old_note.read_text())
    assert cosigner.add_checkpoint(first).status == 200
    assert ask_ourselves(cosigner, LOG_KEY.name, over_http(log_url)).status == 200
    forked = Log([*published.log.entries[:-1], b"another"]).files()
    for path, data in forked.items():
        (published.folder / path).write_bytes(data)
    assert ask_ourselves(cosigner, LOG_KEY.name, over_http(log_url)).status == 422
    assert len(memory.forks()) == 1
    memory.close()


def test_the_server_answers_logs_monitors_and_people_and_nothing_else(
    tmp_path: Path, published: Published
) -> None:
    memory = Memory(tmp_path / "w.db")
    memory.name_ourselves("w.example", [WITNESS], secret("w"))
    memory.watch(str(LOG_KEY.verifier))
    door = Door(Cosigner(memory, lambda: 1_790_000_000), None, lambda: 1_790_000_000)
    with listening(door, "127.0.0.1", 0) as port:

        def ask(method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            connection.request(method, path, body)
            answer = connection.getresponse()
            told = answer.status, answer.read().decode()
            connection.close()
            return told

        assert ask("GET", f"/{PLACE}/checkpoint")[0] == 404
        assert ask("POST", "/add-checkpoint", asking.write(0, (), published.old_note.read_text()))[0] == 200
        status, kept = ask("GET", f"/{PLACE}/checkpoint")
        assert status == 200
        assert len(note.parse_note(kept).signatures) == 2
        page = ask("GET", "/")[1]
        assert LOG_KEY.name in page
        assert str(memory.keys[0].verifier) in page
        sheet = ask("GET", f"/{PLACE}/root")[1]
        assert "<svg" in sheet
        assert str(OLD) in sheet
        for method, path, body, expected in (
            ("GET", "/../../etc/passwd", None, 404),
            ("GET", f"/{PLACE}/tile/0/../../x", None, 404),
            ("GET", f"/{'0' * 64}/checkpoint", None, 404),
            ("POST", "/", b"x", 404),
            ("POST", "/add-checkpoint", b"x" * 200_000, 400),
            ("PUT", "/", b"x", 501),
        ):
            assert ask(method, path, body)[0] == expected, path
    memory.close()


def test_a_mirror_stores_everything_before_it_says_so_and_goes_on_where_it_stopped(
    tmp_path: Path, log_url: str, published: Published
) -> None:
    small = Log(published.log.entries[:OLD]).files()
    older = tmp_path / "older"
    for path, data in small.items():
        (older / path).parent.mkdir(parents=True, exist_ok=True)
        (older / path).write_bytes(data)
    key = Memory(tmp_path / "m.db")
    key.name_ourselves("m.example", [WITNESS], secret("m"))
    key.watch(str(LOG_KEY.verifier))
    mirror = Mirror(tmp_path / "copies", key, lambda: 1_790_000_000)

    def from_folder(path: str) -> bytes | None:
        return (older / path).read_bytes() if (older / path).exists() else None

    assert copy(mirror, LOG_KEY.name, [LOG_KEY.verifier], from_folder).new == OLD
    asked: list[str] = []

    def counted(path: str) -> bytes | None:
        asked.append(path)
        return over_http(log_url)(path)

    copied = copy(mirror, LOG_KEY.name, [LOG_KEY.verifier], counted)
    assert (copied.size, copied.new) == (SIZE, SIZE - OLD)
    assert "tile/entries/000" not in asked
    place = mirror.copies.place(LOG_KEY.name)

    def stored(path: str) -> bytes | None:
        return (place / path).read_bytes() if (place / path).exists() else None

    report = audit.audit(stored, policy.Policy((LOG_KEY.verifier,)))
    assert report.sound, report.faults
    assert report.entries == SIZE
    assert {each.name for each in note.parse_note((place / "checkpoint").read_text()).signatures} == {
        LOG_KEY.name,
        "m.example",
    }
    key.close()


def test_a_mirror_of_a_log_that_lies_about_its_entries_keeps_its_older_copy(
    tmp_path: Path, log_url: str, published: Published
) -> None:
    folder = tmp_path / "m"
    done = run("mirror", folder, "--log", f"{LOG_KEY.verifier}={log_url}", "--once")
    assert f"stored {SIZE} new entries of 1 logs" in done.stderr, done.stderr
    kept = (folder / "copies" / PLACE / "checkpoint").read_bytes()
    bundle = published.folder / "tile/entries/003.p" / str(SIZE % 256)
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"\x00")
    done = run("mirror", folder, "--log", f"{LOG_KEY.verifier}={log_url}", "--once")
    assert "not copied" in done.stderr
    assert (folder / "copies" / PLACE / "checkpoint").read_bytes() == kept


def test_a_witness_needs_nothing_of_who_writes_the_log() -> None:
    code = "import sys, showcause.witness.serving; print([m for m in sys.modules if 'django' in m or 'casework' in m])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout.replace("'", '"')) == []
