"""Posting, editing, deleting."""

from datetime import timedelta

import pytest

from showcause.comments import articles, posting, threads, validation
from showcause.comments.states import CommentState
from showcause.comments.values import Held, Mode, NotTaken, Problem
from tests.comments.conftest import Newsroom


def refused(problem: Problem) -> "pytest.RaisesExc[NotTaken]":
    """Expect that something is not taken, for this reason."""
    return pytest.RaisesExc(NotTaken, check=lambda error: error.problem is problem)


def test_a_comment_is_in_the_thread_at_once_where_it_is_validated_later(newsroom: Newsroom) -> None:
    made = newsroom.post("Good work.")
    assert made.state is CommentState.PUBLISHED
    assert made.unchecked
    assert newsroom.read(made) == made
    assert newsroom.article().published == 1


def test_a_comment_waits_where_it_is_validated_first(newsroom: Newsroom) -> None:
    articles.set_mode(newsroom.section, newsroom.article(), Mode.BEFORE)
    made = newsroom.post("Good work.")
    assert (made.state, made.held, made.shown) == (CommentState.WAITING, Held.MODE, None)
    assert newsroom.article().published == 0
    accepted = newsroom.accept(made)
    assert (accepted.state, accepted.checked_by, accepted.shown) == (CommentState.PUBLISHED, "moderator", 1)
    assert newsroom.article().published == 1


def test_the_same_form_gives_the_same_comment(newsroom: Newsroom) -> None:
    first = newsroom.post("Once.", form="f")
    again = newsroom.post("Twice.", form="f")
    assert again == first
    assert newsroom.article().published == 1


def test_a_part_of_the_newspaper_has_its_own_mode_and_an_article_may_differ(quick: Newsroom) -> None:
    quick.article("match", part="sport")
    articles.set_part_mode(quick.section, "sport", Mode.BEFORE)
    assert quick.post(under="match").state is CommentState.WAITING
    articles.set_mode(quick.section, quick.article("match"), Mode.AFTER)
    assert quick.post(under="match").state is CommentState.PUBLISHED


def test_trust_comes_after_n_accepted_comments_and_a_refusal_asks_for_n_more(quick: Newsroom) -> None:
    quick.settings(mode=Mode.TRUST, trust_after=2)
    for _ in range(2):
        waiting = quick.post()
        assert waiting.held is Held.NEW_AUTHOR
        quick.accept(waiting)
    trusted = quick.post()
    assert (trusted.state, trusted.checked_by) == (CommentState.PUBLISHED, "trust")
    with quick.section.changing() as run:
        run("UPDATE author SET refused = 1")
    assert quick.post().state is CommentState.WAITING


def test_a_reply_stands_below_its_root_and_is_counted(newsroom: Newsroom) -> None:
    root = newsroom.post("Root.")
    reply = newsroom.post("Reply.", by="Ben", to=root)
    answer = newsroom.post("Answer.", to=reply)
    assert (reply.parent, reply.root) == (root.id, root.id)
    assert (answer.parent, answer.root) == (reply.id, root.id)
    assert newsroom.read(answer) == answer
    assert newsroom.read(root).replies == 2
    assert newsroom.read(reply).replies == 1


def test_nobody_answers_what_is_not_in_the_thread(quick: Newsroom) -> None:
    root, elsewhere = quick.post("Root."), quick.post("Elsewhere.", under="other")
    posting.delete(quick.section, quick.now, quick.author(), root.id)
    for gone in (root, elsewhere):
        with refused(Problem.NO_PARENT):
            quick.post("Reply.", to=gone)


def test_an_edit_keeps_what_was_said_and_ends_with_the_window(newsroom: Newsroom) -> None:
    made = newsroom.post("Frist.")
    edited = posting.edit(newsroom.section, newsroom.now, newsroom.author(), made.id, "First.")
    assert (edited.text, edited.edited_at) == ("First.", newsroom.now)
    assert [each.former for each in posting.history(newsroom.section, made.id)] == ["Frist."]
    with refused(Problem.NOT_YOURS):
        posting.edit(newsroom.section, newsroom.now, newsroom.author("Ben"), made.id, "Mine.")
    with refused(Problem.TOO_LATE):
        late = newsroom.now + timedelta(minutes=11)
        posting.edit(newsroom.section, late, newsroom.author(), made.id, "Late.")


def test_what_was_judged_is_not_edited_and_an_edit_that_changes_nothing_is_none(quick: Newsroom) -> None:
    made = quick.post("Said.")
    assert posting.edit(quick.section, quick.now, quick.author(), made.id, " Said. ") == made
    with quick.section.changing() as run:
        run("INSERT INTO judged (comment, clause, moment) VALUES (%s, 'comments.insult@1', 0)", made.seq)
    with refused(Problem.TOO_LATE):
        posting.edit(quick.section, quick.now, quick.author(), made.id, "Other.")


def test_what_a_moderator_accepted_is_not_edited_afterwards(quick: Newsroom) -> None:
    made = quick.accept(quick.post("Harmless."))
    with refused(Problem.TOO_LATE):
        posting.edit(quick.section, quick.now, quick.author(), made.id, "Something else.")


def test_a_deleted_comment_is_empty_and_its_place_stays_only_under_answers(newsroom: Newsroom) -> None:
    alone, answered = newsroom.post("Alone."), newsroom.post("Answered.")
    newsroom.post("Reply.", by="Ben", to=answered)
    for each in (alone, answered):
        gone = posting.delete(newsroom.section, newsroom.now, newsroom.author(), each.id)
        assert (gone.state, gone.text) == (CommentState.DELETED, "")
    page = threads.page(newsroom.section, newsroom.article())
    assert [each.root.comment.id for each in page.branches] == [answered.id]
    assert page.total == 1


def test_a_closed_article_takes_nothing_and_a_schedule_opens_and_closes(quick: Newsroom) -> None:
    article = quick.article()
    articles.close(quick.section, article)
    with refused(Problem.CLOSED):
        quick.post()
    articles.reopen(quick.section, article)
    opens, closes = quick.now + timedelta(hours=1), quick.now + timedelta(hours=2)
    articles.schedule(quick.section, article, opens, closes)
    with refused(Problem.NOT_OPEN_YET):
        quick.post()
    quick.now = opens
    assert quick.post().state is CommentState.PUBLISHED
    quick.now = closes
    with refused(Problem.CLOSED):
        quick.post()


def test_a_suspended_author_posts_nothing_and_a_limited_one_waits(quick: Newsroom) -> None:
    standing = "INSERT INTO standing VALUES ('account', %s, %s, 0, 'order', 'clause', 1)"
    suspended, limited = quick.author("Ben"), quick.author("Cleo")
    with quick.section.changing() as run:
        run(standing, suspended.id, "suspend")
        run(standing, limited.id, "limit")
    with refused(Problem.SUSPENDED):
        quick.post(by="Ben")
    assert quick.post(by="Cleo").held is Held.LIMITED


def test_accepting_twice_counts_once(quick: Newsroom) -> None:
    made = quick.post()
    quick.accept(quick.accept(made))
    assert validation.waiting(quick.section, quick.now) == []
    with quick.section.reading() as run:
        assert run("SELECT accepted FROM author") == [(1,)]
