"""What a decision does in the section: a mark and no hole, waiting instead of silence, and back again."""

import pytest

from showcause.comments import acts, posting, snapshots, threads, validation
from showcause.comments.acts import Why
from showcause.comments.states import CommentState
from showcause.comments.values import Comment, Held, MarkKind, Mode, NotTaken, Order, Problem, WaitingFilter
from showcause.domain.errors import NotFound
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from tests.comments.conftest import Newsroom

DECIDED = Why("a" * 32, "comments.insult@1", "b" * 32)


def content(comment: Comment) -> Subject:
    return Subject("courrier", SubjectKind.CONTENT, comment.id)


def account(newsroom: Newsroom, name: str = "Anna Roth") -> Subject:
    return Subject("courrier", SubjectKind.ACCOUNT, newsroom.author(name).id)


def impose(newsroom: Newsroom, subject: Subject, measure: Measure) -> None:
    acts.impose(newsroom.section, newsroom.now, subject, measure, DECIDED)


def free(newsroom: Newsroom, subject: Subject, measure: Measure) -> None:
    acts.free(newsroom.section, newsroom.now, subject, measure, DECIDED)


def marks(newsroom: Newsroom, comment: Comment) -> list[tuple[str, str, str | None]]:
    return acts.marks_of(newsroom.section, comment.id)


def test_a_hidden_comment_keeps_its_place_with_the_rule_and_the_decision(newsroom: Newsroom) -> None:
    hidden = newsroom.post("You are a fool.")
    answer = newsroom.post("So are you.", by="Ben Stone", to=hidden)
    impose(newsroom, content(hidden), Measure.HIDE)
    impose(newsroom, content(hidden), Measure.HIDE)
    page = threads.page(newsroom.section, newsroom.article(), Order.NEWEST)
    [branch] = page.branches
    assert (branch.root.comment.id, branch.root.comment.state) == (hidden.id, CommentState.HIDDEN)
    assert [(m.kind, m.clause, m.leaf) for m in branch.root.marks] == [
        (MarkKind.HIDDEN, "comments.insult@1", "b" * 32)
    ]
    assert [reply.comment.id for reply in branch.replies] == [answer.id]


def test_after_a_reversal_the_mark_says_so_and_nothing_is_rewritten(newsroom: Newsroom) -> None:
    comment = newsroom.post("Is this true?")
    impose(newsroom, content(comment), Measure.HIDE)
    free(newsroom, content(comment), Measure.HIDE)
    free(newsroom, content(comment), Measure.HIDE)
    assert newsroom.read(comment).state is CommentState.PUBLISHED
    assert [kind for kind, *_ in marks(newsroom, comment)] == ["hidden", "shown-again"]
    assert {leaf for *_, leaf in marks(newsroom, comment)} == {"b" * 32}


def test_a_comment_that_nobody_saw_is_refused_and_published_after_all(newsroom: Newsroom) -> None:
    newsroom.settings(mode=Mode.BEFORE)
    comment = newsroom.post("Wait for me.")
    impose(newsroom, content(comment), Measure.HIDE)
    assert newsroom.read(comment).state is CommentState.REFUSED
    assert newsroom.article().published == 0
    free(newsroom, content(comment), Measure.HIDE)
    assert newsroom.read(comment).state is CommentState.PUBLISHED
    assert newsroom.article().published == 1
    assert [kind for kind, *_ in marks(newsroom, comment)] == ["refused", "published-after-all"]


def test_a_limited_author_writes_and_is_validated_first(newsroom: Newsroom) -> None:
    newsroom.author()
    impose(newsroom, account(newsroom), Measure.LIMIT)
    comment = newsroom.post("Once more.")
    assert (comment.state, comment.held) == (CommentState.WAITING, Held.LIMITED)
    [waiting] = validation.waiting(newsroom.section, newsroom.now, WaitingFilter(), 10)
    assert waiting.comment.id == comment.id
    free(newsroom, account(newsroom), Measure.LIMIT)
    assert newsroom.post("At last.").state is CommentState.PUBLISHED


def test_a_suspended_author_is_told_so_and_others_are_not_touched(newsroom: Newsroom) -> None:
    newsroom.author()
    impose(newsroom, account(newsroom), Measure.SUSPEND)
    with pytest.raises(NotTaken) as refused:
        newsroom.post("Let me in.")
    assert refused.value.problem is Problem.SUSPENDED
    assert newsroom.post("I may.", by="Ben Stone").state is CommentState.PUBLISHED


def test_nothing_is_imposed_on_what_is_not_there(newsroom: Newsroom) -> None:
    for subject in (
        Subject("courrier", SubjectKind.ACCOUNT, "0" * 32),
        Subject("courrier", SubjectKind.CONTENT, "0" * 32),
        Subject("courrier", SubjectKind.SPACE, "strike"),
    ):
        with pytest.raises(NotFound):
            impose(newsroom, subject, Measure.HIDE)
        assert acts.state_of(newsroom.section, subject) == (False, frozenset())


def test_all_that_stands_is_listed(newsroom: Newsroom) -> None:
    comment = newsroom.post("A word.")
    impose(newsroom, content(comment), Measure.LABEL)
    impose(newsroom, account(newsroom), Measure.LIMIT)
    found = [(each.kind, each.ref, each.measure) for each in acts.restricted(newsroom.section)]
    assert sorted(found) == sorted(
        [
            (SubjectKind.CONTENT, comment.id, Measure.LABEL),
            (SubjectKind.ACCOUNT, newsroom.author().id, Measure.LIMIT),
        ]
    )
    assert acts.count(newsroom.section) == 2


def test_a_label_stands_in_the_thread_until_it_ends_and_keeps_the_words_as_they_are(
    newsroom: Newsroom,
) -> None:
    comment = newsroom.post("A picture of the mayor.")
    impose(newsroom, content(comment), Measure.LABEL)
    [branch] = threads.page(newsroom.section, newsroom.article(), Order.NEWEST).branches
    assert branch.root.label is not None
    assert (branch.root.label.clause, branch.root.label.leaf) == ("comments.insult@1", "b" * 32)
    with pytest.raises(NotTaken) as refused:
        posting.edit(newsroom.section, newsroom.now, newsroom.author(), comment.id, "Another picture.")
    assert refused.value.problem is Problem.TOO_LATE
    free(newsroom, content(comment), Measure.LABEL)
    [branch] = threads.page(newsroom.section, newsroom.article(), Order.NEWEST).branches
    assert branch.root.label is None


def test_a_snapshot_has_what_a_reversal_has_to_bring_back(quick: Newsroom) -> None:
    comment = quick.post("A word.")
    before = snapshots.snapshot(quick.section, content(comment))
    impose(quick, content(comment), Measure.HIDE)
    assert snapshots.snapshot(quick.section, content(comment)) != before
    free(quick, content(comment), Measure.HIDE)
    assert snapshots.snapshot(quick.section, content(comment)) == before
    assert snapshots.snapshot(quick.section, account(quick))["comments"] == [comment.id]
    assert snapshots.snapshot(quick.section, Subject("courrier", SubjectKind.ACCOUNT, "0" * 32)) == {}
