"""Campaigns: every item of one decision over many opens the gate for its own order, and for nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.transparency import campaign, leaf, receipt, verify
from showcause.transparency.commitments import Opening
from showcause.transparency.errors import LogError, Malformed, Mismatched, Unverified
from showcause.transparency.kinds import Slot
from tests.transparency.logs import R0, Campaign, Decision, Log, mixed_log, secret

ONE = Decision(number=3)
FLOOD = Campaign(count=9, first=11)
FLOOD_LOG = Log([*mixed_log(3).entries, leaf.encode(FLOOD.leaf()), *mixed_log(2).entries])
CONTENT = FLOOD.content().opening(["count", "root"])


@pytest.mark.parametrize("index", range(9))
def test_each_item_of_a_campaign_opens_the_gate_for_its_own_order(index: int) -> None:
    found = FLOOD_LOG.receipt(3, [CONTENT], FLOOD.item_receipt(index))
    verified = verify.open_order(found, FLOOD.order(index), R0, 0)
    assert verified.item is not None
    assert verified.item.index == index
    for other in set(range(9)) - {index}:
        with pytest.raises(Mismatched):
            verify.open_order(found, FLOOD.order(other), R0, 0)


ITEM = FLOOD.item_receipt(4)


@pytest.mark.parametrize(
    "openings, item",
    [
        ((), ITEM),
        ((FLOOD.content().opening(["count"]),), ITEM),
        ((FLOOD.content().opening(["root"]),), ITEM),
        ((CONTENT,), replace(ITEM, hashes=ITEM.hashes[1:])),
        ((CONTENT,), replace(ITEM, hashes=())),
        ((CONTENT,), replace(ITEM, item=replace(ITEM.item, index=5))),
        ((CONTENT,), replace(ITEM, item=replace(ITEM.item, index=9))),
        ((CONTENT,), replace(ITEM, item=Campaign(9, 11, "other").items()[4])),
        ((CONTENT,), replace(ITEM, openings=FLOOD.item_receipt(5).openings)),
        ((CONTENT,), replace(ITEM, openings=(ONE.commitment(Slot.FACETS).opening(),))),
        ((Campaign(9, 11, "other").content().opening(),), ITEM),
    ],
)
def test_an_item_that_the_leaf_does_not_commit_to_proves_nothing(
    openings: tuple[Opening, ...], item: receipt.ItemReceipt
) -> None:
    with pytest.raises(LogError):
        verify.verify_receipt(FLOOD_LOG.receipt(3, openings, item), R0)


def test_an_item_whose_number_is_outside_the_leafs_range_opens_nothing() -> None:
    narrow = replace(FLOOD.leaf(), numbers=leaf.Numbers("matrix", 11, 4))
    found = Log([leaf.encode(narrow)]).receipt(0, [CONTENT], ITEM)
    with pytest.raises(Mismatched):
        verify.open_order(found, FLOOD.order(4), R0, 0)


@given(st.integers(1, 40), st.data())
def test_every_item_of_a_campaign_of_any_size_is_proven(count: int, data: st.DataObject) -> None:
    items = [campaign.Item(i, (secret(i, 1), secret(i, 2), secret(i, 3))) for i in range(count)]
    content = campaign.content_values(items)
    index = data.draw(st.integers(0, count - 1))
    campaign.verify_item(items[index], campaign.item_path(items, index), content)
    assert campaign.decode_item(campaign.encode_item(items[index])) == items[index]


@pytest.mark.parametrize(
    "count, root", [(True, "00" * 32), ("9", "00" * 32), (9, None), (9, "zz"), (None, None), (-1, "00" * 32)]
)
def test_a_commitment_to_items_of_another_form_is_refused(count: object, root: object) -> None:
    with pytest.raises(LogError):
        campaign.verify_item(ITEM.item, ITEM.hashes, {"count": count, "root": root})  # type: ignore[dict-item]


def test_a_campaign_of_true_items_is_not_one_of_one_item() -> None:
    one = campaign.Item(0, (secret(1), secret(2), secret(3)))
    content = campaign.content_values([one])
    campaign.verify_item(one, (), content)
    with pytest.raises(Unverified):
        campaign.verify_item(one, (), {**content, "count": True})


@pytest.mark.parametrize("change", [b"", b" ", b"{}", b"\xff", b"9" * 600])
def test_bytes_that_are_no_item_are_refused(change: bytes) -> None:
    for data in (change, campaign.encode_item(ITEM.item) + change if change else b"x"):
        with pytest.raises(Malformed):
            campaign.decode_item(data)


def test_the_items_of_a_campaign_are_numbered_without_gaps() -> None:
    with pytest.raises(Malformed):
        campaign.items_root(FLOOD.items()[1:])
