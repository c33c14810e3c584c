"""Negation normal form: the same condition with `not` pushed down until it stands before a leaf or disappears.

In this form only `and` and `or` remain above the leaves. Both are monotone: where a leaf that is UNKNOWN counts as
false, the whole is true exactly where Kleene's logic says TRUE. That is how a plain Python expression can decide a
three-valued condition (S-3). A swapped comparison is the negation of the other only because no value is NaN (S-7).
"""

from typing import TypeAlias, assert_never

from showcause.rules.tree import (
    And,
    Comparison,
    Condition,
    Flag,
    Leaf,
    Membership,
    Not,
    Or,
    Pattern,
    Relation,
    RuleReference,
    TextTest,
)

Normal: TypeAlias = Leaf | Not | And | Or
"""A condition in which every `Not` stands directly before a leaf that is no comparison."""

OPPOSITE = {
    Relation.EQUAL: Relation.UNEQUAL,
    Relation.UNEQUAL: Relation.EQUAL,
    Relation.LESS: Relation.AT_LEAST,
    Relation.AT_LEAST: Relation.LESS,
    Relation.MORE: Relation.AT_MOST,
    Relation.AT_MOST: Relation.MORE,
}


def normal(condition: Condition) -> Normal:
    """Return the form that is true where the condition is TRUE."""
    return _pushed(condition, negated=False)


def opposite(condition: Condition) -> Normal:
    """Return the form that is true where the condition is FALSE."""
    return _pushed(condition, negated=True)


def _pushed(condition: Condition, *, negated: bool) -> Normal:
    match condition:
        case Not():
            return _pushed(condition.operand, negated=not negated)
        case And() | Or():
            parts = tuple(_pushed(each, negated=negated) for each in condition.operands)
            joined = And if isinstance(condition, And) is not negated else Or
            return joined(parts, span=condition.span)
        case Comparison() if negated:
            relation = OPPOSITE[condition.relation]
            return Comparison(relation, condition.left, condition.right, span=condition.span)
        case Flag() | Comparison() | Membership() | TextTest() | Pattern() | RuleReference():
            return Not(condition, span=condition.span) if negated else condition
        case _:
            assert_never(condition)
