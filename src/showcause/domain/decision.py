"""Decisions: how everything leaves. Their content never changes; a later one supersedes an earlier one and names it.

The law of proposing, approving, holding and undoing stands here; what a statement must contain stands in
`statement.py`, what falls with a fallen ground in `cascade.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from showcause.domain.errors import BadInput, IllegalStep, NotPermitted, SamePerson
from showcause.domain.lifecycle import DecisionState
from showcause.domain.people import AUTOMATION, Moderator, can_decide
from showcause.domain.policy import Clause, Rung, needs_second
from showcause.domain.restriction import MEASURES, Measure

HOLD = timedelta(hours=4)
UNDO = timedelta(seconds=30)
SINGLE_OPERATOR_LIMIT = timedelta(days=7)


class Outcome(StrEnum):
    """What a decision does: restrict, find no breach, or end what an earlier one imposed."""

    RESTRICT = "restrict"
    NO_BREACH = "no-breach"
    LIFT = "lift"


class Cause(StrEnum):
    """Why this decision was made: on a case, or following an earlier decision."""

    CASE = "case"
    INTERIM = "interim"
    APPEAL = "appeal"
    GROUND_FELL = "ground-fell"
    APPEAL_OVERDUE = "appeal-overdue"
    URGENT = "urgent"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class GroundRef:
    """The earlier decision, and which of its restrictions, that a derived decision rests on."""

    decision: str
    restriction: str


@dataclass(frozen=True, slots=True)
class Finding:
    """That a clause is breached, by which elements, and on which earlier decisions if it needs one."""

    clause: str
    elements: tuple[str, ...]
    preset: str
    grounds: tuple[GroundRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """One planned measure: on whom, how long (None: open end), where, and the ladder's rung it comes from."""

    subject: str
    measure: Measure
    duration: timedelta | None
    rung: str
    territories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AutomationUse:
    """Whether automated means took part in detection and in the decision (DSA Art. 17(3)(c))."""

    detection: bool = False
    decision: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about one subject.

    Only these fields ever change, and each only forward: `state`, `approver`, `approved_at`, `commit_at`,
    `decided_at`, `interim_decision`, `revision`. All others are its content. `facts` and `evidence` are sealed ids;
    `reference` is what a letter quotes, `leaf` the id of its log entry; both are random and chosen at the proposal.

    `campaign` is the sealed id of the list of subjects that a campaign decision hits; its only act then stands for
    one on each of them. `ends` names the restrictions of the campaign decision `part_of` that this one ends, without
    superseding the rest.
    """

    id: str
    state: DecisionState
    case: str | None
    subject: str
    platform: str
    outcome: Outcome
    cause: Cause
    findings: tuple[Finding, ...]
    acts: tuple[Act, ...]
    facts: str
    evidence: tuple[str, ...]
    source: str | None
    automation: AutomationUse
    proposer: str
    second_needed: bool
    single_operator: bool
    proposed_at: datetime
    reference: str
    leaf: str
    language: str = "en"
    content_type: str = "CONTENT_TYPE_OTHER"
    content_language: str | None = None
    hold_until: datetime | None = None
    interim: Act | None = None
    supersedes: str | None = None
    appeal: str | None = None
    urgent: str | None = None
    campaign: str | None = None
    part_of: str | None = None
    ends: tuple[str, ...] = ()
    approver: str | None = None
    approved_at: datetime | None = None
    commit_at: datetime | None = None
    decided_at: datetime | None = None
    interim_decision: str | None = None
    revision: int = 0


def rung_of(act: Act, finding: Finding, clauses: Mapping[str, Clause]) -> Rung:
    """Return the ladder's rung that an act comes from.

    Raises: BadInput if the clause has no such rung or the act differs from it in measure or exceeds its duration.
    """
    rung = clauses[finding.clause].rung(act.rung)
    if rung is None:
        raise BadInput(f"the ladder of {finding.clause} has no rung {act.rung!r}")
    if rung.measure is not act.measure:
        raise BadInput(f"the rung {act.rung!r} of {finding.clause} is {rung.measure}, not {act.measure}")
    if rung.duration is not None and (act.duration is None or act.duration > rung.duration):
        raise BadInput(f"the rung {act.rung!r} of {finding.clause} allows at most {rung.duration}")
    return rung


def second_is_needed(rungs: tuple[Rung, ...], *, reach_high: bool, accounts_hit: int) -> bool:
    """Tell whether the blast radius of these rungs asks for a second pair of eyes (guarantee 5)."""
    return any(needs_second(rung, reach_high, accounts_hit) for rung in rungs)


def capped(act: Act, *, single_operator: bool, second_needed: bool) -> Act:
    """Return the act as far as one person may take it.

    In single-operator mode, what would need two people lasts at most seven days and must be reversible.

    Raises: NotPermitted for an irreversible measure that needs two people where there is only one.
    """
    if not (single_operator and second_needed):
        return act
    if not MEASURES[act.measure].reversible:
        raise NotPermitted(
            f"{act.measure} cannot be undone and needs two people; this house has one moderator",
            "Choose a measure that can be undone, for example hide, or add a second moderator.",
        )
    duration = min(act.duration or SINGLE_OPERATOR_LIMIT, SINGLE_OPERATOR_LIMIT)
    return Act(act.subject, act.measure, duration, act.rung, act.territories)


def check_interim(interim: Act, rung: Rung, *, reach_high: bool, accounts_hit: int = 1) -> None:
    """Check that the interim rung is one that a single person may take and that can be undone.

    Raises: NotPermitted otherwise.
    """
    if needs_second(rung, reach_high, accounts_hit):
        raise NotPermitted(
            f"the interim rung {interim.rung!r} itself needs a second person", "Choose a milder rung."
        )
    if not MEASURES[interim.measure].reversible:
        raise NotPermitted(f"an interim {interim.measure} could not be undone", "Choose a milder rung.")


def check_approver(decision: Decision, approver: Moderator) -> None:
    """Check that this person may approve the proposal.

    Raises: IllegalStep unless it is proposed and not yet approved; NotPermitted without the right to decide;
    SamePerson if two people are needed and this one proposed it. Automation never approves.
    """
    if decision.state is not DecisionState.PROPOSED:
        raise IllegalStep(f"the decision is {decision.state}, so there is nothing to approve")
    if decision.approver is not None:
        raise IllegalStep("the decision is approved already and waits for its undo delay to end")
    if not can_decide(approver):
        raise NotPermitted("this person's role does not allow approving decisions")
    if decision.second_needed and not decision.single_operator and approver.id == decision.proposer:
        raise SamePerson(
            "you proposed this decision; nobody approves their own proposal where two people are needed"
        )


def check_commit(decision: Decision, now: datetime) -> None:
    """Check that an approved decision's undo delay is over.

    Raises: IllegalStep if it is not approved, was returned, or the delay still runs.
    """
    if (
        decision.state is not DecisionState.PROPOSED
        or decision.approver is None
        or decision.commit_at is None
    ):
        raise IllegalStep(f"the decision is {decision.state} and not waiting for its commit")
    if now < decision.commit_at:
        raise IllegalStep(f"the decision can be undone until {decision.commit_at:%H:%M:%S} UTC")


def deciders(decision: Decision) -> int:
    """Return how many distinct people decided: 0 for a machine, else 1 or 2. All that the public learns of them."""
    return len({decision.proposer, decision.approver} - {None, AUTOMATION})
