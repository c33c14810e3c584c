"""Proposing, approving, holding and undoing, on a whole house."""

from dataclasses import replace
from datetime import timedelta

import pytest

from showcause.casework import deciding, desk, founding, intake, returning, staffing
from showcause.casework.ports import IncomingReport
from showcause.casework.weighing import Proposal
from showcause.connectors.simulator import MEASURES
from showcause.domain.case import Case
from showcause.domain.decision import Act, Cause, Decision, Finding, Outcome
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import (
    BadInput,
    IllegalStep,
    Incomplete,
    NotPermitted,
    PolicyNotInForce,
    SamePerson,
    Unsupported,
)
from showcause.domain.lifecycle import CaseState, DecisionState, EnforcementState
from showcause.domain.people import Role
from showcause.domain.report import Report
from showcause.domain.restriction import Measure
from showcause.domain.site import Letter, LetterKind, Mode
from showcause.domain.statement import Statement
from showcause.domain.subject import Subject, SubjectKind
from showcause.transparency.leaf import Slot, decode
from tests.house import PLATFORM, House


def a_case(house: House, ref: str = "spam-sam") -> Case:
    return house.case_of(house.report(house.account(ref)))


def test_a_suspension_needs_a_second_person(house: House) -> None:
    proposed = house.propose(a_case(house), rung="suspend")
    assert proposed.second_needed
    assert proposed.approver is None
    with pytest.raises(SamePerson):
        house.run(deciding.approve, proposed.id, "bea")
    house.run(deciding.approve, proposed.id, "cleo")
    house.wait(seconds=31)
    assert house.all(Decision, id=proposed.id)[0].state is DecisionState.IN_FORCE


def test_nothing_reaches_the_platform_before_the_undo_delay_is_over(house: House) -> None:
    proposed = house.propose(a_case(house), rung="suspend")
    house.run(deciding.approve, proposed.id, "cleo")
    house.wait(seconds=29)
    assert house.world.acts() == []
    house.wait(seconds=2)
    assert [act["what"] for act in house.world.acts()] == ["impose"]


def test_an_approved_decision_can_be_returned_until_it_commits(house: House) -> None:
    proposed = house.propose(a_case(house), rung="suspend")
    house.run(deciding.approve, proposed.id, "cleo")
    returned = house.run(returning.return_, proposed.id, "cleo", "wrong account")
    house.wait(minutes=5)
    assert returned.state is DecisionState.RETURNED
    assert house.all(Case, id=proposed.case)[0].state is CaseState.WAITING
    assert house.world.acts() == []
    assert house.all(Statement) == []


def test_a_committed_decision_cannot_be_returned(house: House) -> None:
    decided = house.suspended()
    with pytest.raises(IllegalStep):
        house.run(returning.return_, decided.id, "cleo", "too late")


def test_a_rung_that_one_person_may_take_is_approved_with_the_proposal(house: House) -> None:
    post = house.post("lou", "buy buy buy")
    proposed = house.propose(house.case_of(house.report(post, author="lou")), rung="hide")
    assert proposed.approver == proposed.proposer
    assert proposed.commit_at == house.now + timedelta(seconds=30)


def test_a_proposal_needs_the_claim_on_its_case(house: House) -> None:
    case = a_case(house)
    with pytest.raises((NotPermitted, IllegalStep)):
        house.run(deciding.propose, case.id, "bea", Proposal(Outcome.NO_BREACH, reason="nothing there"))
    house.run(desk.claim, case.id, "bea")
    with pytest.raises(NotPermitted):
        house.run(deciding.propose, case.id, "cleo", Proposal(Outcome.NO_BREACH, reason="nothing there"))


def test_an_auditor_reads_and_never_proposes(house: House) -> None:
    house.run(staffing.add_moderator, "otto", (Role.AUDITOR,), "ada")
    with pytest.raises(NotPermitted):
        house.run(desk.claim, a_case(house).id, "otto")


