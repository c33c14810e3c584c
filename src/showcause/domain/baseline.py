"""What was there before: imported once when a platform is connected, so that the search for orphans accuses nobody.

A baseline restriction has no recorded cause. It can ground a derived decision only after a person recorded one.
"""

from dataclasses import dataclass
from datetime import datetime

from showcause.domain.restriction import Measure


@dataclass(frozen=True, slots=True)
class Baseline:
    """One import for one platform: how many, and the committed root over its entries (hex)."""

    id: str
    platform: str
    count: int
    root: str
    imported_at: datetime
    imported_by: str
    leaf: str
    revision: int = 0


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """One restriction found at the import.

    `cause` is the decision that later recorded its cause, if any. `gone_at` is when it was first missed on the
    platform: what stands there after that is not the one that was imported.
    """

    id: str
    baseline: str
    platform: str
    subject: str
    measure: Measure
    cause: str | None = None
    gone_at: datetime | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Orphan:
    """A restriction found on the platform that neither Showcause nor the baseline knows; counted in public."""

    id: str
    platform: str
    subject: str
    measure: Measure
    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None = None
    revision: int = 0
