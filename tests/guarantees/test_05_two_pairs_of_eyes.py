"""Guarantee 5: two pairs of eyes where it matters; nobody reviews themselves; no machine hears a complaint."""

import pytest

from showcause.casework import deciding, hearing, intake, lodging
from showcause.domain.decision import deciders
from showcause.domain.errors import IllegalStep, NotFound, SamePerson
from showcause.domain.people import AUTOMATION, SYSTEM
from showcause.domain.policy import Second, needs_second
from showcause.domain.restriction import MEASURES, Measure
from showcause.domain.sentences import Arg
from showcause.domain.subject import Reach
from tests.house import House, shipped


@pytest.mark.parametrize("clause", shipped().clauses, ids=lambda clause: clause.ref)
def test_suspending_and_locking_always_need_two_people(clause) -> None:  # type: ignore[no-untyped-def]
    for rung in clause.ladder:
        if rung.measure in (Measure.SUSPEND, Measure.LOCK):
            assert rung.second is Second.ALWAYS
            assert needs_second(rung, False, 1)


@pytest.mark.parametrize("clause", shipped().clauses, ids=lambda clause: clause.ref)
def test_reach_adds_a_reviewer_and_never_removes_one(clause) -> None:  # type: ignore[no-untyped-def]
    for rung in clause.ladder:
        for hit in (1, 10):
            assert needs_second(rung, True, hit) >= needs_second(rung, False, hit)


def test_high_reach_asks_for_a_second_person_where_one_would_do(house: House) -> None:
    facts: dict[str, Arg] = {"count": 3, "span": 60}
    small = house.propose(house.case_of(house.report(house.account("small"))), preset="flood", facts=facts)
    house.run(intake.measure_reach, house.account("large"), Reach(followers=20_000))
    large = house.propose(house.case_of(house.report(house.account("large"))), preset="flood", facts=facts)
    assert not small.second_needed
    assert large.second_needed
    with pytest.raises(SamePerson):
        house.run(deciding.approve, large.id, "bea")


def test_the_statement_says_how_many_people_decided(house: House) -> None:
    two = house.suspended("a")
    one = house.decide(
        house.case_of(house.report(house.account("b"))), preset="flood", facts={"count": 3, "span": 60}
    )
    assert (deciders(two), deciders(one)) == (2, 1)
    assert "Two people decided" in house.world.inbox("a")[0]
    assert "One person decided." in house.world.inbox("b")[0]


@pytest.mark.parametrize("machine", [AUTOMATION, SYSTEM])
def test_no_machine_approves_or_hears(house: House, machine: str) -> None:
    proposed = house.propose(house.case_of(house.report(house.account("sam"))), rung="suspend")
    with pytest.raises(NotFound):
        house.run(deciding.approve, proposed.id, machine)
    house.run(deciding.approve, proposed.id, "cleo")
    house.wait(seconds=31)
    appeal = house.run(lodging.lodge, proposed.reference, "no")
    with pytest.raises(NotFound):
        house.run(hearing.claim, appeal.id, machine)
    with pytest.raises(IllegalStep):
        house.run(hearing.affirm, appeal.id, "dan", "not claimed")


def test_an_irreversible_measure_is_no_choice_of_somebody_alone_where_it_needs_two(lone_house: House) -> None:
    from showcause.domain.errors import NotPermitted

    lone_house.run(intake.measure_reach, lone_house.account("lou"), Reach(followers=20_000))
    post = lone_house.post("lou", "you will not get home")
    case = lone_house.case_of(lone_house.report(post, author="lou"))
    assert not MEASURES[Measure.REMOVE].reversible
    with pytest.raises(NotPermitted):
        lone_house.propose(case, clause="safety.threats@1", preset="threat", by="ada")
