"""Appeals: who may lodge and hear them, what they bring back, and what a broken promise costs."""

from datetime import timedelta

import pytest

from showcause.casework import deciding, desk, founding, hearing, lodging
from showcause.casework.weighing import Proposal
from showcause.domain.appeal import Appeal
from showcause.domain.decision import Act, Cause, Decision, Finding, Outcome
from showcause.domain.errors import (
    AppealClosed,
    BadInput,
    IllegalStep,
    NotFound,
    NotPermitted,
    SamePerson,
)
from showcause.domain.lifecycle import AppealState, DecisionState
from showcause.domain.restriction import Measure
from showcause.domain.site import Letter, LetterKind
from showcause.domain.statement import Statement
from showcause.domain.subject import Reach
from tests.house import House


def lodged(house: House, decision: Decision, text: str = "This is wrong.") -> Appeal:
    return house.run(lodging.lodge, decision.reference, text)


def test_an_appeal_is_confirmed_logged_and_promised_an_hour(house: House) -> None:
    decided = house.suspended()
    appeal = lodged(house, decided)
    house.work()
    assert appeal.promised_at == house.now + timedelta(days=3)
    assert house.log_kinds()[-1] == "appeal"
    assert "We promise an answer by" in house.world.inbox("spam-sam")[-1]


@pytest.mark.parametrize("officer", ["bea", "cleo"])
def test_nobody_who_took_part_in_the_decision_hears_the_appeal(house: House, officer: str) -> None:
    appeal = lodged(house, house.suspended())
    with pytest.raises(SamePerson):
        house.run(hearing.claim, appeal.id, officer)
    assert house.run(hearing.claim, appeal.id, "dan").state is AppealState.UNDER_REVIEW


def test_a_reversal_gives_back_and_tells_what_came_back(house: House) -> None:
    house.world.followers_lost = 50
    for reader in ("r1", "r2", "r3", "r4"):
        house.account(reader)
    house.account("spam-sam")
    for reader in ("r1", "r2", "r3", "r4"):
        house.world.follow(reader, "spam-sam")
    decided = house.suspended()
    appeal = lodged(house, decided)
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "It was a newsletter.")
    house.work()
    assert house.standing("spam-sam") == set()
    house.world.post("spam-sam", "square", "I am back")
    last = house.world.inbox("spam-sam")[-1]
    assert "This is back: display name: spam-sam" in last
    assert "This is not back, and we cannot bring it back: followers: r1 and followers: r2." in last
    assert house.all(Decision, id=decided.id)[0].state is DecisionState.SUPERSEDED


def test_the_old_notice_stays_and_a_new_one_is_added(house: House) -> None:
    decided = house.suspended()
    appeal = lodged(house, decided)
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "wrong")
    house.work()
    inbox = house.world.inbox("spam-sam")
    assert inbox[0].startswith("Statement of reasons")
    assert any(text.startswith("A decision about you was reversed") for text in inbox)


def test_affirming_leaves_the_measure_and_names_the_next_door(house: House) -> None:
    appeal = lodged(house, house.suspended())
    house.run(hearing.claim, appeal.id, "dan")
    closed = house.run(hearing.affirm, appeal.id, "dan", "The same link in forty rooms.")
    house.work()
    assert closed.state is AppealState.AFFIRMED
    assert house.standing("spam-sam") == {Measure.SUSPEND}
    letter = house.world.inbox("spam-sam")[-1]
    assert "The reason: The same link in forty rooms." in letter
    assert "you can go to court" in letter


def test_an_answer_without_reasons_is_refused(house: House) -> None:
    appeal = lodged(house, house.suspended())
    house.run(hearing.claim, appeal.id, "dan")
    with pytest.raises(BadInput):
        house.run(hearing.affirm, appeal.id, "dan", "   ")
    assert house.all(Appeal)[0].state is AppealState.UNDER_REVIEW


def milder(house: House, decided: Decision) -> Proposal:
    return Proposal(
        Outcome.RESTRICT,
        (Finding("integrity.spam@1", ("many", "unasked"), "flood"),),
        (Act(decided.subject, Measure.LIMIT, timedelta(hours=24), "limit-24h"),),
        {"count": 40, "span": 3600},
        ("the posts",),
    )


