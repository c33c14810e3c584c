"""The author's own page: what became of each comment and why, the way to contest it, and to send it again."""

import re
from datetime import timedelta

from showcause.casework import hearing
from showcause.comments import threads
from showcause.comments.states import CommentState
from showcause.comments.values import Mode
from showcause.domain.appeal import Appeal
from tests.house import fresh_id
from tests.web.comments.paper import Paper, read

STATEMENT = re.compile(r'href="(/s/[A-Za-z0-9_-]{44})"')
PATH = "/comments/mine"


def before(paper: Paper) -> None:
    """Let the newsroom read comments before they are published."""
    from dataclasses import replace

    paper.section.settings = replace(paper.section.settings, mode=Mode.BEFORE)


def test_a_stranger_is_told_how_one_is_known_and_nothing_else(paper: Paper) -> None:
    paper.comment("Somebody's words.")
    for address in (PATH, f"{paper.frame}/mine"):
        page = read(paper.client.get(address))
        assert "This browser does not know you" in page
        assert "Somebody" not in page


def test_a_refused_comment_names_rule_and_sentence_and_leads_to_statement_and_appeal(paper: Paper) -> None:
    before(paper)
    refused = paper.comment("I read it twice. You are a fool.", by="Ada Petit")
    paper.refuse(refused, "You are a fool.")
    page = read(paper.known("Ada Petit").get(f"{PATH}?lang=en"))
    assert "Not published" in page
    assert 'href="/rules/comments.insult">Insult</a>' in page
    assert '<blockquote dir="auto">You are a fool.</blockquote>' in page
    [path] = STATEMENT.findall(page)
    statement = read(paper.client.get(path))
    assert "You are a fool." in statement
    assert 'action="' + path + '/appeal"' in statement
    assert threads.by_id(paper.section, refused.id).state is CommentState.REFUSED
    assert "You are a fool" not in read(paper.client.get(paper.home))


def test_a_refused_comment_is_edited_and_sent_again_once(paper: Paper) -> None:
    before(paper)
    refused = paper.comment("It is wrong. You are a fool.", by="Ada Petit")
    paper.refuse(refused, "You are a fool.")
    known = paper.known("Ada Petit")
    [again] = re.findall(r'href="([^"]+/again/[^"]+)"', read(known.get(PATH)))
    page = read(known.get(again))
    assert "\nIt is wrong. You are a fool.</textarea>" in page
    assert '<blockquote dir="auto">You are a fool.</blockquote>' in page
    assert "Insult" in page
    slip = re.findall(r'name="slip" value="([^"]+)"', page)[0]
    paper.stand.house.wait(seconds=30)
    wrong = paper.send("", client=known, slip=slip, again=refused.id)
    assert "Please write something." in read(wrong)
    assert "Your former comment is below." in read(wrong)
    sent = paper.send("It is wrong.", client=known, slip=slip, again=refused.id)
    assert "Your new version has arrived and waits for validation." in read(known.get(sent["Location"]))
    mine = read(known.get(PATH))
    assert "You sent a new version." in mine
    assert "Sent again instead of a comment that was not published" in mine
    assert "/again/" not in mine
    made = threads.by_id(paper.section, sent["Location"].rpartition("#comment-")[2])
    assert made.again == refused.id


def test_nobody_else_can_send_edit_or_delete_it(paper: Paper) -> None:
    before(paper)
    refused = paper.comment("You fool.", by="Ada Petit")
    paper.refuse(refused)
    waiting = paper.comment("Mine.", by="Ada Petit")
    for client in (paper.known("Bo Lind"), paper.client):
        for deed, which in (("again", refused), ("edit", waiting), ("delete", waiting)):
            assert client.get(f"{paper.frame}/{deed}/{which.id}").status_code == 422
        answer = client.post(f"{paper.home}/delete/{waiting.id}", {}, HTTP_ORIGIN=paper.stand.address)
        assert answer.status_code == 422
    assert threads.by_id(paper.section, waiting.id).text == "Mine."


