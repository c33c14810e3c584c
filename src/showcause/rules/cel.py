"""The independent oracle: a rule as text in the Common Expression Language, for Google's evaluator and for export.

CEL knows no third value, and an absent one makes an error or another answer. Therefore a condition becomes two CEL
expressions, one that is true where it is TRUE and one where it is FALSE, and each leaf carries its guards. The whole is
an int: 1 for TRUE, -1 for FALSE, 0 for UNKNOWN. Unlike the other forms, every result of a calculation is checked where
it is made.

Variables: a field is a variable of its path (`actor.age_s`), null where it is missing; a counter is `counter.NAME`; an
earlier rule is `rule.ID` with every character but letters and digits as `_`, an int as above.
"""

import json
import re
from collections.abc import Mapping
from typing import assert_never

from showcause.rules.rule_set import RuleSet
from showcause.rules.schema import Type
from showcause.rules.tree import (
    And,
    Arithmetic,
    Calculation,
    Comparison,
    Condition,
    Constant,
    CounterValue,
    FieldValue,
    Flag,
    Leaf,
    Length,
    ListLiteral,
    Membership,
    NamedList,
    Negative,
    Not,
    Or,
    Pattern,
    Plain,
    RuleReference,
    TextRelation,
    TextTest,
    Threshold,
    Value,
    type_of,
)

EXACT = 9007199254740992
LARGEST = "1.7976931348623157e308"


def expression(rule_set: RuleSet, rule: str) -> str:
    """Return the CEL expression of a rule of a set that was checked."""
    writer = _Writer(rule_set)
    condition = rule_set.by_id[rule].condition
    return f"{writer.holds(condition)} ? 1 : {writer.fails(condition)} ? -1 : 0"


def rule_variable(rule: str) -> str:
    """Return the name of the variable that holds an earlier rule's value."""
    return f"rule.r_{re.sub('[^A-Za-z0-9]', '_', rule)}"


