"""How long the line before the desk is."""

from datetime import timedelta

from showcause.comments.queue import Queue, queue
from showcause.comments.values import Mode
from tests.comments.conftest import Newsroom


def test_the_oldest_that_waits_tells_how_long_the_line_is(newsroom: Newsroom) -> None:
    assert queue(newsroom.section) == Queue(0, 0, None)
    newsroom.post("Seen at once.")
    newsroom.settings(mode=Mode.BEFORE)
    first = newsroom.post("Wait for me.")
    newsroom.post("And for me.")
    found = queue(newsroom.section)
    assert (found.waiting, found.unchecked, found.oldest) == (2, 1, first.created_at)
    assert found.age(first.created_at + timedelta(hours=2)) == 7200
    newsroom.accept(first)
    assert queue(newsroom.section).waiting == 1
