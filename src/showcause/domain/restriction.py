"""What can be taken from somebody: the measures, and what each of them means in law.

A measure in prose is a `Restriction` in code: one measure on one subject, as part of one decision. Its content never
changes; what happens to it on the platform is an `Enforcement`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Measure(StrEnum):
    SUSPEND = "suspend"
    LOCK = "lock"
    LIMIT = "limit"
    LABEL = "label"
    HIDE = "hide"
    REMOVE = "remove"
    BLOCK_SPACE = "block-space"


@dataclass(frozen=True, slots=True)
class MeasureFacts:
    """What the law and the house need to know of a measure.

    `gravity` orders measures from mild to severe. `leg` is the letter of Article 17(1) that names the measure, `code`
    the EU vocabulary's code. `blocks_reading` marks what would keep the person from reading the statement.
    """

    on_account: bool
    reversible: bool
    gravity: int
    leg: str
    code: str
    inverse: str
    blocks_reading: bool = False


MEASURES: dict[Measure, MeasureFacts] = {
    Measure.LABEL: MeasureFacts(
        False, True, 1, "visibility", "DECISION_VISIBILITY_CONTENT_LABELLED", "remove the label"
    ),
    Measure.HIDE: MeasureFacts(
        False, True, 2, "visibility", "DECISION_VISIBILITY_CONTENT_DISABLED", "show again"
    ),
    Measure.LIMIT: MeasureFacts(
        True, True, 3, "provision", "DECISION_PROVISION_PARTIAL_SUSPENSION", "end the limit"
    ),
    Measure.BLOCK_SPACE: MeasureFacts(
        False, True, 4, "visibility", "DECISION_VISIBILITY_CONTENT_DISABLED", "unblock the space"
    ),
    Measure.REMOVE: MeasureFacts(
        False, False, 5, "visibility", "DECISION_VISIBILITY_CONTENT_REMOVED", "cannot be undone"
    ),
    Measure.SUSPEND: MeasureFacts(True, True, 6, "account", "DECISION_ACCOUNT_SUSPENDED", "reinstate"),
    Measure.LOCK: MeasureFacts(
        True, True, 7, "account", "DECISION_ACCOUNT_SUSPENDED", "unlock", blocks_reading=True
    ),
}


@dataclass(frozen=True, slots=True)
class Restriction:
    """One measure on one subject, part of one decision. Never changes.

    `until` is None for an open end. `number` is the dense order number of the connector, given in the committing
    transaction.
    """

    id: str
    decision: str
    subject: str
    platform: str
    measure: Measure
    until: datetime | None
    territories: tuple[str, ...]
    number: int
    revision: int = 0


def on_account(measure: Measure) -> bool:
    """Tell whether a measure restricts an account rather than a piece of content."""
    return MEASURES[measure].on_account


def is_reversible(measure: Measure) -> bool:
    """Tell whether a measure can be undone on the platform."""
    return MEASURES[measure].reversible


def mildest(measures: tuple[Measure, ...]) -> Measure | None:
    """Return the mildest of some measures, or None if there are none."""
    return min(measures, key=lambda m: MEASURES[m].gravity, default=None)
