"""Letters about replies are asked for by a box that is empty, and stopped by one click without a login."""

from dataclasses import replace

import pytest
from django.test import Client

from showcause.comments import authors, notices
from showcause.comments.values import Author
from showcause.web.configuration import serve_house
from tests.web.comments.paper import Paper, read


@pytest.fixture
def mailing(paper: Paper) -> Paper:
    """A newspaper whose house sends mail."""
    serve_house(replace(paper.stand.pages, mails=True))
    return paper


def newest(paper: Paper) -> Author:
    [(id_,)] = paper.section.rows("SELECT id FROM {p}author ORDER BY no DESC LIMIT 1")
    return authors.by_id(paper.section, id_)


def confirmed(paper: Paper, name: str = "Ada Petit") -> tuple[Author, Client]:
    """Return somebody whose address is confirmed, and their browser."""
    author, now = paper.author(name), paper.stand.house.now
    made = authors.confirm(paper.section, now, authors.confirmation(paper.section, now, author))
    return made, paper.known(name)


def test_the_box_is_there_where_mail_is_sent_and_is_empty(paper: Paper) -> None:
    assert 'name="replies"' not in read(paper.client.get(paper.home))
    serve_house(replace(paper.stand.pages, mails=True))
    assert '<input type="checkbox" id="replies" name="replies" value="yes">' in read(
        paper.client.get(paper.home)
    )


def test_who_ticks_it_is_told_and_nobody_else(mailing: Paper) -> None:
    mailing.send("A first thought.", name="Ada Petit", mail="ada@reader.example")
    assert not newest(mailing).replies_by_mail
    mailing.client.cookies.clear()
    mailing.send("A second thought.", name="Bo Lind", mail="bo@reader.example", replies="yes")
    assert newest(mailing).replies_by_mail


def test_a_box_that_was_ticked_stays_ticked_when_something_else_is_wrong(mailing: Paper) -> None:
    page = read(mailing.send("A thought.", mail="nothing", replies="yes"))
    assert 'name="replies" value="yes" checked>' in page


def test_a_letters_link_stops_by_a_post_alone_and_may_be_used_again(mailing: Paper) -> None:
    author, _ = confirmed(mailing)
    authors.wants_replies_by_mail(mailing.section, author, True)
    token = notices.stop_token(mailing.section, mailing.stand.house.now, author.id)
    stranger, path = Client(HTTP_HOST="localhost:8420", enforce_csrf_checks=True), f"/comments/quiet/{token}"
    for language, words in (("en", "Stop these letters"), ("fr", "Arrêter ces lettres")):
        assert words in read(stranger.get(f"{path}?lang={language}"))
    assert notices.wanted(mailing.section, author)
    for _ in range(2):
        answer = stranger.post(f"{path}?lang=en", {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "They are stopped." in read(answer)
        assert not answer.cookies
        assert not notices.wanted(mailing.section, author)


def test_no_other_token_stops_and_this_one_opens_nothing_else(mailing: Paper) -> None:
    author, _ = confirmed(mailing)
    authors.wants_replies_by_mail(mailing.section, author, True)
    now, section = mailing.stand.house.now, mailing.section
    for token in ("x" * 54, authors.link(section, now, author), authors.confirmation(section, now, author)):
        assert mailing.client.post(f"/comments/quiet/{token}").status_code == 404
    token = notices.stop_token(section, now, author.id)
    assert mailing.client.get(f"/comments/mine/{token}").status_code == 404
    assert notices.wanted(section, author)


def test_an_author_asks_for_letters_and_stops_them_on_their_own_page(mailing: Paper) -> None:
    author, browser = confirmed(mailing)
    mailing.comment("A thought.")
    ask = "/comments/letters"
    for sent, wanted in (({"replies": "yes"}, True), ({}, False)):
        answer = browser.post(ask, sent, HTTP_ORIGIN=mailing.stand.address)
        assert "Your choice about our letters is saved." in read(browser.get(answer["Location"] + "&lang=en"))
        assert notices.wanted(mailing.section, author) is wanted
    assert browser.post(ask, {"replies": "yes"}, HTTP_ORIGIN="https://elsewhere.example").status_code == 403
    assert mailing.client.post(ask, {"replies": "yes"}, HTTP_ORIGIN=mailing.stand.address).status_code == 403


def test_who_has_not_confirmed_an_address_is_not_asked(mailing: Paper) -> None:
    mailing.comment("A thought.", by="Bo Lind")
    assert "/letters" not in read(mailing.known("Bo Lind").get("/comments/mine"))
