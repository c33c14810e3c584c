"""Guarantee 7: access to sealed evidence is a log entry, unless it is the work on the case itself."""

import pytest

from showcause.casework import desk, hearing, lodging, staffing, unsealing
from showcause.domain.errors import NotPermitted
from showcause.domain.people import Role
from showcause.domain.subject import SubjectRecord
from tests.house import House


def test_who_works_on_a_case_reads_its_file_without_a_leaf(house: House) -> None:
    case = house.case_of(house.report(house.account("sam"), reason="look there"))
    house.run(desk.claim, case.id, "bea")
    size = house.log_size()
    opened = house.run(unsealing.read_case, case.id, "bea")
    assert [each.text for each in opened.filed] == ["look there"]
    assert opened.subject is not None
    assert opened.subject.ref == "sam"
    assert house.log_size() == size
    assert [line.verb for line in house.journal(case.id)][-1] == "read"


@pytest.mark.parametrize("reader", ["cleo", "otto"])
def test_anybody_else_leaves_an_entry_in_the_log(house: House, reader: str) -> None:
    house.run(staffing.add_moderator, "otto", (Role.AUDITOR,), "ada")
    case = house.case_of(house.report(house.account("sam"), reason="look there"))
    house.run(desk.claim, case.id, "bea")
    opened = house.run(unsealing.read_case, case.id, reader)
    assert opened.logged
    assert house.log_kinds()[-1] == "unseal"


def test_a_lease_that_ran_out_is_no_work(house: House) -> None:
    case = house.case_of(house.report(house.account("sam")))
    house.run(desk.claim, case.id, "bea")
    house.now = house.now.replace(hour=13)
    assert house.run(unsealing.read_case, case.id, "bea").logged


def test_who_has_no_such_role_reads_nothing(house: House) -> None:
    house.run(staffing.add_moderator, "paul", (Role.POLICY,), "ada")
    case = house.case_of(house.report(house.account("sam")))
    size = house.log_size()
    with pytest.raises(NotPermitted):
        house.run(unsealing.read_case, case.id, "paul")
    assert house.log_size() == size


def test_the_file_of_who_was_forgotten_is_empty_and_its_reading_is_still_logged(house: House) -> None:
    case = house.case_of(house.report(house.account("sam"), reason="look there"))
    house.store.keys.forget(house.all(SubjectRecord, id=case.subject)[0].owner)
    opened = house.run(unsealing.read_case, case.id, "cleo")
    assert opened.subject is None
    assert opened.logged


def test_an_appeal_is_read_by_who_hears_it_and_anybody_else_leaves_an_entry(house: House) -> None:
    decided = house.suspended("sam")
    appeal = house.run(lodging.lodge, decided.reference, "my own words")
    house.run(hearing.claim, appeal.id, "dan")
    size = house.log_size()
    assert house.run(unsealing.read_appeal, appeal.id, "dan").text == "my own words"
    assert house.log_size() == size
    assert house.run(unsealing.read_appeal, appeal.id, "bea").logged
    assert house.log_kinds()[size:] == ["unseal"]
