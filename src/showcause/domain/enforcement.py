"""Enforcements: one restriction on one platform, from the order to its end."""

from dataclasses import dataclass
from datetime import datetime

from showcause.domain.errors import IllegalStep
from showcause.domain.lifecycle import ENFORCEMENT, EnforcementEvent, EnforcementState
from showcause.domain.restriction import Measure


@dataclass(frozen=True, slots=True)
class Enforcement:
    """What happens to one restriction on its platform.

    `snapshot` and `restored` are sealed: what the account had before, and what came back after. `observed` marks an
    order that observe mode kept from the platform. `attempts` counts calls to the platform. `confirmations` is what the
    connector signed about it, oldest first; nobody is named in them.
    """

    id: str
    state: EnforcementState
    restriction: str
    decision: str
    subject: str
    platform: str
    measure: Measure
    until: datetime | None
    number: int
    ordered_at: datetime
    attempts: int = 0
    snapshot: str | None = None
    restored: str | None = None
    lost: int = 0
    ended_by: str | None = None
    failure: str = ""
    observed: bool = False
    applied_at: datetime | None = None
    lifted_at: datetime | None = None
    confirmations: tuple[str, ...] = ()
    revision: int = 0


ENDED = frozenset({EnforcementState.CANCELLED, EnforcementState.LIFTED, EnforcementState.PERMANENT})


def ending_event(enforcement: Enforcement) -> EnforcementEvent | None:
    """Return the event that ends an enforcement now, or None if it has ended or is ending already.

    An order that was never attempted is cancelled; one that was attempted may have landed and must be lifted.
    """
    match enforcement.state:
        case EnforcementState.PENDING:
            return EnforcementEvent.CANCEL if enforcement.attempts == 0 else EnforcementEvent.LIFT
        case EnforcementState.APPLIED | EnforcementState.FAILED:
            return EnforcementEvent.LIFT
        case EnforcementState.DRIFTED:
            return EnforcementEvent.ACCEPT
        case EnforcementState.LIFTING | EnforcementState.STUCK:
            return None
        case EnforcementState.CANCELLED | EnforcementState.LIFTED | EnforcementState.PERMANENT:
            return None


def step(enforcement: Enforcement, event: EnforcementEvent) -> EnforcementState:
    """Return the next state, with the guards that need more than a state.

    Raises: IllegalStep, also for cancelling what was attempted and lifting what was not.
    """
    following = ENFORCEMENT.step(enforcement.state, event)
    if enforcement.state is EnforcementState.PENDING:
        if event is EnforcementEvent.CANCEL and enforcement.attempts:
            raise IllegalStep(
                "the order was sent to the platform and may have landed: lift it instead of cancelling"
            )
        if event is EnforcementEvent.LIFT and not enforcement.attempts:
            raise IllegalStep("the order was never sent to the platform: cancel it instead of lifting")
    return following
