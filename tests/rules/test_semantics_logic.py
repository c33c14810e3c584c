"""Semantics version 1, S-1 to S-6: three values, what is not known, what is raised.

The numbers are those of docs/reference/rule-semantics.md.
"""

import itertools

import pytest
from hypothesis import given

from showcause.rules import python_code, tracing
from showcause.rules.admitting import admit
from showcause.rules.tracing import Truth
from showcause.rules.tree import And, Condition, Flag, Not, Or, Pattern, Plain, Relation, RuleReference
from tests.rules import trees
from tests.rules.evaluators import Given, by_python
from tests.rules.meaning import (
    FALSE,
    FLAGGED,
    KIND,
    LEAVES,
    NOTHING,
    TRUE,
    UNKNOWN,
    VERIFIED,
    refusal,
    value,
)
from tests.rules.trees import SCHEMA, calculate, compare, event, field, one

FLAG = {TRUE: True, FALSE: False, UNKNOWN: None}
PAIRS = list(itertools.product(Truth, Truth))


@pytest.mark.parametrize("first,second", PAIRS)
def test_s1_and_is_the_least_or_the_most_and_not_turns_round(first: Truth, second: Truth) -> None:
    flags = {"actor__verified": FLAG[first], "content__flagged": FLAG[second]}
    assert value(And((VERIFIED, FLAGGED)), **flags) is Truth(min(first.value, second.value))
    assert value(Or((VERIFIED, FLAGGED)), **flags) is Truth(max(first.value, second.value))
    assert value(Not(VERIFIED), **flags) is Truth(2 - first.value)


@pytest.mark.parametrize("leaf", LEAVES)
def test_s2_a_leaf_is_unknown_as_soon_as_one_operand_is_missing(leaf: str) -> None:
    condition, whole = LEAVES[leaf]
    assert value(condition, **whole) is TRUE
    for each in whole:
        assert value(condition, **{**whole, each: None}) is UNKNOWN


def test_s2_a_missing_key_and_a_null_are_the_same() -> None:
    evaluate = python_code.compile_set(one(VERIFIED), SCHEMA)
    for raw in ({"kind": "a"}, {"kind": "a", "actor": None}, {"kind": "a", "actor": {"verified": None}}):
        assert admit(SCHEMA, raw).event == event(kind="a")
        unknown: list[str] = []
        assert evaluate(raw, {}, [], unknown) == []
        assert unknown == ["R"]
        assert tracing.trace(one(VERIFIED), "R", raw, {}).truth is UNKNOWN


@pytest.mark.parametrize("leaf", LEAVES)
def test_s3_unknown_never_fires_neither_plain_nor_denied(leaf: str) -> None:
    condition, whole = LEAVES[leaf]
    evaluate = python_code.compile_set(trees.some([condition, Not(condition)]), SCHEMA)
    assert evaluate(event(), NOTHING, []) == []
    assert evaluate(event(**whole), NOTHING, []) == ["R0"]


@pytest.mark.parametrize("relation", Relation)
def test_s3_a_denied_comparison_is_the_opposite_one_below_at_and_above(relation: Relation) -> None:
    condition = compare(field("actor.age"), relation, 5)
    for age in (4, 5, 6):
        assert value(Not(condition), actor__age=age) is value(condition, actor__age=age).denied


def test_s3_what_one_way_of_an_or_has_made_sure_says_nothing_about_the_other() -> None:
    either = Or((compare(field("actor.age"), ">", 3), VERIFIED))
    assert value(And((either, compare(field("actor.age"), "<", 9))), actor__verified=True) is UNKNOWN


def test_s4_what_a_rule_cannot_know_is_told_with_the_fields_that_were_missing() -> None:
    is_a, is_b = (compare(KIND, "==", text) for text in "ab")
    rules = trees.some([And((is_a, VERIFIED)), is_b, VERIFIED])
    evaluate = python_code.compile_set(rules, SCHEMA)
    unknown: list[str] = []
    assert evaluate(event(kind="a"), NOTHING, [], unknown) == []
    assert unknown == ["R0", "R2"]
    assert tracing.trace(rules, "R0", event(kind="a"), NOTHING).seen.missing() == {"actor.verified"}
    unknown.clear()
    evaluate(event(kind="c"), NOTHING, [], unknown)
    assert unknown == ["R2"]  # the first rule is FALSE whatever the missing value is


