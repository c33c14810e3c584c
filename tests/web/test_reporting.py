"""The reporter's door: forms, limits, hostile input, and the page of a report."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from showcause.casework import deciding, desk, founding, hearing
from showcause.casework.reading import subject_of
from showcause.casework.weighing import Proposal
from showcause.domain.appeal import Appeal
from showcause.domain.decision import Outcome
from showcause.domain.lifecycle import AppealState, ReportState
from showcause.domain.report import IntakeKind, Report
from showcause.domain.site import Letter, LetterKind, Mode
from showcause.domain.subject import SubjectKind
from showcause.web.limits import BUCKETS
from tests.house import PLATFORM, House
from tests.web.stand import Stand, open_stand

PREFILLED = f"/report/?platform={PLATFORM}&kind=account&ref=spam-sam"
SPAM = "integrity.spam@1"


def slip_of(stand: Stand, address: str = "/report/rules") -> str:
    """Open a form and let a moment pass, as somebody does who reads it."""
    found = re.search(r'name="slip" value="([^"]+)"', stand.client.get(address).content.decode())
    assert found is not None
    stand.house.now += timedelta(seconds=5)
    return found[1]


def rules(stand: Stand, **more: str) -> dict[str, str]:
    filled = {"platform": PLATFORM, "kind": "account", "ref": "spam-sam", "clause": SPAM}
    return {**filled, "slip": slip_of(stand), **more}


def notice(stand: Stand, **more: str) -> dict[str, str]:
    filled = {
        "platform": PLATFORM,
        "kind": "content",
        "refs": "post-1\r\n\r\npost-2\r\n",
        "reason": "It sells what does not exist.",
        "name": "Rita Sample",
        "email": "rita@mail.example",
        "good_faith": "yes",
    }
    return {**filled, "slip": slip_of(stand, "/report/illegal?what=fraud"), **more}


def sent(stand: Stand, address: str, filled: dict[str, str]) -> str:
    """Send a form that is taken; return the address of the report's page."""
    answer = stand.client.post(address, filled)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def text_of(stand: Stand, address: str, language: str = "en") -> str:
    answer = stand.client.get(address, HTTP_ACCEPT_LANGUAGE=language)
    assert answer.status_code == 200
    return answer.content.decode()


def find_no_breach(house: House, report: Report, reason: str) -> None:
    case = house.case_of(report)
    house.run(desk.claim, case.id, "bea")
    decision = house.run(deciding.propose, case.id, "bea", Proposal(Outcome.NO_BREACH, reason=reason))
    if decision.approver is None:
        house.run(deciding.approve, decision.id, "cleo")
    house.wait(seconds=31)
    house.wait(seconds=1)


# --- A breach of the rules ------------------------------------------


def test_the_fork_names_both_ways_and_whom_to_call_first(stand: Stand) -> None:
    page = text_of(stand, "/report/")
    assert "/report/rules" in page
    assert "/report/illegal" in page
    assert "112" in page
    assert "do not replace the police" in page


def test_a_link_from_a_platform_needs_only_the_rule_and_send(stand: Stand) -> None:
    page = text_of(stand, PREFILLED)
    hidden = dict(re.findall(r'type="hidden" name="([a-z]+)" value="([^"]*)"', page))
    stand.house.now += timedelta(seconds=5)
    sent(stand, "/report/rules", {**hidden, "clause": SPAM})
    [report] = stand.house.all(Report)
    assert (report.intake, report.reporter, report.hint) == (IntakeKind.TERMS_REPORT, None, SPAM)
    with stand.house.store.read() as view:
        about = subject_of(view, report.subject)
    assert (about.platform, about.kind, about.ref) == (PLATFORM, SubjectKind.ACCOUNT, "spam-sam")


def test_the_rules_in_force_are_offered_in_the_visitors_language(stand: Stand) -> None:
    page = text_of(stand, PREFILLED, "fr")
    assert "Envois de masse indésirables" in page
    assert "Envoyer ce signalement" in page
    assert 'value="law.' not in page


