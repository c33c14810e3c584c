"""What a day of two thousand comments costs: keys for whoever validates, and work for the machine."""

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from showcause.comments import validation
from showcause.comments.states import CommentState
from tests.web.newsroom.conftest import Paper

INSULT = "refuse comments.insult reader"
MOST_FOR_ACCEPTING, MOST_FOR_REFUSING, MOST_FOR_A_PAGE = 30, 55, 50


@contextmanager
def questions(paper: Paper) -> Iterator[list[int]]:
    """Count what both databases are asked; the number is there at the end."""
    aliases = paper.house.store.database.alias, paper.section.database.alias
    found: list[int] = []
    with (
        CaptureQueriesContext(connections[aliases[0]]) as main,
        CaptureQueriesContext(connections[aliases[1]]) as own,
    ):
        yield found
    found.append(len(main) + len(own))


def test_a_hundred_comments_take_a_hundred_keys_and_little_of_the_machine(
    paper: Paper, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [
        paper.write(f"Avis {first}{second}")
        for first, second in itertools.product("abcdefghij", "klmnopqrst")
    ]
    paper.press(made[0], "accept")
    paper.page()
    keys, began = 1, time.process_time()
    for number, comment in enumerate(made[1:], start=2):
        answer = paper.press(comment, INSULT if number % 10 == 0 else "accept")
        assert answer.status_code == 200
        keys += 1
        if number % 8 == 0:
            paper.page(f"/desk/comments/more?after={comment.seq}")
    took = time.process_time() - began
    assert keys == len(made) == 100
    assert validation.count(paper.section, paper.house.now) == 0
    assert len(paper.decisions()) == 10
    with capsys.disabled():
        print(f"\n  per hundred comments: {keys} keys, {took * 1000:.0f} ms of the server's processor")


def test_one_key_asks_the_databases_a_bounded_number_of_things(
    paper: Paper, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, *_ = [paper.write(words) for words in ("Un avis", "Deux avis", "Trois avis")]
    paper.press(paper.write("Un autre"), "accept")
    paper.press(paper.write("Encore un"), INSULT)
    with questions(paper) as accepting:
        assert paper.press(first, "accept").status_code == 200
    with questions(paper) as refusing:
        assert paper.press(second, INSULT).status_code == 200
    with questions(paper) as reading:
        paper.page()
    assert (paper.now_of(first).state, paper.now_of(second).state) == (
        CommentState.PUBLISHED,
        CommentState.WAITING,
    )
    with capsys.disabled():
        print(f"\n  questions to both databases: accept {accepting}, refuse {refusing}, page {reading}")
    assert accepting[0] <= MOST_FOR_ACCEPTING
    assert refusing[0] <= MOST_FOR_REFUSING
    assert reading[0] <= MOST_FOR_A_PAGE


def test_a_page_asks_no_more_for_sixty_waiting_comments_than_for_twenty(paper: Paper) -> None:
    for number in range(20):
        paper.write(f"Avis {number}")
    paper.page()
    with questions(paper) as few:
        paper.page()
    for number in range(20, 60):
        paper.write(f"Avis {number}")
    with questions(paper) as many:
        paper.page()
    assert many == few
