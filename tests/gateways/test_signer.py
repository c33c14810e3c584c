"""The signer: what it refuses, what it remembers, and in which order it writes and speaks."""

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from showcause.casework.ports import Head
from showcause.domain.errors import AlreadyExists, Broken, ClockBehind, Fenced, Misconfigured
from showcause.gateways.signer import FileSigner, recover
from showcause.gateways.signer_files import SLOT, read_state
from showcause.transparency.checkpoint import parse_checkpoint
from showcause.transparency.keys import parse_verifier_key
from showcause.transparency.note import open_note
from tests.logbook import EMPTY, ORIGIN, START, Clock, Files, heads, proof, secret

HEADS = heads(9)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    made = Files(tmp_path)
    made.make()
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_new_key_has_signed_nothing_and_can_be_read_by_its_owner_alone(files: Files, clock: Clock) -> None:
    with files.open(clock) as signer:
        assert signer.last() == EMPTY
        assert parse_verifier_key(signer.verifier_key).name == signer.origin == ORIGIN
    assert files.key.stat().st_mode & 0o777 == 0o600
    assert files.state.stat().st_mode & 0o777 == 0o600


def test_what_is_signed_is_the_checkpoint_of_the_head(files: Files, clock: Clock) -> None:
    with files.open(clock) as signer:
        note = signer.sign(HEADS[5], ())
        opened = open_note(note, [parse_verifier_key(signer.verifier_key)])
    checkpoint = parse_checkpoint(opened.text)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (ORIGIN, 5, HEADS[5].root)
    assert checkpoint.extensions == ()


def test_the_same_head_signed_again_has_the_same_bytes_also_after_a_restart(
    files: Files, clock: Clock
) -> None:
    with files.open(clock) as signer:
        first = signer.sign(HEADS[5], ())
    clock.go(hours=1)
    with files.open(clock) as signer:
        assert signer.last() == HEADS[5]
        assert signer.sign(HEADS[5], ()) == first


def test_a_larger_head_needs_a_proof_that_it_continues_the_last(files: Files, clock: Clock) -> None:
    with files.open(clock) as signer:
        signer.sign(HEADS[3], ())
        for wrong in ((), proof(2, 7), proof(3, 6), proof(3, 7)[:-1], (secret("x"), *proof(3, 7)[1:])):
            with pytest.raises(Fenced, match="does not continue"):
                signer.sign(HEADS[7], wrong)
        assert signer.last() == HEADS[3]
        signer.sign(HEADS[7], proof(3, 7))
        assert signer.last() == HEADS[7]


def test_another_history_of_the_same_or_of_a_larger_size_is_never_signed(files: Files, clock: Clock) -> None:
    with files.open(clock) as signer:
        signer.sign(HEADS[3], ())
        with pytest.raises(Fenced, match="another history"):
            signer.sign(Head(3, secret("another root")), ())
        with pytest.raises(Fenced, match="does not continue"):
            signer.sign(Head(7, secret("another root")), proof(3, 7))
        assert read_state(files.state).head == HEADS[3]


def test_a_smaller_head_is_never_signed_and_the_message_says_what_to_do(files: Files, clock: Clock) -> None:
    with files.open(clock) as signer:
        signer.sign(HEADS[7], ())
    with files.open(clock) as signer, pytest.raises(Fenced, match="6 entries, but 7 were signed") as refused:
        signer.sign(HEADS[6], ())
    assert "at least as new" in refused.value.hint
    assert "new origin" in refused.value.hint


def test_a_clock_that_went_backwards_pauses_signing_until_it_has_caught_up(
    files: Files, clock: Clock
) -> None:
    with files.open(clock) as signer:
        signer.sign(HEADS[3], ())
    clock.go(seconds=-1)
    with files.open(clock) as signer:
        for head, path in ((HEADS[3], ()), (HEADS[7], proof(3, 7))):
            with pytest.raises(ClockBehind, match="10:00:29 UTC; the last signature was made at"):
                signer.sign(head, path)
        clock.go(seconds=1)
        assert signer.sign(HEADS[7], proof(3, 7))
    assert read_state(files.state).time == START


