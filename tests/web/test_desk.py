"""The desk: claim, decide from prepared reasons, second approval, appeals, and every refusal in words on its page."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from showcause.casework import deciding, founding, staffing
from showcause.casework.lodging import lodge
from showcause.domain.case import Case
from showcause.domain.decision import Decision
from showcause.domain.lifecycle import CaseState, DecisionState
from showcause.domain.people import Role
from tests.web.desk import add, logged_in, soon, text
from tests.web.stand import Stand

SPAM = "?clause=integrity.spam&preset="


@pytest.fixture
def bea(stand: Stand) -> Client:
    return logged_in(stand, "bea")


def _case(stand: Stand, about: str = "spam-sam") -> Case:
    return stand.house.case_of(stand.house.report(stand.house.account(about), reason="forty rooms at once"))


def _form(stand: Stand, clause: str = "integrity.spam@1") -> dict[str, str]:
    slots = stand.house.clause(clause).slots
    samples = {"text": "as seen", "number": "3", "duration": "2", "day": "2026-11-21", "list": "one\ntwo"}
    facts = {f"fact-{slot.id}": samples[slot.kind] for slot in slots}
    return {**facts, "rung": "suspend", "evidence": "the posts\nthe times", "language": "en"}


def _spam(stand: Stand) -> str:
    return SPAM + stand.house.clause("integrity.spam@1").presets[0].id


def test_nobody_comes_to_the_desk_without_a_login(stand: Stand) -> None:
    answer = stand.client.get("/desk/queue/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=/desk/queue/")


def test_a_login_without_a_record_opens_nothing(stand: Stand) -> None:
    client = Client(HTTP_HOST="localhost:8420")
    client.force_login(
        User.objects.create_user("mallory"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert client.get("/desk/queue/").status_code != 200


def test_rights_are_gone_with_the_next_request(stand: Stand, bea: Client) -> None:
    assert bea.get("/desk/queue/").status_code == 200
    stand.house.run(staffing.retire_moderator, "bea", "ada")
    assert bea.get("/desk/queue/").status_code != 200


def test_a_file_is_sealed_until_somebody_says_that_it_is_opened(stand: Stand, bea: Client) -> None:
    case = _case(stand)
    before = stand.house.log_size()
    closed = text(bea.get(f"/desk/case/{case.id}/"))
    assert "forty rooms" not in closed
    assert "spam-sam" not in closed
    assert "an entry in the public log says that somebody did" in closed
    assert stand.house.log_size() == before
    opened = text(bea.post(f"/desk/case/{case.id}/open"))
    assert "forty rooms at once" in opened
    assert "spam-sam" in opened
    assert stand.house.log_kinds()[before:] == ["unseal"]


def test_who_holds_the_case_opens_it_as_work(stand: Stand, bea: Client) -> None:
    case = _case(stand)
    before = stand.house.log_size()
    bea.post(f"/desk/case/{case.id}/claim")
    assert "forty rooms at once" in text(bea.post(f"/desk/case/{case.id}/open"))
    assert stand.house.log_size() == before


def test_two_people_do_not_work_on_one_case(stand: Stand, bea: Client) -> None:
    case = _case(stand)
    bea.post(f"/desk/case/{case.id}/claim")
    cleo = logged_in(stand, "cleo")
    assert "bea works on this until" in text(cleo.get(f"/desk/case/{case.id}/"))
    refused = cleo.post(f"/desk/case/{case.id}/claim")
    assert refused.status_code == 409
    soon(stand, minutes=21)
    assert cleo.post(f"/desk/case/{case.id}/claim", follow=True).status_code == 200


def test_a_form_that_is_sent_twice_is_no_fault(stand: Stand, bea: Client) -> None:
    case = _case(stand)
    address = f"/desk/case/{case.id}/propose{_spam(stand)}"
    for _ in range(2):
        assert bea.post(f"/desk/case/{case.id}/claim").status_code == 302
    answers = [bea.post(address, {**_form(stand), "do": "propose"}) for _ in range(2)]
    assert [each.status_code for each in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    [made] = stand.house.all(Decision)
    cleo = logged_in(stand, "cleo")
    for _ in range(2):
        assert cleo.post(f"/desk/decision/{made.id}/approve", {"revision": made.revision}).status_code == 302


def test_deciding_asks_for_the_rule_then_the_reason_then_what_it_needs(stand: Stand, bea: Client) -> None:
    case = _case(stand)
    bea.post(f"/desk/case/{case.id}/claim")
    at = f"/desk/case/{case.id}/propose"
    first = text(bea.get(at))
    assert "?clause=integrity.spam" in first
    assert first.index("?clause=none") < first.index("?clause=integrity")
    assert f"preset={stand.house.clause('integrity.spam@1').presets[0].id}" in text(
        bea.get(f"{at}?clause=integrity.spam")
    )
    form = text(bea.get(at + _spam(stand)))
    for slot in stand.house.clause("integrity.spam@1").slots:
        assert f'for="fact-{slot.id}"' in form


def test_the_statement_is_read_before_it_is_proposed_and_nothing_is_stored(stand: Stand, bea: Client) -> None:
    case = _case(stand)
    bea.post(f"/desk/case/{case.id}/claim")
    before = stand.house.log_size()
    answer = text(bea.post(f"/desk/case/{case.id}/propose{_spam(stand)}", {**_form(stand), "do": "preview"}))
    assert "Your account spam-sam is suspended." in answer
    assert "Another person approves it before anything happens." in answer
    assert "the posts" in answer  # what was typed is kept
    assert stand.house.all(Decision) == []
    assert stand.house.log_size() == before


def test_the_preview_is_in_the_language_of_the_person(stand: Stand, bea: Client) -> None:
    case = _case(stand)
    bea.post(f"/desk/case/{case.id}/claim")
    form = {**_form(stand), "language": "fr", "do": "preview"}
    assert "Votre compte spam-sam est suspendu." in text(
        bea.post(f"/desk/case/{case.id}/propose{_spam(stand)}", form)
    )


def test_what_is_lacking_is_named_and_what_was_typed_stays(stand: Stand, bea: Client) -> None:
    case = _case(stand)
    bea.post(f"/desk/case/{case.id}/claim")
    form = {**_form(stand), "evidence": "", "note": "look at the hours", "do": "propose"}
    answer = bea.post(f"/desk/case/{case.id}/propose{_spam(stand)}", form)
    assert answer.status_code == 422
    assert "17(3)(b) evidence" in text(answer)
    assert "look at the hours" in text(answer)
    assert stand.house.all(Decision) == []


def test_a_finding_of_no_breach_needs_its_reason(stand: Stand, bea: Client) -> None:
    case = _case(stand)
    bea.post(f"/desk/case/{case.id}/claim")
    at = f"/desk/case/{case.id}/propose?clause=none"
    assert bea.post(at, {"do": "propose", "reason": ""}).status_code == 422
    assert bea.post(at, {"do": "propose", "reason": "A joke among friends."}).status_code == 302
    stand.house.work()
    assert stand.house.all(Case)[0].state is CaseState.DECIDED


def test_an_approval_is_asked_for_once_more_and_keeps_nothing_of_the_form(stand: Stand) -> None:
    made = stand.house.propose(_case(stand), rung="suspend")
    stand.house.run(founding.change_setting, "second-factor", "asked", "ada")
    cleo = logged_in(stand, "cleo", password="a long and quiet afternoon")
    page = text(cleo.get(f"/desk/decision/{made.id}/"))
    assert f"/accounts/reauthenticate/?next=%2Fdesk%2Fdecision%2F{made.id}%2F" in page
    refused = cleo.post(f"/desk/decision/{made.id}/approve", {"revision": made.revision})
    assert refused.status_code == 409
    assert "show that it is still you" in text(refused)
    back = cleo.post(
        "/accounts/reauthenticate/",
        {"password": "a long and quiet afternoon", "next": f"/desk/decision/{made.id}/"},
    )
    assert back["Location"] == f"/desk/decision/{made.id}/"
    done = cleo.post(f"/desk/decision/{made.id}/approve", {"revision": made.revision})
    assert done["Location"] == f"/desk/decision/{made.id}/"
    shown = text(cleo.get(f"/desk/decision/{made.id}/"))
    assert re.search(r"Takes force at \d\d:\d\d:\d\d UTC\. Until then it can be returned", shown)


def test_who_approves_reads_the_statement_first_as_work(stand: Stand) -> None:
    made = stand.house.propose(_case(stand), rung="suspend")
    before = stand.house.log_size()
    opened = text(logged_in(stand, "cleo").post(f"/desk/decision/{made.id}/open"))
    assert "Your account spam-sam is suspended." in opened
    assert "the posts themselves" in opened
    assert stand.house.log_size() == before
    add(stand, "odd", Role.AUDITOR)
    logged_in(stand, "odd").post(f"/desk/decision/{made.id}/open")
    assert stand.house.log_kinds()[-1] == "unseal"


def test_who_proposed_reads_why_somebody_else_has_to_approve(stand: Stand, bea: Client) -> None:
    made = stand.house.propose(_case(stand), rung="suspend")
    page = text(bea.get(f"/desk/decision/{made.id}/"))
    assert "nobody approves their own proposal" in page
    refused = bea.post(f"/desk/decision/{made.id}/approve", {"revision": made.revision})
    assert refused.status_code == 403
    assert stand.house.all(Decision)[0].approver is None


def test_what_was_approved_can_be_returned_until_it_takes_force(stand: Stand) -> None:
    made = stand.house.propose(_case(stand), rung="suspend")
    cleo = logged_in(stand, "cleo")
    cleo.post(f"/desk/decision/{made.id}/approve", {"revision": made.revision})
    cleo.post(f"/desk/decision/{made.id}/return", {"because": "wrong account"})
    stand.house.wait(seconds=31)
    [held] = stand.house.all(Decision)
    assert held.state is DecisionState.RETURNED
    assert stand.house.standing("spam-sam") == frozenset()


def test_a_page_that_somebody_else_changed_meanwhile_is_shown_anew(stand: Stand) -> None:
    made = stand.house.propose(_case(stand), rung="suspend")
    stand.house.run(deciding.approve, made.id, "dan")
    answer = logged_in(stand, "cleo").post(f"/desk/decision/{made.id}/return", {"revision": made.revision})
    assert answer.status_code == 409
    assert "Somebody changed this while you looked at it" in text(answer)
    assert "Takes force at" in text(answer)


def _appealed(stand: Stand) -> tuple[Decision, str]:
    decision = stand.house.suspended()
    reference = stand.house.statement_of(decision).reference
    made = stand.house.run(lodge, reference, "I <b>never</b> wrote that.", language="en")
    return decision, made.id


def test_an_appeal_is_heard_by_somebody_who_had_no_part(stand: Stand, bea: Client) -> None:
    _, id_ = _appealed(stand)
    refused = bea.post(f"/desk/appeal/{id_}/claim")
    assert refused.status_code == 403
    assert "an appeal is heard by somebody who did not" in text(bea.get(f"/desk/appeal/{id_}/"))
    dan = logged_in(stand, "dan")
    dan.post(f"/desk/appeal/{id_}/claim")
    opened = text(dan.post(f"/desk/appeal/{id_}/open"))
    assert "I &lt;b&gt;never&lt;/b&gt; wrote that." in opened
    assert dan.post(f"/desk/appeal/{id_}/reverse", {"reason": ""}).status_code == 422
    assert dan.post(f"/desk/appeal/{id_}/reverse", {"reason": "It was a quotation."}).status_code == 302
    stand.house.work()
    stand.house.wait(seconds=1)
    assert stand.house.standing("spam-sam") == frozenset()
    assert "It was a quotation." in text(dan.post(f"/desk/appeal/{id_}/open"))


def test_the_reason_stays_in_the_form_when_somebody_is_asked_once_more(stand: Stand) -> None:
    _, id_ = _appealed(stand)
    dan = logged_in(stand, "dan", password="a long and quiet afternoon")
    dan.post(f"/desk/appeal/{id_}/claim")
    answer = dan.post(f"/desk/appeal/{id_}/affirm", {"reason": "Forty rooms are forty rooms."})
    assert answer.status_code == 409
    assert "Forty rooms are forty rooms." in text(answer)
    assert "Forty rooms" not in str(dict(dan.session))


def test_an_appeal_is_answered_with_something_milder(stand: Stand) -> None:
    _, id_ = _appealed(stand)
    dan = logged_in(stand, "dan")
    dan.post(f"/desk/appeal/{id_}/claim")
    limit = next(r.name for r in stand.house.clause("integrity.spam@1").ladder if r.measure == "limit")
    at = f"/desk/appeal/{id_}/amend{_spam(stand)}"
    preview = dan.post(at, {**_form(stand), "rung": limit, "do": "preview"})
    assert "Your account spam-sam is limited." in text(preview)
    answer = dan.post(at, {**_form(stand), "rung": limit, "answer": "A day is enough.", "do": "propose"})
    assert answer.status_code == 302, text(answer)
    stand.house.wait(seconds=1)
    stand.house.wait(seconds=1)
    assert stand.house.standing("spam-sam") == frozenset({"limit"})


def test_an_overdue_appeal_says_so_in_words(stand: Stand, bea: Client) -> None:
    _appealed(stand)
    assert "Late by" not in text(bea.get("/desk/appeals/"))
    soon(stand, days=4)
    page = text(bea.get("/desk/appeals/"))
    assert "overdue" in page
    assert "Late by 1 day" in page


def test_no_moderator_is_named_outside(stand: Stand) -> None:
    decision = stand.house.suspended()
    stand.publish()
    for path in ("/", f"/decisions/{decision.leaf}", "/numbers/", "/log/", "/rules/"):
        page = text(stand.client.get(path))
        assert not re.search(r"\b(bea|cleo)\b", page), path


def test_a_statement_is_read_as_its_person_reads_it_and_the_reading_is_noted(
    stand: Stand, bea: Client
) -> None:
    statement = stand.house.statement_of(stand.house.suspended())
    assert bea.get(f"/desk/statement/{statement.id}/read")["Location"] == "/desk/letters/"
    assert "read" not in [line.verb for line in stand.house.journal(statement.id)]
    assert "Your account spam-sam is suspended." in text(bea.post(f"/desk/statement/{statement.id}/read"))
    assert "read" in [line.verb for line in stand.house.journal(statement.id)]


def test_a_reference_from_a_letter_leads_to_its_decision(stand: Stand, bea: Client) -> None:
    decision = stand.house.suspended()
    answer = bea.get("/desk/find", {"reference": decision.reference.lower()})
    assert answer["Location"] == f"/desk/decision/{decision.id}/"


def test_the_queue_is_filtered_and_paged(stand: Stand, bea: Client) -> None:
    for number in range(52):
        stand.house.report(stand.house.account(f"account-{number}"))
    first = text(bea.get("/desk/queue/"))
    assert first.count('class="row"') == 50
    assert "page=2" in first
    assert text(bea.get("/desk/queue/?page=2")).count('class="row"') == 2
    assert "Nothing waits." in text(bea.get("/desk/queue/?state=held"))
    assert "Nothing waits." in text(bea.get("/desk/queue/?urgent=yes&platform=plaza"))


def test_cases_are_merged_by_their_numbers(stand: Stand, bea: Client) -> None:
    one, other = _case(stand, "one"), _case(stand, "other")
    bea.post(f"/desk/case/{one.id}/claim")
    assert bea.post(f"/desk/case/{one.id}/merge", {"into": "nothing"}).status_code == 422
    assert bea.post(f"/desk/case/{one.id}/merge", {"into": other.id[:12]}).status_code == 302
    assert {case.state for case in stand.house.all(Case)} == {CaseState.MERGED, CaseState.WAITING}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_is_there_in_both_languages(stand: Stand, bea: Client, language: str) -> None:
    decision, appeal = _appealed(stand)
    case = stand.house.all(Case)[0]
    for handle in ("bea", "ada"):
        client = logged_in(stand, handle)
        for path in (
            *("queue", "proposals", "appeals", "urgent", "falls", "orders", "letters", "jobs", "numbers"),
            *("policies", "platforms", f"case/{case.id}", f"decision/{decision.id}", f"appeal/{appeal}"),
        ):
            assert client.get(f"/desk/{path}/", HTTP_ACCEPT_LANGUAGE=language).status_code == 200, path
    ada = logged_in(stand, "ada")
    for path in ("people", "settings"):
        assert ada.get(f"/desk/{path}/", HTTP_ACCEPT_LANGUAGE=language).status_code == 200, path


def test_an_opened_page_that_is_loaded_again_or_in_another_language_leads_back(
    stand: Stand, bea: Client
) -> None:
    case = _case(stand)
    opened = text(bea.post(f"/desk/case/{case.id}/open"))
    assert f'name="next" value="/desk/case/{case.id}/open"' in opened
    assert bea.get(f"/desk/case/{case.id}/open")["Location"] == f"/desk/case/{case.id}/"
    assert bea.get("/desk/enforcement/1/retry")["Location"] == "/desk/orders/"
    assert bea.post(f"/desk/case/{case.id}/").status_code == 405


def test_a_moderator_who_writes_long_keeps_the_case_and_the_words(stand: Stand, bea: Client) -> None:
    case = _case(stand)
    bea.post(f"/desk/case/{case.id}/claim")
    soon(stand, minutes=25)
    answer = bea.post(f"/desk/case/{case.id}/propose{_spam(stand)}", {**_form(stand), "do": "preview"})
    assert "Your account spam-sam is suspended." in text(answer)
    soon(stand, minutes=25)
    logged_in(stand, "cleo").post(f"/desk/case/{case.id}/claim")
    late = bea.post(
        f"/desk/case/{case.id}/propose{_spam(stand)}",
        {**_form(stand), "note": "mind the hours", "do": "propose"},
    )
    assert late.status_code == 403
    assert "cleo works on this until" in text(late)
    assert "mind the hours" in text(late)


def test_who_hears_an_appeal_opens_the_decision_as_work_and_who_made_it_leaves_a_trace(
    stand: Stand, bea: Client
) -> None:
    decision, id_ = _appealed(stand)
    dan = logged_in(stand, "dan")
    dan.post(f"/desk/appeal/{id_}/claim")
    before = stand.house.log_size()
    assert "the posts themselves" in text(dan.post(f"/desk/decision/{decision.id}/open"))
    assert stand.house.log_size() == before
    bea.post(f"/desk/decision/{decision.id}/open")
    assert stand.house.log_kinds()[before:] == ["unseal"]


def test_a_derived_decision_names_its_ground_by_the_reference_of_the_earlier_one(
    stand: Stand, bea: Client
) -> None:
    first = stand.house.suspended("first")
    case = _case(stand, "second")
    bea.post(f"/desk/case/{case.id}/claim")
    at = f"/desk/case/{case.id}/propose?clause=integrity.evasion&preset=continues"
    form = {**_form(stand, "integrity.evasion@1"), "interim": "limit-72h", "do": "propose"}
    refused = bea.post(at, form)
    assert refused.status_code == 422
    assert "rests on an earlier decision" in text(refused)
    assert bea.post(at, {**form, "grounds": first.reference.lower()}).status_code == 302
    made = stand.house.all(Decision, case=case.id)[0]
    assert made.findings[0].grounds[0].decision == first.id
    assert made.interim is not None
    assert "the milder interim measure goes ahead" in text(bea.get(f"/desk/decision/{made.id}/"))


def test_a_duration_is_written_in_its_own_unit(stand: Stand, bea: Client) -> None:
    case = _case(stand)
    bea.post(f"/desk/case/{case.id}/claim")
    slot = next(each.id for each in stand.house.clause("integrity.spam@1").slots if each.kind == "duration")
    form = {**_form(stand), f"unit-{slot}": "hours", "do": "propose"}
    bea.post(f"/desk/case/{case.id}/propose{_spam(stand)}", form)
    [made] = stand.house.all(Decision)
    with stand.house.store.read() as view:
        assert view.unseal(made.facts)["facts"][slot] == 7200
