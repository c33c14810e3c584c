"""What others try: in somebody's name, with somebody's form, at what was hidden, and with what no form sends."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from showcause.comments import authors, posting
from showcause.comments.states import CommentState
from showcause.domain.errors import TooMany
from showcause.web import limits
from showcause.web.limits import BUCKETS, LIMITS
from tests.web.comments.paper import Paper, minting, newspaper, read
from tests.web.comments.test_writing import texts, the_only
from tests.web.stand import Stand


def browser(paper: Paper) -> Client:
    """Return somebody else's browser."""
    return Client(HTTP_HOST=paper.stand.address.partition("//")[2])


def test_what_a_hidden_comment_said_before_it_was_edited_is_hidden_with_it(paper: Paper) -> None:
    comment = paper.comment("The former slander.")
    posting.edit(
        paper.section, paper.stand.house.now, paper.author("Ada Petit"), comment.id, "Something milder."
    )
    permalink = f"/comments/c/{comment.id}"
    assert "The former slander." in read(paper.client.get(permalink))
    paper.hide(comment)
    for address in (permalink, f"{paper.home}?comment={comment.id}", f"{paper.frame}?comment={comment.id}"):
        page = read(paper.client.get(address))
        assert "hidden" in page
        assert "slander" not in page
        assert "milder" not in page


def test_a_form_that_another_site_sends_is_not_taken_and_makes_nobody_known(paper: Paper) -> None:
    sent = {"slip": paper.slip(), "text": "Sent by your browser, not by you.", "lang": "en"}
    sent |= {"name": "Mallory", "mail": "mallory@evil.example"}
    answer = browser(paper).post(paper.home, sent, HTTP_ORIGIN="https://evil.example")
    assert answer.status_code == 403
    assert "comments" not in answer.cookies
    assert texts(paper) == []


def test_whoever_sends_somebody_elses_form_again_does_not_become_them(paper: Paper) -> None:
    slip = paper.slip()
    paper.send("Mine.", slip=slip)
    assert paper.client.cookies["comments"].value
    again: Any = paper.send("Other.", browser(paper), slip=slip, name="Mallory", mail="mallory@evil.example")
    assert again.status_code == 302
    assert not again.cookies
    twice = paper.send("Mine.", browser(paper), slip=slip)
    assert twice.cookies, "a second press comes before the first one's answer"
    assert texts(paper) == ["Mine."]


def test_a_link_in_a_letter_says_what_it_confirms_and_no_other_site_presses_it(paper: Paper) -> None:
    paper.send("I did not write <this>.", name="Mallory")
    author = authors.by_id(paper.section, the_only(paper).author.id)
    link = "/comments/confirm/" + authors.confirmation(paper.section, paper.stand.house.now, author)
    victim = browser(paper)
    page = read(victim.get(link))
    for said in ("Mallory", "I did not write &lt;this&gt;.", "The strike"):
        assert said in page
    answer = victim.post(link, HTTP_ORIGIN="https://evil.example")
    assert answer.status_code == 403
    assert "comments" not in answer.cookies
    assert authors.by_id(paper.section, author.id).confirmed_at is None
    assert victim.post(link, HTTP_ORIGIN=paper.stand.address).status_code == 302


def test_a_letters_link_replaces_nobody_who_is_known_to_this_browser_unasked(paper: Paper) -> None:
    known = paper.known("Ada Petit")
    before = known.cookies["comments"].value
    link = "/comments/mine/" + authors.link(paper.section, paper.stand.house.now, paper.author("Mallory"))
    page = known.get(link)
    assert page.status_code == 200
    assert not page.cookies
    assert "Mallory" in read(page)
    assert known.post(link, HTTP_ORIGIN="https://evil.example").status_code == 403
    assert known.cookies["comments"].value == before
    assert known.post(link, HTTP_ORIGIN=paper.stand.address).status_code == 302
    assert known.cookies["comments"].value != before


def test_nobody_learns_by_a_form_why_somebody_elses_comment_was_refused(paper: Paper) -> None:
    from showcause.comments import articles
    from showcause.comments.values import Mode

    articles.set_mode(paper.section, paper.article, Mode.BEFORE)
    refused = paper.comment("Words that nobody else reads.", by="Bo Lind")
    paper.hide(refused)
    for client in (paper.known("Ada Petit"), browser(paper)):
        answer = paper.send("x", client, again=refused.id, slip="forged")
        assert answer.status_code in (404, 422)
        page = read(answer)
        assert "insult" not in page.lower()
        assert "nobody else reads" not in page
    assert the_only(paper).state is CommentState.REFUSED


