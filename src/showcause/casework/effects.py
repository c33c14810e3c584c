"""What an order or a lift came to: logged once, and told to whom it was given back."""

from dataclasses import replace
from datetime import datetime

from showcause.casework import letters, outcomes, telling, wording
from showcause.casework.log import decision_leaf, ledger
from showcause.casework.ports import Ids, Restored
from showcause.domain.campaign import Campaign, CampaignItem
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.lifecycle import (
    EnforcementState,
)
from showcause.domain.people import Moderator
from showcause.domain.site import LetterKind
from showcause.domain.subject import SubjectRecord
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Kind, Slot


def item_of(view: View, enforcement: Enforcement) -> CampaignItem | None:
    """Return the item of a campaign that an order is for; None for any other order."""
    return view.first(CampaignItem, restriction=enforcement.restriction)


def comparison(tx: Tx, enforcement: Enforcement, restored: Restored | None) -> dict[str, object]:
    if restored is None:
        return {}
    owner = tx.get(SubjectRecord, enforcement.subject).owner
    value = {"restored": list(restored.restored), "lost": list(restored.lost)}
    return {"restored": tx.seal(owner, "restored", value), "lost": len(restored.lost)}


def tell_restored(
    tx: Tx, now: datetime, ids: Ids, enforcement: Enforcement, restored: Restored, *, compared: bool
) -> None:
    """Tell the person what came back; nothing is told when the measure only gave way to another one."""
    decision = tx.get(Decision, enforcement.decision)
    if _is_continued(tx, enforcement) or not _is_told(tx, enforcement):
        return
    if (item := item_of(tx, enforcement)) is not None:
        decision = replace(decision, reference=item.reference)
    said: list[wording.Said] = []
    if enforcement.ended_by == "end":
        said += letters.ended(decision, now)
    said += letters.restoration(restored.restored, restored.lost, compared=compared)
    person_ = tx.get(SubjectRecord, enforcement.subject)
    telling.letter(
        tx,
        now,
        ids,
        LetterKind.RESTORATION,
        account=person_.author or person_.id,
        about=enforcement.id,
        language=decision.language,
        sentences=said,
        reference=decision.reference,
    )


def _is_told(tx: Tx, enforcement: Enforcement) -> bool:
    """Tell whether the person hears of the end: not where nobody was sent a statement, unless they appealed."""
    campaign = tx.first(Campaign, decision=enforcement.decision)
    if campaign is None or campaign.pushed:
        return True
    ender = tx.first(Decision, id=enforcement.ended_by) if enforcement.ended_by else None
    return ender is not None and ender.appeal is not None and ender.part_of is not None


def _is_continued(tx: Tx, enforcement: Enforcement) -> bool:
    """Tell whether another order for the same subject and measure stands, so that nothing was given back."""
    same = tx.find(Enforcement, subject=enforcement.subject, measure=enforcement.measure)
    standing = (EnforcementState.PENDING, EnforcementState.APPLIED)
    return any(other.id != enforcement.id and other.state in standing for other in same)


def log_effect(
    tx: Tx, now: datetime, ids: Ids, enforcement: Enforcement, event: str, confirmation: str = ""
) -> None:
    """Log the one outcome of an order: applied, failed or void; and of a lift: lifted, stuck or permanent.

    `confirmation` is what the connector signed about it; the leaf commits to all of it.
    """
    decision = tx.get(Decision, enforcement.decision)
    about = decision
    if enforcement.ended_by and (later := tx.first(Decision, id=enforcement.ended_by)) and event != "applied":
        about = later
    if outcomes.is_counted(tx, now, enforcement, about, event):
        return
    facts: dict[str, Json] = {
        "minute": ledger.minute(now),
        "event": event,
        "orders": [[enforcement.number, str(enforcement.measure), None]],
        "text": confirmation or None,
        "reference": about.reference,
    }
    owner = tx.get(SubjectRecord, enforcement.subject).owner
    proposer = tx.first(Moderator, id=about.proposer)
    ledger.draft(
        tx,
        ledger.Draft(
            Kind.EFFECT,
            ids(),
            enforcement.id,
            person=owner,
            actor=proposer.owner if proposer else ledger.house(tx),
            values={Slot.SUBJECT: decision_leaf.subject_values(tx, enforcement.subject), Slot.FACTS: facts},
            re=about.leaf,
        ),
    )