@pytest.mark.parametrize(
    "change, refusal",
    [
        ({"facts": {"nonsense": "x"}}, BadInput),
        ({"facts": {"count": "many", "span": 60}}, BadInput),
        ({"facts": {"count": 3, "span": 60}, "evidence": ()}, Incomplete),
        ({"facts": {"count": 3}}, Incomplete),
        ({"facts": {}}, Incomplete),
        ({"findings": ()}, BadInput),
        ({"acts": ()}, BadInput),
    ],
)
def test_a_faulty_proposal_is_refused_and_nothing_is_stored(
    house: House, change: dict[str, object], refusal: type[Exception]
) -> None:
    case = a_case(house)
    house.run(desk.claim, case.id, "bea")
    before = house.store.queries.counts()
    good = Proposal(
        Outcome.RESTRICT,
        (Finding("integrity.spam@1", ("many", "unasked"), "flood"),),
        (Act(case.subject, Measure.LIMIT, timedelta(hours=24), "limit-24h"),),
        {"count": 3, "span": 60},
        ("what was seen",),
    )
    with pytest.raises(refusal):
        house.run(deciding.propose, case.id, "bea", replace(good, **change))  # type: ignore[arg-type]
    assert house.store.queries.counts() == before
    house.run(deciding.propose, case.id, "bea", good)


@pytest.mark.parametrize(
    "act, refusal",
    [
        ((Measure.LIMIT, timedelta(hours=25), "limit-24h"), BadInput),
        ((Measure.LIMIT, None, "limit-24h"), BadInput),
        ((Measure.SUSPEND, timedelta(hours=1), "limit-24h"), BadInput),
        ((Measure.LIMIT, timedelta(hours=1), "no-such-rung"), BadInput),
        ((Measure.HIDE, None, "hide"), Unsupported),
    ],
)
def test_an_act_comes_from_a_rung_and_fits_its_subject(
    house: House, act: tuple[Measure, timedelta | None, str], refusal: type[Exception]
) -> None:
    case = a_case(house)
    house.run(desk.claim, case.id, "bea")
    finding = Finding("integrity.spam@1", ("many", "unasked"), "same-message")
    proposal = Proposal(Outcome.RESTRICT, (finding,), (Act(case.subject, *act),), {}, ("seen",))
    with pytest.raises(refusal):
        house.run(deciding.propose, case.id, "bea", proposal)


def test_a_version_that_is_not_in_force_cannot_be_cited(house: House) -> None:
    case = a_case(house)
    house.run(desk.claim, case.id, "bea")
    for ref in ("integrity.spam@2", "integrity.nonsense@1"):
        finding = Finding(ref, ("many",), "same-message")
        act = Act(case.subject, Measure.LIMIT, timedelta(hours=1), "limit-24h")
        with pytest.raises(PolicyNotInForce):
            house.run(
                deciding.propose,
                case.id,
                "bea",
                Proposal(Outcome.RESTRICT, (finding,), (act,), {}, ("seen",)),
            )


def test_what_the_platform_cannot_do_is_not_offered(house: House) -> None:
    house.run(
        founding.connect_platform,
        "bare",
        "simulator",
        {Measure.LABEL: MEASURES[Measure.LABEL]},
        "ada",
        mode=Mode.ENFORCE,
    )
    there = Subject("bare", SubjectKind.ACCOUNT, "sam")
    report = house.run(intake.submit, IncomingReport("k", there, None, None, "spam", house.now))
    with pytest.raises(Unsupported):
        house.propose(house.case_of(report), rung="suspend")


def test_no_breach_needs_a_reason_and_tells_it_to_the_reporter(house: House) -> None:
    with pytest.raises(Incomplete):
        Proposal(Outcome.NO_BREACH)
    report = house.report(house.account("ann"), by="rita")
    case = house.case_of(report)
    house.run(desk.claim, case.id, "bea")
    house.run(deciding.propose, case.id, "bea", Proposal(Outcome.NO_BREACH, reason="It is a recipe."))
    house.work()
    assert "The reason: It is a recipe." in house.world.inbox("rita")[-1]
    assert house.all(Report, id=report.id)[0].state == "answered"
    assert house.all(Statement) == []
    assert house.world.inbox("ann") == []


def test_a_hold_that_nobody_approves_is_returned_at_its_deadline_and_logged(house: House) -> None:
    proposed = house.propose(a_case(house), rung="suspend")
    size = house.log_size()
    house.wait(hours=4, seconds=1)
    assert house.all(Decision, id=proposed.id)[0].state is DecisionState.RETURNED
    assert house.all(Case, id=proposed.case)[0].state is CaseState.WAITING
    assert house.log_kinds()[size:] == ["hold"]
    assert house.world.acts() == []


