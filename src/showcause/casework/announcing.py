"""What the authors of a campaign's items are told: one statement each, or, where none is pushed, one at each item.

A statement names the author's own items only. Where the law asks for no letter, the statement is composed when somebody
visits the item, from the same parts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from showcause.casework import telling, wording
from showcause.casework.itemising import Itemised
from showcause.casework.ports import Ids
from showcause.casework.reading import clauses_cited, reference, setting, subject_of
from showcause.casework.wording import Said
from showcause.domain.campaign import Campaign, CampaignItem, Review
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.policy import Clause
from showcause.domain.restriction import Restriction
from showcause.domain.sentences import Arg
from showcause.domain.statement import Statement
from showcause.domain.subject import HIGH_REACH, Subject, SubjectRecord, is_high_reach
from showcause.store import bulk
from showcause.store.tx import Tx
from showcause.store.view import View

NAMED = 20
"""How many of an author's items a pushed statement names; each has its own statement when it is visited."""


@dataclass(frozen=True, slots=True)
class Common:
    """What all statements of a campaign say alike."""

    decision: Decision
    clauses: Mapping[str, Clause]
    facts: Mapping[str, Arg]
    earlier: tuple[wording.Earlier, ...]
    contact: str
    items: int
    quoted: str = ""

    def matter(
        self, quoted: str, subjects: Mapping[str, Subject], restrictions: Sequence[Restriction], reach: bool
    ) -> wording.Matter:
        """Return what one person's statement draws on: as if the decision were about their first item alone."""
        theirs = replace(self.decision, reference=quoted, subject=restrictions[0].subject)
        return wording.Matter(
            theirs,
            self.clauses,
            self.facts,
            subjects,
            restrictions,
            self.contact,
            items=self.items,
            earlier=self.earlier,
            reach_promise=reach,
            quoted=self.quoted,
        )


def common(view: View, decision: Decision, items: int) -> Common:
    """Return what all statements of a campaign decision say alike."""
    grounds = [view.get(Decision, g.decision) for finding in decision.findings for g in finding.grounds]
    earlier = tuple(
        wording.Earlier(g.reference, g.decided_at or g.proposed_at, g.findings[0].clause) for g in grounds
    )
    held = view.unseal(decision.facts)
    clauses, quoted = clauses_cited(view, decision), held.get("quoted", "")
    return Common(decision, clauses, held["facts"], earlier, contact(view), items, quoted)


def contact(view: View) -> str:
    """Return where people turn to."""
    return setting(view, "contact") or setting(view, "origin") or "the operator of this service"


def tell(tx: Tx, now: datetime, ids: Ids, decision: Decision, itemised: Itemised) -> None:
    """Draft one statement for each author, naming their own items; none where the campaign is exempt from pushing."""
    if not itemised.campaign.pushed:
        return
    whole = common(tx, decision, itemised.campaign.count)
    by_owner: dict[str, list[int]] = {}
    for item in itemised.items:
        by_owner.setdefault(item.owner, []).append(item.index)
    hits, threshold = itemised.hits, int(setting(tx, "high-reach") or HIGH_REACH)
    accounts = bulk.find_all(tx, SubjectRecord, [hits[indexes[0]].account for indexes in by_owner.values()])
    drafts = []
    for owner, indexes in by_owner.items():
        quoted, named, account = reference(ids), indexes[:NAMED], accounts[hits[indexes[0]].account]
        subjects = {hits[i].record.id: hits[i].subject for i in named}
        restrictions = [itemised.restrictions[i] for i in named]
        matter = whole.matter(quoted, subjects, restrictions, is_high_reach(account.reach, now, threshold))
        said = wording.statement(replace(matter, yours=len(indexes)))
        drafts.append(telling.Drafted(account.id, owner, said, quoted))
    telling.draft_statements(tx, now, ids, decision, drafts)


def tell_reversed(
    tx: Tx, now: datetime, ids: Ids, old: Decision, decision: Decision, ground: str | None
) -> None:
    """Draft the notice of a campaign's reversal to everybody who was told of the campaign."""
    drafts = []
    for told in tx.find(Statement, decision=old.id):
        said = wording.reversal(replace(old, reference=told.reference), decision, contact(tx), ground=ground)
        drafts.append(telling.Drafted(told.subject, told.person, said, reference(ids)))
    telling.draft_statements(tx, now, ids, decision, drafts)


def known_as(view: View, campaign: Decision, items: Sequence[CampaignItem]) -> str:
    """Return the reference under which an author knows these items: one item's own, else their statement's."""
    told = view.first(Statement, decision=campaign.id, person=items[0].owner)
    return told.reference if told and len(items) > 1 else items[0].reference


def was_told(view: View, campaign: Decision, person: str) -> bool:
    """Tell whether this person was sent a statement of a campaign decision."""
    return view.first(Statement, decision=campaign.id, person=person) is not None


def said_of_item(view: View, item: CampaignItem) -> list[Said]:
    """Return the statement of one item, composed for whoever visits it; or the notice that the item was given back.

    Raises: Forgotten when the person whose item it is was.
    """
    given_back = reversal_of_item(view, item)
    return given_back[1] if given_back else statement_of_item(view, item)


def reversal_of_item(view: View, item: CampaignItem) -> tuple[Decision, list[Said]] | None:
    """Return the decision that gave an item back, and its notice; None while none did."""
    decision = view.get(Decision, view.get(Campaign, item.campaign).decision)
    enforcement = view.first(Enforcement, restriction=item.restriction)
    ender = view.first(Decision, id=enforcement.ended_by) if enforcement and enforcement.ended_by else None
    if ender is None:
        return None
    return ender, wording.reversal(replace(decision, reference=item.reference), ender, contact(view))


def statement_of_item(view: View, item: CampaignItem) -> list[Said]:
    """Return the statement of one item, also of one that was given back.

    Raises: Forgotten when the person whose item it is was.
    """
    campaign = view.get(Campaign, item.campaign)
    decision = view.get(Decision, campaign.decision)
    restriction = view.get(Restriction, item.restriction)
    whole = common(view, decision, campaign.count)
    matter = replace(
        whole.matter(item.reference, {item.subject: subject_of(view, item.subject)}, [restriction], False),
        sampled=view.count(
            CampaignItem, campaign=campaign.id, sampled=True, review=(Review.AGREED, Review.REVERSED)
        ),
        unsent=not campaign.pushed,
    )
    return wording.statement(matter)
