"""The negation normal form: `not` before leaves only, and the same values as before."""

from hypothesis import given

from showcause.rules.normal import OPPOSITE, normal, opposite
from showcause.rules.tracing import trace_all
from showcause.rules.tree import And, Comparison, Condition, Not, Or, Relation, walk
from tests.rules import trees
from tests.rules.evaluators import Given


@given(trees.conditions())
def test_no_not_is_left_but_before_a_leaf_that_has_no_opposite(condition: Condition) -> None:
    for form in (normal(condition), opposite(condition)):
        denied = [each.operand for each in walk(form) if isinstance(each, Not)]
        assert not any(isinstance(each, And | Or | Not | Comparison) for each in denied)


@given(trees.conditions(), trees.events())
def test_both_forms_have_the_values_that_their_names_promise(condition: Condition, drawn: Given) -> None:
    rules = trees.some([condition, normal(condition), opposite(condition), normal(opposite(condition))])
    values = [each.truth for each in trace_all(rules, *drawn).values()]
    assert values == [values[0], values[0], values[0].denied, values[0].denied]


def test_the_opposite_of_an_opposite_is_the_relation_itself() -> None:
    assert all(OPPOSITE[OPPOSITE[each]] is each is not OPPOSITE[each] for each in Relation)
