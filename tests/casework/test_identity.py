"""Identification data that a law demands: sealed, expiring, read by few and in public, and off by default."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from showcause.casework import forgetting, identity, staffing
from showcause.domain.errors import BadInput, NotPermitted, StillNeeded
from showcause.domain.people import Role
from showcause.domain.subject import SubjectRecord
from showcause.store import jobs
from showcause.store.store import Store
from tests.databases import sqlite_store
from tests.guarantees.test_12_people_can_be_forgotten import encodings, files_of_the_house
from tests.house import PLATFORM, House, opened_house

__all__ = ["sqlite_store"]

HOME, OFFICE = "203.0.113.77", "2001:db8:77:5500::1"
DAYS = 365


@pytest.fixture
def house(sqlite_store: Store, tmp_path: Path) -> Iterator[House]:
    with opened_house(sqlite_store, tmp_path) as opened:
        yield opened


def keep(house: House, address: str = HOME, days: int = DAYS) -> SubjectRecord:
    return house.run(identity.keep, house.account("zoe"), address, days)


def held(house: House, record: SubjectRecord) -> list[str]:
    return [each.address for each in house.run(identity.read, record.id, "sam")]


@pytest.fixture
def senior(house: House) -> str:
    house.run(staffing.add_moderator, "sam", (Role.SENIOR,), "ada")
    return "sam"


def test_without_the_setting_nothing_is_kept(house: House) -> None:
    record = keep(house, days=0)
    assert (record.identity, record.identity_until) == (None, None)


def test_an_address_stands_nowhere_in_plain(house: House) -> None:
    keep(house)
    keep(house, OFFICE)
    house.work()
    files = files_of_the_house(house.folder)
    assert "showcause.db" in {path.name for path in files}
    for path in files:
        data = path.read_bytes()
        for address in (HOME, OFFICE):
            assert not any(form in data for form in encodings(address)), path.name


def test_each_address_ends_so_many_days_after_its_last_use(house: House, senior: str) -> None:
    record = keep(house)
    house.wait(days=100)
    keep(house, OFFICE)
    house.wait(days=265)
    assert held(house, record) == [OFFICE]
    house.wait(days=100)
    with house.store.read() as view:
        gone = view.get(SubjectRecord, record.id)
    assert (gone.identity, gone.identity_until, gone.identity_days) == (None, None, 0)
    assert held(house, record) == []


def test_an_address_in_use_is_noted_once_an_hour_and_has_one_timer(house: House, senior: str) -> None:
    first = keep(house)
    assert keep(house).identity == first.identity
    house.now += timedelta(hours=2)
    later = keep(house)
    assert later.identity != first.identity
    [seen] = house.run(identity.read, first.id, senior)
    assert (seen.address, seen.last - seen.first) == (HOME, timedelta(hours=2))
    with house.store.read() as view:
        waiting = jobs.with_state(view.alias, jobs.READY, 100)
    assert [each.record for each in waiting if each.kind == identity.JOB] == [first.id]


def test_only_two_roles_read_it_and_each_reading_is_in_the_log(house: House, senior: str) -> None:
    record = keep(house)
    for who in ("ada", "bea"):
        with pytest.raises(NotPermitted):
            house.run(identity.read, record.id, who)
    before = house.log_kinds().count("unseal")
    assert held(house, record) == [HOME]
    assert house.log_kinds().count("unseal") == before + 1


def test_until_then_its_person_cannot_be_forgotten_and_is_told_the_date(house: House) -> None:
    record = keep(house)
    assert record.identity_until is not None
    with pytest.raises(StillNeeded, match=f"{record.identity_until:%d %B %Y}"):
        forgetting.forget(house.runner, {PLATFORM: house.platform}, record.id, "ada")
    house.wait(days=DAYS)
    forgetting.forget(house.runner, {PLATFORM: house.platform}, record.id, "ada")


def test_what_is_no_address_is_not_kept(house: House) -> None:
    for text in ("", "localhost", "203.0.113.77; zoe"):
        with pytest.raises(BadInput):
            keep(house, text)
