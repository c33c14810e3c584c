"""Reading threads: pages, orders, folding, permalinks, what is new."""

import pytest

from showcause.comments import articles, posting, threads, validation
from showcause.comments.states import CommentState
from showcause.comments.thread_rows import PAGE
from showcause.comments.values import Branch, Mode, Order, ThreadPage, WaitingFilter
from showcause.domain.errors import BadInput, NotFound
from tests.comments.conftest import Newsroom


def texts(branches: tuple[Branch, ...]) -> list[str]:
    """Return what the roots of some branches say."""
    return [each.root.comment.text for each in branches]


@pytest.mark.parametrize("order", Order)
def test_pages_follow_each_other_without_gap_or_repetition(newsroom: Newsroom, order: Order) -> None:
    made = [newsroom.post(f"Number {number}.") for number in range(PAGE + 7)]
    for busy in (made[3], made[20]):
        newsroom.post("Reply.", by="Ben", to=busy)
    first = threads.page(newsroom.section, newsroom.article(), order)
    second = threads.page(newsroom.section, newsroom.article(), order, first.after)
    wanted = {
        Order.NEWEST: made[::-1],
        Order.OLDEST: made,
        Order.ANSWERED: [
            made[20],
            made[3],
            *(each for each in made[::-1] if each not in (made[3], made[20])),
        ],
    }[order]
    assert texts(first.branches) + texts(second.branches) == [each.text for each in wanted]
    assert (len(first.branches), second.after) == (PAGE, None)
    assert first.total == len(made) + 2


def test_a_long_branch_is_folded_and_its_rest_follows(newsroom: Newsroom) -> None:
    root = newsroom.post("Root.")
    made = [newsroom.post(f"Reply {number}.", by="Ben", to=root) for number in range(5)]
    [branch] = threads.page(newsroom.section, newsroom.article()).branches
    assert [each.comment.id for each in branch.replies] == [each.id for each in made[:3]]
    assert branch.more == 2
    rest = threads.replies(newsroom.section, root.id, branch.after)
    assert [each.comment.id for each in rest.replies] == [each.id for each in made[3:]]
    assert (rest.more, rest.after) == (0, None)


def test_only_its_author_sees_a_comment_that_waits(newsroom: Newsroom) -> None:
    root = newsroom.post("Root.")
    articles.set_mode(newsroom.section, newsroom.article(), Mode.BEFORE)
    mine, below = newsroom.post("Mine."), newsroom.post("Below.", to=root)

    def seen(page: ThreadPage) -> list[str]:
        return [each.comment.text for branch in page.branches for each in (branch.root, *branch.replies)]

    page = threads.page(newsroom.section, newsroom.article(), viewer=newsroom.author())
    assert seen(page) == ["Mine.", "Root.", "Below."]
    for other in (None, newsroom.author("Ben")):
        assert seen(threads.page(newsroom.section, newsroom.article(), viewer=other)) == ["Root."]
        for hidden in (mine, below):
            with pytest.raises(NotFound):
                threads.around(newsroom.section, hidden.id, other)
    assert threads.around(newsroom.section, mine.id, newsroom.author()).root.comment == mine


def test_what_others_published_since_is_counted_even_if_it_was_written_before(newsroom: Newsroom) -> None:
    articles.set_mode(newsroom.section, newsroom.article(), Mode.BEFORE)
    early, late = newsroom.post("Early.", by="Ben"), newsroom.post("Late.", by="Ben")
    newsroom.accept(late)
    page = threads.page(newsroom.section, newsroom.article())
    assert threads.since(newsroom.section, newsroom.article(), page.upto) == 0
    newsroom.accept(early)
    assert threads.since(newsroom.section, newsroom.article(), page.upto) == 1
    assert threads.since(newsroom.section, newsroom.article(), page.upto, newsroom.author("Ben")) == 0


def test_a_permalink_leads_into_the_middle_of_a_long_branch(newsroom: Newsroom) -> None:
    root = newsroom.post("Root.")
    made = [newsroom.post(f"Reply {number}.", by="Ben", to=root) for number in range(60)]
    branch = threads.around(newsroom.section, made[30].id)
    assert [each.comment.id for each in branch.replies] == [each.id for each in made[5:56]]
    assert branch.more == 4


def test_a_pinned_comment_stands_first_and_once(quick: Newsroom) -> None:
    first, second = quick.post("First."), quick.post("Second.")
    with quick.section.changing() as run:
        run("UPDATE comment SET pinned = 1 WHERE seq = %s", first.seq)
    page = threads.page(quick.section, quick.article())
    assert (texts(page.pinned), texts(page.branches)) == (["First."], ["Second."])
    assert [each.root.comment.pinned for each in page.pinned] == [True]
    assert threads.page(quick.section, quick.article(), Order.OLDEST).branches[0].root.comment.id == second.id


@pytest.mark.parametrize("cursor", ["", "x", "1.2", "-1", "1;", "9" * 30])
def test_a_cursor_that_is_none_is_refused(quick: Newsroom, cursor: str) -> None:
    quick.post()
    with pytest.raises(BadInput):
        threads.page(quick.section, quick.article(), after=cursor)


def test_the_desk_sees_what_waits_with_everything_around_it(newsroom: Newsroom) -> None:
    root = newsroom.accept(newsroom.post("Root."))
    articles.set_mode(newsroom.section, newsroom.article(), Mode.BEFORE)
    made = newsroom.post("Reply.", by="Ben", to=root)
    [waiting] = validation.waiting(newsroom.section, newsroom.now)
    assert (waiting.comment, waiting.article.key) == (made, "strike")
    assert waiting.parent is not None
    assert waiting.parent.id == root.id
    assert waiting.author.name == "Ben"
    assert validation.count(newsroom.section, newsroom.now, WaitingFilter(part="other")) == 0
    validation.set_aside(newsroom.section, [made.id], newsroom.now.replace(hour=23))
    assert validation.waiting(newsroom.section, newsroom.now) == []
    validation.back(newsroom.section, [made.id])
    assert len(validation.waiting(newsroom.section, newsroom.now)) == 1


def test_the_estimate_is_the_median_of_what_the_last_ones_waited_or_none(quick: Newsroom) -> None:
    quick.settings(mode=Mode.BEFORE)
    for number in range(5):
        assert validation.estimate(quick.section, quick.now).median is None
        made = quick.post()
        quick.now = made.created_at.replace(minute=made.created_at.minute + number + 1)
        assert quick.accept(made).state is CommentState.PUBLISHED
    quick.post()
    estimate = validation.estimate(quick.section, quick.now)
    assert estimate.median is not None
    assert (estimate.waiting, estimate.of, estimate.median.total_seconds()) == (1, 5, 180)


def test_an_author_takes_their_waiting_comment_back(quick: Newsroom) -> None:
    quick.settings(mode=Mode.BEFORE)
    made = quick.post()
    posting.delete(quick.section, quick.now, quick.author(), made.id)
    assert validation.waiting(quick.section, quick.now) == []
    assert threads.page(quick.section, quick.article(), viewer=quick.author()).branches == ()
