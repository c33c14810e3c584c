"""The urgent spool: encrypted, durable, whole after every crash, and only for those who hold a token."""

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from showcause.connectors.tokens import RevokedIds, check_token, issue_token
from showcause.connectors.urgent import UrgentSpool
from showcause.domain.errors import BadInput, NotFound, NotPermitted, StoreBusy, StoreFull
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from tests.crash.children import in_victim

NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
ISSUER = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
PUBLIC = ISSUER.public_key().public_bytes_raw()
TOKEN = issue_token(ISSUER, "a" * 32, "b" * 32, tuple(Urgent), NOW + timedelta(days=30))
ANN = Subject("garden", SubjectKind.ACCOUNT, "ann-of-the-garden")


@pytest.fixture
def spool(tmp_path: Path) -> UrgentSpool:
    return UrgentSpool(tmp_path / "urgent", b"\x02" * 32, PUBLIC)


def add(spool: UrgentSpool, spool_id: str | None = None, subject: Subject = ANN) -> str:
    return spool.add(TOKEN, Urgent.THREAT_TO_LIFE, subject, Measure.SUSPEND, NOW, spool_id).id


def test_the_spool_holds_everything_and_shows_nothing(tmp_path: Path, spool: UrgentSpool) -> None:
    spool_id = add(spool)
    spool.keep_snapshot(spool_id, {"display_name": "Ann Who Must Not Be Read"})
    (entry,) = UrgentSpool(tmp_path / "urgent", b"\x02" * 32, PUBLIC).entries()
    assert (entry.subject, entry.moderator, entry.token, entry.at) == (ANN, "b" * 32, "a" * 32, NOW)
    assert entry.snapshot == {"display_name": "Ann Who Must Not Be Read"}
    raw = (tmp_path / "urgent").read_bytes()
    assert not any(word in raw for word in (b"ann-of", b"Must Not", b"threat", b"b" * 32))
    assert (tmp_path / "urgent").stat().st_mode & 0o077 == 0


def test_the_same_id_is_the_same_intent_and_no_other(spool: UrgentSpool) -> None:
    spool_id = add(spool, "c" * 32)
    assert add(spool, spool_id) == spool_id
    assert len(spool.entries()) == 1
    with pytest.raises(BadInput):
        add(spool, spool_id, Subject("garden", SubjectKind.ACCOUNT, "somebody else"))


@pytest.mark.parametrize("cut", [1, 2, 30, 100])
def test_a_line_torn_by_a_crash_harms_no_other(tmp_path: Path, spool: UrgentSpool, cut: int) -> None:
    kept = add(spool)
    whole = (tmp_path / "urgent").read_bytes()
    add(spool)
    torn = (tmp_path / "urgent").read_bytes()
    (tmp_path / "urgent").write_bytes(torn[: len(whole) + 1 + cut])
    third = add(spool)
    assert [entry.id for entry in spool.entries()] == [kept, third]
    assert spool.damaged() == 1


def test_an_intent_is_on_the_disk_before_kill_9(tmp_path: Path, spool: UrgentSpool) -> None:

    def write_and_die(_pipe: int) -> None:
        add(spool, "d" * 32)
        os.kill(os.getpid(), signal.SIGKILL)

    assert in_victim(write_and_die, lambda *_: None)[0]
    assert spool.get("d" * 32).acted is False


def test_what_entered_the_log_leaves_the_spool_and_nothing_else_does(
    tmp_path: Path, spool: UrgentSpool
) -> None:
    first, second = add(spool), add(spool)
    spool.acted(second)
    spool.remove(first)
    spool.remove(first)
    assert [(entry.id, entry.acted) for entry in spool.entries()] == [(second, True)]
    with pytest.raises(NotFound):
        spool.get(first)
    assert len((tmp_path / "urgent").read_bytes().split()) == 2


def test_another_key_reads_nothing_and_counts_the_damage(tmp_path: Path, spool: UrgentSpool) -> None:
    add(spool)
    other = UrgentSpool(tmp_path / "urgent", b"\x03" * 32, PUBLIC)
    assert other.entries() == []
    assert other.damaged() == 1


def test_a_spool_that_cannot_be_written_refuses_before_the_act(tmp_path: Path) -> None:
    with pytest.raises(StoreFull, match="nothing was done"):
        add(UrgentSpool(tmp_path / "no such folder" / "urgent", b"\x02" * 32, PUBLIC))


def test_a_spool_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "urgent").mkdir()
    with pytest.raises(StoreBusy):
        UrgentSpool(tmp_path / "urgent", b"\x02" * 32, PUBLIC).entries()


@pytest.mark.parametrize("revoked", ["a" * 32, "b" * 32])
def test_a_revoked_token_and_one_of_a_person_who_left_open_nothing(tmp_path: Path, revoked: str) -> None:
    file = tmp_path / "revoked"
    spool = UrgentSpool(tmp_path / "urgent", b"\x02" * 32, PUBLIC, RevokedIds(file))
    add(spool, "e" * 32)
    file.write_text(f"{'9' * 32}\n{revoked}\n")
    with pytest.raises(NotPermitted, match="revoked"):
        add(spool)
    assert len(spool.entries()) == 1


@given(at=st.integers(0, len(TOKEN) - 1), other=st.integers(1, 255))
def test_a_changed_token_opens_nothing(at: int, other: int) -> None:
    changed = TOKEN[:at] + bytes([TOKEN[at] ^ other]) + TOKEN[at + 1 :]
    with pytest.raises(NotPermitted):
        check_token(changed, PUBLIC, Urgent.TERRORISM, NOW)


def test_a_token_read_from_a_file_may_end_in_a_newline() -> None:
    assert check_token(TOKEN + b"\n", PUBLIC, Urgent.TERRORISM, NOW).moderator == "b" * 32
