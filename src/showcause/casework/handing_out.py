"""Proofs that a platform's programs fetch: an order's receipt for the check on their side, a person's own proof."""

from showcause.casework.log import item_receipts, receipts
from showcause.casework.programs import not_theirs, theirs
from showcause.domain.campaign import Campaign, CampaignItem
from showcause.domain.decision import Decision
from showcause.domain.errors import Unsupported
from showcause.domain.statement import Statement
from showcause.store.view import View
from showcause.transparency.receipt import to_json


def receipt_of_orders(view: View, platform: str, leaf: str, signed_note: str) -> bytes:
    """Return the receipt of a decision's orders as JSON, with the subject and the orders opened.

    Raises: NotFound, also for another platform's; Unsupported for a campaign, whose items have receipts of their own;
    NotYetSigned; Fenced; Forgotten.
    """
    decision = theirs(view, Decision, "entry of the log", platform, leaf=leaf)
    if decision.campaign is not None:
        raise Unsupported(
            "a campaign has one receipt for each of its orders", "Fetch them with the orders: `GET /orders`."
        )
    return to_json(receipts.order_receipt(view, leaf, signed_note))


def proof_of(view: View, platform: str, reference: str, signed_note: str) -> str:
    """Return the `.tlog-proof` file that belongs to a statement, an item of a campaign, or a decision's person.

    Raises: NotFound, also for another platform's; NotYetSigned; Fenced; Forgotten.
    """
    item = view.first(CampaignItem, reference=reference)
    if item is not None:
        decided = view.get(Decision, view.get(Campaign, item.campaign).decision)
        if decided.platform == platform:
            return item_receipts.item_proof(view, item, signed_note, item_receipts.Trees())
    statement = view.first(Statement, reference=reference)
    decision = view.get(Decision, statement.decision) if statement is not None else None
    if statement is None or decision is None or decision.platform != platform:
        raise not_theirs("statement")
    return receipts.person_proof(view, decision.leaf, signed_note, statement.person)
