"""What the function decided is confirmed by an evaluator that walks the rule as it was written."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from showcause.domain.errors import Broken
from showcause.rules.confirming import confirming, holding
from showcause.rules.rule_set import RuleSet
from showcause.rules.tracing import Truth
from showcause.rules.tree import Condition, Or
from tests.rules import trees
from tests.rules.evaluators import Given, by_trace

SAID = {True: Truth.TRUE, False: Truth.FALSE, None: Truth.UNKNOWN}
slow_to_draw = [HealthCheck.too_slow, HealthCheck.data_too_large]
many = st.lists(trees.events(), min_size=1, max_size=6)


def agrees(rules: RuleSet, events: list[Given]) -> None:
    """Compare every value with that of the evaluator that explains, and what is confirmed with it."""
    holds, confirm = holding(rules), confirming(rules)
    for (event, counters), traced in zip(events, by_trace(rules, events), strict=True):
        assert {rule: SAID[said(event, counters)] for rule, said in holds.items()} == traced
        for rule, truth in traced.items():
            if truth is Truth.TRUE:
                confirm([rule], event, counters)
            else:
                with pytest.raises(Broken):
                    confirm([rule], event, counters)


@settings(max_examples=40, suppress_health_check=slow_to_draw)
@given(trees.rule_sets(), many)
def test_it_agrees_with_the_trace_on_random_rule_sets_and_events(rules: RuleSet, events: list[Given]) -> None:
    agrees(rules, events)


@settings(max_examples=40, suppress_health_check=slow_to_draw)
@given(st.lists(trees.comparisons(4), min_size=4, max_size=12), many)
def test_it_agrees_with_the_trace_on_calculations(drawn: list[Condition], events: list[Given]) -> None:
    agrees(trees.some(drawn), events)


def test_where_it_cannot_tell_the_trace_has_the_last_word() -> None:
    """An event that lacks a group makes it raise; a rule that holds all the same is confirmed."""
    rules = trees.one(
        Or(
            (
                trees.compare(trees.field("actor.age"), ">", 5),
                trees.compare(trees.field("kind"), "==", "post"),
            )
        )
    )
    event: dict[str, Any] = {"kind": "post"}
    confirming(rules)([rules.rules[0].id], event, {})
    with pytest.raises(Broken, match="fired"):
        confirming(rules)([rules.rules[0].id], {"kind": "join"}, {})
