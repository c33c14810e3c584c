"""Answers of people who are written about: they wait, stand beside the comment, are refused and given back, and go."""

from datetime import timedelta
from pathlib import Path

import pytest

from showcause.comments import acts, besides, erasing, leaving, snapshots, threads
from showcause.comments.acts import Why
from showcause.comments.section import Section
from showcause.comments.states import BesideState
from showcause.comments.values import Answer, BesideKind, Comment, NotTaken, Problem
from showcause.domain.errors import IllegalStep, NotFound, ShowcauseError
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from tests.comments.conftest import NOON, Newsroom, fresh_id

SAID = "I was not there that night; the minutes of the council say so."


@pytest.fixture
def comment(newsroom: Newsroom) -> Comment:
    return newsroom.post("Léa Martin was there and said nothing.")


def answer(
    newsroom: Newsroom, comment: Comment, text: str = SAID, form: str = "", name: str = "Léa Martin"
) -> Answer:
    return besides.write(
        newsroom.section, NOON, fresh_id, author=newsroom.author(name).no, comment=comment.id, kind=BesideKind.REPLY,
        text=text, language="en", form=form or fresh_id(),
    )  # fmt: skip


def shown(section: Section, comment: Comment) -> list[tuple[str, str]]:
    return [(each.name, each.text) for each in threads.around(section, comment.id).root.beside]


def subject(of: Answer) -> Subject:
    return Subject("courrier", SubjectKind.CONTENT, of.id)


def test_an_answer_waits_and_stands_beside_its_comment_with_its_name_once_it_is_accepted(
    newsroom: Newsroom, comment: Comment
) -> None:
    made = answer(newsroom, comment)
    assert shown(newsroom.section, comment) == []
    assert [each.id for each in besides.waiting(newsroom.section, NOON)] == [made.id]
    besides.accept(newsroom.section, NOON, made.id, "bea")
    assert shown(newsroom.section, comment) == [("Léa Martin", SAID)]
    assert besides.count(newsroom.section, NOON) == 0


def test_the_same_form_is_one_answer(newsroom: Newsroom, comment: Comment) -> None:
    one = answer(newsroom, comment, form="f")
    assert answer(newsroom, comment, text="Something else.", form="f") == one
    assert besides.count(newsroom.section, NOON) == 1


def test_an_answer_is_bounded_and_beside_one_comment_stand_no_more_than_twenty(
    newsroom: Newsroom, comment: Comment
) -> None:
    with pytest.raises(NotTaken) as long:
        answer(newsroom, comment, text="a " * 1_500)
    assert (long.value.problem, long.value.bound) == (Problem.TOO_LONG, besides.LONGEST)
    for _ in range(besides.MOST_BESIDE):
        answer(newsroom, comment)
    with pytest.raises(NotTaken) as many:
        answer(newsroom, comment)
    assert many.value.problem is Problem.ENOUGH


def test_nothing_stands_beside_a_comment_that_readers_do_not_see(
    newsroom: Newsroom, comment: Comment
) -> None:
    acts.impose(
        newsroom.section, NOON, Subject("courrier", SubjectKind.CONTENT, comment.id), Measure.HIDE, Why("o")
    )
    with pytest.raises(NotFound):
        answer(newsroom, comment)


def test_a_refused_answer_comes_back_when_the_decision_is_reversed(
    newsroom: Newsroom, comment: Comment
) -> None:
    made, section = answer(newsroom, comment), newsroom.section
    for _ in range(2):
        acts.impose(section, NOON, subject(made), Measure.HIDE, Why("o", "comments.insult@1", "ab" * 16))
    assert besides.by_id(section, made.id).state is BesideState.REFUSED
    assert acts.state_of(section, subject(made)) == (True, frozenset({Measure.HIDE}))
    for _ in range(2):
        acts.free(section, NOON, subject(made), Measure.HIDE, Why("p"))
    assert shown(section, comment) == [("Léa Martin", SAID)]


def test_an_answer_set_aside_comes_back_by_itself(newsroom: Newsroom, comment: Comment) -> None:
    made = answer(newsroom, comment)
    besides.set_aside(newsroom.section, made.id, NOON + timedelta(minutes=2))
    assert besides.count(newsroom.section, NOON) == 0
    assert besides.count(newsroom.section, NOON + timedelta(minutes=2)) == 1
    besides.set_aside(newsroom.section, made.id, None)
    assert besides.count(newsroom.section, NOON) == 1


def test_who_is_forgotten_takes_their_answers_along(
    newsroom: Newsroom, comment: Comment, tmp_path: Path
) -> None:
    made, section = answer(newsroom, comment), newsroom.section
    besides.accept(section, NOON, made.id, "bea")
    assert snapshots.snapshot(section, subject(made))["text"] == SAID
    erasing.forget(section, NOON, Subject("courrier", SubjectKind.ACCOUNT, made.author.id))
    assert shown(section, comment) == []
    assert besides.by_id(section, made.id).text == ""
    assert SAID not in str(list(leaving.lines(section)))


def test_one_answer_is_erased_and_erased_again_over_an_older_copy(
    newsroom: Newsroom, comment: Comment, tmp_path: Path
) -> None:
    made, section, listed = answer(newsroom, comment), newsroom.section, tmp_path / "erased"
    assert erasing.forget_for_good(section, NOON, subject(made), listed) == 1
    assert made.id in listed.read_text()
    other = answer(newsroom, comment)
    erasing.list_erased(listed, [other.id])
    assert erasing.replay(section, NOON, listed) == 1
    assert besides.by_id(section, other.id).state is BesideState.ERASED


def test_the_database_itself_refuses_what_no_answer_does(newsroom: Newsroom, comment: Comment) -> None:
    made = answer(newsroom, comment)
    besides.accept(newsroom.section, NOON, made.id, "bea")
    with pytest.raises(IllegalStep):
        besides.accept(newsroom.section, NOON, made.id, "bea")
    for change in ("text = 'Other words.'", "state = 'waiting'", "comment = comment + 1"):
        with pytest.raises(ShowcauseError), newsroom.section.changing() as run:
            run(f"UPDATE {{p}}beside SET {change} WHERE id = %s", made.id)
    with pytest.raises(ShowcauseError), newsroom.section.changing() as run:
        run("DELETE FROM {p}beside")
