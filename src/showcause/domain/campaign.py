"""Campaign decisions: one decision over many copies of the same thing, with one leaf and a root over its items."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from showcause.domain.errors import BadInput

OWN_LEAF_UP_TO = 100
SAMPLE = 200
MOST_ITEMS = 50_000


@dataclass(frozen=True, slots=True)
class Campaign:
    """The set of items of one campaign decision. `root` is hex. Never changes."""

    id: str
    decision: str
    count: int
    root: str
    first_number: int
    made_at: datetime
    pushed: bool
    revision: int = 0


@dataclass(frozen=True, slots=True)
class CampaignItem:
    """One item: its subject, its place in the tree, its own restriction, and whether it is in the review sample."""

    id: str
    campaign: str
    index: int
    subject: str
    restriction: str
    leaf: str
    sampled: bool
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
