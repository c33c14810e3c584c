"""The desk of answers beside comments: one key publishes one, one key with a rule refuses it, as a decision."""

from typing import Any

import pytest
from playwright.sync_api import expect

from showcause.casework import author_contacts, hearing, lodging, rendering
from showcause.comments import besides
from showcause.comments.states import BesideState
from showcause.comments.values import Answer, BesideKind, Comment
from showcause.domain.decision import Outcome
from showcause.domain.lifecycle import DecisionState
from showcause.domain.site import Letter, LetterKind
from showcause.domain.subject import Subject, SubjectKind
from tests.house import fresh_id
from tests.services.browser import Browser, Sight, check_in
from tests.web.desk import at_desk, logged_in, text
from tests.web.newsroom.conftest import Paper

WRITTEN = "Léa Martin a touché l’argent du quai."
SAID = "Je n’ai jamais eu affaire au quai."
REFUSE = "refuse comments.insult"
SIGHTS: tuple[Sight, ...] = (("light", "phone"), ("dark", "desk"))


def shown(paper: Paper) -> Comment:
    comment = paper.write(WRITTEN)
    paper.press(comment, "accept")
    return comment


def answer(paper: Paper, comment: Comment, said: str = SAID) -> Answer:
    return besides.write(
        paper.section, paper.house.now, fresh_id, author=paper.author("Léa Martin").no, comment=comment.id,
        kind=BesideKind.REPLY, text=said, language="fr", form=fresh_id(),
    )  # fmt: skip


def press(paper: Paper, made: Answer, do: str, by: str = "bea") -> Any:
    form = {"answer": made.id, "do": do}
    address = "/desk/comments/answers/act"
    return paper.desk(by).post(address, form, headers={"Accept": "application/json"})


def refusal(paper: Paper) -> str:
    """Return what the first button with the rule against insults sends."""
    page = paper.page("/desk/comments/answers/")
    begin = page.index(REFUSE)
    return page[begin : page.index('"', begin)]


def state(paper: Paper, made: Answer) -> BesideState:
    return besides.by_id(paper.section, made.id).state


def thread(paper: Paper) -> str:
    return text(paper.stand.client.get(f"/comments/a/{paper.article().id}"))


def test_an_answer_waits_at_the_desk_with_its_comment_and_one_key_publishes_it(paper: Paper) -> None:
    made = answer(paper, shown(paper))
    assert "1</a>" in paper.page() or "people concerned: 1" in paper.page()
    page = paper.page("/desk/comments/answers/")
    assert WRITTEN in page
    assert SAID in page
    assert 'data-key="f"' in page
    assert press(paper, made, "accept").status_code == 200
    assert press(paper, made, "accept").status_code == 200
    assert SAID in thread(paper)
    assert "No answer waits." in paper.page("/desk/comments/answers/")
    assert paper.decisions() == []


def test_refusing_an_answer_is_a_decision_that_its_author_can_have_reversed(paper: Paper) -> None:
    made = answer(paper, shown(paper))
    assert press(paper, made, refusal(paper)).json()["undo"]
    assert "No answer waits." in paper.page("/desk/comments/answers/")
    for seconds in (31, 1, 1):
        paper.house.wait(seconds=seconds)
    [decision] = paper.decisions()
    assert (decision.outcome, decision.state) == (Outcome.RESTRICT, DecisionState.IN_FORCE)
    assert state(paper, made) is BesideState.REFUSED
    assert paper.house.statement_of(decision).decision == decision.id
    appeal = paper.house.run(lodging.lodge, decision.reference, "It is my name.")
    paper.house.run(hearing.claim, appeal.id, "dan")
    paper.house.run(hearing.reverse, appeal.id, "dan", "It insults nobody.")
    for _ in range(3):
        paper.house.wait(seconds=1)
    assert SAID in thread(paper)


def test_a_refusal_is_undone_for_half_a_minute_and_the_answer_waits_again(paper: Paper) -> None:
    made = answer(paper, shown(paper))
    decision = press(paper, made, refusal(paper)).json()["undo"]
    again = press(paper, made, "accept")
    assert again.status_code == 409
    undone = paper.desk().post("/desk/comments/answers/undo", {"decisions": decision}, follow=True)
    assert SAID in text(undone)
    assert "The answer waits again." in text(undone)
    assert state(paper, made) is BesideState.WAITING


def test_without_scripts_the_desk_is_plain_forms(paper: Paper) -> None:
    made = answer(paper, shown(paper))
    sent = paper.desk().post("/desk/comments/answers/act", {"answer": made.id, "do": "accept"}, follow=True)
    assert "The answer stands beside the comment." in text(sent)
    assert state(paper, made) is BesideState.PUBLISHED
    wrong = paper.desk().post("/desk/comments/answers/act", {"answer": made.id, "do": "shred"})
    assert wrong.status_code == 422


def test_the_desk_is_for_those_who_validate(paper: Paper) -> None:
    from showcause.casework import staffing
    from showcause.domain.people import Role

    made = answer(paper, shown(paper))
    paper.house.run(staffing.add_moderator, "olga", (Role.AUDITOR,), "ada")
    client = logged_in(paper.stand, "olga")
    assert client.get("/desk/comments/answers/").status_code == 403
    sent = client.post("/desk/comments/answers/act", {"answer": made.id, "do": "accept"})
    assert sent.status_code == 403
    assert state(paper, made) is BesideState.WAITING


def test_who_answered_is_told_by_mail_that_the_answer_stands_there_without_a_word_of_it(paper: Paper) -> None:
    made = answer(paper, shown(paper))
    account = Subject(paper.section.name, SubjectKind.ACCOUNT, made.author.id)
    paper.house.run(author_contacts.introduce, account, "lea@example.org", "fr", "https://courrier.example/c")
    press(paper, made, "accept")
    [letter] = paper.house.all(Letter, kind=LetterKind.NOTICE)
    with paper.house.store.read() as view:
        said = rendering.letter(view, letter).text
    assert f"/comments/c/{made.comment}#beside-{made.id}" in said
    assert SAID not in said


@pytest.mark.browser
def test_answers_are_read_with_one_key_each(newspaper: Paper, browser: Browser) -> None:
    paper = newspaper
    comment = shown(paper)
    made = [answer(paper, comment, said) for said in (SAID, "Vous mentez, et vous le savez.")]
    with at_desk(browser, paper.stand, paper.desk(), "/desk/comments/answers/") as page:
        expect(page.locator(".card-comment")).to_have_count(2)
        check_in(page, "answers", SIGHTS)
        page.locator("h1").click()
        page.keyboard.press("f")
        expect(page.locator("#sending")).to_have_text("Everything is sent.")
        expect(page.locator(".card-comment:visible")).to_have_count(1)
        page.keyboard.press("1")
        expect(page.locator("#end")).to_be_visible()
        page.keyboard.press("u")
        expect(page.locator(".card-comment:visible .comment-text")).to_have_text(
            "Vous mentez, et vous le savez."
        )
        expect(page.locator("#sending")).to_have_text("Everything is sent.")
    assert [state(paper, each) for each in made] == [BesideState.PUBLISHED, BesideState.WAITING]
