"""Semantics version 1, S-15 to S-18: chance, structure, and text that becomes code.

The numbers are those of docs/reference/rule-semantics.md.
"""

from typing import Any, get_args

import pytest

from showcause.domain.errors import BadInput
from showcause.rules import bounds, python_code, rollout, tree
from showcause.rules.rule_set import SEMANTICS, RuleSet
from showcause.rules.schema import Field, Schema, Type
from showcause.rules.tree import (
    And,
    Comparison,
    Condition,
    CounterValue,
    FieldValue,
    ListLiteral,
    Membership,
    NamedList,
    Not,
    Or,
    Relation,
    Rule,
    RuleReference,
    TextRelation,
    TextTest,
    constant,
)
from tests.rules import trees
from tests.rules.meaning import KIND, LEAVES, TRUE, VERIFIED, refusal, value
from tests.rules.trees import SCHEMA, compare


def test_s15_a_rule_can_say_this_and_nothing_else() -> None:
    nodes = {each.__name__ for each in (*get_args(tree.Value), *get_args(tree.Condition))}
    assert nodes == {
        *("FieldValue", "CounterValue", "Threshold", "Constant", "Arithmetic", "Negative", "Length"),
        *("Flag", "Comparison", "Membership", "TextTest", "Pattern", "RuleReference", "Not", "And", "Or"),
    }


def test_s16_the_share_of_a_rollout_is_chosen_by_hash_and_the_same_for_ever() -> None:
    assert rollout.place("s", "R", "anna") == 0.9156964560373618
    assert len({rollout.place(*each) for each in (("s", "R", "a"), ("t", "R", "a"), ("s", "Q", "a"))}) == 3
    assert rollout.place("ab", "c", "d") != rollout.place("a", "bc", "d")
    places = [rollout.place("s", "R", f"account {number}") for number in range(2000)]
    assert all(0 <= each < 1 for each in places)
    assert 440 < sum(each < 0.25 for each in places) < 560


def test_s17_a_rule_refers_to_earlier_rules_only() -> None:
    assert "no earlier rule `R`" in refusal(RuleReference("R"))
    with pytest.raises(BadInput, match="no earlier rule `R1`"):
        bounds.check(trees.some([RuleReference("R1"), VERIFIED]), SCHEMA)


def test_s17_what_is_derived_from_reports_says_so_through_every_reference() -> None:
    schema = Schema((*SCHEMA.fields, Field("actor.reports", Type.INT, from_reports=True)))
    tainted = Comparison(Relation.MORE, FieldValue("actor.reports", Type.INT, from_reports=True), constant(3))
    bounds.check(trees.some([tainted, RuleReference("R0", from_reports=True)]), schema)
    hidden = Comparison(Relation.MORE, FieldValue("actor.reports", Type.INT), constant(3))
    lies: list[list[Condition]] = [[hidden], [tainted, RuleReference("R0")]]
    for lying in lies:
        with pytest.raises(BadInput):
            bounds.check(trees.some(lying), schema)


NASTY = [
    "'",
    '"',
    "\\",
    "{x}",
    "');raise SystemExit('",
    "\n",
    "'''",
    "# noqa",
    "%s",
    "?",
    "$1",
    "é\U0001f600",
]


@pytest.mark.parametrize("text", NASTY)
def test_s18_text_of_rules_never_becomes_code(text: str) -> None:
    assert value(compare(KIND, "==", text), kind=text) is TRUE
    assert value(Membership(KIND, ListLiteral((text, "z"), Type.TEXT)), kind=text) is TRUE
    assert value(TextTest(TextRelation.ENDS_WITH, KIND, constant(text)), kind="a" + text) is TRUE


def test_s18_names_that_could_be_code_are_no_names() -> None:
    for name in ("R')", "a b", "__import__('os')", "", "R\n", '"'):
        with pytest.raises(BadInput):
            bounds.check(RuleSet((Rule(name, VERIFIED),)), SCHEMA)
    for path in ("a']", "a.b.c", "A", "a\n", ""):
        with pytest.raises(BadInput):
            Field(path, Type.TEXT)


def test_s18_generated_code_has_no_builtins_and_names_only_what_it_was_given() -> None:
    text, names = python_code.source(_every_kind())
    assert "__" not in text
    assert "import" not in text
    evaluate = python_code.compile_set(_every_kind(), SCHEMA)
    scope: dict[str, Any] = evaluate.__globals__  # type: ignore[attr-defined]
    assert scope["__builtins__"] == {}
    assert set(scope) == {*names, "__builtins__", "evaluate"}


def test_the_semantics_have_a_number() -> None:
    assert SEMANTICS == 1


def _every_kind() -> RuleSet:
    posts = Comparison(Relation.MORE, CounterValue("posts"), constant(3))
    listed = Membership(KIND, NamedList("names", Type.TEXT))
    drawn = [And((condition, Not(condition))) for condition, _ in LEAVES.values()]
    return trees.some([*drawn, Or((posts, listed)), RuleReference("R0")])
