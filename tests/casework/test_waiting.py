"""What waits for the house itself is not counted as a failure, and what gives back waits for no signature."""

from datetime import timedelta

import pytest

from showcause.casework import deciding, founding, hearing, lodging
from showcause.domain.appeal import Appeal
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import ClockBehind
from showcause.domain.lifecycle import DecisionState, EnforcementState
from showcause.domain.restriction import Measure
from showcause.domain.subject import SubjectKind
from tests.house import House


def clock_jumped(house: House) -> None:
    """Let the signer see an hour that is still to come, so that it signs nothing until then."""
    now, house.now = house.now, house.now + timedelta(hours=1)
    house.run(founding.change_setting, "contact", "desk@site.example", "ada")
    house.worker.sign()
    house.now = now


def approved(house: House, ref: str) -> Decision:
    proposed = house.propose(house.case_of(house.report(house.account(ref))), rung="suspend")
    return house.run(deciding.approve, proposed.id, "cleo")


def test_an_order_that_waits_for_a_signature_was_not_sent_to_anybody(house: House) -> None:
    decided = approved(house, "sam")
    clock_jumped(house)
    house.wait(seconds=31)
    for _ in range(30):
        house.wait(seconds=2)
    (order,) = house.all(Enforcement, decision=decided.id)
    assert (order.state, order.attempts) == (EnforcementState.PENDING, 0)
    assert len(house.journal(order.id)) == 1
    house.wait(hours=1)
    house.wait(seconds=2)
    assert house.standing("sam") == {Measure.SUSPEND}


def test_what_was_taken_is_given_back_while_nothing_can_be_signed(house: House) -> None:
    first = house.suspended("sam")
    second = house.propose(house.case_of(house.report(house.account("sam"))), rung="limit-24h")
    if second.approver is None:
        house.run(deciding.approve, second.id, "cleo")
    appeal: Appeal = house.run(lodging.lodge, first.reference, "wrong")
    clock_jumped(house)
    house.wait(seconds=31)
    assert house.all(Enforcement, decision=second.id)[0].state is EnforcementState.PENDING
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "it was wrong")
    house.wait(seconds=2)
    assert house.standing("sam") == set()


def test_a_deadline_met_by_a_clock_that_was_set_back_is_kept_later(house: House) -> None:
    decided = approved(house, "sam")
    with pytest.raises(ClockBehind):
        house.run(deciding.commit, decided.id)
    house.wait(seconds=31)
    assert house.all(Decision, id=decided.id)[0].state is DecisionState.IN_FORCE


def test_nothing_is_removed_for_good_while_an_appeal_is_open(house: House) -> None:
    post = house.post("mad-max", "buy this")
    rungs = [rung.name for rung in house.clause("integrity.spam@1").ladder if rung.measure is Measure.REMOVE]
    case = house.case_of(house.report(post, author="mad-max"))
    proposed = house.propose(case, rung=rungs[0])
    if proposed.approver is None:
        house.run(deciding.approve, proposed.id, "cleo")
    clock_jumped(house)
    house.wait(seconds=31)
    house.wait(minutes=11)  # the statement no longer waits for the act
    appeal = house.run(lodging.lodge, proposed.reference, "that was no spam")
    house.wait(hours=1)
    house.wait(minutes=10)
    assert house.standing(post.ref, SubjectKind.CONTENT) == set()
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.affirm, appeal.id, "dan", "It was.")
    house.wait(minutes=10)
    assert house.standing(post.ref, SubjectKind.CONTENT) == {Measure.REMOVE}