class _Writer:
    """Writes the two expressions of a condition."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.set = rule_set

    def holds(self, node: Condition) -> str:
        """Return what is true where a condition is TRUE, and never an error."""
        match node:
            case Not():
                return self.fails(node.operand)
            case And():
                return _joined(" && ", [self.holds(each) for each in node.operands])
            case Or():
                return _joined(" || ", [self.holds(each) for each in node.operands])
            case RuleReference():
                return f"{rule_variable(node.rule)} == 1"
            case _:
                return _joined(" && ", [*self._guards(node), self._test(node)])

    def fails(self, node: Condition) -> str:
        """Return what is true where a condition is FALSE, and never an error."""
        match node:
            case Not():
                return self.holds(node.operand)
            case And():
                return _joined(" || ", [self.fails(each) for each in node.operands])
            case Or():
                return _joined(" && ", [self.fails(each) for each in node.operands])
            case RuleReference():
                return f"{rule_variable(node.rule)} == -1"
            case _:
                return _joined(" && ", [*self._guards(node), f"!({self._test(node)})"])

    def _test(self, leaf: Leaf) -> str:
        match leaf:
            case Flag():
                return f"{self.value(leaf.value)} == true"
            case Comparison():
                as_double = Type.FLOAT in (type_of(leaf.left), type_of(leaf.right))
                left, right = (self._number(each, as_double=as_double) for each in (leaf.left, leaf.right))
                return f"{left} {leaf.relation.value} {right}"
            case Membership():
                as_double = Type.FLOAT in (type_of(leaf.operand), leaf.items.type)
                entries = [literal(float(each) if as_double else each) for each in self._entries(leaf.items)]
                return f"{self._number(leaf.operand, as_double=as_double)} in [{', '.join(entries)}]"
            case TextTest():
                return f"{self.value(leaf.subject)}.{TESTS[leaf.relation]}({self.value(leaf.argument)})"
            case Pattern():
                return f"{self.value(leaf.subject)}.matches({literal(leaf.pattern)})"
            case RuleReference():
                raise AssertionError("a reference is no leaf here")
            case _:
                assert_never(leaf)

    def _entries(self, items: ListLiteral | NamedList) -> tuple[Plain, ...]:
        if isinstance(items, ListLiteral):
            return items.items
        return tuple(sorted(self.set.list_by_name[items.name].entries))

    def _guards(self, leaf: Leaf) -> list[str]:
        match leaf:
            case Flag():
                return self._known(leaf.value)
            case Comparison():
                return [*self._known(leaf.left), *self._known(leaf.right)]
            case Membership():
                return self._known(leaf.operand)
            case TextTest():
                return [*self._known(leaf.subject), *self._known(leaf.argument)]
            case Pattern():
                return self._known(leaf.subject)
            case RuleReference():
                return []
            case _:
                assert_never(leaf)

    def _known(self, value: Value) -> list[str]:
        """Return the conditions under which a value is there, in the order in which they may be asked."""
        match value:
            case Constant() | Threshold():
                return []
            case FieldValue() | CounterValue():
                return [f"{self.value(value)} != null"]
            case Length() | Negative():
                return self._known(value.operand)
            case Arithmetic():
                return [*self._known(value.left), *self._known(value.right), *self._result_known(value)]
            case _:
                assert_never(value)

    def _result_known(self, value: Arithmetic) -> list[str]:
        if type_of(value) is not Type.INT:
            text, right = self.value(value), self._number(value.right, as_double=True)
            divisor = [f"{right} != 0.0"] if value.operator is Calculation.DIVIDE else []
            return [*divisor, f"{text} >= -{LARGEST}", f"{text} <= {LARGEST}"]
        if value.operator is Calculation.MULTIPLY:  # 64 bits may be too few, so the product is not asked
            left, right = self.value(value.left), self.value(value.right)
            return [f"({right} == 0 || {_absolute(left)} <= {EXACT} / {_absolute(right)})"]
        text = self.value(value)
        return [f"{text} >= -{EXACT}", f"{text} <= {EXACT}"]

    def _number(self, value: Value, *, as_double: bool) -> str:
        text = self.value(value)
        return f"double({text})" if as_double and type_of(value) is Type.INT else text

    def value(self, value: Value) -> str:
        """Return a value's expression, which is an error unless it is there."""
        match value:
            case Constant():
                return literal(value.value)
            case Threshold():
                return literal(self.set.threshold_by_name[value.name].value)
            case FieldValue():
                return value.path
            case CounterValue():
                return f"counter.{value.counter}"
            case Length():
                return f"{self.value(value.operand)}.size()"
            case Negative():
                return f"(-{self.value(value.operand)})"
            case Arithmetic():
                as_double = type_of(value) is Type.FLOAT
                left, right = (self._number(each, as_double=as_double) for each in (value.left, value.right))
                return f"({left} {value.operator.value} {right})"
            case _:
                assert_never(value)


def literal(value: Plain) -> str:
    """Return a plain value as CEL text."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return f"({value})" if value < 0 else str(value)
        case float():
            return f"({value!r})" if value <= 0 else repr(value)
        case str():
            return _quoted(value)
        case _:
            assert_never(value)


def _quoted(text: str) -> str:
    # JSON's escapes are CEL's too, but for characters beyond the first plane, which JSON writes as two.
    return "".join(
        f"\\U{ord(each):08x}" if each > "\uffff" else json.dumps(each)[1:-1] for each in text
    ).join('""')


def _absolute(text: str) -> str:
    return f"({text} < 0 ? -({text}) : {text})"


def _joined(joint: str, parts: list[str]) -> str:
    return f"({joint.join(parts)})" if len(parts) > 1 else parts[0]


TESTS: Mapping[TextRelation, str] = {
    TextRelation.CONTAINS: "contains",
    TextRelation.STARTS_WITH: "startsWith",
    TextRelation.ENDS_WITH: "endsWith",
}
