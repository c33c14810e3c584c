"""One tree, four evaluators, one answer: the generated function, the trace, DuckDB and Google's CEL."""

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from showcause.rules.rule_set import RuleSet
from showcause.rules.tree import Condition
from tests.rules import trees
from tests.rules.evaluators import Given, by_cel, by_python, by_sql, by_trace

many = st.lists(trees.events(), min_size=1, max_size=6)
slow_to_draw = [HealthCheck.too_slow, HealthCheck.data_too_large]


def agree(rules: RuleSet, events: list[Given]) -> None:
    """Let all four evaluate, and compare every value."""
    note(f"{rules.rules}\n{events}")
    traced = by_trace(rules, events)
    assert by_python(rules, trees.SCHEMA, events) == traced
    assert by_sql(rules, trees.SCHEMA, events, trees.COUNTER_TYPES) == traced
    assert by_cel(rules, trees.SCHEMA, events, trees.COUNTER_TYPES) == traced


@settings(max_examples=30, suppress_health_check=slow_to_draw)
@given(trees.rule_sets(), many)
def test_all_four_agree_on_random_rule_sets_and_events(rules: RuleSet, events: list[Given]) -> None:
    agree(rules, events)


@settings(max_examples=30, suppress_health_check=slow_to_draw)
@given(st.lists(trees.comparisons(4), min_size=4, max_size=12), many)
def test_all_four_agree_on_calculations_to_the_edge_of_numbers(
    drawn: list[Condition], events: list[Given]
) -> None:
    agree(trees.some(drawn), events)


@pytest.mark.slow
@settings(max_examples=1200, suppress_health_check=slow_to_draw)
@given(trees.rule_sets(6), many)
def test_all_four_agree_on_many_random_rule_sets_and_events(rules: RuleSet, events: list[Given]) -> None:
    agree(rules, events)


@pytest.mark.slow
@settings(max_examples=800, suppress_health_check=slow_to_draw)
@given(st.lists(trees.comparisons(4), min_size=4, max_size=20), many)
def test_all_four_agree_on_many_calculations(drawn: list[Condition], events: list[Given]) -> None:
    agree(trees.some(drawn), events)
