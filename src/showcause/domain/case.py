"""Cases: one subject, one piece of work. A claim is a lease; escalation raises a tier and is not a state."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from showcause.domain.errors import AlreadyClaimed, NotPermitted
from showcause.domain.lifecycle import CaseState

LEASE = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Case:
    """One subject under review.

    `reports` counts what was folded in: shown, and used to order the queue, never an operand of a decision. `urgent`
    orders a case before all others. `merged_into` names the case that this one went into.
    """

    id: str
    state: CaseState
    subject: str
    platform: str
    opened_at: datetime
    tier: int = 0
    urgent: bool = False
    reports: int = 0
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    merged_into: str | None = None
    revision: int = 0


def claim_until(case: Case, person: str, now: datetime) -> datetime:
    """Return when a new lease of this case would end.

    Raises: AlreadyClaimed while another person's lease runs.
    """
    if case.claimed_by and case.claimed_by != person and case.claimed_until and now < case.claimed_until:
        raise AlreadyClaimed(f"another moderator holds this case until {case.claimed_until:%H:%M} UTC")
    return now + LEASE


def as_of(case: Case, now: datetime) -> Case:
    """Return the case as it counts now: one whose lease has run out waits again, though nobody has noted it yet."""
    over = case.state is CaseState.CLAIMED and case.claimed_until is not None and now >= case.claimed_until
    return replace(case, state=CaseState.WAITING, claimed_by=None, claimed_until=None) if over else case


def check_holder(case: Case, person: str, now: datetime) -> None:
    """Check that this person's lease of the case runs.

    Raises: NotPermitted if the case is unclaimed, the lease has ended, or somebody else holds it.
    """
    if case.claimed_by != person:
        raise NotPermitted("you have not claimed this case", "Claim it first: `showcause case claim`.")
    if case.claimed_until is None or now >= case.claimed_until:
        raise NotPermitted("your claim on this case has ended", "Claim it again and look at what changed.")
