"""The lists of the most read and most commented articles say what happened and remember nobody."""

from datetime import timedelta

import pytest

from showcause.comments.counting import KEPT_DAYS, Readers, Span, is_program, most_commented, most_read
from tests.comments.conftest import Newsroom


def counts(newsroom: Newsroom, span: Span = Span.DAY) -> dict[str, int]:
    return {each.article.key: each.count for each in most_read(newsroom.section, newsroom.now, span)}


def test_somebody_who_reloads_counts_once_a_day(newsroom: Newsroom) -> None:
    readers, article = Readers(newsroom.section, lambda: 0.0), newsroom.article()
    told = [readers.read(article, newsroom.now, who) for who in ("a", "a", "b", "a")]
    readers.flush()
    assert told == [True, False, True, False]
    assert counts(newsroom) == {"strike": 2}
    newsroom.now += timedelta(days=1)
    assert readers.read(article, newsroom.now, "a")
    readers.flush()
    assert counts(newsroom) == {"strike": 1}
    assert counts(newsroom, Span.WEEK) == {"strike": 3}


def test_the_order_is_that_of_the_counts_and_days_beyond_the_span_do_not_count(newsroom: Newsroom) -> None:
    readers = Readers(newsroom.section, lambda: 0.0)
    few, many, old = (newsroom.article(key) for key in ("few", "many", "old"))
    for number in range(5):
        readers.read(old, newsroom.now - timedelta(days=8), f"{number}")
    for number in range(3):
        readers.read(many, newsroom.now, f"{number}")
    readers.read(few, newsroom.now, "0")
    readers.flush()
    assert list(counts(newsroom, Span.WEEK).items()) == [("many", 3), ("few", 1)]


def test_counts_are_written_in_bundles_and_old_days_go(quick: Newsroom) -> None:
    time = [0.0]
    readers, article = Readers(quick.section, lambda: time[0]), quick.article()
    time[0] = 10.0
    readers.read(article, quick.now - timedelta(days=KEPT_DAYS + 1), "long ago")
    before = quick.section.commits
    for number in range(100):
        readers.read(article, quick.now, f"{number}")
    assert quick.section.commits == before
    time[0] = 20.0
    readers.read(article, quick.now, "one more")
    assert quick.section.commits == before + 1
    assert quick.section.rows("SELECT count FROM {p}reads") == [(101,)]


def test_nothing_of_a_visitor_is_written(quick: Newsroom) -> None:
    readers = Readers(quick.section, lambda: 0.0)
    readers.read(quick.article(), quick.now, "192.0.2.7 Mozilla")
    readers.flush()
    assert [len(row) for row in quick.section.rows("SELECT * FROM {p}reads")] == [3]
    assert "192.0.2.7" not in repr(readers)


@pytest.mark.parametrize(
    "agent", ["", "curl/8.5", "Mozilla/5.0 (compatible; Examplebot/2.1; +https://bot.example)"]
)
def test_programs_that_say_so_are_no_readers(agent: str) -> None:
    assert is_program(agent)


def test_a_browser_is_a_reader() -> None:
    assert not is_program("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")


def test_comments_count_where_they_are_published_and_only_for_the_span(newsroom: Newsroom) -> None:
    newsroom.post(under="old")
    newsroom.now += timedelta(days=2)
    for _ in range(2):
        newsroom.post(under="new")
    newsroom.post(under="old")
    day = most_commented(newsroom.section, newsroom.now, Span.DAY)
    week = most_commented(newsroom.section, newsroom.now, Span.WEEK)
    assert [(each.article.key, each.count) for each in day] == [("new", 2), ("old", 1)]
    assert {each.article.key: each.count for each in week} == {"new": 2, "old": 2}


def test_a_list_may_be_of_one_part(newsroom: Newsroom) -> None:
    readers = Readers(newsroom.section, lambda: 0.0)
    readers.read(newsroom.article("town", part="Ville"), newsroom.now, "a")
    readers.read(newsroom.article("sea", part="Mer"), newsroom.now, "a")
    readers.flush()
    found = most_read(newsroom.section, newsroom.now, Span.DAY, part="Mer")
    assert [each.article.key for each in found] == ["sea"]
