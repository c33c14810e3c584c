"""THE GATE: nothing is believed, and no order carried out, without these steps.

It imports no code of the log's writer, so that a fault there cannot excuse itself here.

`verify_receipt` takes a receipt and a pinned policy:

    (1) The receipt is within its bounds (its own constructor refuses anything else).
    (2) Its checkpoint is signed by a log of the policy under its own name, and cosigned by the quorum.
    (3) The leaf's bytes, as received, are included at the receipt's index under the checkpoint's root.
    (4) Those bytes are a leaf of showcause/v1 in canonical form.
    (5) Every opening recomputes the digest that stands in the leaf for its slot.
    (6) If the receipt is for an item of a campaign: the opened slot content commits to the item, and every
        opening of the item recomputes the digest that stands in the item.

`open_order` further takes the order that a connector is asked to carry out and the highest number that it
has durably carried out for this subject:

    (7) The leaf is of a kind that can restrict someone.
    (8) The opened subject is the order's platform, kind and reference. For an item of a campaign, the item's.
    (9) The leaf's numbers are of this connector and cover the order's number.
   (10) The opened orders contain this number once, with exactly the order's measure and end.
   (11) The number is above the highest one that was carried out for this subject.

Messages name fields and numbers, never values of a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from showcause.transparency.campaign import ITEM_SLOTS, verify_item
from showcause.transparency.checkpoint import Checkpoint
from showcause.transparency.commitments import Opening, check, order_entry
from showcause.transparency.errors import Malformed, Mismatched, Replayed, Unverified
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import RESTRICTING, SLOTS, Leaf, Numbers, Slot, decode, known
from showcause.transparency.merkle import leaf_hash, verify_inclusion
from showcause.transparency.policy import Policy, evaluate
from showcause.transparency.receipt import ItemReceipt, Receipt

Fields = Mapping[Slot, Mapping[str, Json]]


@dataclass(frozen=True, slots=True)
class Order:
    """What a connector is asked to do to one subject; `until` is an aware UTC time of whole seconds, None: no end."""

    platform: str
    kind: str
    ref: str
    measure: str
    until: datetime | None
    number: int
    connector: str


@dataclass(frozen=True, slots=True)
class VerifiedItem:
    """An item of a campaign that the leaf commits to, and the values of its opened fields."""

    index: int
    opened: Fields


@dataclass(frozen=True, slots=True)
class VerifiedLeaf:
    """A leaf that is in the log, with the values of its opened fields.

    `witnesses` maps the policy's names of those who cosigned to the POSIX seconds at which they say they
    saw it.
    """

    leaf: Leaf
    index: int
    checkpoint: Checkpoint
    log: str
    witnesses: Mapping[str, int]
    opened: Fields
    item: VerifiedItem | None = None

    @property
    def concerned(self) -> Fields:
        """The opened fields of the one subject that the receipt is about: the item's, else the leaf's."""
        return self.item.opened if self.item else self.opened


def verify_receipt(receipt: Receipt, policy: Policy) -> VerifiedLeaf:
    """Give what the receipt proves, by steps (1) to (6) of this module.

    Raises: Malformed; Unverified, with the reason.
    """
    # (2)
    trusted = evaluate(policy, receipt.checkpoint)
    tree = trusted.checkpoint
    # (3)
    verify_inclusion(leaf_hash(receipt.leaf), receipt.index, tree.size, receipt.hashes, tree.root)
    # (4)
    leaf = decode(receipt.leaf)
    # (5)
    opened = _open(receipt.openings, dict(zip(SLOTS, leaf.slots, strict=True)))
    # (6)
    item = _verify_item(receipt.item, opened) if receipt.item else None
    return VerifiedLeaf(leaf, receipt.index, tree, trusted.log.name, trusted.witnesses, opened, item)


def open_order(receipt: Receipt, order: Order, policy: Policy, last_number: int) -> VerifiedLeaf:
    """Give the leaf that commands this very order, by steps (1) to (11); nothing else may open a connector.

    `last_number` is the highest number durably carried out for this subject; 0 if none. Raises: Malformed;
    Unverified, as Mismatched when the receipt is for another order, as Replayed when it is an old one.
    """
    verified = verify_receipt(receipt, policy)
    # (7)
    if known(verified.leaf) not in RESTRICTING:
        raise Mismatched(f"a leaf of kind {verified.leaf.kind} restricts nobody")
    # (8)
    subject = verified.concerned.get(Slot.SUBJECT, {})
    for field, wanted in (("platform", order.platform), ("kind", order.kind), ("ref", order.ref)):
        if field not in subject:
            raise Unverified(f"the receipt does not open the subject's {field}")
        if subject[field] != wanted:
            raise Mismatched(f"the receipt is for another subject: {field} differs")
    # (9)
    numbers = verified.leaf.numbers
    if numbers is None or numbers.connector != order.connector:
        raise Mismatched("the receipt has no order for this connector")
    if not numbers.first <= order.number <= numbers.last:
        raise Mismatched(
            f"the receipt is for orders {numbers.first} to {numbers.last}, not for {order.number}"
        )
    # (10)
    orders = _orders(verified, numbers)
    if orders.get(order.number) != order_entry(order.number, order.measure, order.until):
        raise Mismatched(f"the receipt commands another measure or end than order {order.number}")
    # (11)
    if order.number <= last_number:
        raise Replayed(
            f"order {order.number} is not above {last_number}, carried out before for this subject"
        )
    return verified


def _open(openings: Sequence[Opening], digests: Mapping[Slot, bytes]) -> Fields:
    opened: dict[Slot, Mapping[str, Json]] = {}
    for opening in openings:
        if opening.slot not in digests:
            raise Malformed(f"an item has no slot {opening.slot}")
        opened[opening.slot] = check(opening, digests[opening.slot])
    return opened


def _verify_item(item: ItemReceipt, opened: Fields) -> VerifiedItem:
    verify_item(item.item, item.hashes, dict(opened.get(Slot.CONTENT, {})))
    return VerifiedItem(
        item.item.index, _open(item.openings, dict(zip(ITEM_SLOTS, item.item.slots, strict=True)))
    )


def _orders(verified: VerifiedLeaf, numbers: Numbers) -> dict[int, list[Json]]:
    """Give the opened orders by number: those of the whole leaf, or those of its campaign's one item."""
    value = verified.concerned.get(Slot.FACTS, {}).get("orders")
    if not isinstance(value, list):
        raise Unverified("the receipt does not open its orders")
    orders: dict[int, list[Json]] = {}
    for entry in value:
        if not isinstance(entry, list) or len(entry) != 3 or type(entry[0]) is not int or entry[0] in orders:
            raise Malformed("the opened orders are not a list of number, measure and end, each number once")
        orders[entry[0]] = entry
    covered = range(numbers.first, numbers.last + 1)
    # A campaign's leaf covers the numbers of all items, any other leaf exactly its own.
    complete = verified.item is not None or len(orders) == numbers.count
    if not complete or any(number not in covered for number in orders):
        raise Mismatched("the opened orders are not the numbers that the leaf shows")
    return orders
