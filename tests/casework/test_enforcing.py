"""Orders on their way to a platform that is down, slow, lying or changed by hand."""

from dataclasses import replace

import pytest

from showcause.casework import deciding, desk, enforcing, hearing, intake, lodging, policies, telling
from showcause.casework.weighing import Proposal
from showcause.domain.decision import Act, Decision, Finding, Outcome
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import NotReversible
from showcause.domain.lifecycle import EnforcementState, ServiceState
from showcause.domain.policy import Rung, Second, said
from showcause.domain.restriction import Measure
from showcause.domain.site import Letter, LetterKind
from showcause.domain.statement import Exemption, Statement, window_end
from showcause.domain.subject import SubjectKind
from tests.house import PLATFORM, House


def enforcement_of(house: House, decision: Decision) -> Enforcement:
    return house.all(Enforcement, decision=decision.id)[0]


def let_time_pass(house: House, minutes: int = 30) -> None:
    for _ in range(minutes * 2):
        house.wait(seconds=30)


@pytest.mark.parametrize("fault", ["down", "error_500", "hangs", "lies"])
def test_an_order_is_repeated_until_it_landed_once(house: House, fault: str) -> None:
    setattr(house.platform.faults, fault, True)
    decided = house.suspended()
    landed = fault == "hangs"  # it landed without an answer, and asking again finds it there
    assert (enforcement_of(house, decided).state is EnforcementState.APPLIED) == landed
    setattr(house.platform.faults, fault, False)
    let_time_pass(house, 3)
    assert enforcement_of(house, decided).state is EnforcementState.APPLIED
    assert house.standing("spam-sam") == {Measure.SUSPEND}
    assert sum(act["changed"] for act in house.world.acts()) == 1


def test_a_platform_that_asks_to_wait_is_left_alone_that_long(house: House) -> None:
    house.platform.faults.rate_limited = 60.0
    decided = house.suspended()
    attempts = enforcement_of(house, decided).attempts
    for _ in range(5):
        house.wait(seconds=5)
    assert enforcement_of(house, decided).attempts == attempts
    house.platform.faults.rate_limited = None
    house.wait(seconds=60)
    assert enforcement_of(house, decided).state is EnforcementState.APPLIED


def test_a_platform_that_stays_down_makes_a_failed_enforcement_that_a_moderator_retries(house: House) -> None:
    house.platform.faults.down = True
    decided = house.suspended()
    let_time_pass(house, 60)
    failed = enforcement_of(house, decided)
    assert failed.state is EnforcementState.FAILED
    assert "effect" in house.log_kinds()
    house.platform.faults.down = False
    house.run(enforcing.retry, failed.id, "cleo")
    house.wait(seconds=1)
    assert enforcement_of(house, decided).state is EnforcementState.APPLIED


def test_the_statement_waits_for_the_act_ten_minutes_and_not_longer(house: House) -> None:
    house.platform.faults.lies = True
    decided = house.suspended()
    let_time_pass(house, 9)
    assert house.statement_of(decided).state is ServiceState.DRAFTED
    let_time_pass(house, 3)
    assert house.statement_of(decided).state is ServiceState.SERVED


def test_what_the_account_had_is_recorded_before_the_act(house: House) -> None:
    decided = house.suspended()
    held = enforcement_of(house, decided)
    verbs = [line.verb for line in house.journal(held.id)]
    assert verbs.index("snapshot") < verbs.index("confirm")
    assert verbs.index("attempt") < verbs.index("confirm")


def test_an_order_that_was_never_sent_is_cancelled_and_its_number_is_void(house: House) -> None:
    connected, house.worker.world.platforms = (
        house.worker.world.platforms,
        {},
    )  # the connector is not running here
    decided = house.suspended()
    assert enforcement_of(house, decided).attempts == 0
    reverse(house, decided)
    assert enforcement_of(house, decided).state is EnforcementState.CANCELLED
    house.worker.world.platforms = connected
    let_time_pass(house, 10)
    assert house.world.acts() == []
    assert house.log_kinds().count("effect") == 1
    assert [check.name for check in house.platform.doctor() if not check.ok] == []


def test_a_late_suspend_never_follows_a_newer_lift(house: House) -> None:
    house.platform.faults.down = True
    decided = house.suspended()
    reverse(house, decided)
    house.platform.faults.down = False
    let_time_pass(house, 10)
    assert house.standing("spam-sam") == set()
    assert enforcement_of(house, decided).state is EnforcementState.LIFTED
    assert [act["what"] for act in house.world.acts() if act["changed"]] == []


def reverse(house: House, decided: Decision) -> None:
    appeal = house.run(lodging.lodge, decided.reference, "wrong")
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "wrong")
    house.work()


def test_a_lift_is_repeated_until_it_landed(house: House) -> None:
    decided = house.suspended()
    house.platform.faults.down = True
    reverse(house, decided)
    assert enforcement_of(house, decided).state is EnforcementState.LIFTING
    house.platform.faults.down = False
    let_time_pass(house, 10)
    assert enforcement_of(house, decided).state is EnforcementState.LIFTED


def test_a_removal_is_admitted_to_be_permanent_after_its_reversal(house: House) -> None:
    post = house.post("lou", "you will not get home")
    report = house.report(post, author="lou")
    decided = house.decide(house.case_of(report), clause="safety.threats@1", preset="threat")
    assert house.world.read(post.ref) is None
    assert "cannot be undone" in house.world.inbox("lou")[0]
    reverse(house, decided)
    assert enforcement_of(house, decided).state is EnforcementState.PERMANENT
    assert "This is not back, and we cannot bring it back" in house.world.inbox("lou")[-1]