def test_a_signed_interim_rung_goes_ahead_at_the_deadline_and_the_full_act_stays_held(house: House) -> None:
    case = a_case(house)
    interim = Act(case.subject, Measure.LIMIT, timedelta(hours=24), "limit-24h")
    proposed = house.propose(case, rung="suspend", interim=interim)
    house.wait(hours=4, seconds=1)
    house.wait(seconds=1)
    held = house.all(Decision, id=proposed.id)[0]
    assert held.state is DecisionState.PROPOSED
    (acting,) = house.all(Decision, cause=Cause.INTERIM)
    assert acting.state is DecisionState.IN_FORCE
    assert house.standing("spam-sam") == {Measure.LIMIT}
    house.run(deciding.approve, proposed.id, "cleo")
    house.wait(seconds=31)
    house.wait(seconds=1)
    assert house.standing("spam-sam") == {Measure.SUSPEND}
    assert house.all(Decision, id=acting.id)[0].state is DecisionState.SUPERSEDED


def test_an_interim_rung_that_needs_two_people_cannot_be_signed_by_one(house: House) -> None:
    case = a_case(house)
    interim = Act(case.subject, Measure.SUSPEND, timedelta(days=7), "suspend-7d")
    with pytest.raises(NotPermitted):
        house.propose(case, rung="suspend", interim=interim)


def test_a_measure_ends_by_its_date_and_the_decision_lapses(house: House) -> None:
    decided = house.decide(a_case(house), preset="flood", facts={"count": 9, "span": 60})
    assert house.standing("spam-sam") == {Measure.LIMIT}
    house.wait(hours=24)
    house.wait(seconds=1)
    assert house.standing("spam-sam") == set()
    assert house.all(Decision, id=decided.id)[0].state is DecisionState.LAPSED
    assert house.all(Enforcement, decision=decided.id)[0].state is EnforcementState.LIFTED
    assert any(letter.kind is LetterKind.RESTORATION for letter in house.all(Letter))


def test_in_observe_mode_decisions_are_recorded_and_nothing_is_done(house: House) -> None:
    house.run(founding.switch_mode, PLATFORM, Mode.OBSERVE, "ada")
    decided = house.suspended()
    assert decided.state is DecisionState.IN_FORCE
    assert house.world.acts() == []
    assert house.all(Enforcement) == []
    assert house.all(Statement) == []
    with house.store.read() as view:
        [leaf] = [
            leaf for each in view.log.leaves(0, house.log_size()) if (leaf := decode(each)).id == decided.leaf
        ]
    assert (leaf.kind, leaf.numbers) == ("decision", None), "an outsider sees that no order was given"
    assert house.opened(leaf, Slot.FACETS)["measures"] == ["suspend"]
    house.wait(hours=24)
    compared = [line.codes["compared"] for line in house.journal(decided.id) if line.verb == "observe"]
    assert compared == ["different"]


def test_two_people_at_once_on_one_case_one_wins_and_the_other_is_told(house: House) -> None:
    from showcause.domain.errors import AlreadyClaimed

    case = a_case(house)
    house.run(desk.claim, case.id, "bea")
    with pytest.raises(AlreadyClaimed):
        house.run(desk.claim, case.id, "cleo")
    house.now += timedelta(minutes=21)
    assert house.run(desk.claim, case.id, "cleo").claimed_by


def test_a_measure_is_offered_only_for_the_kind_of_subject_that_the_platform_can_do_it_to(
    house: House,
) -> None:
    card = {Measure.HIDE: replace(MEASURES[Measure.HIDE], kinds=(SubjectKind.MEDIA,))}
    house.run(founding.connect_platform, "media-only", "simulator", card, "ada", mode=Mode.ENFORCE)
    post = Subject("media-only", SubjectKind.CONTENT, "post-1")
    report = house.run(intake.submit, IncomingReport("k", post, None, None, "spam", house.now))
    with pytest.raises(Unsupported, match="cannot hide a subject of the kind content"):
        house.propose(house.case_of(report))


def test_while_observing_nobody_hears_from_us(house: House) -> None:
    house.run(founding.switch_mode, PLATFORM, Mode.OBSERVE, "ada")
    house.suspended("sam")
    assert house.world.inbox("rita") == house.world.inbox("sam") == []
    assert house.all(Letter) == []
    assert {report.state for report in house.all(Report)} == {"filed"}


def test_who_reported_before_we_came_is_not_written_to_until_there_is_an_answer(house: House) -> None:
    about, reporter = house.account("sam"), house.account("rita")
    old = IncomingReport("old", about, None, reporter, "spam", house.now - timedelta(days=400))
    report = house.run(intake.submit, old)
    house.work()
    assert house.world.inbox("rita") == []
    house.decide(house.case_of(report), rung="suspend")
    house.work()
    assert house.world.inbox("rita")[0].startswith("What became of your report")
