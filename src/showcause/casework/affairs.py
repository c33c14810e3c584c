"""One person's affair: every statement, appeal and order that belongs to what one signed link leads to.

A decision that is replaced or reversed leaves its statement where it is; the later one stands beside it. All links of
one affair lead to the same page, so they also end together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from showcause.casework import links
from showcause.domain.appeal import OPEN, Appeal, Appellant
from showcause.domain.campaign import Campaign, CampaignItem
from showcause.domain.decision import Decision, Outcome
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import LinkEnded
from showcause.domain.link import LinkKind, statement_link_ends
from showcause.domain.statement import Statement
from showcause.domain.subject import SubjectRecord
from showcause.store.view import View


@dataclass(frozen=True, slots=True)
class Affair:
    """What one person was told and answered, oldest first; `item` where a link leads to one of a campaign."""

    person: str
    statements: tuple[Statement, ...]
    decisions: Mapping[str, Decision]
    appeals: tuple[Appeal, ...]
    item: CampaignItem | None = None

    @property
    def restricting(self) -> Statement | None:
        """Return the newest statement that imposed something."""
        imposed = (s for s in reversed(self.statements) if self.of(s).outcome is Outcome.RESTRICT)
        return next(imposed, None)

    def of(self, statement: Statement) -> Decision:
        """Return the decision of a statement."""
        return self.decisions[statement.decision]

    @property
    def open_appeal(self) -> Appeal | None:
        """Return the appeal that waits for its answer."""
        return next((each for each in self.appeals if each.state in OPEN), None)


def open_affair(view: View, token: str) -> Affair:
    """Return the affair that a signed link leads to.

    Raises: LinkEnded for a link that is not ours, was replaced or closed, or whose time is over; nobody can tell which.
    """
    affair = _named(view, token)
    ends = ends_at(affair)
    if ends is not None and view.now >= ends:
        raise LinkEnded("this link is over")
    return affair


def _named(view: View, token: str) -> Affair:
    try:
        statement = view.first(Statement, id=links.follow(view, LinkKind.STATEMENT, token))
        if statement is None:
            raise LinkEnded("this is no link of ours")
        return affair_of(view, statement)
    except LinkEnded:
        item = view.first(CampaignItem, id=links.follow(view, LinkKind.ITEM, token))
        if item is None:
            raise
        return affair_of_item(view, item)


def ends_at(affair: Affair) -> datetime | None:
    """Return when the links of an affair end; None while a window has not begun or an appeal is open."""
    ends = [statement_link_ends(each, affair.appeals) for each in affair.statements]
    known = [each for each in ends if each is not None]
    return max(known) if known and len(known) == len(ends) else None


def affair_of(view: View, statement: Statement) -> Affair:
    """Return the affair of a statement; of an item's reversal whose author was sent no statement, with the item."""
    decision = view.get(Decision, statement.decision)
    affair = _affair(view, decision, statement.person, None)
    if affair.restricting is not None or not decision.ends:
        return affair
    return replace(affair, item=view.first(CampaignItem, restriction=decision.ends))


def affair_of_item(view: View, item: CampaignItem) -> Affair:
    """Return the affair of one item of a campaign, whether or not its author was sent a statement."""
    decision = view.get(Decision, view.get(Campaign, item.campaign).decision)
    return _affair(view, decision, item.owner, item)


def _affair(view: View, decision: Decision, person: str, item: CampaignItem | None) -> Affair:
    found = {each.id: each for each in _linked(view, decision, person)}
    told = view.find(Statement, decision=tuple(found), person=person)
    appeals = view.find(Appeal, decision=tuple(found), person=person)
    if item is not None:
        told = []
        appeals = [each for each in appeals if each.item in (None, item.index)]
    heard = tuple(each for each in appeals if each.appellant is Appellant.AFFECTED)
    return Affair(person, tuple(told), found, heard, item)


def _linked(view: View, decision: Decision, person: str) -> Iterator[Decision]:
    """Yield a decision, what it replaced, and what replaced it or a part of it that was this person's."""
    known, waiting = {decision.id}, [decision]
    while waiting:
        each = waiting.pop()
        yield each
        for other in (*_before(view, each), *_after(view, each, person)):
            if other.id not in known:
                known.add(other.id)
                waiting.append(other)


def _before(view: View, decision: Decision) -> list[Decision]:
    named = [decision.supersedes, decision.interim_decision, decision.part_of]
    return [view.get(Decision, id_) for id_ in named if id_]


def _after(view: View, decision: Decision, person: str) -> Sequence[Decision]:
    after = view.find(Decision, supersedes=decision.id) + view.find(Decision, interim_decision=decision.id)
    after = [each for each in after if each.decided_at is not None]
    if decision.campaign is None:
        return after
    parts = view.find(Decision, part_of=decision.id)
    return [
        *after,
        *(p for p in parts if view.get(SubjectRecord, p.subject).owner == person and p.decided_at),
    ]


def orders_of(view: View, affair: Affair, decision: Decision) -> list[Enforcement]:
    """Return the orders of a decision that concern the person of an affair, oldest first."""
    if affair.item is not None and decision.campaign is not None:
        return view.find(Enforcement, restriction=affair.item.restriction)
    if decision.campaign is None:
        return view.find(Enforcement, decision=decision.id)
    items = view.find(CampaignItem, campaign=_campaign(view, decision), owner=affair.person)
    return view.find(Enforcement, restriction=tuple(each.restriction for each in items))


def _campaign(view: View, decision: Decision) -> str:
    held = view.first(Campaign, decision=decision.id)
    return held.id if held else ""