def test_nothing_irreversible_happens_while_an_appeal_about_it_is_open(house: House) -> None:
    post = house.post("lou", "you will not get home")
    decided = house.decide(
        house.case_of(house.report(post, author="lou")),
        clause="safety.threats@1",
        preset="threat",
        rung="hide",
    )
    house.run(lodging.lodge, decided.reference, "it was a quotation")
    case = house.case_of(house.report(post, by="mia", author="lou"))
    with pytest.raises(NotReversible):
        house.propose(case, clause="safety.threats@1", preset="threat")


def test_what_somebody_undid_by_hand_is_drift_and_is_accepted_or_sent_again(house: House) -> None:
    decided = house.suspended()
    house.world.free(SubjectKind.ACCOUNT, "spam-sam", Measure.SUSPEND)
    house.run(enforcing.drift, enforcement_of(house, decided).id)
    drifted = enforcement_of(house, decided)
    assert drifted.state is EnforcementState.DRIFTED
    house.run(enforcing.retry, drifted.id, "cleo")
    house.wait(seconds=1)
    assert house.standing("spam-sam") == {Measure.SUSPEND}
    house.world.free(SubjectKind.ACCOUNT, "spam-sam", Measure.SUSPEND)
    house.run(enforcing.drift, drifted.id)
    assert house.run(enforcing.accept, drifted.id, "cleo").state is EnforcementState.LIFTED
    assert house.standing("spam-sam") == set()


def test_each_order_and_each_lift_has_exactly_one_effect_in_the_log(house: House) -> None:
    decided = house.suspended()
    assert house.log_kinds().count("effect") == 1
    reverse(house, decided)
    assert house.log_kinds().count("effect") == 2


def test_a_lock_waits_for_the_service_of_its_statement(house: House) -> None:
    spam = house.clause("integrity.spam@1")
    lock = Rung("lock", Measure.LOCK, None, Second.ALWAYS, said(en="Lock", fr="Verrouiller"))
    version = house.run(policies.propose, replace(spam, version=2, ladder=(*spam.ladder, lock)), "ada")
    house.run(policies.approve, version.id, "bea")
    case = house.case_of(house.report(house.account("spam-sam")))
    house.run(desk.claim, case.id, "bea")
    finding = Finding("integrity.spam@2", ("many", "unasked"), "same-message")
    act = Act(case.subject, Measure.LOCK, None, "lock")
    proposal = Proposal(Outcome.RESTRICT, (finding,), (act,), {}, ("posts",))
    proposed = house.run(deciding.propose, case.id, "bea", proposal)
    house.run(deciding.approve, proposed.id, "cleo")
    house.wait(seconds=31)
    let_time_pass(house, 1)
    served = house.statement_of(proposed).served_at
    locked = enforcement_of(house, proposed).applied_at
    assert served is not None
    assert locked is not None
    assert served <= locked
    assert house.standing("spam-sam") == {Measure.LOCK}


def test_somebody_whom_no_channel_reaches_has_an_undeliverable_statement_and_a_window_that_does_not_run(
    house: House,
) -> None:
    house.world.register("gone")
    report = house.report(house.account("gone"))
    house.world.impose(SubjectKind.ACCOUNT, "gone", Measure.LOCK)
    decided = house.decide(house.case_of(report), rung="suspend")
    let_time_pass(house, 1)
    statement = house.statement_of(decided)
    assert statement.state is ServiceState.UNDELIVERABLE
    assert statement.window_until is None


def test_reports_are_taken_once_however_often_they_are_listed(house: House) -> None:
    about = house.account("ann")
    house.account("rita")
    for _ in range(3):
        house.world.report("rita", about.kind, about.ref, "look")
    assert house.worker.poll(PLATFORM) == 3
    assert house.worker.poll(PLATFORM) == 0
    fresh = house.connector()
    for incoming in fresh.reports(None).reports:
        house.run(intake.submit, incoming)
    assert house.store.queries.counts()["report"]["filed"] == 3


def test_a_reporter_is_told_of_no_breach_once(house: House) -> None:
    report = house.report(house.account("ann"), by="rita")
    case = house.case_of(report)
    house.run(desk.claim, case.id, "bea")
    house.run(deciding.propose, case.id, "bea", Proposal(Outcome.NO_BREACH, reason="fine"))
    house.work()
    house.work()
    assert len(house.all(Letter, kind=LetterKind.ANSWER)) == 1
    assert house.all(Statement) == []


def test_an_undeliverable_statement_is_served_when_a_moderator_found_a_way(house: House) -> None:
    house.world.register("gone")
    report = house.report(house.account("gone"))
    house.world.impose(SubjectKind.ACCOUNT, "gone", Measure.LOCK)
    decided = house.decide(house.case_of(report), rung="suspend")
    let_time_pass(house, 1)
    bounced = house.statement_of(decided)
    house.world.free(SubjectKind.ACCOUNT, "gone", Measure.LOCK)
    house.run(telling.serve_again, bounced.id, "cleo")
    house.wait(seconds=1)
    served = house.statement_of(decided)
    assert served.state is ServiceState.SERVED
    assert served.window_until == window_end(house.now)


def test_where_no_channel_exists_the_statement_is_exempt_and_says_why(house: House) -> None:
    house.platform._card = replace(house.platform.card, notice_channel="")
    decided = house.suspended()
    let_time_pass(house, 1)
    statement = house.statement_of(decided)
    assert (statement.state, statement.exemption) == (ServiceState.EXEMPT, Exemption.NO_CONTACT)
