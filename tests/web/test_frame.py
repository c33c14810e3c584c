"""The frame around every page: headers, language, errors in words."""

import pytest

from showcause.domain.sentences import faults_of_book
from showcause.web.texts import LANGUAGES, pages
from tests.services.browser import Browser, check_page
from tests.web.stand import Stand


def test_every_sentence_of_pages_is_there_in_both_languages() -> None:
    assert faults_of_book(pages(), LANGUAGES) == ()


def test_a_page_that_is_not_there_is_said_in_the_visitors_language(stand: Stand) -> None:
    answer = stand.client.get("/nowhere", HTTP_ACCEPT_LANGUAGE="fr")
    assert answer.status_code == 404
    assert "Cette page n’existe pas" in answer.content.decode()


def test_every_answer_keeps_pages_apart(stand: Stand) -> None:
    headers = stand.client.get("/nowhere").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"


def test_a_program_gets_a_problem_document(stand: Stand) -> None:
    answer = stand.client.get("/api/v1/nowhere")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "no-such-page"


def test_a_body_that_is_too_large_is_refused_before_it_is_read(stand: Stand) -> None:
    answer = stand.client.post("/report/", b"x" * 2_000_000, content_type="application/octet-stream")
    assert answer.status_code == 413


def test_the_language_is_remembered_and_no_other_site_is_visited(stand: Stand) -> None:
    answer = stand.client.post("/language", {"language": "fr", "next": "//evil.example/"})
    assert answer["Location"] == "/"
    assert answer.cookies["language"].value == "fr"


@pytest.mark.browser
def test_the_frame_is_accessible(site: Stand, browser: Browser) -> None:
    check_page(browser, site.address + "/nowhere", "frame-error")
