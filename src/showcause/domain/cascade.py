"""What falls when a ground falls (guarantee 4), and what a person must look at first.

A derived decision names the earlier decision and restriction that it rests on. When that restriction is reversed or
amended away, every decision left without a ground falls with it, breadth first. Re-imposing a ground revives nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from showcause.domain.decision import Decision, Finding
from showcause.domain.errors import NoGroundInForce
from showcause.domain.lifecycle import DecisionState
from showcause.domain.policy import Clause, Urgent

CASCADE_BOUND = 50
REVIEW_WITHIN = timedelta(hours=24)

PROTECTED_KEYWORDS = frozenset(
    {
        "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL",
        "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE",
        "KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS",
        "KEYWORD_IMPERSONATION_ACCOUNT_HIJACKING",
    }
)
"""Child safety and account hijacking: such a decision is held for a person and never falls by time alone."""


@dataclass(frozen=True, slots=True)
class FallHold:
    """A decision whose ground fell and that a person looks at before it falls.

    `settled` is "", "fell" or "stays".
    """

    id: str
    decision: str
    ground: str
    held_at: datetime
    due_at: datetime
    protected: bool
    settled: str = ""
    settled_by: str | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class GroundLink:
    """That `decision` rests on `restriction` of the earlier decision `ground`. Never changes."""

    id: str
    decision: str
    ground: str
    restriction: str
    revision: int = 0


def stands(finding: Finding, fallen: Collection[str]) -> bool:
    """Tell whether a finding still has a ground: it needs none, or names a restriction that has not fallen."""
    return not finding.grounds or any(ground.restriction not in fallen for ground in finding.grounds)


def falls(decision: Decision, fallen: Collection[str]) -> bool:
    """Tell whether a decision is left without any recorded ground once these restrictions have fallen."""
    return bool(decision.findings) and not any(stands(finding, fallen) for finding in decision.findings)


def is_protected(clauses: Collection[Clause]) -> bool:
    """Tell whether child safety or account hijacking is involved, so that no clock lets the decision fall."""
    return any(
        clause.urgent_category is Urgent.CHILD_ABUSE or PROTECTED_KEYWORDS.intersection(clause.keywords)
        for clause in clauses
    )


def must_be_held(count: int, *, protected: bool) -> bool:
    """Tell whether falling decisions are held for review instead of falling at once."""
    return protected or count > CASCADE_BOUND


def check_ground(
    ref_state: DecisionState | None, *, restriction_in_force: bool, cause_recorded: bool
) -> None:
    """Check that what a derived decision names is in force.

    `ref_state` is the state of the named decision, None if there is none; `cause_recorded` is false for a baseline
    restriction that nobody has reviewed.

    Raises: NoGroundInForce, saying why.
    """
    if ref_state is None:
        raise NoGroundInForce("no earlier decision is named, or it does not exist")
    if not cause_recorded:
        raise NoGroundInForce("the earlier restriction was imported and nobody has recorded its cause")
    if ref_state is not DecisionState.IN_FORCE:
        raise NoGroundInForce(f"the earlier decision is {ref_state}, not in force")
    if not restriction_in_force:
        raise NoGroundInForce("the named restriction of the earlier decision has ended")
