"""Floods for tests: many copies of one message, by one author or by many, and the campaign decided over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from showcause.casework import campaigns, deciding, desk
from showcause.casework.campaigns import Item
from showcause.casework.weighing import Proposal
from showcause.domain.campaign import Campaign, CampaignItem
from showcause.domain.case import Case
from showcause.domain.decision import UNDO, Act, Decision, Finding, Outcome
from showcause.domain.subject import Subject, SubjectKind
from tests.house import PLATFORM, Founded, House

SPAM = "integrity.spam@1"
THREATS = "safety.threats@1"


@dataclass
class Flood:
    """Copies of one message, and the case about the first of them."""

    items: Sequence[Item]
    case: Case


@dataclass
class Decided:
    """A campaign in force."""

    decision: Decision
    campaign: Campaign
    items: list[CampaignItem]


def flood(house: House, copies: int, authors: int = 1) -> Flood:
    """Write copies of one message, by each of the authors in turn, and report the first."""
    posts: list[Item] = []
    with house.world.together():
        for n in range(copies):
            author = f"flooder-{n % authors}"
            posts.append(Item(house.post(author, "buy now"), Subject(PLATFORM, SubjectKind.ACCOUNT, author)))
    return Flood(posts, house.case_of(house.report(posts[0].subject, author="flooder-0")))


def proposal_for(house: House, case: Case, clause: str = SPAM, rung: str = "hide") -> Proposal:
    """Return a proposal with one act that stands for one on every item."""
    chosen = house.clause(clause)
    preset, step = chosen.presets[0], chosen.rung(rung)
    assert step is not None
    return Proposal(
        Outcome.RESTRICT,
        (Finding(clause, preset.elements, preset.id),),
        (Act(case.subject, step.measure, step.duration, step.name),),
        house.facts_for(clause),
        ("the copies themselves", "the times at which they came"),
    )


def propose(house: House, found: Flood, clause: str = SPAM, rung: str = "hide", by: str = "bea") -> Decision:
    """Claim the case and propose a campaign over all copies."""
    house.run(desk.claim, found.case.id, by)
    proposal = proposal_for(house, found.case, clause, rung)
    return house.run(campaigns.propose, found.case.id, by, proposal, found.items)


def commit(house: House, proposed: Decision, second: str = "cleo") -> Decided:
    """Approve what needs it and let the undo delay pass, without carrying anything out yet."""
    if proposed.approver is None:
        house.run(deciding.approve, proposed.id, second)
    house.now += UNDO
    house.run(deciding.commit, proposed.id)
    return decided(house, proposed)


def decided(house: House, proposed: Decision) -> Decided:
    """Return a campaign that took force, as it is now."""
    (decision,) = house.all(Decision, id=proposed.id)
    (campaign,) = house.all(Campaign, decision=decision.id)
    return Decided(decision, campaign, house.all(CampaignItem, campaign=campaign.id))


def carry_out(house: House) -> None:
    """Do everything that is due, however much it is."""
    while house.work():
        pass


def decide(
    house: House, copies: int = 101, authors: int = 1, clause: str = SPAM, rung: str = "hide"
) -> Decided:
    """Return a campaign over fresh copies, carried out.

    In a house in memory where nothing has happened yet it happens once for each process; the others are copies.
    """
    like = (house.moderators, house.clauses, copies, authors, clause, rung)
    fresh = house.is_as_founded()
    if fresh and (kept := _CARRIED_OUT.get(like)):
        _copy(house, kept)
        return decided(house, house.all(Decision)[0])
    made = commit(house, propose(house, flood(house, copies, authors), clause, rung))
    carry_out(house)
    if fresh:
        for each in (house.world._file, house.platform.gate.memory._file):
            each.settle()
        _CARRIED_OUT[like] = (Founded.keep(house, FILES), house.now)
    return made


FILES = ("log.key", "signer.json", "world.db", "gate.db")
_CARRIED_OUT: dict[tuple[object, ...], tuple[Founded, datetime]] = {}


def _copy(house: House, kept: tuple[Founded, datetime]) -> None:
    """Make a house what a kept one was; whoever holds the key of its log opens it anew."""
    founded, house.now = kept
    for each in (house.signer, house.world._file, house.platform.gate.memory._file):
        each.close()
    founded.restore(house.store, house.folder)
    house.open()
    assert house.work() == 0
