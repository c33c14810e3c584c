"""One tree, four evaluators, one answer: the generated function, the trace, DuckDB and Google's CEL."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from showcause.rules.rule_set import RuleSet
from showcause.rules.tracing import Truth
from tests.rules import trees
from tests.rules.evaluators import Given, by_cel, by_python, by_sql, by_trace

many = st.lists(trees.events(), min_size=1, max_size=6)
slow_to_draw = [HealthCheck.too_slow, HealthCheck.data_too_large]


def agree(rules: RuleSet, events: list[Given]) -> None:
    """Let all four evaluate, and compare: the function's hits with what is TRUE, the other three value by value."""
    traced = by_trace(rules, events)
    hits = [[rule for rule, value in each.items() if value is Truth.TRUE] for each in traced]
    assert by_python(rules, trees.SCHEMA, events) == hits
    assert by_sql(rules, trees.SCHEMA, events, trees.COUNTER_TYPES) == traced
    assert by_cel(rules, trees.SCHEMA, events, trees.COUNTER_TYPES) == traced


@settings(max_examples=30, deadline=None, suppress_health_check=slow_to_draw)
@given(trees.rule_sets(), many)
def test_all_four_agree_on_random_rule_sets_and_events(rules: RuleSet, events: list[Given]) -> None:
    agree(rules, events)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None, suppress_health_check=slow_to_draw)
@given(trees.rule_sets(6), many)
def test_all_four_agree_on_many_random_rule_sets_and_events(rules: RuleSet, events: list[Given]) -> None:
    agree(rules, events)
