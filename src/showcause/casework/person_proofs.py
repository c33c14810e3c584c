"""The proof for the person concerned: of each decision of their affair, and of what came of it, opened for them."""

from showcause.casework.affairs import Affair, orders_of
from showcause.casework.log import receipts
from showcause.casework.log.item_receipts import Trees, item_proof
from showcause.domain.campaign import Campaign, CampaignItem
from showcause.domain.decision import Decision
from showcause.domain.errors import NotFound
from showcause.store.view import View

TREES = Trees()


def proof_of(view: View, affair: Affair, leaf: str, signed_note: str) -> str:
    """Return the `.tlog-proof` file of one decision of an affair, or of what came of one of its orders.

    Raises: NotFound for a leaf that is not of this affair; otherwise as `receipts.person_proof`.
    """
    decision = next((each for each in affair.decisions.values() if each.leaf == leaf), None)
    if decision is None:
        if not _is_effect(view, affair, leaf):
            raise NotFound("this entry of the log does not belong to this page")
        return receipts.person_proof(view, leaf, signed_note, affair.person)
    if decision.campaign is not None:
        return item_proof(view, _item(view, affair, decision), signed_note, TREES)
    return receipts.person_proof(view, leaf, signed_note, affair.person)


def _is_effect(view: View, affair: Affair, leaf: str) -> bool:
    """Tell whether an entry of the log says what came of an order of this affair."""
    orders = (order for decision in affair.decisions.values() for order in orders_of(view, affair, decision))
    return any(leaf in receipts.effects_of(view, order.id) for order in orders)


def _item(view: View, affair: Affair, decision: Decision) -> CampaignItem:
    """Return the item of a campaign that is proven: the one whose page this is, else the person's first."""
    campaign = view.first(Campaign, decision=decision.id)
    theirs = view.first(CampaignItem, campaign=campaign.id, owner=affair.person) if campaign else None
    found = affair.item or theirs
    if found is None:
        raise NotFound("no item of this campaign is this person's")
    return found
