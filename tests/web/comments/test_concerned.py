"""People who are written about: they report, or answer beside the comment in their own name, without being users."""

import re
from html import unescape
from typing import Any

from showcause.casework.unsealing import read_case
from showcause.comments import besides
from showcause.comments.values import BesideKind, Comment
from showcause.domain.site import Letter, LetterKind
from tests.web.comments import reports
from tests.web.comments.paper import NAME, Paper, read

WRITTEN = "Léa Martin was there and said nothing."
SAID = "I was not there that night; the minutes of the council say so."


def page_of(paper: Paper, comment: Comment, frame: bool = False, **asked: str) -> str:
    where = paper.frame if frame else paper.home
    return unescape(read(paper.client.get(f"{where}/about/{comment.id}", asked)))


def answer(paper: Paper, comment: Comment, **fields: str) -> Any:
    """Send the form as somebody does who was never here."""
    address = f"{paper.home}/about/{comment.id}"
    sent = {"slip": fields.pop("slip", "") or paper.slip(address), "kind": "reply", "text": SAID, "me": "yes"}
    sent |= {"name": "Léa Martin", "mail": "lea@example.org", "lang": "en"}
    return paper.client.post(address, {name: value for name, value in (sent | fields).items() if value})


def test_from_a_comment_whoever_it_is_about_finds_both_reports_and_the_form(paper: Paper) -> None:
    comment = paper.comment(WRITTEN)
    link = f'href="/comments/a/{paper.article.id}/about/{comment.id}" rel="nofollow"'
    assert link in read(paper.client.get(paper.home))
    page = page_of(paper, comment)
    asked = f"platform={NAME}&kind=content&ref={comment.id}"
    assert WRITTEN in page
    assert f'href="/report/?{asked}"' in page
    assert f'href="/report/illegal?{asked}"' in page
    assert read(paper.client.get(f"/report/illegal?{asked}&what=defamation")).count(WRITTEN) == 1


def test_an_answer_waits_for_the_newsroom_and_then_stands_beside_the_comment_marked_as_theirs(
    paper: Paper,
) -> None:
    comment = paper.comment(WRITTEN)
    sent = answer(paper, comment)
    assert sent.status_code == 302
    assert "Your reply has arrived." in unescape(read(paper.client.get(sent["Location"])))
    assert SAID not in read(paper.client.get(paper.home))
    [made] = besides.waiting(paper.section, paper.stand.house.now)
    besides.accept(paper.section, paper.stand.house.now, made.id, "bea")
    thread = read(paper.client.get(paper.home))
    assert "<h4>Reply of a person concerned · <bdi>Léa Martin</bdi></h4>" in thread
    assert SAID in thread
    assert "lea@example.org" not in thread


def test_whoever_answers_is_written_to_and_stays_a_stranger_to_this_browser(paper: Paper) -> None:
    before = len(paper.stand.house.all(Letter))
    sent = answer(paper, paper.comment(WRITTEN), kind="correction")
    assert not sent.cookies
    [letter] = paper.stand.house.all(Letter)[before:]
    assert letter.kind is LetterKind.ADDRESS
    [made] = besides.waiting(paper.section, paper.stand.house.now)
    assert made.kind is BesideKind.CORRECTION
    assert "lea@example.org" not in str(paper.section.rows("SELECT * FROM {p}author"))


def test_the_same_form_sent_twice_is_one_answer_and_one_letter(paper: Paper) -> None:
    comment, before = paper.comment(WRITTEN), len(paper.stand.house.all(Letter))
    slip = paper.slip(f"{paper.home}/about/{comment.id}")
    assert answer(paper, comment, slip=slip).status_code == 302
    assert answer(paper, comment, slip=slip).status_code == 302
    assert besides.count(paper.section, paper.stand.house.now) == 1
    assert len(paper.stand.house.all(Letter)) == before + 1


def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_is_kept(paper: Paper) -> None:
    comment = paper.comment(WRITTEN)
    for fields, said in (
        ({"kind": ""}, "Choose whether it is a reply or a correction."),
        ({"me": ""}, "Answers beside a comment are for those it is about."),
        ({"mail": "nobody"}, "That is not a complete e-mail address."),
        ({"name": " "}, "Please give a name"),
        ({"text": f"{SAID} " * 50}, "That is longer than 2,000 characters."),
        ({"website": "x"}, "A field that should stay empty was filled in."),
        ({"slip": "forged"}, "This form was not made by us"),
    ):
        made = answer(paper, comment, **fields)
        page = unescape(read(made))
        assert made.status_code == 422, said
        assert said in page
        assert "What you typed is still here." in page
        assert SAID in page
    assert besides.count(paper.section, paper.stand.house.now) == 0


def test_one_sender_does_not_fill_the_newsrooms_list(paper: Paper) -> None:
    comment = paper.comment(WRITTEN)
    codes = [answer(paper, comment, mail=f"{n}@example.org").status_code for n in range(6)]
    assert codes == [302] * 5 + [429]


def test_a_comment_that_readers_do_not_see_has_no_such_page(paper: Paper) -> None:
    comment = paper.comment(WRITTEN)
    paper.hide(comment)
    assert paper.client.get(f"{paper.home}/about/{comment.id}").status_code == 404
    assert paper.client.get(f"{paper.home}/about/{'0' * 32}").status_code == 404


def test_in_the_frame_reports_open_outside_and_the_form_stays_inside(paper: Paper) -> None:
    comment = paper.comment(WRITTEN)
    page = page_of(paper, comment, frame=True, lang="fr")
    assert "Ce commentaire parle de vous" in page
    assert len(re.findall(r'href="/report/[^"]*" rel="nofollow" target="_blank"', page)) == 2


def test_markup_in_an_answer_is_text(paper: Paper) -> None:
    answer(paper, paper.comment(WRITTEN), text="<script>alert(1)</script>", name="<b>Léa</b>")
    [made] = besides.waiting(paper.section, paper.stand.house.now)
    besides.accept(paper.section, paper.stand.house.now, made.id, "bea")
    thread = read(paper.client.get(paper.home))
    assert "&lt;script&gt;" in thread
    assert "<b>Léa" not in thread
    assert "<script>alert" not in thread


def test_an_answer_beside_a_comment_is_reported_and_hidden_like_one(lone_paper: Paper) -> None:
    paper = lone_paper
    comment = paper.comment(WRITTEN, by="Bo")
    answer(paper, comment, text="Bo is an idiot.")
    [made] = besides.waiting(paper.section, paper.stand.house.now)
    besides.accept(paper.section, paper.stand.house.now, made.id, "bea")
    thread = read(paper.client.get(paper.home))
    link = re.search(rf'/report/[^"]*ref={made.id}[^"]*', thread)
    assert link is not None
    page = read(paper.client.get(unescape(link[0])))
    assert "Bo is an idiot." in page
    assert f"/comments/c/{comment.id}#beside-{made.id}" in page
    where = reports.report(paper, made)
    assert (
        dict(paper.stand.house.run(read_case, reports.case_of(paper).id, "bea").filed[-1].evidence)["comment"]
        == "Bo is an idiot."
    )
    paper.refuse(made)
    assert "Bo is an idiot." not in read(paper.client.get(paper.home))
    assert "It breaks our rule" in reports.page_of(paper, where)
