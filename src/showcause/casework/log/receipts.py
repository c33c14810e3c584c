"""Receipts: the path from one leaf to a signed head, and the openings that its holder may see.

What is opened depends on who gets it. A connector learns the subject and the orders, nothing else. The person concerned
gets everything that was committed under their own key. Every receipt is checked here before it leaves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from showcause.casework.log import ledger
from showcause.casework.log.tree import Nodes
from showcause.domain.errors import Fenced, LogInconsistent, NotFound, NotPermitted, NotYetSigned
from showcause.domain.logbook import LeafNote
from showcause.store.view import View
from showcause.transparency.campaign import Item, item_path
from showcause.transparency.checkpoint import Checkpoint, parse_checkpoint
from showcause.transparency.commitments import Opening
from showcause.transparency.errors import LogError
from showcause.transparency.leaf import FIELDS, Kind, Slot
from showcause.transparency.merkle import inclusion_proof, leaf_hash, verify_inclusion
from showcause.transparency.note import parse_note
from showcause.transparency.receipt import ItemReceipt, Receipt, to_proof

Wanted = Mapping[Slot, tuple[str, ...] | None]
"""Which fields of which slots are opened; None opens all fields of a slot."""

FOR_A_CONNECTOR: Wanted = {Slot.SUBJECT: FIELDS[Slot.SUBJECT], Slot.FACTS: ("orders",)}
"""What the gate needs to bind a receipt to its order, and no more."""


def receipt_for(
    view: View, leaf_id: str, signed_note: str, opened: Wanted, nodes: Nodes | None = None
) -> Receipt:
    """Return the receipt of a leaf under a signed head, with some fields opened.

    Raises: NotYetSigned when the head does not cover the leaf yet; Fenced when the leaf waits without a place;
    NotFound; Forgotten when the key of somebody concerned was destroyed; LogInconsistent.
    """
    index, checkpoint = _place(view, leaf_id), _checkpoint(signed_note)
    if index >= checkpoint.size:
        raise NotYetSigned(f"entry {index} of the log is not under a signature yet")
    leaf = view.log.leaf(index)
    try:
        path = inclusion_proof(index, checkpoint.size, (nodes or Nodes()).reader(view.log))
        verify_inclusion(leaf_hash(leaf or b""), index, checkpoint.size, path, checkpoint.root)
    except LogError as error:
        raise LogInconsistent(f"the rows do not prove entry {index}: {error.message}") from None
    return Receipt(leaf or b"", index, path, signed_note, _open(view, leaf_id, opened))


def order_receipt(view: View, leaf_id: str, signed_note: str, nodes: Nodes | None = None) -> Receipt:
    """Return what a connector needs to carry out a leaf's orders: subject and orders opened, nothing else.

    Raises: see `receipt_for`.
    """
    return receipt_for(view, leaf_id, signed_note, FOR_A_CONNECTOR, nodes)


def item_receipt(
    view: View,
    leaf_id: str,
    signed_note: str,
    items: Sequence[Item],
    index: int,
    openings: Sequence[Opening],
    nodes: Nodes | None = None,
) -> Receipt:
    """Return the receipt of one item of a campaign: its path to the leaf, and the leaf's to the signed head.

    `items` are all items of the campaign in order, `openings` those of this item that its holder may see; of the
    leaf itself nothing but the commitment to the items is opened, since its other fields may name others.

    Raises: see `receipt_for`.
    """
    path = item_path(items, index)
    return receipt_of_item(
        view, leaf_id, signed_note, ItemReceipt(items[index], path, tuple(openings)), nodes
    )


def receipt_of_item(
    view: View, leaf_id: str, signed_note: str, item: ItemReceipt, nodes: Nodes | None = None
) -> Receipt:
    """Return the receipt of one item whose path is known already; see `item_receipt`."""
    whole = receipt_for(view, leaf_id, signed_note, {Slot.CONTENT: ("count", "root")}, nodes)
    return replace(whole, item=item)


def person_receipt(
    view: View, leaf_id: str, signed_note: str, owner: str, nodes: Nodes | None = None
) -> Receipt:
    """Return a leaf's receipt with everything opened that was committed under this owner's key.

    Raises: NotPermitted when nothing in the leaf is theirs; see also `receipt_for`.
    """
    note = _note(view, leaf_id)
    theirs = [part.slots for part in note.parts if part.owner == owner]
    if not theirs:
        raise NotPermitted("nothing in this entry of the log was committed under this person's key")
    wanted: Wanted = {Slot(slot): None for slots in theirs for slot in slots}
    return receipt_for(view, leaf_id, signed_note, wanted, nodes)


def person_proof(view: View, leaf_id: str, signed_note: str, owner: str) -> str:
    """Return the `.tlog-proof` file for the person concerned, with all of their openings; see `person_receipt`."""
    return to_proof(person_receipt(view, leaf_id, signed_note, owner))


def effects_of(view: View, enforcement_id: str) -> list[str]:
    """Return the ids of an order's own entries that say what came of it, oldest first."""
    return [note.id for note in view.find(LeafNote, about=enforcement_id) if note.kind == Kind.EFFECT]


def last_effect(view: View, enforcement_id: str) -> str:
    """Return the id of the entry that says what came of an order last.

    Raises: NotFound when nothing came of it yet, or it is told in the one entry of its campaign.
    """
    found = effects_of(view, enforcement_id)
    if not found:
        raise NotFound("nothing came of this order yet that has an entry of its own in the log")
    return found[-1]


def _place(view: View, leaf_id: str) -> int:
    index = view.log.index_of(leaf_id)
    if index is not None:
        return index
    _note(view, leaf_id)
    if view.log.state().fenced or view.log.queued():
        raise Fenced("this entry waits for its place in the log, because the log is fenced")
    raise LogInconsistent(f"the entry {leaf_id} was written and is not in the log")


def _checkpoint(signed_note: str) -> Checkpoint:
    return parse_checkpoint(parse_note(signed_note).text)


def _note(view: View, leaf_id: str) -> LeafNote:
    found = view.first(LeafNote, id=leaf_id)
    if found is None:
        raise NotFound(f"the log has no entry {leaf_id[:64]!r}", "Check the id in the letter or on the page.")
    return found


def _open(view: View, leaf_id: str, opened: Wanted) -> tuple[Opening, ...]:
    return tuple(ledger.open_slots(view, _note(view, leaf_id), opened)) if opened else ()
