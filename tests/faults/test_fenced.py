"""The log is fenced: ordinary restrictions wait; lifts, reversals, service, appeals and the urgent lane go on."""

from datetime import timedelta

import pytest

from showcause.casework import deciding, hearing, lodging, urgent
from showcause.casework.log import signing
from showcause.casework.log.fsck import fsck
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import ClockBehind, Fenced, ShowcauseError
from showcause.domain.lifecycle import DecisionState, EnforcementState, ServiceState, UrgentState
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.statement import Statement
from showcause.domain.urgent import UrgentEntry
from tests.house import PLATFORM, House


def enforcement_of(house: House, decision: Decision) -> Enforcement:
    return house.all(Enforcement, decision=decision.id)[0]


def reverse(house: House, decided: Decision) -> None:
    appeal = house.run(lodging.lodge, decided.reference, "wrong")
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "it was wrong")


def pause_of(house: House) -> ShowcauseError | None:
    """Return what keeps the worker from signing, if anything does."""
    return house.worker.fence


def go_on(house: House) -> int:
    """Let the log go on, as `showcause log unfence` does."""
    return house.run(signing.unfence, house.signer)


def test_an_ordinary_restriction_waits_behind_a_fence_and_follows_when_it_is_gone(house: House) -> None:
    signing.fence(house.store)
    size = house.log_size()
    decided = house.suspended("waits")
    for _ in range(20):  # longer than any number of attempts after which an order would be given up
        house.wait(minutes=6)
    assert decided.state is DecisionState.IN_FORCE
    assert house.standing("waits") == set()
    assert enforcement_of(house, decided).state is EnforcementState.PENDING
    assert house.log_size() == size, "nothing gets a place in the log"
    assert go_on(house) > 0
    house.wait(minutes=6)
    house.wait(minutes=6)
    assert house.standing("waits") == {Measure.SUSPEND}
    assert enforcement_of(house, decided).state is EnforcementState.APPLIED
    assert fsck(house.store).sound


def test_what_stands_is_lifted_behind_a_fence(house: House) -> None:
    decided = house.suspended("sam")
    signing.fence(house.store)
    reverse(house, decided)
    house.wait(seconds=1)
    assert house.standing("sam") == set()
    assert enforcement_of(house, decided).state is EnforcementState.LIFTED
    assert any("reversed" in text.lower() or "took back" in text.lower() for text in house.world.inbox("sam"))
    go_on(house)
    house.work()
    assert fsck(house.store).sound


def test_a_measure_ends_by_its_date_behind_a_fence(house: House) -> None:
    decided = house.suspended("sam", rung="suspend-7d")
    signing.fence(house.store)
    house.wait(days=7, seconds=1)
    house.wait(seconds=1)
    assert house.standing("sam") == set()
    assert enforcement_of(house, decided).state is EnforcementState.LIFTED


def test_statements_are_served_behind_a_fence(house: House) -> None:
    proposed = house.propose(house.case_of(house.report(house.account("sam"))), rung="suspend")
    house.run(deciding.approve, proposed.id, "cleo")
    signing.fence(house.store)
    house.wait(seconds=31)
    house.wait(minutes=11)  # the act comes first, for ten minutes at most
    assert [s.state for s in house.all(Statement, decision=proposed.id)] == [ServiceState.SERVED]
    assert len(house.world.inbox("sam")) == 1


def test_the_urgent_lane_acts_enters_and_is_lifted_behind_a_fence(house: House) -> None:
    token = house.urgent_token("bea")
    signing.fence(house.store)
    house.platform.urgent(token, Urgent.THREAT_TO_LIFE, house.account("mad-max"), Measure.SUSPEND)
    assert house.standing("mad-max") == {Measure.SUSPEND}
    assert house.worker.enter_urgent(PLATFORM) == 1
    (entry,) = house.all(UrgentEntry)
    house.run(urgent.lift, entry.id, "cleo")
    house.wait(seconds=1)
    assert house.standing("mad-max") == set()
    assert house.all(UrgentEntry)[0].state is UrgentState.LIFTED
    go_on(house)
    house.work()
    assert fsck(house.store).sound


def test_nothing_is_signed_while_the_clock_is_behind_and_signing_goes_on_when_it_has_caught_up(
    house: House,
) -> None:
    house.suspended("before")
    signed = house.signer.last()
    house.now -= timedelta(hours=2)
    proposed = house.propose(house.case_of(house.report(house.account("sam"))), rung="suspend")
    house.run(deciding.approve, proposed.id, "cleo")
    for _ in range(3):
        house.wait(seconds=31)
    assert house.signer.last() == signed
    assert isinstance(pause_of(house), ClockBehind)
    assert house.standing("sam") == set()
    house.wait(hours=2)
    house.wait(minutes=6)
    assert house.signer.last().size > signed.size
    assert pause_of(house) is None
    assert house.standing("sam") == {Measure.SUSPEND}
    with house.store.read() as view:
        assert not view.log.state().fenced, "a clock that jumps is a pause and no rollback"


def test_what_stands_is_lifted_while_the_clock_is_behind(house: House) -> None:
    decided = house.suspended("sam")
    house.now -= timedelta(hours=2)
    reverse(house, decided)
    house.wait(seconds=1)
    assert house.standing("sam") == set()


def test_the_queue_is_not_let_in_while_the_log_is_fenced(house: House) -> None:
    signing.fence(house.store)
    house.suspended("waits")
    with pytest.raises(Fenced):
        house.run(signing.drain)