def test_only_one_process_signs_with_a_key(files: Files, clock: Clock) -> None:
    with files.open(clock), pytest.raises(Misconfigured, match="another process signs"):
        files.open(clock)
    files.open(clock).close()


def test_a_closed_signer_signs_nothing(files: Files, clock: Clock) -> None:
    signer = files.open(clock)
    signer.close()
    with pytest.raises(Broken):
        signer.sign(HEADS[3], ())
    assert read_state(files.state).head == EMPTY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
@pytest.mark.parametrize("which", ["key", "state"])
def test_files_that_others_may_touch_are_refused(files: Files, clock: Clock, which: str, mode: int) -> None:
    (files.key if which == "key" else files.state).chmod(mode)
    with pytest.raises(Misconfigured, match="others may read or change") as refused:
        files.open(clock)
    assert "chmod 600" in refused.value.hint


def test_a_key_of_another_log_is_refused(files: Files, clock: Clock) -> None:
    with pytest.raises(Misconfigured, match=f"belongs to the log {ORIGIN}, not to other.example"):
        files.open(clock, "other.example/log")


def test_a_state_of_another_log_is_refused(files: Files, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Files(tmp_path / "other")
    other.make("other.example/log")
    other.state.replace(files.state)
    with pytest.raises(Misconfigured, match=r"state belongs to the log other.example/log"):
        files.open(clock)


def test_a_lost_state_is_not_an_empty_one(files: Files, clock: Clock) -> None:
    with files.open(clock) as signer:
        signer.sign(HEADS[3], ())
        note = signer.sign(HEADS[5], proof(3, 5))
    files.state.unlink()
    with pytest.raises(Misconfigured, match=r"state log.state is missing") as refused:
        files.open(clock)
    assert "newest checkpoint" in refused.value.hint
    assert recover(files.key, files.state, note, clock()) == HEADS[5]
    with files.open(clock) as signer, pytest.raises(Fenced):
        signer.sign(HEADS[3], ())


def test_a_state_is_recovered_only_from_a_note_of_this_key(
    files: Files, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Files(tmp_path / "other")
    other.make("other.example/log")
    with other.open(clock, "other.example/log") as signer:
        foreign = signer.sign(HEADS[5], ())
    with pytest.raises(AlreadyExists):
        recover(files.key, files.state, foreign, clock())
    files.state.unlink()
    with pytest.raises(Misconfigured, match="not of this log"):
        recover(files.key, files.state, foreign, clock())
    assert not files.state.exists()


def test_the_state_survives_a_torn_write_with_what_was_last_given_away(files: Files, clock: Clock) -> None:
    """Whatever part of the newest slot reached the disk: the one before it holds, or the newest, and never nothing."""
    with files.open(clock) as signer:
        signer.sign(HEADS[3], ())
        before = files.state.read_bytes()
        clock.go(seconds=5)
        signer.sign(HEADS[7], proof(3, 7))
    after = files.state.read_bytes()
    differing = [at for at in range(len(after)) if after[at] != before[at]]
    assert len({at // SLOT for at in differing}) == 1, "a signature touches one slot only"
    for torn in range(0, len(after), 37):
        files.state.write_bytes(after[:torn] + before[torn:])
        assert read_state(files.state).head in (HEADS[3], HEADS[7])
    for at in differing:
        files.state.write_bytes(after[:at] + bytes([after[at] ^ 1]) + after[at + 1 :])
        assert read_state(files.state).head == HEADS[3]


def test_the_state_is_right_after_every_one_of_many_signatures(files: Files, clock: Clock) -> None:
    with files.open(clock) as signer:
        for size in range(1, 10):
            signer.sign(HEADS[size], proof(size - 1, size))
            assert read_state(files.state).head == HEADS[size]
            assert files.state.stat().st_size == 2 * SLOT


def changed(text: str) -> str:
    """A slot that says something else, with the right checksum."""
    return f"{text} {hashlib.sha256(text.encode()).hexdigest()}".ljust(SLOT)


STATE = '{"f":"showcause/v1 signer","origin":"log.example/garden",%s}'
ZERO = "00" * 32


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        changed("{}"),
        changed("[]"),
        changed(STATE % f'"size":"many","root":"{ZERO}","time":"2026-03-02T10:00:00+00:00"'),
        changed(STATE % f'"size":-1,"root":"{ZERO}","time":"2026-03-02T10:00:00+00:00"'),
        changed(STATE % f'"size":3,"root":"{ZERO}"'),
        changed(STATE % f'"size":3,"root":"{ZERO[:-2]}","time":"2026-03-02T10:00:00+00:00"'),
    ],
)
def test_a_damaged_state_is_refused_and_kept(files: Files, clock: Clock, text: str) -> None:
    for whole in (text, text * 2):
        files.state.write_text(whole)
        with pytest.raises(Misconfigured, match=r"state log.state is damaged"):
            files.open(clock)
        assert files.state.read_text() == whole


def test_a_cut_or_grown_state_is_refused(files: Files, clock: Clock) -> None:
    whole = files.state.read_bytes()
    for text in (whole[:-1], whole + b" ", whole[:SLOT], whole * 2):
        files.state.write_bytes(text)
        with pytest.raises(Misconfigured, match="damaged"):
            files.open(clock)


def test_a_damaged_key_is_refused_without_being_repeated(files: Files, clock: Clock) -> None:
    text = files.key.read_text()
    files.key.write_text(text[:-6] + "AAAA=\n")
    with pytest.raises(Misconfigured, match="damaged") as refused:
        files.open(clock)
    assert text[30:60] not in refused.value.message + refused.value.hint


def test_a_key_is_made_once(files: Files) -> None:
    with pytest.raises(AlreadyExists):
        files.make()


@pytest.mark.parametrize("origin", ["", "log example", "log+example", "log\nexample", "x" * 256])
def test_an_origin_is_a_name_that_a_signature_line_can_carry(tmp_path: Path, origin: str) -> None:
    with pytest.raises(Misconfigured):
        Files(tmp_path).make(origin)
    assert list(tmp_path.iterdir()) == []


def test_without_a_written_state_there_is_no_signature_and_no_second_try(files: Files, clock: Clock) -> None:
    with files.open(clock) as signer:
        signer.sign(HEADS[3], ())
        # A folder in its place stands for a disk that refuses.
        kept = files.state.rename(files.state.with_name("kept"))
        files.state.mkdir()
        with pytest.raises(Broken, match="cannot be written"):
            signer.sign(HEADS[7], proof(3, 7))
        files.state.rmdir()
        kept.rename(files.state)
        with pytest.raises(Broken, match="closed or failed"):
            signer.sign(HEADS[7], proof(3, 7))
    assert read_state(files.state).head == HEADS[3]


def test_the_private_key_shows_in_no_repr_and_no_error(files: Files, clock: Clock) -> None:
    with files.open(clock) as signer:
        assert secret(ORIGIN, "seed").hex() not in repr(vars(signer))
        assert repr(secret(ORIGIN, "seed")) not in repr(vars(signer))


@pytest.mark.crash
def test_killed_between_state_and_release_it_knows_what_it_had_decided_to_sign(
    files: Files, clock: Clock, tmp_path: Path
) -> None:
    """The child dies when the new state can be read; nobody ever saw the signature, and it is contradicted by none."""
    program = f"""
        import os, signal, threading
        from pathlib import Path
        from showcause.gateways.signer_files import read_state
        from tests.logbook import Clock, Files, heads

        files = Files(Path({str(tmp_path)!r}))
        signer = files.open(Clock())

        def die_when_written():
            while read_state(files.state).head.size != 7:
                pass
            os.kill(os.getpid(), signal.SIGKILL)
        threading.Thread(target=die_when_written, daemon=True).start()
        signer.sign(heads(9)[7], ())
        threading.Event().wait()
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": f"src{os.pathsep}."},
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert ended.stdout == ""
    assert read_state(files.state).head == HEADS[7]
    with files.open(clock) as signer:
        with pytest.raises(Fenced):
            signer.sign(HEADS[3], ())
        assert isinstance(signer, FileSigner)
        assert signer.sign(HEADS[7], ())
        assert signer.sign(HEADS[9], proof(7, 9))
