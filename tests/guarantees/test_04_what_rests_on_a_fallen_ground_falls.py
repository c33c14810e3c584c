"""Guarantee 4, as a property: whatever hangs together how, exactly what has no ground left falls.

The stories of it stand in `tests/casework/test_cascading.py`.
"""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from showcause.domain.cascade import falls
from showcause.domain.decision import AutomationUse, Cause, Decision, Finding, GroundRef, Outcome
from showcause.domain.lifecycle import DecisionState

SOME = Decision(
    *("0", DecisionState.IN_FORCE, None, "s", "p", Outcome.RESTRICT, Cause.CASE, (), (), "f", (), "x"),
    *(AutomationUse(), "m", False, False, datetime(2026, 1, 1, tzinfo=UTC), "r", "l"),
)
grounds = st.lists(st.sampled_from("abcde"), max_size=3).map(
    lambda names: tuple(GroundRef(name, name) for name in names)
)
findings = st.lists(grounds.map(lambda g: Finding("c@1", (), "p", g)), min_size=1, max_size=3).map(tuple)


@given(findings, st.sets(st.sampled_from("abcde")))
def test_a_decision_falls_exactly_when_no_finding_has_a_ground_left(
    found: tuple[Finding, ...], fallen: set[str]
) -> None:
    decision = replace(SOME, findings=found)
    independent = any(not finding.grounds for finding in found)
    left = any(ground.restriction not in fallen for finding in found for ground in finding.grounds)
    assert falls(decision, fallen) == (not independent and not left)


@given(findings, st.sets(st.sampled_from("abcde")), st.sets(st.sampled_from("abcde")))
def test_what_fell_stays_fallen_when_more_falls(
    found: tuple[Finding, ...], fallen: set[str], more: set[str]
) -> None:
    decision = replace(SOME, findings=found)
    if falls(decision, fallen):
        assert falls(decision, fallen | more)
