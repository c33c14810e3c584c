"""Campaign decisions: one decision over many copies of the same thing, with one leaf and a root over its items."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from showcause.domain.decision import Decision
from showcause.domain.errors import BadInput, IllegalStep, NotPermitted, SamePerson
from showcause.domain.people import Moderator, can_decide
from showcause.domain.restriction import Measure
from showcause.domain.statement import Exemption

OWN_LEAF_UP_TO = 100
SAMPLE = 200
MOST_ITEMS = 50_000

DECEPTIVE_FLOODS = frozenset({"integrity.spam"})
"""The clauses that are about deceptive commercial content in high volume."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """The set of items of one campaign decision. `root` is hex; `pushed` tells whether authors are sent statements.

    Never changes.
    """

    id: str
    decision: str
    count: int
    root: str
    first_number: int
    made_at: datetime
    pushed: bool
    revision: int = 0


class Review(StrEnum):
    """What a person found who looked at an item of the sample; `NONE` while nobody has."""

    NONE = ""
    AGREED = "agreed"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class CampaignItem:
    """One item: its subject, its place in the tree, its own restriction, and whether it is in the review sample.

    `reference` is what its author quotes to appeal. `leaf` is the random id under which the key of `owner` salts its
    slots, `sealed` what they hold, and `digests` are theirs (hex), so that its neighbours can be proven when it was
    forgotten. Only the review ever changes.
    """

    id: str
    campaign: str
    index: int
    subject: str
    restriction: str
    leaf: str
    reference: str
    owner: str
    sealed: str
    digests: tuple[str, ...]
    sampled: bool
    review: Review = Review.NONE
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class CampaignOutcome:
    """What became of all orders of a campaign, as one effect leaf commits to it; its id is that leaf's.

    `about` is the decision that the effect is of: the campaign's, or the one that reversed it. `phase` is "imposed" or
    "ended". `sealed` holds, for each item in order, its event and the digest (hex) of its facts. Never changes.
    """

    id: str
    campaign: str
    about: str
    phase: str
    made_at: datetime
    sealed: str
    revision: int = 0


def check_size(count: int) -> None:
    """Check that this many items make a campaign.

    Raises: BadInput; up to 100 items are decided one by one, each with its own leaf.
    """
    if count <= OWN_LEAF_UP_TO:
        raise BadInput(
            f"{count} items are not a campaign",
            f"Up to {OWN_LEAF_UP_TO} items are decided one by one, each with its own leaf.",
        )
    if count > MOST_ITEMS:
        raise BadInput(f"{count} items are too many for one campaign; at most {MOST_ITEMS}", "Split it.")


def sample(count: int, choose: Callable[[Sequence[int], int], Sequence[int]]) -> frozenset[int]:
    """Return the indexes that a person reviews: a random 200, or all if there are fewer. `choose` draws them."""
    return frozenset(choose(range(count), min(SAMPLE, count)))


def exemption(decision: Decision, measure: Measure) -> Exemption | None:
    """Return why no statement of this campaign is pushed, or None if every author is sent one.

    Only the removal of deceptive commercial content in high volume is exempt; each author still finds the statement
    at the item. Floods of opinion are not exempt, nor is any act on an account.

    Source: DSA Art. 17(2).
    """
    cited = {finding.clause.partition("@")[0] for finding in decision.findings}
    if cited and cited <= DECEPTIVE_FLOODS and measure in (Measure.HIDE, Measure.REMOVE):
        return Exemption.DECEPTIVE_HIGH_VOLUME
    return None


def check_review(item: CampaignItem, decision: Decision, reviewer: Moderator) -> None:
    """Check that this person may record what they found when they looked at this item of the sample.

    Raises: IllegalStep for an item outside the sample or reviewed before; NotPermitted without the right to decide;
    SamePerson for who decided on the campaign, unless there is nobody else.
    """
    if not item.sampled:
        raise IllegalStep("this item is not in the sample that people look at")
    if item.review is not Review.NONE:
        raise IllegalStep(f"this item was reviewed before: {item.review}")
    if not can_decide(reviewer):
        raise NotPermitted("this person's role does not allow reviewing decisions")
    if reviewer.id in (decision.proposer, decision.approver) and not decision.single_operator:
        raise SamePerson("you took part in this decision; its sample is looked at by somebody who did not")