def _token(**header: object) -> str:
    said = [json.dumps(each).encode() for each in ({"alg": "EdDSA"} | header, {})]
    return ".".join(base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in [*said, b"x" * 64])


@pytest.mark.parametrize(
    "token",
    [_token(kid="\ud800"), _token(kid="a\x00b"), _token(kid=7), _token(alg="none"), _token(kid="k", jku="x")],
)
def test_a_token_of_any_make_is_refused_and_breaks_nothing(paper: Paper, token: str) -> None:
    assert paper.send("A thought.", token=token).status_code == 422
    assert texts(paper) == []


def test_a_vouched_name_that_is_no_text_is_refused(paper: Paper) -> None:
    mint = minting(paper)
    for claims in ({"sub": "\ud800"}, {"name": "\ud800"}, {"sub": "a\x00"}):
        assert paper.send("A thought.", token=mint(**claims)).status_code == 422


def test_numbers_and_signs_that_no_page_sends_are_answered(paper: Paper) -> None:
    for address in (
        f"{paper.home}/news?upto=99999999999999999999",
        f"{paper.home}/mine?before=99999999999999999999",
        f"{paper.home}?after=99999999999999999999",
        "/comments/frame?article=a%00b",
        "/comments/of?address=https://courrier.example/%00",
        "/comments/lists/read/day.json?section=%00",
    ):
        assert paper.client.get(address).status_code < 500, address


def test_a_network_has_one_bucket_however_many_addresses_it_has(paper: Paper) -> None:
    before = BUCKETS.refused["comment-beside"]
    sent = LIMITS["comment-beside"].burst + 1
    answers = list[int]()
    for number in range(sent):
        request = paper.client.get("/comments/mine", REMOTE_ADDR=f"2001:db8:1:2::{number:x}").wsgi_request
        try:
            limits.take(request, "comment-beside")
        except TooMany:
            answers.append(number)
    assert answers == [sent - 1]
    assert BUCKETS.refused["comment-beside"] == before + 1


def test_what_a_cache_may_keep_is_the_same_for_everybody_and_the_rest_it_may_not_keep(paper: Paper) -> None:
    made = paper.comment("A thought.")
    stranger, known = browser(paper), paper.known("Ada Petit")
    shared = ("feed.atom", "lists/read/day", "lists/commented/week", "lists/commented/day.json", "embed.js")
    for address in (*(f"/comments/{each}" for each in shared), f"{paper.home}/feed.atom"):
        one, other = stranger.get(address), known.get(address)
        assert one["Cache-Control"].startswith("public, "), address
        assert (one.content, one.items()) == (other.content, other.items()), address
        assert not other.cookies, address
    for address in (
        "/comments/mine",
        paper.home,
        paper.frame,
        f"{paper.home}/news",
        f"/comments/c/{made.id}",
    ):
        assert known.get(address)["Cache-Control"] == "no-store", address


@pytest.mark.postgres
def test_the_pages_are_the_same_on_a_server(stand: Stand, tmp_path: Path, postgres_database: str) -> None:
    with newspaper(stand, tmp_path, url=postgres_database) as paper:
        assert paper.client.get(paper.asked(article="\x00strike")).status_code == 200
        sent = paper.send("A thought.")
        made = the_only(paper)
        paper.comment("An answer.", by="Bo Lind", to=made)
        paper.hide(paper.comment("An insult.", by="Bo Lind"))
        assert "A thought." in read(paper.client.get(sent["Location"]))
        for order in ("newest", "oldest", "answered"):
            page = read(paper.client.get(f"{paper.home}?order={order}"))
            assert "An answer." in page
            assert "An insult." not in page
        assert "A thought." in read(paper.client.get(f"/comments/c/{made.id}"))
        assert "A thought." in read(paper.client.get("/comments/mine"))
        assert paper.client.get(f"{paper.home}/news?upto=0").json() == {"new": 1, "comments": 2}
        assert "A thought." in read(paper.client.get("/comments/feed.atom"))
        assert paper.client.get("/comments/lists/commented/day.json").json()["articles"][0]["count"] == 2
        for deed, more in (("edit", {"text": "Another."}), ("delete", {})):
            answer = paper.client.post(f"{paper.home}/{deed}/{made.id}", more, HTTP_ORIGIN=stand.address)
            assert answer.status_code == 302
        assert "Another." not in read(paper.client.get(paper.home))
        assert paper.client.get("/comments/lists/read/day.json?section=%00").status_code == 422
