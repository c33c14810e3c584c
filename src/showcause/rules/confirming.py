"""The evaluator that confirms: for each hit of the function, whether the rule holds as it was written.

It walks the tree once, when the set is compiled, and makes of each condition a function that returns true, false, or
None for UNKNOWN. It shares no line with the generated function, which is made of the normal form. Where it does not say
plainly true, the evaluator that explains has the last word; so it can be quick, and needs no rule for what is raised.
"""

import math
from collections.abc import Callable, Container, Mapping, Sequence
from sys import intern
from typing import Any, TypeAlias, assert_never

from showcause.rules.rule_set import RuleSet
from showcause.rules.schema import Type
from showcause.rules.searching import compiled
from showcause.rules.tracing import CALCULATIONS, EXACT, RELATIONS, TESTS, Counters, Event, confirm
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
    TextTest,
    Threshold,
    Value,
    type_of,
)

Confirm: TypeAlias = Callable[[Sequence[str], Event, Counters], None]
"""Checks that some rules hold on an event. Raises: Broken when one does not."""
Holds: TypeAlias = Callable[[Event, Counters], bool | None]
Reads: TypeAlias = Callable[[Event, Counters], Any]


def confirming(rule_set: RuleSet) -> Confirm:
    """Return what confirms the hits of a set that was checked."""
    holds = holding(rule_set)

    def confirmed(hits: Sequence[str], event: Event, counters: Counters) -> None:
        try:
            doubted = [each for each in hits if holds[each](event, counters) is not True]
        except Exception:  # noqa: BLE001  what was raised, and whether it counts, is said by the one that explains
            doubted = list(hits)
        if doubted:
            confirm(rule_set, doubted, event, counters)

    return confirmed


def holding(rule_set: RuleSet) -> Mapping[str, Holds]:
    """Return for each rule of a set that was checked what tells whether it holds; it may raise where the rule does."""
    made = dict[str, Holds]()
    for rule in rule_set.rules:
        made[rule.id] = _Maker(rule_set, made).condition(rule.condition)
    return made


class _Maker:
    """Makes functions of conditions; `rules` are those that were made before, to which conditions may refer."""

    def __init__(self, rule_set: RuleSet, rules: dict[str, Holds]) -> None:
        self.set, self.rules = rule_set, rules

    def condition(self, node: Condition) -> Holds:
        match node:
            case Not():
                return _denied(self.condition(node.operand))
            case And():
                return _joined([self.condition(each) for each in node.operands], end=False)
            case Or():
                return _joined([self.condition(each) for each in node.operands], end=True)
            case RuleReference():
                return self.rules[node.rule]
            case Comparison():
                return _both(RELATIONS[node.relation], self.value(node.left), self.value(node.right))
            case TextTest():
                return _both(TESTS[node.relation], self.value(node.subject), self.value(node.argument))
            case Flag():
                return _one(lambda value: value is True, self.value(node.value))
            case Membership():
                entries = self._entries(node.items)
                return _one(lambda value: value in entries, self.value(node.operand))
            case Pattern():
                found = compiled(node.pattern)
                return _one(lambda value: bool(found(value)), self.value(node.subject))
            case _:
                assert_never(node)

    def value(self, node: Value) -> Reads:
        match node:
            case Constant():
                return _always(node.value)
            case Threshold():
                return _always(self.set.threshold_by_name[node.name].value)
            case FieldValue():
                return _field(node.path)
            case CounterValue():
                name = node.counter
                return lambda event, counters: counters[name]
            case Length():
                return _one(len, self.value(node.operand))
            case Negative():
                return _one(lambda value: -value, self.value(node.operand))
            case Arithmetic():
                return _both(_calculating(node), self.value(node.left), self.value(node.right))
            case _:
                assert_never(node)

    def _entries(self, items: ListLiteral | NamedList) -> Container[Plain]:
        return items.items if isinstance(items, ListLiteral) else self.set.list_by_name[items.name].entries


def _denied(part: Holds) -> Holds:
    def denied(event: Event, counters: Counters) -> bool | None:
        found = part(event, counters)
        return None if found is None else not found

    return denied


def _joined(parts: Sequence[Holds], *, end: bool) -> Holds:
    """Return what looks at one part after the other until one has the value that ends it."""

    def joined(event: Event, counters: Counters) -> bool | None:
        truth: bool | None = not end
        for each in parts:
            found = each(event, counters)
            if found is end:
                return end
            if found is None:
                truth = None
        return truth

    return joined


def _one(asked: Callable[[Any], Any], part: Reads) -> Reads:
    def one(event: Event, counters: Counters) -> Any:
        value = part(event, counters)
        return None if value is None else asked(value)

    return one


def _both(asked: Callable[[Any, Any], Any], first: Reads, second: Reads) -> Reads:
    def both(event: Event, counters: Counters) -> Any:
        left, right = first(event, counters), second(event, counters)
        return None if left is None or right is None else asked(left, right)

    return both


def _always(value: object) -> Reads:
    return lambda event, counters: value


def _field(path: str) -> Reads:
    group, dot, key = map(intern, path.partition("."))
    if dot:
        return lambda event, counters: event[group][key]
    return lambda event, counters: event[group]


def _calculating(node: Arithmetic) -> Callable[[Any, Any], Any]:
    """Return a calculation, which is UNKNOWN where it divides by zero, is too large to be exact, or not finite."""
    calculate, divides = CALCULATIONS[node.operator], node.operator is Calculation.DIVIDE
    is_whole = type_of(node) is Type.INT

    def calculated(left: Any, right: Any) -> Any:
        if divides and right == 0:
            return None
        result = calculate(left, right)
        fits = abs(result) <= EXACT if is_whole else math.isfinite(result)
        return result if fits else None

    return calculated
