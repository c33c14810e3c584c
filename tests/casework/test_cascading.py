"""What rests only on a fallen ground falls with it; what has another ground stays."""

from datetime import timedelta

import pytest

from showcause.casework import cascading, deciding, desk, hearing, intake, lodging
from showcause.casework.weighing import Proposal
from showcause.domain import cascade
from showcause.domain.cascade import FallHold
from showcause.domain.case import Case
from showcause.domain.decision import Act, Cause, Decision, Finding, GroundRef, Outcome
from showcause.domain.errors import BadInput, NoGroundInForce, SamePerson
from showcause.domain.lifecycle import DecisionState
from showcause.domain.restriction import Measure
from showcause.domain.subject import Reach
from showcause.transparency.leaf import Slot, decode
from tests.house import House

EVASION = "integrity.evasion@1"
OTHER_GROUND = "The account also continues an earlier one, whose suspension stands."


def ground_ref(house: House, decision: Decision) -> GroundRef:
    return GroundRef(decision.id, house.restrictions_of(decision)[0].id)


def evading(house: House, ref: str, *grounds: Decision) -> Decision:
    """Suspend an account for evading one or several earlier decisions."""
    case = house.case_of(house.report(house.account(ref)))
    return house.decide(
        case, clause=EVASION, preset="continues", grounds=tuple(ground_ref(house, g) for g in grounds)
    )


def reverse(house: House, decision: Decision, by: str = "dan") -> None:
    appeal = house.run(lodging.lodge, decision.reference, "wrong")
    house.run(hearing.claim, appeal.id, by)
    house.run(hearing.reverse, appeal.id, by, "it was wrong")
    house.work()
    house.wait(seconds=1)


def state_of(house: House, decision: Decision) -> DecisionState:
    return house.all(Decision, id=decision.id)[0].state


def test_a_derived_decision_without_a_ground_is_refused_and_nothing_is_stored(house: House) -> None:
    case = house.case_of(house.report(house.account("second")))
    before = house.store.queries.counts()["decision"]
    with pytest.raises(NoGroundInForce):
        house.propose(case, clause=EVASION)
    assert house.store.queries.counts()["decision"] == before


def test_a_reversed_ground_does_not_count(house: House) -> None:
    first = house.suspended("first")
    named = ground_ref(house, first)
    reverse(house, first)
    case = house.case_of(house.report(house.account("second")))
    with pytest.raises(NoGroundInForce, match="superseded"):
        house.propose(case, clause=EVASION, grounds=(named,))


def test_a_ground_that_falls_between_proposal_and_commit_returns_the_proposal(house: House) -> None:
    first = house.suspended("first")
    case = house.case_of(house.report(house.account("second")))
    proposed = house.propose(case, clause=EVASION, grounds=(ground_ref(house, first),))
    house.run(deciding.approve, proposed.id, "cleo")
    reverse(house, first)
    house.wait(seconds=31)
    assert state_of(house, proposed) is DecisionState.RETURNED
    assert house.standing("second") == set()


def test_when_the_ground_is_reversed_the_chain_falls_each_with_its_own_leaf_and_statement(
    house: House,
) -> None:
    first = house.suspended("first")
    second = evading(house, "second", first)
    third = evading(house, "third", second)
    size = house.log_size()
    reverse(house, first)
    assert [state_of(house, d) for d in (first, second, third)] == [DecisionState.SUPERSEDED] * 3
    assert house.standing("second") == house.standing("third") == set()
    assert house.log_kinds()[size:].count("reversal") == 3
    for ref in ("second", "third"):
        assert any("It rested only on the earlier decision" in text for text in house.world.inbox(ref))
    assert {d.state for d in house.all(Decision, cause=Cause.GROUND_FELL)} == {DecisionState.IN_FORCE}


def test_what_has_a_second_ground_stays(house: House) -> None:
    first, other = house.suspended("first"), house.suspended("other")
    derived = evading(house, "second", first, other)
    reverse(house, first)
    assert state_of(house, derived) is DecisionState.IN_FORCE
    assert house.standing("second") == {Measure.SUSPEND}
    reverse(house, other)
    assert state_of(house, derived) is DecisionState.SUPERSEDED


def test_imposing_the_ground_again_revives_nothing(house: House) -> None:
    first = house.suspended("first")
    derived = evading(house, "second", first)
    reverse(house, first)
    house.suspended("first")
    assert state_of(house, derived) is DecisionState.SUPERSEDED
    assert house.standing("second") == set()


def two_acts(house: House, case: Case, *, interim: Act) -> Decision:
    """Propose a limit and a suspension, of which the limit is signed to go ahead alone."""
    both = Proposal(
        Outcome.RESTRICT,
        (Finding("integrity.spam@1", ("many", "unasked"), "flood"),),
        (interim, Act(case.subject, Measure.SUSPEND, None, "suspend")),
        {"count": 40, "span": 3600},
        ("the posts", "their times"),
        interim=interim,
    )
    house.run(desk.claim, case.id, "bea")
    return house.run(deciding.propose, case.id, "bea", both)


