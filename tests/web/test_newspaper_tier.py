"""A newspaper's comment section is a hosting service: what follows from that is done, and stands on pages in words."""

from showcause.casework import founding
from showcause.domain.lifecycle import FilingState
from tests.web.stand import Stand


def test_a_newspapers_statements_are_served_and_not_filed_and_can_be_appealed(stand: Stand) -> None:
    stand.house.run(founding.change_setting, "tier", "newspaper", "ada")
    told = stand.house.statement_of(stand.house.suspended())
    assert told.filing is FilingState.EXEMPT
    assert told.window_until is not None, "an appeal is possible, although no article demands it"


def test_an_online_platforms_statements_wait_to_be_filed(stand: Stand) -> None:
    stand.house.run(founding.change_setting, "tier", "platform", "ada")
    assert stand.house.statement_of(stand.house.suspended()).filing is FilingState.DUE


def test_the_pages_that_state_the_tier_say_what_follows_from_it(stand: Stand) -> None:
    stand.house.run(founding.change_setting, "tier", "newspaper", "ada")
    stand.publish()
    for address in ("/", "/rules/"):
        page = stand.client.get(address).content.decode()
        assert "Article 16 of the Digital Services Act" in page
        assert "do not bind it" in page
        french = stand.client.get(address, HTTP_ACCEPT_LANGUAGE="fr").content.decode()
        assert "service d’hébergement" in french


def test_other_services_say_their_size_and_no_more(stand: Stand) -> None:
    stand.publish()
    page = stand.client.get("/").content.decode()
    assert "very few people run it" in page
    assert "Digital Services Act" not in page
