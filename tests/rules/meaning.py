"""What a condition means for one event, asked of all four evaluators at once; and why a rule cannot be."""

from typing import Any

import pytest

from showcause.domain.errors import BadInput
from showcause.rules import bounds
from showcause.rules.schema import Schema, Type
from showcause.rules.tracing import Truth
from showcause.rules.tree import (
    Condition,
    Flag,
    Length,
    ListLiteral,
    Membership,
    Pattern,
    Plain,
    TextRelation,
    TextTest,
)
from tests.rules import trees
from tests.rules.evaluators import by_cel, by_python, by_sql, by_trace
from tests.rules.trees import SCHEMA, calculate, compare, event, field, one

TRUE, UNKNOWN, FALSE = Truth.TRUE, Truth.UNKNOWN, Truth.FALSE
NOTHING: dict[str, Any] = {"posts": None, "spent": None}
VERIFIED, FLAGGED = Flag(field("actor.verified")), Flag(field("content.flagged"))
KIND, NAME = field("kind"), field("actor.name")

LEAVES: dict[str, tuple[Condition, dict[str, Plain]]] = {
    "flag": (VERIFIED, {"actor__verified": True}),
    "comparison": (compare(field("actor.age"), "==", field("content.links")), {"actor__age": 1, "content__links": 1}),
    "equality": (compare(KIND, "==", "b"), {"kind": "b"}),
    "inequality": (compare(KIND, "!=", "a"), {"kind": "b"}),
    "membership": (Membership(field("actor.age"), ListLiteral((1, 2), Type.INT)), {"actor__age": 1}),
    "text": (TextTest(TextRelation.CONTAINS, KIND, NAME), {"kind": "ab", "actor__name": "a"}),
    "pattern": (Pattern(KIND, "a"), {"kind": "a"}),
    "sum": (compare(calculate(field("weight"), "+", field("actor.age")), ">", 1), {"weight": 1.0, "actor__age": 1}),
    "length": (compare(Length(KIND), ">", 0), {"kind": "a"}),
}  # fmt: skip
"""One condition of each kind, and an event for which it is TRUE and of which it needs every value."""


def value(condition: Condition, **given: Plain | None) -> Truth:
    """Return a condition's value for an event with only these fields: the same from all four evaluators."""
    rules, events = one(condition), [(event(**given), NOTHING)]
    found = [
        by_trace(rules, events),
        by_python(rules, SCHEMA, events),
        by_sql(rules, SCHEMA, events, trees.COUNTER_TYPES),
        by_cel(rules, SCHEMA, events, trees.COUNTER_TYPES),
    ]
    assert all(each == found[0] for each in found), found
    return found[0][0]["R"]


def refusal(condition: Condition, schema: Schema = SCHEMA) -> str:
    """Return why a rule with this condition cannot be."""
    with pytest.raises(BadInput) as refused:
        bounds.check(one(condition), schema)
    return refused.value.message