def test_after_a_wrong_refusal_is_reversed_the_comment_is_published_and_says_so(paper: Paper) -> None:
    before(paper)
    refused = paper.comment("A sharp but fair remark.", by="Ada Petit")
    paper.refuse(refused)
    known = paper.known("Ada Petit")
    [path] = STATEMENT.findall(read(known.get(PATH)))
    paper.client.post(f"{path}/appeal", {"text": "It insults nobody.", "language": "en"})
    [appeal] = paper.stand.house.all(Appeal)
    paper.stand.house.run(hearing.claim, appeal.id, "dan")
    paper.stand.house.run(hearing.reverse, appeal.id, "dan", "It is sharp, and insults nobody.")
    for _ in range(3):
        paper.stand.house.wait(seconds=1)
    page = read(paper.client.get(paper.home))
    assert "A sharp but fair remark." in page
    assert "This comment was refused and is published after all: the decision was reversed." in page
    mine = read(known.get(PATH))
    assert "Published" in mine
    assert "is published after all" in mine


def test_a_comment_is_edited_within_the_window_and_everybody_sees_what_it_said(paper: Paper) -> None:
    own = paper.comment("Befor.", by="Ada Petit")
    known = paper.known("Ada Petit")
    assert f"{paper.frame}/edit/{own.id}" in read(known.get(paper.frame))
    page = read(known.get(f"{paper.frame}/edit/{own.id}"))
    assert "\nBefor.</textarea>" in page
    sent = known.post(f"{paper.frame}/edit/{own.id}", {"text": "After."}, HTTP_ORIGIN=paper.stand.address)
    assert sent.status_code == 302
    seen = read(paper.client.get(f"/comments/c/{own.id}"))
    for words in ("After.", "Befor.", "What it said before"):
        assert words in seen
    assert ">edited</a>" in read(paper.client.get(paper.home))
    paper.stand.house.wait(minutes=11)
    assert "/edit/" not in read(known.get(paper.frame))
    late = known.get(f"{paper.frame}/edit/{own.id}")
    assert late.status_code == 422
    assert "This comment can no longer be changed" in read(late)


def test_deleting_is_asked_about_first_and_is_for_good(paper: Paper) -> None:
    own = paper.comment("Away.", by="Ada Petit")
    paper.comment("Pity.", by="Bo Lind", to=own)
    known = paper.known("Ada Petit")
    assert "Its text goes for good." in read(known.get(f"{paper.home}/delete/{own.id}"))
    assert threads.by_id(paper.section, own.id).state is CommentState.PUBLISHED
    gone = known.post(f"{paper.home}/delete/{own.id}", {}, HTTP_ORIGIN=paper.stand.address)
    page = read(known.get(gone["Location"]))
    assert "Your comment is deleted." in page
    assert "Deleted by you" in page
    assert "Deleted by its author." in read(paper.client.get(paper.home))


def test_the_page_asks_for_no_more_with_more_comments_and_goes_on(paper: Paper) -> None:
    for number in range(35):
        paper.comment(f"Number {number:02}.", by="Ada Petit")
    known = paper.known("Ada Petit")
    page = read(known.get(PATH))
    assert "Number 34." in page
    assert "Number 04." not in page
    [older] = re.findall(r'<a class="button plain" href="([^"]+)">', page)
    assert "Number 04." in read(known.get(older.replace("&amp;", "&")))


def test_the_link_of_a_letter_opens_the_page_and_leaves_the_address(paper: Paper) -> None:
    from showcause.comments import authors

    paper.comment("Mine.", by="Ada Petit")
    token = authors.link(paper.section, paper.stand.house.now, paper.author("Ada Petit"))
    opened = paper.client.get(f"{PATH}/{token}")
    assert opened["Location"].partition("?")[0] == PATH
    assert "Mine." in read(paper.client.get(PATH))
    cookie = authors.cookie(paper.section, paper.stand.house.now, paper.author("Ada Petit"))
    for other in (fresh_id(), cookie, token[:-2]):
        assert paper.client.get(f"{PATH}/{other}").status_code == 404
    paper.stand.house.now += timedelta(days=31)
    assert paper.client.get(f"{PATH}/{token}").status_code == 404
