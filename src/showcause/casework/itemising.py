"""The items of a campaign decision in transaction B: numbers, orders, salted commitments, and the root over them.

Every item is salted from the key of the person whose it is, under a random id of its own, so that one person's opening
says nothing about the next, and forgetting one person closes one item. What they have in common (the clause, the facts
that all copies share) is the house's.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from showcause.casework.log import ledger
from showcause.casework.ports import Ids
from showcause.casework.reading import reference
from showcause.domain.campaign import Campaign, CampaignItem, exemption, sample
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement, ending_event, step
from showcause.domain.errors import Forgotten
from showcause.domain.lifecycle import ENFORCEMENT, EnforcementEvent
from showcause.domain.people import SYSTEM
from showcause.domain.restriction import Restriction
from showcause.domain.site import ConnectedPlatform
from showcause.domain.subject import Subject, SubjectRecord
from showcause.store import bulk
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.campaign import ITEM_SLOTS, Item, items_root
from showcause.transparency.commitments import Commitment, Opening, order_entry
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Slot

Values = Mapping[Slot, Mapping[str, Json]]


@dataclass(frozen=True, slots=True)
class Hit:
    """A subject that a campaign hits, with the platform's own reference."""

    record: SubjectRecord
    ref: str

    @property
    def subject(self) -> Subject:
        """Return the subject itself."""
        return Subject(self.record.platform, self.record.kind, self.ref)

    @property
    def account(self) -> str:
        """Return the record of the account that is told: the author's, or its own while nobody knows the author."""
        return self.record.author or self.record.id


@dataclass(frozen=True, slots=True)
class Itemised:
    """The items that a campaign decision imposed something on, each with its restriction, in the order of numbers."""

    campaign: Campaign
    items: Sequence[CampaignItem]
    restrictions: Sequence[Restriction]
    hits: Sequence[Hit]

    @property
    def content(self) -> dict[str, Json]:
        """Return the fields of the leaf's slot `content`, which commit to the items."""
        return {"count": self.campaign.count, "root": self.campaign.root}


def hits(view: View, decision: Decision) -> list[Hit]:
    """Return whom a campaign decision hits, in the proposal's order; who was forgotten meanwhile is left out."""
    ids = view.unseal(decision.campaign or "")
    known = bulk.find_all(view, SubjectRecord, ids)
    refs = bulk.unseal_all(view, [known[id_].ref for id_ in ids])
    return [Hit(known[id_], sealed["ref"]) for id_, sealed in zip(ids, refs, strict=True) if sealed]


def impose(
    tx: Tx, now: datetime, ids: Ids, decision: Decision, at: ConnectedPlatform, until: datetime | None
) -> Itemised:
    """Insert one restriction, pending enforcement and item for every subject of a campaign, and queue the orders.

    Raises: Forgotten when nobody of the campaign is left.
    """
    found = hits(tx, decision)
    if not found:
        raise Forgotten("everybody whom this campaign would hit was forgotten meanwhile")
    act, first = decision.acts[0], at.last_number + 1
    restrictions = [
        Restriction(
            *(ids(), decision.id, hit.record.id, decision.platform, act.measure, until, act.territories),
            number=number,
        )
        for number, hit in enumerate(found, start=first)
    ]
    campaign_id = ids()
    items = _items(tx, now, ids, campaign_id, found, restrictions)
    pushed = exemption(decision, act.measure) is None
    root = items_root([tree_item(item) for item in items]).hex()
    campaign = Campaign(campaign_id, decision.id, len(items), root, first, now, pushed)
    tx.update(at, verb="number", actor=SYSTEM, last_number=at.last_number + len(items))
    tx.insert(campaign, verb="itemise", actor=SYSTEM)
    bulk.insert_all(tx, restrictions, verb="impose", actor=SYSTEM)
    bulk.insert_all(tx, items, verb="itemise", actor=SYSTEM)
    _order(tx, now, ids, restrictions)
    return Itemised(campaign, items, restrictions, found)


def _order(tx: Tx, now: datetime, ids: Ids, restrictions: Sequence[Restriction]) -> None:
    """Insert the pending enforcements of restrictions of one end, and queue their orders and ends."""
    made = [
        Enforcement(
            *(
                ids(),
                ENFORCEMENT.start,
                r.id,
                r.decision,
                r.subject,
                r.platform,
                r.measure,
                r.until,
                r.number,
            ),
            ordered_at=now,
        )
        for r in restrictions
    ]
    bulk.insert_all(tx, made, verb="enforce", actor=SYSTEM)
    bulk.add_jobs(tx, "apply", [(f"apply:{e.id}:0", e.id, e.subject) for e in made], due=now)
    until = restrictions[0].until
    if until is not None:
        bulk.add_jobs(tx, "end", [(f"end:{e.id}", e.id, "") for e in made], due=until)