def test_what_rests_on_an_interim_measure_falls_with_the_decision_that_carried_it_on(house: House) -> None:
    case = house.case_of(house.report(house.account("first")))
    full = two_acts(house, case, interim=Act(case.subject, Measure.LIMIT, timedelta(hours=24), "limit-24h"))
    house.wait(hours=4, seconds=1)
    house.wait(seconds=1)
    (interim,) = house.all(Decision, cause=Cause.INTERIM)
    derived = evading(house, "second", interim)
    house.run(deciding.approve, full.id, "cleo")
    house.wait(seconds=31)
    house.wait(seconds=1)
    assert state_of(house, interim) is DecisionState.SUPERSEDED
    assert state_of(house, derived) is DecisionState.IN_FORCE, "the limit was carried on"
    reverse(house, full)
    assert state_of(house, derived) is DecisionState.SUPERSEDED
    assert house.standing("second") == set()


def test_an_interim_measure_that_was_carried_on_still_counts_when_the_other_ground_falls(
    house: House,
) -> None:
    case = house.case_of(house.report(house.account("first")))
    full = two_acts(house, case, interim=Act(case.subject, Measure.LIMIT, timedelta(hours=24), "limit-24h"))
    house.wait(hours=4, seconds=1)
    house.wait(seconds=1)
    (interim,) = house.all(Decision, cause=Cause.INTERIM)
    other = house.suspended("other")
    derived = evading(house, "second", interim, other)
    house.run(deciding.approve, full.id, "cleo")
    house.wait(seconds=31)
    house.wait(seconds=1)
    reverse(house, other)
    assert state_of(house, derived) is DecisionState.IN_FORCE


def test_a_derived_decision_ends_no_later_than_its_ground(house: House) -> None:
    ground = house.suspended("first", rung="suspend-7d")
    house.now += timedelta(days=2)
    derived = evading(house, "second", ground)
    assert house.restrictions_of(derived)[0].until == house.restrictions_of(ground)[0].until


def test_an_amended_ground_that_keeps_the_named_measure_leaves_the_derived_decision(house: House) -> None:
    ground = house.suspended("first")
    derived = evading(house, "second", ground)
    appeal = house.run(lodging.lodge, ground.reference, "too long")
    house.run(hearing.claim, appeal.id, "dan")
    shorter = Proposal(
        Outcome.RESTRICT,
        (Finding("integrity.spam@1", ("many", "unasked"), "same-message"),),
        (Act(ground.subject, Measure.SUSPEND, timedelta(days=7), "suspend-7d"),),
        {},
        ("posts",),
    )
    house.run(hearing.amend, appeal.id, "dan", "a week is enough", shorter)
    house.work()
    assert state_of(house, derived) is DecisionState.IN_FORCE
    (amended,) = house.all(Decision, supersedes=ground.id)
    reverse(house, amended, by="ada")
    assert state_of(house, derived) is DecisionState.SUPERSEDED


def test_above_the_bound_they_are_held_and_fall_a_day_later_if_nobody_answers(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cascade, "CASCADE_BOUND", 1)  # a site of fifty-one derived decisions, in small
    first = house.suspended("first")
    derived = [evading(house, ref, first) for ref in ("second", "third")]
    reverse(house, first)
    assert {state_of(house, d) for d in derived} == {DecisionState.IN_FORCE}
    holds = house.all(FallHold)
    assert len(holds) == 2
    for officer in ("bea", "cleo"):
        with pytest.raises(SamePerson):
            house.run(cascading.settle, holds[0].id, officer, stays=OTHER_GROUND)
    for empty in (" ", "\u202e"):
        with pytest.raises(BadInput):
            house.run(cascading.settle, holds[0].id, "dan", stays=empty)
    size = house.log_size()
    house.run(cascading.settle, holds[0].id, "dan", stays=OTHER_GROUND)
    assert house.log_kinds()[size:] == ["override"], "that it stays without its ground is logged"
    with house.store.read() as view:
        [leaf] = [decode(data) for data in view.log.leaves(size, size + 1)]
    assert house.opened(leaf, Slot.FACTS)["text"] == OTHER_GROUND
    house.wait(hours=24)
    house.wait(seconds=1)
    assert sorted(state_of(house, d) for d in derived) == [DecisionState.IN_FORCE, DecisionState.SUPERSEDED]


def test_a_derived_measure_that_was_reduced_still_falls_with_its_ground(house: House) -> None:
    first = house.suspended("first")
    house.run(intake.measure_reach, house.account("second"), Reach(followers=50_000))
    derived = evading(house, "second", first)
    house.run(lodging.lodge, derived.reference, "wrong")
    house.wait(hours=4)
    house.wait(seconds=1)
    assert house.standing("second") == {Measure.LIMIT}
    reverse(house, first)
    assert house.standing("second") == set()


def test_re_deciding_the_case_after_a_fall_is_a_new_case(house: House) -> None:
    first = house.suspended("first")
    second = evading(house, "second", first)
    reverse(house, first)
    case = house.case_of(house.report(house.account("second")))
    assert case.id != second.case
    house.run(desk.claim, case.id, "bea")