def test_s4_a_calculation_that_fails_is_told_even_where_nothing_is_missing() -> None:
    ratio = compare(calculate(field("actor.age"), "/", field("content.links")), ">", 1)
    unknown: list[str] = []
    whole = event(actor__age=1, content__links=0)
    assert python_code.compile_set(one(ratio), SCHEMA)(whole, NOTHING, [], unknown) == []
    assert unknown == ["R"]
    assert tracing.trace(one(ratio), "R", whole, NOTHING).seen.why == "division by zero"


def test_s5_what_raises_in_one_rule_is_told_and_touches_no_other() -> None:
    young = compare(field("actor.age"), "<", 3)
    referring: list[Condition] = [Or((RuleReference("R1"), VERIFIED)), Not(RuleReference("R1"))]
    rules = trees.some([VERIFIED, young, FLAGGED, *referring])
    never_admitted = event(actor__verified=True, content__flagged=True, actor__age="three")
    failures: list[python_code.Failure] = []
    evaluate = python_code.compile_set(rules, SCHEMA)
    for each in (
        never_admitted,
        event(actor__verified=True, content__flagged=True, actor__age="3", kind="a"),
    ):
        failures.clear()
        assert evaluate(each, NOTHING, failures) == ["R0", "R2", "R3"]
        assert [(rule, type(error)) for rule, error in failures] == [("R1", TypeError)]
    traces = tracing.trace_all(rules, never_admitted, NOTHING)
    assert [each.truth for each in traces.values()] == [TRUE, UNKNOWN, TRUE, TRUE, UNKNOWN]
    assert (traces["R1"].seen.failed, traces["R1"].seen.why) == (True, "TypeError was raised")


@pytest.mark.parametrize("denied", [False, True])
def test_s5_function_and_trace_agree_on_rules_that_raise_in_part(denied: bool) -> None:
    parts: list[Condition] = [compare(field("actor.age"), "<", 3), VERIFIED, FLAGGED, Pattern(KIND, "a")]
    given_ = event(actor__verified=True, content__flagged=False, actor__age="three")
    orders = list(itertools.permutations(parts))
    drawn: list[Condition] = [*map(And, orders), *map(Or, orders)]
    rules = trees.some([Not(each) if denied else each for each in drawn])
    hits = python_code.compile_set(rules, SCHEMA)(given_, NOTHING, [])
    traced = tracing.trace_all(rules, given_, NOTHING)
    assert hits == [rule for rule, found in traced.items() if found.truth is TRUE]
    assert 0 < len(hits) < len(drawn)


@given(trees.conditions(depth=2), trees.events())
def test_s5_the_order_of_parts_changes_no_value(condition: Condition, drawn: Given) -> None:
    def turned(node: Condition) -> Condition:
        match node:
            case And() | Or():
                return type(node)(tuple(turned(each) for each in reversed(node.operands)))
            case Not():
                return Not(turned(node.operand))
            case _:
                return node

    values = by_python(trees.some([condition, turned(condition)]), SCHEMA, [drawn])[0]
    assert values["R0"] is values["R1"]


@pytest.mark.parametrize(
    "left,relation,right",
    [(1, "==", True), ("1", "==", 1), (True, "<", False), ("a", "<", 1.0), (0.5, "!=", "0.5")],
)
def test_s6_values_of_different_types_are_not_compared(left: Plain, relation: str, right: Plain) -> None:
    assert refusal(compare(left, relation, right))


def test_s6_nothing_but_a_yes_or_no_is_a_condition() -> None:
    assert "bool is meant" in refusal(Flag(field("actor.age")))
    assert "two conditions" in refusal(And((VERIFIED,)))
    assert "a rule is a condition" in refusal(field("actor.verified"))  # type: ignore[arg-type]