@pytest.mark.parametrize(
    "query",
    [
        "platform=nowhere&kind=account&ref=sam",
        f"platform={PLATFORM}&kind=nothing&ref=sam",
        f"platform={PLATFORM}&kind=account&ref={'x' * 600}",
        f"platform={PLATFORM}&kind=account&ref=a%00b",
        f"platform={PLATFORM}&kind=account&ref=",
        f"platform={PLATFORM}&kind=account&ref=%FF%FE&email=x@y.example&life=yes",
    ],
)
def test_a_link_that_names_something_unknown_is_no_error_and_fills_in_nothing(
    stand: Stand, query: str
) -> None:
    page = text_of(stand, f"/report/?{query}")
    assert '<button class="button" type="submit">' in page
    assert "x@y.example" not in page
    assert not re.search(r'id="life"[^>]*checked', page)


def test_a_name_in_a_link_is_text_and_never_markup(stand: Stand) -> None:
    page = text_of(stand, f"/report/?platform={PLATFORM}&kind=account&ref=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_an_address_brings_a_confirmation_with_the_number(stand: Stand) -> None:
    sent(stand, "/report/rules", rules(stand, email="rita@Mail.Example"))
    [letter] = stand.house.all(Letter)
    assert letter.kind is LetterKind.ACKNOWLEDGEMENT
    with stand.house.store.read() as view:
        assert subject_of(view, letter.account).ref == "rita@mail.example"


def test_something_else_needs_a_word_and_what_was_typed_is_kept(stand: Stand) -> None:
    answer = stand.client.post("/report/rules", rules(stand, clause="other", email="rita@mail.example"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="reason-wrong"' in page
    assert 'value="rita@mail.example"' in page
    assert stand.house.all(Report) == []


# --- A notice of illegal content ------------------------------------------


def test_a_notice_has_the_elements_of_article_16_and_several_items_at_once(stand: Stand) -> None:
    place = sent(stand, "/report/illegal?what=fraud", notice(stand))
    first, second = stand.house.all(Report)
    assert first.notice == second.notice is not None
    assert (first.intake, first.good_faith, first.state) == (IntakeKind.ARTICLE_16, True, ReportState.FILED)
    page = text_of(stand, place)
    assert first.number in page
    assert second.number in page


@pytest.mark.parametrize("missing", ["refs", "reason", "name", "email", "good_faith", "platform", "kind"])
def test_a_notice_that_lacks_an_element_says_which_beside_its_field(stand: Stand, missing: str) -> None:
    answer = stand.client.post("/report/illegal?what=fraud", notice(stand) | {missing: ""})
    assert answer.status_code == 422
    assert f'id="{missing}-wrong"' in answer.content.decode()
    assert stand.house.all(Report) == []


def test_the_abuse_of_children_is_reported_without_a_name_which_is_neither_asked_nor_kept(
    stand: Stand,
) -> None:
    page = text_of(stand, "/report/illegal?what=child")
    assert 'name="name"' not in page
    assert 'name="email"' not in page
    assert "do not upload" in page
    sent(stand, "/report/illegal?what=child", notice(stand))  # a program sends name and address all the same
    for report in stand.house.all(Report):
        assert (report.reporter, report.contact, report.state) == (None, None, ReportState.FILED)
        assert stand.house.case_of(report).urgent
    assert stand.house.all(Letter) == []


def test_what_a_link_said_goes_along_to_the_formal_notice(stand: Stand) -> None:
    about = f"platform={PLATFORM}&kind=content&ref=post-9"
    assert f"/report/illegal?{about}".replace("&", "&amp;") in text_of(stand, f"/report/?{about}")
    assert 'name="ref" value="post-9"' in text_of(stand, f"/report/illegal?{about}")
    assert ">post-9</textarea>" in text_of(stand, f"/report/illegal?{about}&what=fraud")


def test_nothing_can_be_uploaded_anywhere_in_this_door(stand: Stand) -> None:
    pages = ["/report/", "/report/rules", "/report/illegal", "/report/status", PREFILLED]
    pages += [f"/report/illegal?what={what}" for what in ("child", "intimate", "fraud", "life")]
    for page in pages:
        said = text_of(stand, page)
        assert 'type="file"' not in said
        assert "multipart" not in said


def test_a_threat_to_life_is_urgent_and_names_the_emergency_number(stand: Stand) -> None:
    place = sent(stand, "/report/illegal?what=life", notice(stand, refs="post-1"))
    [report] = stand.house.all(Report)
    assert report.life
    assert stand.house.case_of(report).urgent
    assert "112" in text_of(stand, place)


# --- Hostile input ---------------------------------------------------------------------------------------------------

HOSTILE = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'>{{ 7*7 }}{% debug %}",
    "right-to-left": "evil\u202egnp.exe\u2066x\u2069",
    "controls": "a\x00b\x07c\x1bd",
    "emoji": "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "100 kB": "y" * 100_000,
    "lines": "\r\n" * 5_000,
    "surrogate": "\ufffd\ufeff",
}


@pytest.mark.parametrize("trick", HOSTILE)
@pytest.mark.parametrize("address", ["/report/rules", "/report/illegal?what=fraud"])
def test_tricks_in_every_field_are_stored_as_text_or_refused_in_words(
    stand: Stand, address: str, trick: str
) -> None:
    whole = notice(stand) | {"clause": SPAM, "ref": "spam-sam"}
    for field in ("platform", "kind", "ref", "refs", "clause", "reason", "name", "email", "life", "slip"):
        answer = stand.client.post(address, whole | {field: HOSTILE[trick], "slip": slip_of(stand)})
        page = answer.content.decode()
        assert answer.status_code in (302, 422), (field, answer.status_code)
        assert "<script>alert" not in page
        assert "\u202e" not in page
        BUCKETS._held.clear()
    for report in stand.house.all(Report):
        with stand.house.store.read() as view:
            said = view.unseal(report.text)["text"] if report.text else ""
        assert "\x00" not in said
        assert len(said) <= 5_000


def test_bytes_that_are_no_text_are_no_error(stand: Stand) -> None:
    body = b"platform=\xff\xfe&kind=%ff&ref=%c3%28&clause=\x00&slip=%00"
    answer = stand.client.post("/report/rules", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422
    assert stand.client.get("/report/rules?platform=%ff%fe&ref=%c3%28").status_code == 200


@pytest.mark.parametrize("words", ["هذا الحساب يهددني", "החשבון הזה מאיים", "👩‍👩‍👧‍👦 line one\r\nline two"])
def test_words_in_any_script_are_taken_as_they_are(stand: Stand, words: str) -> None:
    sent(stand, "/report/rules", rules(stand, reason=words))
    [report] = stand.house.all(Report)
    with stand.house.store.read() as view:
        assert view.unseal(report.text or "")["text"] == words.replace("\r\n", "\n")


def test_a_form_from_elsewhere_is_not_taken(stand: Stand) -> None:
    strict = Client(HTTP_HOST=stand.address.partition("//")[2], enforce_csrf_checks=True)
    assert strict.post("/report/rules", rules(stand)).status_code == 403
    assert stand.house.all(Report) == []


def test_an_address_that_is_two_is_none(stand: Stand) -> None:
    for trick in (
        "a@b.example,c@d.example",
        "a@b.example\nBcc: c@d.example",
        "a b@c.example",
        "@",
        "a@localhost",
    ):
        answer = stand.client.post("/report/rules", rules(stand, email=trick))
        assert answer.status_code == 422, trick
    assert stand.house.all(Report) == []


# --- Once, and limits ------------------------------------


def test_a_form_sent_twice_is_one_report_and_one_page(stand: Stand) -> None:
    filled = notice(stand)
    assert sent(stand, "/report/illegal?what=fraud", filled) == sent(
        stand, "/report/illegal?what=fraud", filled
    )
    assert len(stand.house.all(Report)) == 2
    assert len(stand.house.all(Letter)) == 1


def test_what_programs_do_is_asked_for_once_more_and_people_lose_nothing(stand: Stand) -> None:
    trapped = stand.client.post("/report/rules", rules(stand, website="https://spam.example", reason="kept"))
    assert trapped.status_code == 422
    assert ">kept</textarea>" in trapped.content.decode()
    hasty = rules(stand)
    stand.house.now -= timedelta(seconds=4)
    assert stand.client.post("/report/rules", hasty).status_code == 422
    forged = stand.client.post("/report/rules", rules(stand, slip="forged"))
    assert forged.status_code == 422
    assert stand.house.all(Report) == []
    stand.house.now += timedelta(seconds=5)
    sent(stand, "/report/rules", hasty)


def test_a_flood_is_refused_in_words_counted_and_nothing_that_was_acknowledged_is_lost(stand: Stand) -> None:
    acknowledged, refused = [], BUCKETS.refused["report-form"]
    for number in range(30):
        answer = stand.client.post("/report/rules", rules(stand, ref=f"post-{number}", reason="flood"))
        if answer.status_code == 302:
            acknowledged.append(answer["Location"])
            continue
        page = answer.content.decode()
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) > 0
        assert "Too many reports" in page
        assert ">flood</textarea>" in page
    assert len(acknowledged) == len(stand.house.all(Report))
    assert 20 <= len(acknowledged) < 25, "a bucket refills while time passes"
    assert BUCKETS.refused["report-form"] - refused == 30 - len(acknowledged)
    BUCKETS._held.clear()
    assert all(stand.client.get(page).status_code == 200 for page in acknowledged)


def test_threats_to_life_and_the_abuse_of_children_are_never_refused_by_a_limit(stand: Stand) -> None:
    for number in range(70):
        what = ("life", "child")[number % 2]
        filled = notice(stand, refs=f"post-{number}", website="x" if number == 3 else "")
        place = sent(stand, f"/report/illegal?what={what}", filled)
    assert len(stand.house.all(Report)) == 70
    urgent = [stand.house.case_of(each).urgent for each in stand.house.all(Report)]
    assert all(urgent[:60])
    assert not any(urgent[66:]), "who cries too often does not push others back"
    BUCKETS._held.clear()
    assert "waits in the ordinary order" in text_of(stand, place)


def test_nobody_is_sent_letters_in_bulk_by_others(stand: Stand) -> None:
    statuses = [
        stand.client.post(
            "/report/rules", rules(stand, ref=f"post-{n}", email="VICTIM@mail.example")
        ).status_code
        for n in range(12)
    ]
    assert statuses[:10] == [302] * 10
    assert statuses[-1] == 429


# --- The page of a report ------------------------------------------


def test_the_page_shows_number_link_and_what_comes_next_and_nothing_of_anybody(stand: Stand) -> None:
    place = sent(stand, "/report/rules", rules(stand, reason="my own words"))
    page = text_of(stand, place)
    [report] = stand.house.all(Report)
    assert report.number in page
    assert f'value="{stand.address}{place}"' in page
    assert "the only way to hear" in page
    for private in ("spam-sam", "my own words", report.subject, report.case or "?"):
        assert private not in page
    assert 'name="robots" content="noindex"' in page


def test_no_breach_is_answered_with_its_reason_and_can_be_contested_by_link_alone(stand: Stand) -> None:
    place = sent(stand, "/report/rules", rules(stand))
    [report] = stand.house.all(Report)
    assert "You can contest" not in text_of(stand, place)
    find_no_breach(stand.house, report, "Three posts a week are no flood.")
    page = text_of(stand, place)
    assert "Three posts a week are no flood." in page
    assert "bea" not in page
    answer = stand.client.post(f"{place}/contest", {"reason": "It was thirty.\r\nToday alone."})
    assert answer["Location"] == place
    assert "We promised an answer by" in text_of(stand, place)
    [appeal] = stand.house.all(Appeal)
    stand.house.run(hearing.claim, appeal.id, "dan")
    stand.house.run(hearing.affirm, appeal.id, "dan", "We counted three again.")
    assert "We counted three again." in text_of(stand, place)
    again = stand.client.post(f"{place}/contest", {"reason": "And again."})
    assert again.status_code == 409


def test_where_one_person_decides_alone_the_page_says_who_hears_the_appeal(tmp_path: Path) -> None:
    with open_stand(tmp_path, people=()) as stand:
        place = sent(stand, "/report/rules", rules(stand))
        assert "One person alone runs this service" in text_of(stand, place)
        assert "Somebody else than who decided" not in text_of(stand, place)


def test_an_empty_or_endless_contest_is_kept_and_said(stand: Stand) -> None:
    place = sent(stand, "/report/rules", rules(stand))
    find_no_breach(stand.house, stand.house.all(Report)[0], "No flood.")
    assert stand.client.post(f"{place}/contest", {"reason": " "}).status_code == 422
    long = stand.client.post(f"{place}/contest", {"reason": "z" * 10_001})
    assert long.status_code == 422
    assert "z" * 10_001 in long.content.decode()
    assert stand.house.all(Appeal) == []


def test_an_appeal_is_withdrawn_by_link_alone(stand: Stand) -> None:
    place = sent(stand, "/report/rules", rules(stand))
    find_no_breach(stand.house, stand.house.all(Report)[0], "No flood.")
    stand.client.post(f"{place}/contest", {"reason": "It is one."})
    stand.client.post(f"{place}/withdraw-appeal")
    assert stand.house.all(Appeal)[0].state is AppealState.WITHDRAWN
    assert "Contest the answer" in text_of(stand, place)


def test_a_report_is_withdrawn_by_link_alone_once(stand: Stand) -> None:
    place = sent(stand, "/report/rules", rules(stand))
    assert stand.client.post(f"{place}/withdraw").status_code == 302
    assert "Withdrawn by you" in text_of(stand, place)
    assert stand.client.post(f"{place}/withdraw").status_code == 409


def test_a_measure_is_named_in_the_visitors_language(stand: Stand) -> None:
    stand.house.account("spam-sam")
    place = sent(stand, "/report/rules", rules(stand))
    stand.house.decide(stand.house.case_of(stand.house.all(Report)[0]), rung="suspend")
    assert "suspension of the account" in text_of(stand, place)
    assert "suspension du compte" in text_of(stand, place, "fr")


def test_a_number_leads_to_its_page_and_unknown_ones_are_answered_alike(stand: Stand) -> None:
    place = sent(stand, "/report/rules", rules(stand))
    [report] = stand.house.all(Report)
    assert stand.client.post("/report/status", {"number": report.number.lower()})["Location"] == place
    said = {
        re.sub(r'value="[^"]*"', "", stand.client.post("/report/status", {"number": wrong}).content.decode())
        for wrong in ("A", "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GG", "\x00", "<b>")
    }
    assert len(said) == 1
    statuses = [stand.client.post("/report/status", {"number": "A"}).status_code for _ in range(60)]
    assert statuses[-1] == 429


def test_a_new_link_goes_to_the_address_and_the_old_one_ends(stand: Stand) -> None:
    place = sent(stand, "/report/rules", rules(stand, email="rita@mail.example"))
    assert stand.client.post(f"{place}/link").status_code == 200
    assert stand.client.get(place).status_code == 404
    assert [each.kind for each in stand.house.all(Letter)] == [LetterKind.ACKNOWLEDGEMENT, LetterKind.LINK]


@pytest.mark.parametrize("token", ["x", "A" * 44, "é" * 44, "%00" * 10])
def test_a_guessed_link_opens_nothing(stand: Stand, token: str) -> None:
    assert stand.client.get(f"/r/{token}").status_code == 404


def test_reading_changes_nothing(stand: Stand) -> None:
    place = sent(stand, "/report/rules", rules(stand))
    before = stand.house.all(Report), stand.house.log_size()
    for address in (place, "/report/", "/report/status", PREFILLED, "/contact/"):
        text_of(stand, address)
    assert (stand.house.all(Report), stand.house.log_size()) == before


def test_while_only_observing_the_page_says_who_decides(stand: Stand) -> None:
    stand.house.run(founding.switch_mode, PLATFORM, Mode.OBSERVE, "ada")
    place = sent(stand, "/report/rules", rules(stand))
    assert "Looked at by the service’s own team" in text_of(stand, place)


# --- Contact points ------------------------------------


def test_the_contact_page_shows_what_is_set_and_nothing_else(stand: Stand) -> None:
    page = text_of(stand, "/contact/")
    assert "appeals@site.example" in page
    assert "Legal representative" not in page
    points: dict[str, Any] = {
        "authority-contact": "authorities@site.example",
        "contact-languages": "English, français",
        "legal-representative": "Example Représentation, 1 rue Fictive, 75000 Paris <b>",
    }
    before = stand.house.log_kinds().count("setting")
    for name, value in points.items():
        stand.house.run(founding.change_setting, name, value, "ada")
    page = text_of(stand, "/contact/")
    assert "authorities@site.example" in page
    assert "1 rue Fictive" in page
    assert "<b>" not in page
    assert stand.house.log_kinds().count("setting") == before + 3
