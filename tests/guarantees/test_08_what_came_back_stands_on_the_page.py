"""Guarantee 8 on the page of the person concerned: the old notice stays, and what was lost is admitted beside it."""

from tests.web.conftest import stand
from tests.web.person.letters import read, reverse, suspended
from tests.web.stand import Stand

__all__ = ["stand"]


def test_who_was_wrongly_suspended_reads_what_came_back_what_did_not_and_the_notice_that_was_wrong(
    stand: Stand,  # the fixture
) -> None:
    stand.house.world.followers_lost = 100
    stand.house.account("spam-sam")
    stand.house.account("a-fan")
    stand.house.world.follow("a-fan", "spam-sam")
    _, path = suspended(stand)
    stand.client.post(f"{path}/appeal", {"text": "I was invited."})
    reverse(stand)
    page = read(stand.client.get(path))
    assert page.index("The mistake was ours") < page.index("What did not come back") < page.index("a-fan")
    assert "Your account spam-sam is suspended." in page
    assert "Everything that we had recorded before is back" not in page
