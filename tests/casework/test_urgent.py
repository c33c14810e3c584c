"""The urgent lane: act at once, enter the record, be confirmed by another person, or fall."""

import pytest

from showcause.casework import urgent
from showcause.domain.decision import Cause, Decision
from showcause.domain.errors import BadInput, NotPermitted, SamePerson
from showcause.domain.lifecycle import DecisionState, UrgentState
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.subject import SubjectKind
from showcause.domain.urgent import UrgentEntry
from tests.house import PLATFORM, House


def act(house: House, measure: Measure = Measure.SUSPEND, ref: str = "mad-max") -> str:
    token = house.urgent_token("bea")
    return house.platform.urgent(token, Urgent.THREAT_TO_LIFE, house.account(ref), measure)


def test_it_acts_at_once_and_enters_the_log_afterwards(house: House) -> None:
    act(house)
    assert house.standing("mad-max") == {Measure.SUSPEND}
    assert house.all(UrgentEntry) == []
    assert house.worker.enter_urgent(PLATFORM) == 1
    house.work()
    (entry,) = house.all(UrgentEntry)
    assert entry.state is UrgentState.ENTERED
    assert "urgent" in house.log_kinds()
    assert any("We acted at once" in text for text in house.world.inbox("mad-max"))
    assert [a["what"] for a in house.world.acts()] == ["impose"], "the act is not repeated by its record"


def test_entering_twice_is_harmless(house: House) -> None:
    act(house)
    house.worker.enter_urgent(PLATFORM)
    house.work()
    assert house.worker.enter_urgent(PLATFORM) == 0
    assert len(house.all(UrgentEntry)) == 1


def test_another_person_confirms_and_the_one_who_acted_does_not(house: House) -> None:
    act(house)
    house.worker.enter_urgent(PLATFORM)
    (entry,) = house.all(UrgentEntry)
    with pytest.raises(SamePerson):
        house.run(urgent.confirm, entry.id, "bea")
    assert house.run(urgent.confirm, entry.id, "cleo").state is UrgentState.CONFIRMED
    house.wait(hours=25)
    assert house.standing("mad-max") == {Measure.SUSPEND}


def test_an_unconfirmed_measure_on_an_account_lapses_after_a_day(house: House) -> None:
    act(house)
    house.worker.enter_urgent(PLATFORM)
    house.wait(hours=24)
    house.wait(seconds=1)
    assert house.standing("mad-max") == set()
    assert house.all(UrgentEntry)[0].state is UrgentState.LIFTED
    assert house.all(Decision, cause=Cause.URGENT)[0].state is DecisionState.SUPERSEDED


def test_unconfirmed_urgent_content_stays_hidden_and_overdue(house: House) -> None:
    post = house.post("mad-max", "where they live")
    house.platform.urgent(house.urgent_token("bea"), Urgent.THREAT_TO_LIFE, post, Measure.HIDE)
    house.worker.enter_urgent(PLATFORM)
    house.wait(hours=24)
    (entry,) = house.all(UrgentEntry)
    assert entry.state is UrgentState.KEPT_HIDDEN
    assert entry.overdue
    assert house.standing(post.ref, SubjectKind.CONTENT) == {Measure.HIDE}


def test_where_one_person_works_a_second_look_a_day_later_counts_and_is_marked(lone_house: House) -> None:
    house = lone_house
    house.platform.urgent(
        house.urgent_token("ada"), Urgent.THREAT_TO_LIFE, house.account("mad-max"), Measure.LIMIT
    )
    house.worker.enter_urgent(PLATFORM)
    (entry,) = house.all(UrgentEntry)
    with pytest.raises(SamePerson):
        house.run(urgent.confirm, entry.id, "ada")
    house.wait(hours=24)
    house.wait(minutes=30)
    (told,) = house.world.inbox("mad-max")
    assert "only one moderator" in told
    assert "second person" not in told
    assert "If nobody confirms it by then, the measure on your account ends." in told
    assert house.standing("mad-max") == {Measure.LIMIT}, "the day in which a second look counts has begun"
    confirmed = house.run(urgent.confirm, entry.id, "ada")
    assert confirmed.second_look


def test_where_one_person_works_an_act_without_a_second_look_lapses_after_two_days(lone_house: House) -> None:
    house = lone_house
    house.platform.urgent(
        house.urgent_token("ada"), Urgent.THREAT_TO_LIFE, house.account("mad-max"), Measure.LIMIT
    )
    house.worker.enter_urgent(PLATFORM)
    house.wait(hours=48)
    house.wait(seconds=1)
    assert house.standing("mad-max") == set()


def test_a_measure_that_cannot_be_undone_is_not_of_the_urgent_lane(house: House) -> None:
    with pytest.raises(BadInput):
        act(house, Measure.LOCK)
    assert house.standing("mad-max") == set()


def test_a_token_for_another_danger_opens_nothing(house: House) -> None:
    token = house.urgent_token("bea", Urgent.PRIVATE_ADDRESS)
    with pytest.raises(NotPermitted):
        house.platform.urgent(token, Urgent.THREAT_TO_LIFE, house.account("mad-max"), Measure.SUSPEND)
    assert house.standing("mad-max") == set()


def test_it_works_while_the_database_is_held_by_somebody_else(house: House) -> None:
    token = house.urgent_token("bea")
    with house.store.transaction(house.now):
        house.platform.urgent(token, Urgent.THREAT_TO_LIFE, house.account("mad-max"), Measure.SUSPEND)
        assert house.standing("mad-max") == {Measure.SUSPEND}
    house.now = house.now.replace(minute=40)
    assert house.worker.enter_urgent(PLATFORM) == 1
    assert house.all(UrgentEntry)[0].late_entry


def test_a_lifted_urgent_act_is_not_brought_back_by_its_spool(house: House) -> None:
    spool_id = act(house)
    house.worker.enter_urgent(PLATFORM)
    (entry,) = house.all(UrgentEntry)
    house.run(urgent.lift, entry.id, "cleo")
    house.work()
    assert house.standing("mad-max") == set()
    again, who = house.urgent_token("bea"), house.account("mad-max")
    house.platform.urgent(again, Urgent.THREAT_TO_LIFE, who, Measure.SUSPEND, spool_id)
    assert house.standing("mad-max") == set()
