"""Receipts of single items of a campaign, for the connector that carries one out and for the person whose it is."""

from collections import OrderedDict
from collections.abc import Mapping

from showcause.casework import itemising
from showcause.casework.log import receipts
from showcause.casework.log.tree import Nodes
from showcause.domain.campaign import Campaign, CampaignItem
from showcause.domain.decision import Decision
from showcause.store.view import View
from showcause.transparency.campaign import ITEM_SLOTS, encode_item
from showcause.transparency.leaf import FIELDS, Slot
from showcause.transparency.merkle import HashAt, in_memory, inclusion_proof, leaf_hash
from showcause.transparency.receipt import ItemReceipt, Receipt, to_proof

KEPT = 4
"""How many campaigns' trees are kept: 64 bytes for each item, 3 MB for the largest."""

FOR_A_CONNECTOR: Mapping[Slot, tuple[str, ...] | None] = {
    Slot.SUBJECT: FIELDS[Slot.SUBJECT],
    Slot.FACTS: ("orders",),
}
FOR_THE_PERSON: Mapping[Slot, tuple[str, ...] | None] = dict.fromkeys(ITEM_SLOTS)


class Trees:
    """The trees over the items of the last few campaigns, which never change: each is hashed once, not once an item."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, HashAt] = OrderedDict()

    def path(self, view: View, item: CampaignItem) -> tuple[bytes, ...]:
        """Return the path of an item to the root that the campaign's leaf commits to."""
        if item.campaign not in self._kept:
            items = view.find(CampaignItem, campaign=item.campaign)
            hashes = [leaf_hash(encode_item(itemising.tree_item(each))) for each in items]
            self._kept[item.campaign] = in_memory(hashes)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        count = view.get(Campaign, item.campaign).count
        return inclusion_proof(item.index, count, self._kept[item.campaign])


def item_order_receipt(
    view: View, item: CampaignItem, leaf_id: str, signed_note: str, trees: Trees, nodes: Nodes | None = None
) -> Receipt:
    """Return what a connector needs to carry out one item's order: its subject and its order opened, nothing else.

    Raises: as `receipts.receipt_for`.
    """
    return _receipt(view, item, leaf_id, signed_note, trees, FOR_A_CONNECTOR, nodes)


def item_proof(view: View, item: CampaignItem, signed_note: str, trees: Trees) -> str:
    """Return the `.tlog-proof` file for the person whose item it is: everything of the item opened.

    Raises: as `receipts.receipt_for`.
    """
    leaf = view.get(Decision, view.get(Campaign, item.campaign).decision).leaf
    return to_proof(_receipt(view, item, leaf, signed_note, trees, FOR_THE_PERSON, None))


def _receipt(
    view: View,
    item: CampaignItem,
    leaf_id: str,
    signed_note: str,
    trees: Trees,
    wanted: Mapping[Slot, tuple[str, ...] | None],
    nodes: Nodes | None,
) -> Receipt:
    opened = tuple(itemising.openings(view, item, wanted))
    of_item = ItemReceipt(itemising.tree_item(item), trees.path(view, item), opened)
    return receipts.receipt_of_item(view, leaf_id, signed_note, of_item, nodes)