def _items(
    tx: Tx,
    now: datetime,
    ids: Ids,
    campaign: str,
    found: Sequence[Hit],
    restrictions: Sequence[Restriction],
) -> list[CampaignItem]:
    sampled = sample(len(found), _draw(ids()))
    made: list[CampaignItem] = []
    held: list[tuple[str, Any]] = []
    for index, (hit, restriction) in enumerate(zip(found, restrictions, strict=True)):
        leaf, quoted, owner = ids(), reference(ids), hit.record.owner
        values = _values(now, hit, restriction, quoted)
        held.append((owner, {"leaf": leaf, "slots": values}))
        digests = tuple(c.digest.hex() for c in commitments_of(tx, leaf, owner, values))
        made.append(
            CampaignItem(
                *(ids(), campaign, index, hit.record.id, restriction.id, leaf, quoted, owner, "", digests),
                sampled=index in sampled,
            )
        )
    sealed = bulk.seal_all(tx, "leaf", held)
    return [replace(item, sealed=id_) for item, id_ in zip(made, sealed, strict=True)]


def _draw(seed: str) -> Callable[[Sequence[int], int], Sequence[int]]:
    """Return a way to draw from a sequence at random that follows from 128 random bits."""

    def choose(population: Sequence[int], count: int) -> Sequence[int]:
        return sorted(population, key=lambda each: hashlib.sha256(f"{seed} {each}".encode()).digest())[:count]

    return choose


def _values(now: datetime, hit: Hit, restriction: Restriction, quoted: str) -> Values:
    return {
        Slot.SUBJECT: {"platform": hit.record.platform, "kind": str(hit.record.kind), "ref": hit.ref},
        Slot.CONTENT: {},
        Slot.FACTS: {
            "minute": ledger.minute(now),
            "event": "restrict",
            "orders": [order_entry(restriction.number, restriction.measure, restriction.until)],
            "reference": quoted,
        },
    }


def commitments_of(view: View, leaf: str, owner: str, values: Values) -> list[Commitment]:
    """Return the commitments to an item's slots, in the order in which they stand in it."""
    return [ledger.commitment(view, leaf, owner, slot, values[slot]) for slot in ITEM_SLOTS]


def tree_item(item: CampaignItem) -> Item:
    """Return an item as it stands in the tree."""
    subject, content, facts = (bytes.fromhex(digest) for digest in item.digests)
    return Item(item.index, (subject, content, facts))


def openings(view: View, item: CampaignItem, wanted: Mapping[Slot, tuple[str, ...] | None]) -> list[Opening]:
    """Return openings of some fields of an item; None opens a whole slot.

    Raises: Forgotten when the person whose item it is was.
    """
    values = view.unseal(item.sealed)["slots"]
    return [
        ledger.commitment(view, item.leaf, item.owner, slot, values[slot]).opening(fields)
        for slot, fields in wanted.items()
        if slot in ITEM_SLOTS
    ]


def end_all(tx: Tx, now: datetime, enforcements: Sequence[Enforcement], by: str) -> None:
    """End many enforcements at once, each as `ending.end_enforcement` would; `by` is the decision that ends them."""
    by_event: dict[EnforcementEvent, list[tuple[Enforcement, Enforcement]]] = {}
    for old in enforcements:
        event = ending_event(old)
        if event is not None:
            new = replace(old, state=step(old, event), ended_by=by, revision=old.revision + 1)
            by_event.setdefault(event, []).append((old, new))
    for event, changed in by_event.items():
        bulk.update_all(tx, changed, verb=str(event), actor=SYSTEM)
        bulk.cancel_jobs(tx, [f"end:{old.id}" for old, _ in changed])
        # An order that was never sent waits under revision 0; one that was sent again, under the revision of its retry.
        bulk.cancel_jobs(tx, [f"apply:{old.id}:{n}" for old, _ in changed for n in {0, old.revision}])
    cancelled = [(f"void:{e.id}", e.id, e.subject) for _, e in by_event.get(EnforcementEvent.CANCEL, ())]
    lifted = [
        (f"lift:{e.id}:{e.revision}", e.id, e.subject) for _, e in by_event.get(EnforcementEvent.LIFT, ())
    ]
    bulk.add_jobs(tx, "void", cancelled, due=now)
    bulk.add_jobs(tx, "lift", lifted, due=now)
