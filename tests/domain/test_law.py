"""The law without a store: windows, reach, leases, approvers, second looks, what a notice lacks, and texts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.domain import appeal as appeals
from showcause.domain import case as cases
from showcause.domain.campaign import check_size, sample
from showcause.domain.case import Case
from showcause.domain.decision import (
    SINGLE_OPERATOR_LIMIT,
    Act,
    AutomationUse,
    Cause,
    Decision,
    Outcome,
    capped,
    check_approver,
    check_commit,
    deciders,
)
from showcause.domain.enforcement import Enforcement, ending_event, step
from showcause.domain.errors import (
    AlreadyClaimed,
    AppealClosed,
    BadInput,
    IllegalStep,
    NotPermitted,
    SamePerson,
)
from showcause.domain.lifecycle import (
    ENFORCEMENT,
    CaseState,
    DecisionState,
    EnforcementEvent,
    EnforcementState,
    FilingState,
    ReportState,
    ServiceState,
    UrgentEvent,
    UrgentState,
)
from showcause.domain.people import Moderator, Role, is_single_operator
from showcause.domain.permissions import Action, actions_for, check_action, check_second_look
from showcause.domain.policy import Urgent
from showcause.domain.report import IntakeKind, Report, missing_elements
from showcause.domain.restriction import MEASURES, Measure, mildest
from showcause.domain.statement import Statement, check_window, window_end
from showcause.domain.subject import Reach, Subject, SubjectKind, check_name, check_text, is_high_reach
from showcause.domain.urgent import UrgentEntry, check_measure, when_unconfirmed

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BEA = Moderator("b" * 32, "bea", (Role.MODERATOR,), True, NOON, "ob")
CLEO = replace(BEA, id="c" * 32, handle="cleo")
DECISION = Decision(
    *("d" * 32, DecisionState.PROPOSED, "case", "s", "plaza", Outcome.RESTRICT, Cause.CASE, (), (), "f", ()),
    *("SOURCE_VOLUNTARY", AutomationUse(), BEA.id, True, False, NOON, "REF", "leaf"),
)
CASE = Case("k" * 32, CaseState.WAITING, "s", "plaza", NOON)


# --- time ------------------------------------------------------------------------------------------------------


def test_the_window_of_noon_on_22_november_2026_ends_at_noon_on_25_may_2027_and_that_instant_is_too_late() -> (
    None
):
    end = window_end(NOON)
    assert end == datetime(2027, 5, 25, 12, tzinfo=UTC)
    statement = Statement(
        *("i", ServiceState.SERVED, FilingState.EXEMPT, "d", "s", "p", "en", "x", "REF", NOON),
        served_at=NOON,
        window_until=end,
    )
    check_window(statement, end - timedelta(microseconds=1))
    with pytest.raises(AppealClosed, match="25 May 2027"):
        check_window(statement, end)


@given(st.integers(min_value=0, max_value=60 * 24 * 365 * 70))
def test_the_window_is_never_shorter_than_six_months(minutes: int) -> None:
    served = datetime(2024, 2, 17, tzinfo=UTC) + timedelta(minutes=minutes)
    month = served.month + 6
    year, month = served.year + (month > 12), (month - 1) % 12 + 1
    six_months_on = served.replace(year=year, month=month, day=min(served.day, 28))
    assert window_end(served) >= six_months_on


def test_an_unserved_statement_has_a_window_that_does_not_close() -> None:
    statement = Statement(
        "i", ServiceState.DRAFTED, FilingState.EXEMPT, "d", "s", "p", "en", "x", "REF", NOON
    )
    check_window(statement, NOON + timedelta(days=5_000))


def test_a_claim_is_a_lease_of_twenty_minutes() -> None:
    held = replace(
        CASE, state=CaseState.CLAIMED, claimed_by=BEA.id, claimed_until=cases.claim_until(CASE, BEA.id, NOON)
    )
    with pytest.raises(AlreadyClaimed):
        cases.claim_until(held, CLEO.id, NOON + timedelta(minutes=19))
    assert cases.claim_until(held, CLEO.id, NOON + timedelta(minutes=20)) > NOON
    with pytest.raises(NotPermitted):
        cases.check_holder(held, BEA.id, NOON + timedelta(minutes=20))


def test_a_commit_waits_for_its_delay_and_its_approval() -> None:
    with pytest.raises(IllegalStep):
        check_commit(DECISION, NOON)
    approved = replace(DECISION, approver=CLEO.id, commit_at=NOON + timedelta(seconds=30))
    with pytest.raises(IllegalStep):
        check_commit(approved, NOON + timedelta(seconds=29))
    check_commit(approved, NOON + timedelta(seconds=30))


# --- people ----------------------------------------------------------------------------------------------------


def test_the_officer_who_proposed_does_not_approve_where_two_are_needed() -> None:
    with pytest.raises(SamePerson):
        check_approver(DECISION, BEA)
    check_approver(DECISION, CLEO)
    check_approver(replace(DECISION, second_needed=False), BEA)


def test_the_officer_who_decided_does_not_review() -> None:
    decided = replace(DECISION, approver=CLEO.id)
    for officer in (BEA, CLEO):
        with pytest.raises(SamePerson):
            appeals.check_reviewer(decided, officer)
    alone = replace(decided, single_operator=True)
    appeals.check_reviewer(alone, BEA)
    with pytest.raises(SamePerson):
        appeals.check_reviewer(alone, BEA, affirming=True)


def test_single_operator_mode_follows_from_the_number_of_people_who_can_decide() -> None:
    assert is_single_operator([])
    assert is_single_operator([BEA, replace(CLEO, active=False)])
    assert is_single_operator([BEA, replace(CLEO, roles=(Role.AUDITOR,))])
    assert not is_single_operator([BEA, CLEO])


def test_one_person_alone_takes_what_needs_two_for_seven_days_at_most() -> None:
    forever = Act("s", Measure.SUSPEND, None, "suspend")
    assert capped(forever, single_operator=True, second_needed=True).duration == SINGLE_OPERATOR_LIMIT
    assert capped(forever, single_operator=True, second_needed=False) == forever
    assert capped(forever, single_operator=False, second_needed=True) == forever
    with pytest.raises(NotPermitted):
        capped(Act("s", Measure.REMOVE, None, "remove"), single_operator=True, second_needed=True)


def test_the_public_learns_whether_a_machine_one_or_two_people_decided() -> None:
    assert deciders(replace(DECISION, proposer="automation")) == 0
    assert deciders(replace(DECISION, approver=BEA.id)) == 1
    assert deciders(replace(DECISION, approver=CLEO.id)) == 2


def test_one_list_draws_the_buttons_and_authorises_the_act() -> None:
    for person in (BEA, replace(BEA, roles=(Role.AUDITOR,)), replace(BEA, active=False)):
        drawn = actions_for(person, CASE, NOON)
        for action in Action:
            if action in drawn:
                check_action(person, CASE, action, NOON)
            else:
                with pytest.raises((NotPermitted, IllegalStep)):
                    check_action(person, CASE, action, NOON)
    assert actions_for(BEA, CASE, NOON) == (Action.CASE_CLAIM, Action.CASE_MERGE)
    assert actions_for(replace(BEA, roles=(Role.AUDITOR,)), CASE, NOON) == ()


def test_a_second_look_by_the_same_person_counts_a_day_later_and_only_where_there_is_nobody_else() -> None:
    entry = UrgentEntry(
        *("u", UrgentState.ENTERED, "sp", "plaza", "s", Urgent.THREAT_TO_LIFE, Measure.SUSPEND, BEA.id),
        *(NOON, NOON, NOON + timedelta(days=1), "d", True),
    )
    check_second_look(entry, CLEO, NOON)
    with pytest.raises(SamePerson):
        check_second_look(entry, BEA, NOON + timedelta(days=9))
    alone = replace(entry, single_operator=True)
    with pytest.raises(SamePerson):
        check_second_look(alone, BEA, NOON + timedelta(hours=23))
    check_second_look(alone, BEA, NOON + timedelta(hours=24))
    assert when_unconfirmed(entry) is UrgentEvent.LIFT
    assert when_unconfirmed(replace(entry, on_account=False, measure=Measure.HIDE)) is UrgentEvent.KEEP_HIDDEN


# --- measures --------------------------------------------------------------------------------------------------


def test_an_order_is_cancelled_before_its_first_attempt_and_lifted_after_it() -> None:
    pending = Enforcement("e", EnforcementState.PENDING, "r", "d", "s", "p", Measure.SUSPEND, None, 1, NOON)
    assert ending_event(pending) is EnforcementEvent.CANCEL
    with pytest.raises(IllegalStep):
        step(pending, EnforcementEvent.LIFT)
    tried = replace(pending, attempts=1)
    assert ending_event(tried) is EnforcementEvent.LIFT
    with pytest.raises(IllegalStep):
        step(tried, EnforcementEvent.CANCEL)


@pytest.mark.parametrize("state", EnforcementState)
def test_whatever_ends_an_enforcement_is_a_legal_step(state: EnforcementState) -> None:
    held = Enforcement("e", state, "r", "d", "s", "p", Measure.SUSPEND, None, 1, NOON, attempts=1)
    event = ending_event(held)
    if event is not None:
        assert ENFORCEMENT.step(state, event)


@pytest.mark.parametrize("on_account", [True, False])
def test_the_urgent_lane_takes_only_what_can_be_undone(on_account: bool) -> None:
    for measure in Measure:
        try:
            check_measure(measure, on_account=on_account)
        except BadInput:
            continue
        assert MEASURES[measure].reversible
        assert MEASURES[measure].on_account == on_account
        assert not MEASURES[measure].blocks_reading


def test_the_mildest_of_some_measures() -> None:
    assert mildest((Measure.LOCK, Measure.LIMIT, Measure.SUSPEND)) is Measure.LIMIT
    assert mildest(()) is None


def test_a_campaign_has_more_than_a_hundred_items_and_a_sample_of_two_hundred() -> None:
    with pytest.raises(BadInput):
        check_size(100)
    check_size(101)
    with pytest.raises(BadInput):
        check_size(50_001)
    first = lambda pool, number: list(pool)[:number]  # noqa: E731  # a stand-in for chance
    assert len(sample(150, first)) == 150
    assert len(sample(10_000, first)) == 200


# --- reports, reach, texts -------------------------------------------------------------------------------------


def notice(**changes: object) -> Report:
    report = Report(
        "r", ReportState.RECEIVED, "s", "p", IntakeKind.ARTICLE_16, "k", "N", NOON, good_faith=True
    )
    return replace(report, **changes)  # type: ignore[arg-type]


def test_a_notice_of_illegal_content_names_what_it_lacks_and_a_terms_report_lacks_nothing() -> None:
    full = {"has_reasons": True, "has_identity": True, "no_name_asked": False}
    assert missing_elements(notice(), **full) == ()
    assert missing_elements(notice(good_faith=False), **full) == ("statement of good faith (d)",)
    assert missing_elements(notice(located=False), **full) == ("exact location (b)",)
    anonymous = full | {"has_identity": False}
    assert missing_elements(notice(), **anonymous) == ("name and e-mail (c)",)
    assert missing_elements(notice(), **(anonymous | {"no_name_asked": True})) == ()
    terms = notice(intake=IntakeKind.TERMS_REPORT, good_faith=False)
    assert missing_elements(terms, has_reasons=False, has_identity=False, no_name_asked=False) == ()


@pytest.mark.parametrize(
    "reach, high",
    [
        (Reach(followers=9_999), False),
        (Reach(followers=10_000), True),
        (Reach(followers=4_000, members=6_000), True),
        (Reach(followers=5_000, gained_today=500), True),
        (Reach(live_until=NOON + timedelta(minutes=1)), True),
        (Reach(live_until=NOON), False),
    ],
)
def test_high_reach_is_a_public_formula_of_numbers(reach: Reach, high: bool) -> None:
    assert is_high_reach(reach, NOON) is high


@pytest.mark.parametrize(
    "text",
    [
        "a\u202eb",
        "a\x00b",
        "a\x1bb",
        "\u2066x",
        "x\u200f",
        "\ud800",
        "",
        "   ",
        "two\nlines",
        "x" * 65,
        7,
        None,
    ],
)
def test_a_name_with_hidden_characters_of_another_type_or_out_of_bounds_is_refused(text: object) -> None:
    with pytest.raises(BadInput) as refused:
        check_name("name", text, 64)
    assert refused.value.hint
    assert "\u202e" not in refused.value.message


@given(st.text(max_size=300))
def test_a_text_is_taken_unchanged_or_refused(text: str) -> None:
    try:
        assert check_text("text", text, 200) == text
    except BadInput:
        return
    assert len(text) <= 200


def test_a_subject_is_one_value() -> None:
    assert Subject("p", SubjectKind.ACCOUNT, "a") == Subject("p", SubjectKind.ACCOUNT, "a")
    with pytest.raises(BadInput):
        Subject("p", SubjectKind.ACCOUNT, "")
