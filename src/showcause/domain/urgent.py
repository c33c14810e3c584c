"""The urgent lane: one trained person acts at once; the record follows within minutes, a second person within a day.

The intent is in the connector's own spool before the act, so the lane works while database, log or witness are down.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from showcause.domain.errors import BadInput
from showcause.domain.lifecycle import UrgentEvent, UrgentState
from showcause.domain.policy import Urgent
from showcause.domain.restriction import MEASURES, Measure

ENTER_WITHIN = timedelta(minutes=15)
CONFIRM_WITHIN = timedelta(hours=24)
SECOND_LOOK_AFTER = timedelta(hours=24)
LEVEL_WITHIN = timedelta(hours=24)
"""An urgent act does not wait for witnesses; this long after it entered, they should cover it all the same."""
CONFIRM_ALONE_WITHIN = timedelta(hours=48)
"""One person alone confirms by a second look, which counts only a day after the act: so they have the day after it."""

MEASURES_ALLOWED: dict[bool, tuple[Measure, ...]] = {
    True: (Measure.LIMIT, Measure.SUSPEND),
    False: (Measure.HIDE,),
}
"""By whether the subject is an account: reversible holds on accounts, hiding for content."""

NEVER_COPIED = frozenset({Urgent.CHILD_ABUSE, Urgent.PRIVATE_ADDRESS})
"""Categories whose material is never a snapshot, thumbnail or attachment anywhere."""


@dataclass(frozen=True, slots=True)
class UrgentEntry:
    """One act of the urgent lane; `spool` is its id in the connector's spool and makes entering it twice harmless."""

    id: str
    state: UrgentState
    spool: str
    platform: str
    subject: str
    category: Urgent
    measure: Measure
    actor: str
    acted_at: datetime
    entered_at: datetime
    confirm_by: datetime
    decision: str
    on_account: bool
    single_operator: bool = False
    late_entry: bool = False
    overdue: bool = False
    second: str | None = None
    second_look: bool = False
    below_level: bool = False
    revision: int = 0


def check_measure(measure: Measure, *, on_account: bool) -> None:
    """Check that the urgent lane may take this measure.

    Raises: BadInput naming those that it may.
    """
    allowed = MEASURES_ALLOWED[on_account]
    if measure not in allowed:
        raise BadInput(f"the urgent lane takes only {', '.join(allowed)} here, not {measure}")


def confirm_by(acted_at: datetime, *, single_operator: bool) -> datetime:
    """Return by when an urgent act needs its confirmation."""
    return acted_at + (CONFIRM_ALONE_WITHIN if single_operator else CONFIRM_WITHIN)


def level_due(entered_at: datetime, fallback_after: int | None) -> datetime:
    """Return by when an urgent act's entry has to carry its measure's level: the declared time, or else a day."""
    return entered_at + (LEVEL_WITHIN if fallback_after is None else timedelta(seconds=fallback_after))


def when_unconfirmed(entry: UrgentEntry) -> UrgentEvent:
    """Return what happens when nobody confirmed in time: accounts are freed, urgent content stays hidden."""
    return (
        UrgentEvent.LIFT
        if MEASURES[entry.measure].on_account or entry.on_account
        else UrgentEvent.KEEP_HIDDEN
    )