def test_amending_replaces_the_measure_by_a_milder_one_with_its_own_statement(house: House) -> None:
    decided = house.suspended()
    appeal = lodged(house, decided)
    house.run(hearing.claim, appeal.id, "dan")
    closed = house.run(hearing.amend, appeal.id, "dan", "A day is enough.", milder(house, decided))
    house.work()
    house.wait(seconds=1)
    assert closed.state is AppealState.AMENDED
    assert house.standing("spam-sam") == {Measure.LIMIT}
    assert len(house.all(Statement)) == 2
    assert house.all(Decision, id=closed.outcome)[0].supersedes == decided.id


def test_an_appeal_never_makes_it_worse(house: House) -> None:
    case = house.case_of(house.report(house.account("spam-sam")))
    limited = house.decide(case, preset="flood", facts={"count": 9, "span": 60})
    appeal = lodged(house, limited)
    house.run(hearing.claim, appeal.id, "dan")
    worse = Proposal(
        Outcome.RESTRICT,
        (Finding("integrity.spam@1", ("many", "unasked"), "same-message"),),
        (Act(limited.subject, Measure.SUSPEND, None, "suspend"),),
        {},
        ("the posts",),
    )
    with pytest.raises(BadInput):
        house.run(hearing.amend, appeal.id, "dan", "worse", worse)
    longer = Proposal(
        Outcome.RESTRICT,
        worse.findings,
        (Act(limited.subject, Measure.LIMIT, timedelta(hours=24), "limit-24h"),),
        {},
        ("the posts",),
    )
    with pytest.raises(BadInput):
        house.run(hearing.amend, appeal.id, "dan", "longer", longer)


def test_each_person_appeals_once_unless_they_withdraw(house: House) -> None:
    decided = house.suspended()
    appeal = lodged(house, decided)
    with pytest.raises(AppealClosed):
        lodged(house, decided)
    house.run(lodging.withdraw, appeal.id)
    assert lodged(house, decided).state is AppealState.LODGED


def test_the_window_closes_184_days_after_service_and_that_instant_is_too_late(house: House) -> None:
    decided = house.suspended()
    served = house.statement_of(decided).served_at
    assert served is not None
    house.now = served + timedelta(days=184)
    with pytest.raises(AppealClosed):
        lodged(house, decided)
    house.now -= timedelta(seconds=1)
    assert lodged(house, decided).state is AppealState.LODGED


def test_an_unknown_reference_and_an_empty_text_are_refused(house: House) -> None:
    decided = house.suspended()
    with pytest.raises(NotFound):
        house.run(lodging.lodge, "0000-0000", "x")
    with pytest.raises(BadInput):
        lodged(house, decided, "  ")
    with pytest.raises(BadInput):
        lodged(house, decided, "a\u202eb")
    assert house.all(Appeal) == []


def test_a_reporter_appeals_against_no_breach_and_one_person_imposes_only_what_one_person_may(
    house: House,
) -> None:
    post = house.post("lou", "look, a link")
    report = house.report(post, by="rita", author="lou")
    case = house.case_of(report)
    house.run(desk.claim, case.id, "bea")
    house.run(deciding.propose, case.id, "bea", Proposal(Outcome.NO_BREACH, reason="nothing there"))
    house.work()
    appeal = house.run(lodging.lodge, report.number, "It is the same link everywhere.")
    house.run(hearing.claim, appeal.id, "dan")
    with pytest.raises(BadInput):
        house.run(hearing.reverse, appeal.id, "dan", "there was something")
    hide = Proposal(
        Outcome.RESTRICT,
        (Finding("integrity.spam@1", ("many", "unasked"), "same-message"),),
        (Act(case.subject, Measure.HIDE, None, "hide"),),
        {},
        ("the link",),
    )
    house.run(hearing.amend, appeal.id, "dan", "The link is a trap.", hide)
    house.work()
    assert house.world.read(post.ref) is None
    assert house.all(Letter, kind=LetterKind.APPEAL_OUTCOME)[0].person == report.reporter


def test_a_reporter_cannot_appeal_before_the_answer(house: House) -> None:
    report = house.report(house.account("ann"), by="rita")
    with pytest.raises(AppealClosed):
        house.run(lodging.lodge, report.number, "too slow")


