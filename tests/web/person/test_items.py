"""One item among many: found by its reference, with a statement of its own, open to appeal on its own."""

from pathlib import Path

import pytest

from showcause.domain.appeal import Appeal
from showcause.domain.campaign import CampaignItem
from showcause.domain.decision import Decision
from showcause.transparency.receipt import from_proof
from showcause.transparency.verify import verify_receipt
from tests.casework import floods
from tests.web.person.letters import newest_link, open_address, read, reverse
from tests.web.stand import Stand


@pytest.fixture
def flooded(stand: Stand) -> list[CampaignItem]:
    """A campaign over 101 posts of one author, to whom the law asks for no letter."""
    open_address(stand)
    floods.decide(stand.house)
    return stand.house.all(CampaignItem)


def test_a_visitor_of_an_item_finds_its_statement_by_the_reference_and_appeals_for_it_alone(
    stand: Stand, flooded: list[CampaignItem], tmp_path: Path
) -> None:
    item = flooded[7]
    found = stand.client.post("/s/", {"reference": item.reference})
    assert found.status_code == 302
    path = found["Location"]
    page = read(stand.client.get(path))
    assert "Something of yours was hidden on" in page
    assert "We found 101 items of the same kind" in page
    stand.client.post(f"{path}/appeal", {"text": "This one was an invitation."})
    [appeal] = stand.house.all(Appeal)
    assert appeal.item == item.index
    proof = stand.client.get(f"{path}/proof/{leaf_of(stand)}").content
    believed = verify_receipt(from_proof(proof), stand.house.trusted)
    assert believed.item is not None
    assert believed.item.index == item.index

    reverse(stand, reason="It was one.")
    page = read(stand.client.get(path))
    assert "The decision about you was reversed on" in page
    assert "Do not flood other people" in page, "the old notice stays"
    assert "It was one." in page
    told = read(stand.client.get(newest_link(stand, "flooder-0")))
    assert "Do not flood other people" in told, "the letter of the reversal leads to both notices, too"
    other = stand.client.post("/s/", {"reference": flooded[8].reference})["Location"]
    assert "The decision about you was reversed" not in read(stand.client.get(other))


def leaf_of(stand: Stand) -> str:
    """Return the leaf of the campaign's decision."""
    [found] = [each for each in stand.house.all(Decision) if each.campaign is not None]
    return found.leaf
