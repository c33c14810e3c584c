"""A backup is put back under a log that has moved on: nothing is signed, and the message says what to do."""

from pathlib import Path

import pytest

from showcause.casework import hearing, lodging
from showcause.casework.log import signing
from showcause.casework.log.fsck import KnownHead, fsck
from showcause.casework.log.signing import sign_head
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import Fenced
from showcause.domain.lifecycle import EnforcementState
from showcause.domain.restriction import Measure
from showcause.store import backup
from tests.house import House


def exchange(house: House, copy: Path, away: Path) -> None:
    """Put a copy of the database in place of the present one, which is kept, as an administrator does."""
    path = house.store.database.path
    assert path is not None
    backup.back_up(house.store, away)
    house.store.close()
    for name in path.parent.glob(path.name + "*"):
        name.unlink()
    backup.restore(copy, path)


@pytest.fixture
def turned_back(file_house: House, tmp_path: Path) -> House:
    """A house whose database was put back to before its last decision; the newer one is kept as `newer.db`."""
    file_house.suspended("early")
    backup.back_up(file_house.store, tmp_path / "older.db")
    file_house.suspended("late")
    exchange(file_house, tmp_path / "older.db", tmp_path / "newer.db")
    return file_house


def test_nothing_is_signed_and_the_message_says_what_to_do(turned_back: House) -> None:
    house, signed = turned_back, turned_back.signer.last()
    with pytest.raises(Fenced) as refused:
        sign_head(house.store, house.signer)
    assert f"{signed.size} were signed" in str(refused.value)
    assert "showcause log unfence" in refused.value.hint
    assert "newer" not in refused.value.message
    house.suspended("other")
    for _ in range(3):
        house.wait(minutes=6)
    assert house.signer.last() == signed
    assert isinstance(house.worker.fence, Fenced)
    assert house.standing("other") == set(), "no receipt, no act"


def test_fsck_names_the_signer_that_knows_more(turned_back: House) -> None:
    found = fsck(turned_back.store, [KnownHead("signer", turned_back.signer.last())])
    assert [finding.code for finding in found.findings] == ["behind"]


def test_unfencing_a_database_that_is_behind_is_refused(turned_back: House) -> None:
    turned_back.work()
    with pytest.raises(Fenced, match="does not continue"):
        turned_back.run(signing.unfence, turned_back.signer)


def test_what_stands_can_be_lifted_all_the_same(turned_back: House) -> None:
    house = turned_back
    house.work()
    (decided,) = house.all(Decision)
    appeal = house.run(lodging.lodge, decided.reference, "wrong")
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "it was wrong")
    house.wait(seconds=1)
    assert house.standing("early") == set()
    assert house.standing("late") == {Measure.SUSPEND}, "the older database does not know of it"


def test_with_the_newer_database_put_back_the_log_goes_on(turned_back: House, tmp_path: Path) -> None:
    house, signed = turned_back, turned_back.signer.last()
    house.work()
    exchange(house, tmp_path / "newer.db", tmp_path / "older-again.db")
    signing.fence(house.store)
    waiting = house.suspended("waits")
    assert house.standing("waits") == set()
    assert house.run(signing.unfence, house.signer) > 0
    house.wait(minutes=6)
    house.wait(minutes=6)
    assert house.signer.last().size > signed.size
    assert house.standing("waits") == {Measure.SUSPEND}
    assert house.all(Enforcement, decision=waiting.id)[0].state is EnforcementState.APPLIED
    assert fsck(house.store, [KnownHead("what was signed", signed)]).sound