def live(house: House, ref: str) -> None:
    from showcause.casework import intake

    house.run(intake.measure_reach, house.account(ref), Reach(followers=50_000))


def test_a_time_critical_appeal_is_promised_four_hours_and_then_the_measure_falls_to_the_mildest(
    house: House,
) -> None:
    live(house, "spam-sam")
    decided = house.suspended()
    appeal = lodged(house, decided)
    assert appeal.time_critical
    assert appeal.promised_at == house.now + timedelta(hours=4)
    house.wait(hours=4)
    house.wait(seconds=1)
    assert house.all(Appeal)[0].overdue
    assert house.standing("spam-sam") == {Measure.LIMIT}
    assert house.all(Decision, cause=Cause.APPEAL_OVERDUE)[0].state is DecisionState.IN_FORCE
    assert any("did not keep that promise" in text for text in house.world.inbox("spam-sam"))
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "It was live.")
    house.work()
    assert house.standing("spam-sam") == set()


def test_what_a_broken_promise_had_reduced_is_imposed_again_when_the_appeal_was_not_right(
    house: House,
) -> None:
    live(house, "spam-sam")
    decided = house.suspended(rung="suspend-7d")
    until = house.restrictions_of(decided)[0].until
    appeal = lodged(house, decided)
    house.wait(hours=4)
    house.wait(seconds=1)
    assert house.standing("spam-sam") == {Measure.LIMIT}
    house.run(hearing.claim, appeal.id, "dan")
    closed = house.run(hearing.affirm, appeal.id, "dan", "Forty rooms, the same link.")
    house.wait(seconds=1)
    house.wait(seconds=1)
    assert house.standing("spam-sam") == {Measure.SUSPEND}
    (again,) = house.all(Decision, id=closed.outcome)
    assert house.restrictions_of(again)[0].until == until
    assert house.log_kinds().count("reversal") == 2


def test_an_ordinary_broken_promise_is_noted_and_changes_no_measure(house: House) -> None:
    appeal = lodged(house, house.suspended())
    house.wait(days=3)
    assert house.all(Appeal, id=appeal.id)[0].overdue
    assert house.standing("spam-sam") == {Measure.SUSPEND}


def test_a_lease_that_ran_out_lets_somebody_else_hear_the_appeal(house: House) -> None:
    appeal = lodged(house, house.suspended())
    house.run(hearing.claim, appeal.id, "dan")
    with pytest.raises(IllegalStep):
        house.run(hearing.claim, appeal.id, "ada")
    house.now += timedelta(minutes=61)
    with pytest.raises(NotPermitted):
        house.run(hearing.affirm, appeal.id, "dan", "late")
    assert house.run(hearing.claim, appeal.id, "ada").reviewer


def test_the_only_moderator_may_reverse_or_reduce_and_never_affirm(lone_house: House) -> None:
    house = lone_house
    decided = house.suspended(by="ada")
    assert decided.single_operator
    appeal = lodged(house, decided)
    house.run(hearing.claim, appeal.id, "ada")
    with pytest.raises(SamePerson):
        house.run(hearing.affirm, appeal.id, "ada", "I was right")
    assert house.run(hearing.reverse, appeal.id, "ada", "I was wrong").state is AppealState.REVERSED


def test_where_one_person_decides_what_needs_two_lasts_at_most_seven_days_and_says_so(
    lone_house: House,
) -> None:
    decided = lone_house.suspended(by="ada")
    (restriction,) = lone_house.restrictions_of(decided)
    assert decided.decided_at is not None
    assert restriction.until == decided.decided_at + timedelta(days=7)
    assert "has only one moderator" in lone_house.world.inbox("spam-sam")[0]
    lone_house.wait(days=7)
    lone_house.wait(seconds=1)
    assert lone_house.standing("spam-sam") == set()


def test_a_higher_threshold_of_reach_is_a_setting_that_leaves_a_leaf(house: House) -> None:
    live(house, "spam-sam")
    size = house.log_size()
    house.run(founding.change_setting, "high-reach", "100000", "ada")
    assert house.log_kinds()[size:] == ["setting"]
