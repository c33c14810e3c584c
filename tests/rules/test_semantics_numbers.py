"""Semantics version 1, S-7 to S-9: which numbers there are, and what calculations give.

The numbers are those of docs/reference/rule-semantics.md.
"""

import pytest

from showcause.domain.errors import BadInput
from showcause.rules.admitting import admit
from showcause.rules.schema import Type
from showcause.rules.tree import ListLiteral, Membership, NamedList, Not
from tests.rules.meaning import FALSE, TRUE, UNKNOWN, value
from tests.rules.trees import SCHEMA, calculate, compare, field

AGE, WEIGHT = field("actor.age"), field("weight")
NO_NUMBERS = [
    ("weight", float("nan")),
    ("weight", float("inf")),
    ("weight", -float("inf")),
    ("actor.age", 2**53 + 1),
    ("actor.age", -(2**53) - 1),
    ("weight", 2**53 + 1),
    ("actor.age", True),
    ("weight", False),
    ("actor.age", 1.0),
    ("actor.verified", 1),
    ("kind", 5),
]


@pytest.mark.parametrize("path,given", NO_NUMBERS)
def test_s7_what_is_no_value_of_its_type_is_refused_at_the_door(path: str, given: object) -> None:
    group, dot, key = path.rpartition(".")
    with pytest.raises(BadInput, match=f"^{path} "):
        admit(SCHEMA, {group: {key: given}} if dot else {key: given})


def test_s7_the_largest_whole_number_is_admitted_and_an_int_where_a_float_may_stand() -> None:
    admitted = admit(SCHEMA, {"weight": 3, "actor": {"age": 2**53}}).event
    assert admitted["actor"]["age"] == 2**53
    assert isinstance(admitted["weight"], float)


def test_s8_a_quotient_is_never_rounded_to_a_whole_number() -> None:
    assert value(compare(calculate(AGE, "/", 2), "==", 3.5), actor__age=7) is TRUE


@pytest.mark.parametrize("zero", [0, 0.0, -0.0])
def test_s8_a_division_by_zero_is_unknown(zero: float) -> None:
    ratio = compare(calculate(WEIGHT, "/", zero), ">", 0)
    for number in (0.0, 1.0, -1.0):
        assert value(ratio, weight=number) is UNKNOWN
        assert value(Not(ratio), weight=number) is UNKNOWN


def test_s8_a_result_that_is_not_finite_is_unknown_wherever_it_arises() -> None:
    square = calculate(WEIGHT, "*", WEIGHT)
    sunk = calculate(0, "-", square)
    for relation in ("<", "<=", ">", ">=", "==", "!="):
        for infinite in (square, sunk):
            assert value(compare(infinite, relation, 1), weight=1e200) is UNKNOWN
            assert value(compare(1, relation, infinite), weight=1e200) is UNKNOWN
        assert value(compare(square, relation, square), weight=1e200) is UNKNOWN
    assert value(compare(calculate(1, "/", square), "==", 0), weight=1e200) is UNKNOWN
    assert value(compare(calculate(square, "-", square), "==", 0), weight=1e200) is UNKNOWN
    assert value(Membership(square, ListLiteral((0.0, 1.0), Type.FLOAT)), weight=1e200) is UNKNOWN
    assert value(compare(square, ">", 1), weight=1e100) is TRUE


@pytest.mark.parametrize("sign", [1, -1])
def test_s8_a_whole_result_beyond_two_to_the_53_is_unknown(sign: int) -> None:
    def nonzero(operator: str, by: object, age: int) -> object:
        other = AGE if by == "itself" else by
        assert isinstance(other, int) or other is AGE
        return value(compare(calculate(AGE, operator, other), "!=", 0), actor__age=sign * age)

    assert nonzero("+", sign, 2**53) is UNKNOWN
    assert nonzero("+", 0, 2**53) is TRUE
    assert nonzero("*", "itself", 94906267) is UNKNOWN
    assert nonzero("*", "itself", 94906265) is TRUE
    assert nonzero("*", 2**53, 2**53) is UNKNOWN
    back = calculate(calculate(AGE, "*", 2), "-", AGE)
    assert value(compare(back, "==", AGE), actor__age=sign * 2**53) is UNKNOWN


def test_s8_a_sum_of_sixty_terms_and_a_tower_of_quotients_agree_everywhere() -> None:
    total, tower = calculate(AGE, "+", 1), calculate(WEIGHT, "/", 3)
    for number in range(12):
        total = calculate(calculate(total, "*", 2), "-", number)
        tower = calculate(1.5, "/", tower)
    assert value(compare(total, ">", 0), actor__age=1) is TRUE
    assert value(compare(total, ">", 0), actor__age=2**50) is UNKNOWN
    assert value(compare(tower, ">", 0), weight=2.0) is TRUE
    assert value(compare(tower, ">", 0), weight=0.0) is UNKNOWN


def test_s9_whole_numbers_and_fractions_compare_by_value() -> None:
    assert value(compare(AGE, "==", WEIGHT), actor__age=2**53, weight=2.0**53) is TRUE
    assert value(compare(AGE, "<", 2.5), actor__age=2) is TRUE
    assert value(Membership(AGE, ListLiteral((0.5, 2.0), Type.FLOAT)), actor__age=2) is TRUE
    assert value(Membership(WEIGHT, NamedList("ages", Type.INT)), weight=5.0) is TRUE


def test_s9_sums_are_taken_from_the_left_as_they_are_written() -> None:
    left = calculate(calculate(0.1, "+", 0.2), "+", WEIGHT)
    right = calculate(0.1, "+", calculate(0.2, "+", WEIGHT))
    assert value(compare(left, "==", 0.6), weight=0.3) is FALSE
    assert value(compare(right, "==", 0.6), weight=0.3) is TRUE
    assert value(compare(left, "==", 0.6000000000000001), weight=0.3) is TRUE
