"""The lifecycles: every state that a record can have, as tables.

Rule 1: everything that moves a state lives in this file. A machine is a mapping from (state, event) to state; each
state says whose turn it is. Code, database triggers, the page `docs/lifecycles.md` and the tests read these tables and
nothing else. Guards that need more than a state (attempts, deadlines, people) stand beside the record they guard.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from showcause.domain.errors import IllegalStep

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Lifecycle(Generic[S, E]):
    """One machine: its name, start, arrows, and for each state whose turn it is."""

    name: str
    start: S
    turn: Mapping[S, str]
    arrows: Mapping[tuple[S, E], S]

    def step(self, state: S, event: E) -> S:
        """Return the state that follows.

        Raises: IllegalStep, naming what is possible instead.
        """
        try:
            return self.arrows[state, event]
        except KeyError:
            possible = ", ".join(self.possible(state)) or "nothing: this state is final"
            raise IllegalStep(f"a {self.name} that is {state} cannot {event}; possible: {possible}") from None

    def possible(self, state: S) -> tuple[E, ...]:
        """Return the events that lead on from a state, in table order."""
        return tuple(event for (source, event) in self.arrows if source == state)

    def is_final(self, state: S) -> bool:
        """Tell whether nothing leads on from a state."""
        return not self.possible(state)

    def pairs(self) -> frozenset[tuple[str, str]]:
        """Return the (old, new) pairs that a database trigger can see; self-arrows are left out."""
        return frozenset((str(a), str(b)) for (a, _), b in self.arrows.items() if a != b)


class ReportState(StrEnum):
    RECEIVED = "received"
    FILED = "filed"
    REFUSED = "refused"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class ReportEvent(StrEnum):
    FILE = "file"
    REFUSE = "refuse"
    ANSWER = "answer"
    WITHDRAW = "withdraw"


REPORT: Lifecycle[ReportState, ReportEvent] = Lifecycle(
    name="report",
    start=ReportState.RECEIVED,
    turn={
        ReportState.RECEIVED: "system",
        ReportState.FILED: "desk",
        ReportState.REFUSED: "system",
        ReportState.ANSWERED: "reporter",
        ReportState.WITHDRAWN: "nobody",
    },
    arrows={
        (ReportState.RECEIVED, ReportEvent.FILE): ReportState.FILED,
        (ReportState.RECEIVED, ReportEvent.REFUSE): ReportState.REFUSED,
        (ReportState.RECEIVED, ReportEvent.WITHDRAW): ReportState.WITHDRAWN,
        (ReportState.FILED, ReportEvent.ANSWER): ReportState.ANSWERED,
        (ReportState.FILED, ReportEvent.WITHDRAW): ReportState.WITHDRAWN,
        (ReportState.REFUSED, ReportEvent.ANSWER): ReportState.ANSWERED,
        (ReportState.ANSWERED, ReportEvent.ANSWER): ReportState.ANSWERED,
    },
)


class CaseState(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    HELD = "held"
    DECIDED = "decided"
    MERGED = "merged"


class CaseEvent(StrEnum):
    CLAIM = "claim"
    RELEASE = "release"
    ESCALATE = "escalate"
    PROPOSE = "propose"
    MERGE = "merge"
    APPROVE = "approve"
    RETURN = "return"
    REOPEN = "reopen"


CASE: Lifecycle[CaseState, CaseEvent] = Lifecycle(
    name="case",
    start=CaseState.WAITING,
    turn={
        CaseState.WAITING: "desk",
        CaseState.CLAIMED: "moderator",
        CaseState.HELD: "second moderator",
        CaseState.DECIDED: "nobody",
        CaseState.MERGED: "nobody",
    },
    arrows={
        (CaseState.WAITING, CaseEvent.CLAIM): CaseState.CLAIMED,
        (CaseState.WAITING, CaseEvent.PROPOSE): CaseState.HELD,
        (CaseState.WAITING, CaseEvent.MERGE): CaseState.MERGED,
        (CaseState.CLAIMED, CaseEvent.RELEASE): CaseState.WAITING,
        (CaseState.CLAIMED, CaseEvent.ESCALATE): CaseState.WAITING,
        (CaseState.CLAIMED, CaseEvent.PROPOSE): CaseState.HELD,
        (CaseState.CLAIMED, CaseEvent.MERGE): CaseState.MERGED,
        (CaseState.HELD, CaseEvent.APPROVE): CaseState.DECIDED,
        (CaseState.HELD, CaseEvent.RETURN): CaseState.WAITING,
        (CaseState.DECIDED, CaseEvent.REOPEN): CaseState.WAITING,
    },
)


class DecisionState(StrEnum):
    PROPOSED = "proposed"
    IN_FORCE = "in-force"
    LAPSED = "lapsed"
    RETURNED = "returned"
    SUPERSEDED = "superseded"


class DecisionEvent(StrEnum):
    APPROVE = "approve"
    RETURN = "return"
    SUPERSEDE = "supersede"
    LAPSE = "lapse"


DECISION: Lifecycle[DecisionState, DecisionEvent] = Lifecycle(
    name="decision",
    start=DecisionState.PROPOSED,
    turn={
        DecisionState.PROPOSED: "second moderator",
        DecisionState.IN_FORCE: "affected user",
        DecisionState.LAPSED: "affected user",
        DecisionState.RETURNED: "nobody",
        DecisionState.SUPERSEDED: "nobody",
    },
    arrows={
        (DecisionState.PROPOSED, DecisionEvent.APPROVE): DecisionState.IN_FORCE,
        (DecisionState.PROPOSED, DecisionEvent.RETURN): DecisionState.RETURNED,
        (DecisionState.IN_FORCE, DecisionEvent.SUPERSEDE): DecisionState.SUPERSEDED,
        (DecisionState.IN_FORCE, DecisionEvent.LAPSE): DecisionState.LAPSED,
        (DecisionState.LAPSED, DecisionEvent.SUPERSEDE): DecisionState.SUPERSEDED,
    },
)


class EnforcementState(StrEnum):
    PENDING = "pending"
    APPLIED = "applied"
    FAILED = "failed"
    DRIFTED = "drifted"
    LIFTING = "lifting"
    STUCK = "stuck"
    CANCELLED = "cancelled"
    LIFTED = "lifted"
    PERMANENT = "permanent"


class EnforcementEvent(StrEnum):
    CONFIRM = "confirm"
    GIVE_UP = "give-up"
    RETRY = "retry"
    CANCEL = "cancel"
    LIFT = "lift"
    DRIFT = "drift"
    ACCEPT = "accept"
    ADMIT_PERMANENT = "admit-permanent"


_EN, _EV = EnforcementState, EnforcementEvent
ENFORCEMENT: Lifecycle[EnforcementState, EnforcementEvent] = Lifecycle(
    name="enforcement",
    start=_EN.PENDING,
    turn={
        _EN.PENDING: "platform",
        _EN.APPLIED: "nobody",
        _EN.FAILED: "moderator",
        _EN.DRIFTED: "moderator",
        _EN.LIFTING: "platform",
        _EN.STUCK: "moderator",
        _EN.CANCELLED: "nobody",
        _EN.LIFTED: "nobody",
        _EN.PERMANENT: "nobody",
    },
    arrows={
        (_EN.PENDING, _EV.CONFIRM): _EN.APPLIED,
        (_EN.PENDING, _EV.GIVE_UP): _EN.FAILED,
        (_EN.PENDING, _EV.CANCEL): _EN.CANCELLED,
        (_EN.PENDING, _EV.LIFT): _EN.LIFTING,
        (_EN.APPLIED, _EV.LIFT): _EN.LIFTING,
        (_EN.APPLIED, _EV.DRIFT): _EN.DRIFTED,
        (_EN.FAILED, _EV.RETRY): _EN.PENDING,
        (_EN.FAILED, _EV.LIFT): _EN.LIFTING,
        (_EN.DRIFTED, _EV.RETRY): _EN.PENDING,
        (_EN.DRIFTED, _EV.ACCEPT): _EN.LIFTED,
        (_EN.LIFTING, _EV.CONFIRM): _EN.LIFTED,
        (_EN.LIFTING, _EV.GIVE_UP): _EN.STUCK,
        (_EN.LIFTING, _EV.ADMIT_PERMANENT): _EN.PERMANENT,
        (_EN.STUCK, _EV.RETRY): _EN.LIFTING,
    },
)


class AppealState(StrEnum):
    LODGED = "lodged"
    UNDER_REVIEW = "under-review"
    REFUSED = "refused"
    AFFIRMED = "affirmed"
    AMENDED = "amended"
    REVERSED = "reversed"
    WITHDRAWN = "withdrawn"
    MOOT = "moot"


class AppealEvent(StrEnum):
    CLAIM = "claim"
    RELEASE = "release"
    REFUSE = "refuse"
    AFFIRM = "affirm"
    REVERSE = "reverse"
    AMEND = "amend"
    WITHDRAW = "withdraw"
    MOOT = "moot"


_AP, _AE = AppealState, AppealEvent
APPEAL: Lifecycle[AppealState, AppealEvent] = Lifecycle(
    name="appeal",
    start=_AP.LODGED,
    turn={
        _AP.LODGED: "desk",
        _AP.UNDER_REVIEW: "reviewer",
        _AP.REFUSED: "appellant",
        _AP.AFFIRMED: "appellant",
        _AP.AMENDED: "appellant",
        _AP.REVERSED: "nobody",
        _AP.WITHDRAWN: "nobody",
        _AP.MOOT: "nobody",
    },
    arrows={
        (_AP.LODGED, _AE.CLAIM): _AP.UNDER_REVIEW,
        (_AP.LODGED, _AE.REFUSE): _AP.REFUSED,
        (_AP.LODGED, _AE.WITHDRAW): _AP.WITHDRAWN,
        (_AP.LODGED, _AE.MOOT): _AP.MOOT,
        (_AP.UNDER_REVIEW, _AE.AFFIRM): _AP.AFFIRMED,
        (_AP.UNDER_REVIEW, _AE.REVERSE): _AP.REVERSED,
        (_AP.UNDER_REVIEW, _AE.AMEND): _AP.AMENDED,
        (_AP.UNDER_REVIEW, _AE.RELEASE): _AP.LODGED,
        (_AP.UNDER_REVIEW, _AE.WITHDRAW): _AP.WITHDRAWN,
        (_AP.UNDER_REVIEW, _AE.MOOT): _AP.MOOT,
    },
)


class ServiceState(StrEnum):
    DRAFTED = "drafted"
    UNDELIVERABLE = "undeliverable"
    SERVED = "served"
    EXEMPT = "exempt"


class ServiceEvent(StrEnum):
    SERVE = "serve"
    BOUNCE = "bounce"
    EXEMPT = "exempt"


SERVICE: Lifecycle[ServiceState, ServiceEvent] = Lifecycle(
    name="service",
    start=ServiceState.DRAFTED,
    turn={
        ServiceState.DRAFTED: "system",
        ServiceState.UNDELIVERABLE: "moderator",
        ServiceState.SERVED: "affected user",
        ServiceState.EXEMPT: "nobody",
    },
    arrows={
        (ServiceState.DRAFTED, ServiceEvent.SERVE): ServiceState.SERVED,
        (ServiceState.DRAFTED, ServiceEvent.BOUNCE): ServiceState.UNDELIVERABLE,
        (ServiceState.DRAFTED, ServiceEvent.EXEMPT): ServiceState.EXEMPT,
        (ServiceState.UNDELIVERABLE, ServiceEvent.SERVE): ServiceState.SERVED,
        (ServiceState.SERVED, ServiceEvent.BOUNCE): ServiceState.UNDELIVERABLE,
    },
)


class FilingState(StrEnum):
    DUE = "due"
    REJECTED = "rejected"
    FILED = "filed"
    EXEMPT = "exempt"


class FilingEvent(StrEnum):
    FILE = "file"
    REJECT = "reject"
    RETRY = "retry"
    EXEMPT = "exempt"


FILING: Lifecycle[FilingState, FilingEvent] = Lifecycle(
    name="filing",
    start=FilingState.DUE,
    turn={
        FilingState.DUE: "regulator",
        FilingState.REJECTED: "moderator",
        FilingState.FILED: "nobody",
        FilingState.EXEMPT: "nobody",
    },
    arrows={
        (FilingState.DUE, FilingEvent.FILE): FilingState.FILED,
        (FilingState.DUE, FilingEvent.REJECT): FilingState.REJECTED,
        (FilingState.DUE, FilingEvent.EXEMPT): FilingState.EXEMPT,
        (FilingState.REJECTED, FilingEvent.RETRY): FilingState.DUE,
    },
)


class UrgentState(StrEnum):
    SPOOLED = "spooled"
    ENTERED = "entered"
    CONFIRMED = "confirmed"
    LIFTED = "lifted"
    KEPT_HIDDEN = "kept-hidden"


class UrgentEvent(StrEnum):
    ENTER = "enter"
    CONFIRM = "confirm"
    LIFT = "lift"
    KEEP_HIDDEN = "keep-hidden"


URGENT: Lifecycle[UrgentState, UrgentEvent] = Lifecycle(
    name="urgent",
    start=UrgentState.SPOOLED,
    turn={
        UrgentState.SPOOLED: "system",
        UrgentState.ENTERED: "second moderator",
        UrgentState.CONFIRMED: "affected user",
        UrgentState.LIFTED: "nobody",
        UrgentState.KEPT_HIDDEN: "second moderator",
    },
    arrows={
        (UrgentState.SPOOLED, UrgentEvent.ENTER): UrgentState.ENTERED,
        (UrgentState.ENTERED, UrgentEvent.CONFIRM): UrgentState.CONFIRMED,
        (UrgentState.ENTERED, UrgentEvent.LIFT): UrgentState.LIFTED,
        (UrgentState.ENTERED, UrgentEvent.KEEP_HIDDEN): UrgentState.KEPT_HIDDEN,
        (UrgentState.KEPT_HIDDEN, UrgentEvent.CONFIRM): UrgentState.CONFIRMED,
        (UrgentState.KEPT_HIDDEN, UrgentEvent.LIFT): UrgentState.LIFTED,
    },
)


class PolicyState(StrEnum):
    PROPOSED = "proposed"
    IN_FORCE = "in-force"
    RETIRED = "retired"
    RETURNED = "returned"


class PolicyEvent(StrEnum):
    APPROVE = "approve"
    RETURN = "return"
    RETIRE = "retire"


POLICY: Lifecycle[PolicyState, PolicyEvent] = Lifecycle(
    name="policy",
    start=PolicyState.PROPOSED,
    turn={
        PolicyState.PROPOSED: "second moderator",
        PolicyState.IN_FORCE: "nobody",
        PolicyState.RETIRED: "nobody",
        PolicyState.RETURNED: "nobody",
    },
    arrows={
        (PolicyState.PROPOSED, PolicyEvent.APPROVE): PolicyState.IN_FORCE,
        (PolicyState.PROPOSED, PolicyEvent.RETURN): PolicyState.RETURNED,
        (PolicyState.IN_FORCE, PolicyEvent.RETIRE): PolicyState.RETIRED,
    },
)


class AttachmentState(StrEnum):
    QUARANTINED = "quarantined"
    SHOWN = "shown"
    REFUSED = "refused"


class AttachmentEvent(StrEnum):
    SHOW = "show"
    REFUSE = "refuse"


ATTACHMENT: Lifecycle[AttachmentState, AttachmentEvent] = Lifecycle(
    name="attachment",
    start=AttachmentState.QUARANTINED,
    turn={
        AttachmentState.QUARANTINED: "system",
        AttachmentState.SHOWN: "nobody",
        AttachmentState.REFUSED: "nobody",
    },
    arrows={
        (AttachmentState.QUARANTINED, AttachmentEvent.SHOW): AttachmentState.SHOWN,
        (AttachmentState.QUARANTINED, AttachmentEvent.REFUSE): AttachmentState.REFUSED,
    },
)


class RuleState(StrEnum):
    DRAFT = "draft"
    BACKTESTED = "backtested"
    SHADOW = "shadow"
    CANARY = "canary"
    LIVE = "live"
    PUSHED = "pushed"
    RETIRED = "retired"
    RETURNED = "returned"
    EXPIRED = "expired"


class RuleEvent(StrEnum):
    BACKTEST = "backtest"
    SHADOW = "shadow"
    CANARY = "canary"
    GO_LIVE = "go-live"
    PUSH = "push"
    RATIFY = "ratify"
    RETIRE = "retire"
    RETURN = "return"
    EXPIRE = "expire"


_RS, _RE = RuleState, RuleEvent
RULE: Lifecycle[RuleState, RuleEvent] = Lifecycle(
    name="rule",
    start=_RS.DRAFT,
    turn={
        _RS.DRAFT: "author",
        _RS.BACKTESTED: "author",
        _RS.SHADOW: "second person",
        _RS.CANARY: "author",
        _RS.LIVE: "nobody",
        _RS.PUSHED: "second person",
        _RS.RETIRED: "nobody",
        _RS.RETURNED: "nobody",
        _RS.EXPIRED: "nobody",
    },
    arrows={
        (_RS.DRAFT, _RE.BACKTEST): _RS.BACKTESTED,
        (_RS.DRAFT, _RE.PUSH): _RS.PUSHED,
        (_RS.DRAFT, _RE.RETURN): _RS.RETURNED,
        (_RS.BACKTESTED, _RE.BACKTEST): _RS.BACKTESTED,
        (_RS.BACKTESTED, _RE.SHADOW): _RS.SHADOW,
        (_RS.BACKTESTED, _RE.PUSH): _RS.PUSHED,
        (_RS.BACKTESTED, _RE.RETURN): _RS.RETURNED,
        (_RS.SHADOW, _RE.BACKTEST): _RS.BACKTESTED,
        (_RS.SHADOW, _RE.CANARY): _RS.CANARY,
        (_RS.SHADOW, _RE.PUSH): _RS.PUSHED,
        (_RS.SHADOW, _RE.RETURN): _RS.RETURNED,
        (_RS.CANARY, _RE.BACKTEST): _RS.BACKTESTED,
        (_RS.CANARY, _RE.GO_LIVE): _RS.LIVE,
        (_RS.CANARY, _RE.PUSH): _RS.PUSHED,
        (_RS.CANARY, _RE.RETIRE): _RS.RETIRED,
        (_RS.LIVE, _RE.RATIFY): _RS.LIVE,
        (_RS.LIVE, _RE.RETIRE): _RS.RETIRED,
        (_RS.LIVE, _RE.EXPIRE): _RS.EXPIRED,
        (_RS.PUSHED, _RE.BACKTEST): _RS.PUSHED,
        (_RS.PUSHED, _RE.RATIFY): _RS.LIVE,
        (_RS.PUSHED, _RE.RETIRE): _RS.RETIRED,
        (_RS.PUSHED, _RE.EXPIRE): _RS.EXPIRED,
    },
)

LIFECYCLES: Mapping[str, Lifecycle[Any, Any]] = {
    machine.name: machine
    for machine in (
        REPORT,
        CASE,
        DECISION,
        ENFORCEMENT,
        APPEAL,
        SERVICE,
        FILING,
        URGENT,
        POLICY,
        ATTACHMENT,
        RULE,
    )
}
"""All machines by name; triggers, documentation and generic tests walk this mapping."""
