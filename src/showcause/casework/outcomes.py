"""What became of a campaign's orders: one effect leaf with a root over all items, not one leaf for each.

The leaf is written once nothing of the campaign is open any more: first when every order was applied, failed or was
cancelled, and again when all of it was given back, by a reversal or by its date. What happens to a single item besides
that (a retry later, a part given back on appeal) has an effect leaf of its own, as with any other decision.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from showcause.casework.log import ledger
from showcause.casework.log.confirmations import showing
from showcause.casework.ports import Ids
from showcause.domain.campaign import Campaign, CampaignItem, CampaignOutcome
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import Broken, Forgotten
from showcause.domain.lifecycle import EnforcementState
from showcause.domain.people import SYSTEM
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.campaign import Item, content_values
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Kind, Slot

IMPOSED, ENDED = "imposed", "ended"

OPEN = {
    IMPOSED: (EnforcementState.PENDING,),
    ENDED: (
        EnforcementState.PENDING,
        EnforcementState.APPLIED,
        EnforcementState.FAILED,
        EnforcementState.DRIFTED,
        EnforcementState.LIFTING,
    ),
}
"""In which states an order keeps a phase of its campaign open."""

EVENTS = {
    EnforcementState.PENDING: "pending",
    EnforcementState.APPLIED: "applied",
    EnforcementState.FAILED: "failed",
    EnforcementState.DRIFTED: "applied",
    EnforcementState.LIFTING: "lifting",
    EnforcementState.STUCK: "stuck",
    EnforcementState.CANCELLED: "void",
    EnforcementState.LIFTED: "lifted",
    EnforcementState.PERMANENT: "permanent",
}


def is_counted(tx: Tx, now: datetime, enforcement: Enforcement, about: Decision, event: str) -> bool:
    """Tell whether an outcome is committed to by its campaign's one effect leaf; queue that leaf after the last one.

    `about` is the decision that the effect is of. False: it needs a leaf of its own.
    """
    campaign = tx.get(Decision, enforcement.decision)
    if campaign.campaign is None or about.id not in (campaign.id, *_reversals(tx, campaign)):
        return False
    phase = ENDED if event in ("lifted", "stuck", "permanent") else IMPOSED
    if phase == ENDED and enforcement.ended_by not in ("end", about.id):
        return False
    about = about if phase == ENDED else campaign
    key = f"campaign-effects:{about.id}:{phase}"
    job = tx.find_job(key)
    if job is not None:
        return job.state == "ready"
    if not any(tx.first(Enforcement, decision=campaign.id, state=state) for state in OPEN[phase]):
        tx.job("campaign-effects", key, campaign.id, due=now, args={"about": about.id, "phase": phase})
    return True


def _reversals(tx: Tx, campaign: Decision) -> tuple[str, ...]:
    found = tx.first(Decision, supersedes=campaign.id)
    return (found.id,) if found else ()


def log(tx: Tx, now: datetime, ids: Ids, decision_id: str, about_id: str, phase: str) -> CampaignOutcome:
    """Log what became of all orders of a campaign in one effect leaf, with the number of items and the root."""
    campaign = tx.first(Campaign, decision=decision_id)
    if campaign is None:
        raise Broken(f"the decision {decision_id} is no campaign and has no effects in common")
    about, house, leaf = tx.get(Decision, about_id), ledger.house(tx), ids()
    states = {e.restriction: e for e in tx.find(Enforcement, decision=decision_id)}
    items = tx.find(CampaignItem, campaign=campaign.id)
    outcomes = [_outcome(tx, now, leaf, item, states[item.restriction]) for item in items]
    sealed = tx.seal(house, "outcomes", [[event, facts.hex()] for event, facts in outcomes])
    tree = [_tree_item(item, facts) for item, (_, facts) in zip(items, outcomes, strict=True)]
    event = {"minute": ledger.minute(now), "event": phase, "reference": about.reference}
    ledger.draft(
        tx,
        ledger.Draft(
            Kind.EFFECT,
            leaf,
            campaign.id,
            person=house,
            actor=house,
            values={Slot.CONTENT: content_values(tree), Slot.FACTS: event},
            re=about.leaf,
        ),
    )
    made = CampaignOutcome(leaf, campaign.id, about.id, phase, now, sealed)
    return tx.insert(made, verb="log", actor=SYSTEM)


def _outcome(
    tx: Tx, now: datetime, leaf: str, item: CampaignItem, enforcement: Enforcement
) -> tuple[str, bytes]:
    """Return an item's event, and the digest of its facts; a random one for whoever was forgotten."""
    event = EVENTS[enforcement.state]
    facts = item_facts(now, item, enforcement, event, showing(enforcement, event))
    try:
        return event, ledger.commitment(tx, f"{leaf}:{item.index}", item.owner, Slot.FACTS, facts).digest
    except Forgotten:
        return event, secrets.token_bytes(32)


def item_facts(
    now: datetime, item: CampaignItem, enforcement: Enforcement, event: str, said: str | None
) -> dict[str, Json]:
    """Return what a campaign's effect says of one item; `said` is what the connector signed about it."""
    return {
        "minute": ledger.minute(now),
        "event": event,
        "orders": [[enforcement.number, str(enforcement.measure), None]],
        "text": said,
        "reference": item.reference,
    }


def _tree_item(item: CampaignItem, facts: bytes) -> Item:
    subject, content, _ = (bytes.fromhex(digest) for digest in item.digests)
    return Item(item.index, (subject, content, facts))


def events(view: View, campaign: Campaign) -> dict[str, str]:
    """Return the last event that a campaign's effect leaves commit to, by restriction; {} while there is none."""
    logged: Sequence[CampaignOutcome] = view.find(CampaignOutcome, campaign=campaign.id)
    if not logged:
        return {}
    items = view.find(CampaignItem, campaign=campaign.id)
    outcomes = view.unseal(logged[-1].sealed)
    return {item.restriction: event for item, (event, _) in zip(items, outcomes, strict=True)}
