"""The trace: what was looked at, what it saw, what decided; and the alarm when it contradicts the function."""

import pytest

from showcause.domain.errors import Broken
from showcause.rules.schema import Type
from showcause.rules.tracing import Seen, Trace, confirm, trace
from showcause.rules.tree import And, Condition, Not, Or, Plain, RuleReference, Threshold
from tests.rules import trees
from tests.rules.meaning import FALSE, FLAGGED, KIND, NOTHING, TRUE, UNKNOWN, VERIFIED
from tests.rules.trees import calculate, compare, event, field, one

YOUNG = compare(field("actor.age"), "<", 10)
POST = compare(KIND, "==", "post")


def traced(condition: Condition, **given: Plain | None) -> Trace:
    return trace(one(condition), "R", event(**given), NOTHING)


def saw(seen: Seen) -> list[tuple[str, Plain | None]]:
    return [(each.name, each.value) for each in seen.operands]


def test_each_leaf_says_what_it_saw_in_the_order_in_which_it_is_written() -> None:
    total = calculate(field("content.links"), "*", Threshold("few", Type.INT))
    found = traced(compare(field("actor.age"), "<", total), actor__age=3, content__links=5)
    assert found.truth is TRUE
    assert saw(found.seen) == [("actor.age", 3), ("content.links", 5), ("few", 2)]


def test_a_leaf_that_lacks_a_value_shows_all_of_them_and_says_which_is_missing() -> None:
    found = traced(compare(field("actor.age"), "<", field("content.links")), content__links=5)
    assert (found.truth, found.seen.why) == (UNKNOWN, "actor.age is missing")
    assert saw(found.seen) == [("actor.age", None), ("content.links", 5)]
    assert found.seen.missing() == {"actor.age"}


def test_nothing_is_looked_at_that_no_longer_matters() -> None:
    found = traced(And((POST, YOUNG)), kind="edit", actor__age=3)
    assert [part.node for part in found.seen.parts] == [POST]
    found = traced(Or((POST, YOUNG)), kind="post")
    assert [part.node for part in found.seen.parts] == [POST]
    found = traced(And((YOUNG, POST, VERIFIED)), kind="edit")
    assert [part.truth for part in found.seen.parts] == [UNKNOWN, FALSE]


@pytest.mark.parametrize(
    "condition,given,truth,deciding",
    [
        (And((POST, YOUNG)), {"kind": "post", "actor__age": 3}, TRUE, [POST, YOUNG]),
        (And((POST, YOUNG)), {"kind": "post", "actor__age": 30}, FALSE, [YOUNG]),
        (And((YOUNG, POST)), {"kind": "edit"}, FALSE, [POST]),
        (And((YOUNG, POST)), {"kind": "post"}, UNKNOWN, [YOUNG]),
        (Or((POST, YOUNG)), {"kind": "edit", "actor__age": 3}, TRUE, [YOUNG]),
        (Or((POST, YOUNG)), {"kind": "edit", "actor__age": 30}, FALSE, [POST, YOUNG]),
        (Not(Or((POST, And((YOUNG, VERIFIED))))), {"kind": "a", "actor__age": 99}, TRUE, [POST, YOUNG]),
    ],
)
def test_it_says_which_conditions_decided(
    condition: Condition, given: dict[str, Plain], truth: object, deciding: list[Condition]
) -> None:
    found = traced(condition, **given)
    assert found.truth is truth
    assert [each.node for each in found.deciding()] == deciding


def test_what_an_earlier_rule_saw_is_part_of_the_trace() -> None:
    rules = trees.some([YOUNG, And((Not(RuleReference("R0")), FLAGGED))])
    found = trace(rules, "R1", event(actor__age=30, content__flagged=True), NOTHING)
    assert found.truth is TRUE
    assert [each.node for each in found.deciding()] == [YOUNG, FLAGGED]


def test_a_hit_that_the_trace_does_not_confirm_is_an_alarm() -> None:
    rules, given = trees.some([YOUNG, POST]), event(actor__age=3, kind="edit")
    assert list(confirm(rules, ["R0"], given, NOTHING)) == ["R0"]
    with pytest.raises(Broken, match="R1"):
        confirm(rules, ["R0", "R1"], given, NOTHING)
