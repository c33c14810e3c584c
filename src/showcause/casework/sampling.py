"""The sample of a campaign: a random 200 of its items, or all if fewer, each looked at by a person.

Whoever finds an item that should not have been hit reverses that item alone; the rest of the campaign stands.
"""

from dataclasses import dataclass
from datetime import datetime

from showcause.casework import cascading
from showcause.casework.ports import Ids
from showcause.casework.reading import person
from showcause.domain.campaign import Campaign, CampaignItem, Review, check_review
from showcause.domain.decision import Cause, Decision
from showcause.domain.enforcement import Enforcement, ending_event
from showcause.domain.errors import BadInput
from showcause.domain.lifecycle import DecisionState
from showcause.domain.restriction import Restriction
from showcause.domain.subject import check_text
from showcause.store.tx import Tx
from showcause.store.view import View

MOST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the review of a campaign's sample has come, in items."""

    items: int
    sampled: int
    agreed: int
    reversed: int

    @property
    def waiting(self) -> int:
        """Return how many of the sample nobody has looked at yet."""
        return self.sampled - self.agreed - self.reversed


def progress(view: View, campaign_id: str) -> Progress:
    """Return how far the review of a campaign's sample has come.

    Raises: NotFound.
    """

    def found(**what: object) -> int:
        return view.count(CampaignItem, campaign=campaign_id, sampled=True, **what)

    agreed, reversed_ = found(review=Review.AGREED), found(review=Review.REVERSED)
    return Progress(view.get(Campaign, campaign_id).count, found(), agreed, reversed_)


def waiting(view: View, campaign_id: str, limit: int = 50) -> list[CampaignItem]:
    """Return items of the sample that nobody has looked at yet."""
    return view.find(CampaignItem, campaign=campaign_id, sampled=True, review=Review.NONE, limit=limit)


def agree(tx: Tx, now: datetime, ids: Ids, item_id: str, by: str) -> CampaignItem:
    """Record that a person looked at an item of the sample and found the decision right.

    Raises: IllegalStep, NotPermitted, SamePerson.
    """
    return _record(tx, now, item_id, by, Review.AGREED)


def reverse(tx: Tx, now: datetime, ids: Ids, item_id: str, by: str, reason: str) -> CampaignItem:
    """Record that a person found an item of the sample wrongly hit, with the reason, and give that item back.

    Raises: BadInput without a reason; IllegalStep, NotPermitted, SamePerson.
    """
    said = check_text("reason", reason, MOST_REASON)
    if not said.strip():
        raise BadInput("an item is given back with a reason", "Say in a sentence what was overlooked.")
    item = _record(tx, now, item_id, by, Review.REVERSED)
    who = person(tx, by)
    tx.note("review", who.id, item.id, "campaign-item", because=tx.seal(who.owner, "review", {"text": said}))
    decision = tx.get(Decision, tx.get(Campaign, item.campaign).decision)
    enforcement = tx.first(Enforcement, restriction=item.restriction)
    if decision.state is DecisionState.IN_FORCE and enforcement and ending_event(enforcement) is not None:
        part = (tx.get(Restriction, item.restriction),)
        lift = cascading.record_lift(tx, now, ids, decision, Cause.CASE, by=who.id, part=part)
        cascading.take_force(tx, now, ids, lift)
    return item


def _record(tx: Tx, now: datetime, item_id: str, by: str, found: Review) -> CampaignItem:
    who, item = person(tx, by), tx.get(CampaignItem, item_id)
    check_review(item, tx.get(Decision, tx.get(Campaign, item.campaign).decision), who)
    return tx.update(item, verb="review", actor=who.id, review=found, reviewed_by=who.id, reviewed_at=now)
