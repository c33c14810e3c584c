"""How long the line before the desk is, for whoever watches over the house: in the health page and in the counts."""

from dataclasses import replace
from datetime import timedelta

from showcause.comments.values import Mode
from tests.web.comments.paper import Paper
from tests.web.test_running import LINE, counted


def test_waiting_comments_are_counted_and_so_is_how_long_the_oldest_waits(paper: Paper) -> None:
    house, client = paper.stand.house, paper.client
    assert client.get("/healthz").json()["comments_waiting"] == 0
    paper.comment("Seen at once.")
    paper.section.settings = replace(paper.section.settings, mode=Mode.BEFORE)
    first = paper.comment("Wait for me.")
    paper.comment("And for me.")
    house.now = first.created_at + timedelta(minutes=5)
    health = client.get("/healthz").json()
    assert (health["comments_waiting"], health["comments_oldest"]) == (2, 300)
    counts = counted(paper.stand).splitlines()
    assert 'showcause_comments{part="waiting"} 2' in counts
    assert 'showcause_comments{part="unchecked"} 1' in counts
    assert "showcause_comments_oldest_seconds 300" in counts
    assert [line for line in counts if not LINE.fullmatch(line)] == []
    paper.accept(first)
    assert client.get("/healthz").json()["comments_waiting"] == 1


def test_a_house_without_a_section_says_nothing_of_comments(lone_paper: Paper) -> None:
    served = lone_paper.stand.pages.site
    served.comments = None  # type: ignore[attr-defined]  # the tests' house, as its pages see it
    assert "comments_waiting" not in lone_paper.client.get("/healthz").json()
    assert "showcause_comments" not in counted(lone_paper.stand)
