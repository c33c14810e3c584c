"""Who may not hear an appeal, and what an appeal or a decision must not be turned into."""

from datetime import timedelta

import pytest

from showcause.casework import deciding, desk, hearing, lodging, urgent
from showcause.casework.weighing import Proposal
from showcause.domain.appeal import Appeal
from showcause.domain.case import Case
from showcause.domain.decision import Act, Cause, Decision, Finding, Outcome
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import AppealClosed, BadInput, SamePerson
from showcause.domain.lifecycle import AppealState
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.urgent import UrgentEntry
from tests.house import PLATFORM, House


def lodged(house: House, decision: Decision) -> Appeal:
    return house.run(lodging.lodge, decision.reference, "This is wrong.")


def spam(*acts: Act) -> Proposal:
    return Proposal(
        Outcome.RESTRICT,
        (Finding("integrity.spam@1", ("many", "unasked"), "flood"),),
        acts,
        {"count": 40, "span": 3600},
        ("the posts", "their times"),
    )


def case_about(house: House, ref: str) -> Case:
    return house.case_of(house.report(house.account(ref)))


def amended(house: House, by: str = "dan") -> Decision:
    decided = house.suspended()
    appeal = lodged(house, decided)
    house.run(hearing.claim, appeal.id, by)
    act = Act(decided.subject, Measure.LIMIT, timedelta(hours=24), "limit-24h")
    house.run(hearing.amend, appeal.id, by, "a day is enough", spam(act))
    house.work()
    (milder,) = house.all(Decision, supersedes=decided.id)
    return milder


def test_who_confirmed_an_urgent_act_does_not_hear_the_appeal_against_it(house: House) -> None:
    token = house.urgent_token("bea")
    house.platform.urgent(token, Urgent.THREAT_TO_LIFE, house.account("mad-max"), Measure.SUSPEND)
    house.worker.enter_urgent(PLATFORM)
    (entry,) = house.all(UrgentEntry)
    house.run(urgent.confirm, entry.id, "cleo")
    (decision,) = house.all(Decision, cause=Cause.URGENT)
    appeal = lodged(house, decision)
    for officer in ("bea", "cleo"):
        with pytest.raises(SamePerson):
            house.run(hearing.claim, appeal.id, officer)
    assert house.run(hearing.claim, appeal.id, "dan").state is AppealState.UNDER_REVIEW


def test_who_took_part_before_an_amendment_does_not_hear_the_appeal_against_it(house: House) -> None:
    appeal = lodged(house, amended(house))
    for officer in ("bea", "cleo", "dan"):
        with pytest.raises(SamePerson):
            house.run(hearing.claim, appeal.id, officer)
    assert house.run(hearing.claim, appeal.id, "ada").state is AppealState.UNDER_REVIEW


def test_where_nobody_else_is_left_who_took_part_before_the_amendment_hears_the_appeal(house: House) -> None:
    appeal = lodged(house, amended(house, by="ada"))
    with pytest.raises(SamePerson, match="replaced"):
        house.run(hearing.claim, appeal.id, "bea")
    from showcause.casework import staffing

    house.run(staffing.retire_moderator, "dan", "ada")
    assert house.run(hearing.claim, appeal.id, "bea").state is AppealState.UNDER_REVIEW
    with pytest.raises(SamePerson):
        house.run(hearing.refuse, lodged(house, house.suspended("other")).id, "bea", "no")


def test_what_gives_back_cannot_be_appealed_and_so_never_becomes_a_new_measure(house: House) -> None:
    decided = house.suspended()
    appeal = lodged(house, decided)
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "wrong")
    (lift,) = house.all(Decision, outcome=Outcome.LIFT)
    with pytest.raises(AppealClosed, match="gave back"):
        lodged(house, lift)


def test_an_appeal_never_restricts_anybody_else(house: House) -> None:
    decided, other = house.suspended(), case_about(house, "neighbour")
    appeal = lodged(house, decided)
    house.run(hearing.claim, appeal.id, "dan")
    elsewhere = spam(Act(other.subject, Measure.SUSPEND, None, "suspend"))
    with pytest.raises(BadInput, match="one subject"):
        house.run(hearing.amend, appeal.id, "dan", "him too", elsewhere)


def test_one_decision_restricts_one_subject_whose_statement_it_sends(house: House) -> None:
    case, other = case_about(house, "one"), case_about(house, "two")
    house.run(desk.claim, case.id, "bea")
    both = spam(
        Act(case.subject, Measure.SUSPEND, None, "suspend"),
        Act(other.subject, Measure.SUSPEND, None, "suspend"),
    )
    with pytest.raises(BadInput, match="one subject"):
        house.run(deciding.propose, case.id, "bea", both)
    assert house.all(Decision) == []
    assert house.all(Enforcement) == []
