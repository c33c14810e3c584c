"""The evaluator that explains: every condition that was looked at, with what it saw and what came of it.

It walks the tree as it was written, with all three values of Kleene's logic (S-1), and shares no line with the
generated function. It looks no further than needed: `and` stops at the first FALSE, `or` at the first TRUE. For each
hit of the function it must say TRUE; where the two differ, one of them is wrong, and that is an alarm.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple, TypeAlias, assert_never

from showcause.domain.errors import Broken
from showcause.rules.rule_set import RuleSet
from showcause.rules.schema import Type
from showcause.rules.searching import compiled
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
    Relation,
    RuleReference,
    TextRelation,
    TextTest,
    Threshold,
    Value,
    type_of,
    walk,
)

Event: TypeAlias = Mapping[str, Any]
Counters: TypeAlias = Mapping[str, Any]
EXACT = 1 << 53


class Truth(Enum):
    """The three values, in their order."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2

    @property
    def denied(self) -> "Truth":
        """Return the value of `not`."""
        return _DENIED[self]


_DENIED = {Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN, Truth.TRUE: Truth.FALSE}


class Operand(NamedTuple):
    """What a leaf read: the value's node, and the value that it had, None if it was missing."""

    node: FieldValue | CounterValue | Threshold
    value: Plain | None

    @property
    def name(self) -> str:
        """Return the path of the field, or the name of the counter or threshold."""
        match self.node:
            case FieldValue():
                return self.node.path
            case CounterValue():
                return self.node.counter
            case Threshold():
                return self.node.name
            case _:
                assert_never(self.node)


class Seen(NamedTuple):
    """One condition as it was evaluated.

    A leaf has `operands` in the order in which they are written, and `why` when it is UNKNOWN: what was missing, or
    what could not be calculated. `failed` says that something was raised. Other conditions have `parts`, only those
    that were looked at; a reference to a rule has that rule's condition as its part.
    """

    node: Condition
    truth: Truth
    parts: "tuple[Seen, ...]" = ()
    operands: tuple[Operand, ...] = ()
    why: str = ""
    failed: bool = False

    def missing(self) -> frozenset[str]:
        """Return the names of the fields and counters whose absence was met on the way."""
        here = {each.name for each in self.operands if each.value is None}
        return frozenset(here).union(*(each.missing() for each in self.parts))


@dataclass(frozen=True, slots=True)
class Trace:
    """A rule as it was evaluated on one event; it fires if and only if `truth` is TRUE."""

    rule: str
    truth: Truth
    seen: Seen

    def deciding(self) -> tuple[Seen, ...]:
        """Return the leaves that made the outcome what it is, in the order in which they are written."""
        return tuple(_deciding(self.seen))


def trace(rule_set: RuleSet, rule: str, event: Event, counters: Counters) -> Trace:
    """Evaluate one rule of a set that was checked, and the rules that it refers to, and say how it went."""
    return _Tracer(rule_set, event, counters).rule(rule)


def trace_all(rule_set: RuleSet, event: Event, counters: Counters) -> dict[str, Trace]:
    """Evaluate every rule of a set that was checked; rules that others refer to are evaluated once."""
    tracer = _Tracer(rule_set, event, counters)
    return {each.id: tracer.rule(each.id) for each in rule_set.rules}


def confirm(rule_set: RuleSet, hits: list[str], event: Event, counters: Counters) -> dict[str, Trace]:
    """Return the traces of the rules that fired.

    Raises: Broken when the two evaluators differ about one of them.
    """
    tracer = _Tracer(rule_set, event, counters)
    traces = {each: tracer.rule(each) for each in hits}
    if differing := [each for each, found in traces.items() if found.truth is not Truth.TRUE]:
        raise Broken(f"rules fired that do not hold when they are traced: {', '.join(differing)}")
    return traces


def _deciding(seen: Seen) -> Iterator[Seen]:
    if not seen.parts:
        yield seen
        return
    for each in seen.parts:
        relevant = True
        if isinstance(seen.node, And | Or):  # the parts that have the outcome of the whole brought it about
            relevant = each.truth is seen.truth
        if relevant:
            yield from _deciding(each)


class _UnknownValue(Exception):
    """A value that an operand lacks, or that cannot be calculated; the text says why."""


class _Tracer:
    """Evaluates rules on one event, each once."""

    def __init__(self, rule_set: RuleSet, event: Event, counters: Counters) -> None:
        self.set, self.event, self.counters = rule_set, event, counters
        self.done: dict[str, Trace] = {}
        self.failed = False
        self.read: list[Operand] = []

    def rule(self, rule: str) -> Trace:
        """Return the trace of a rule. One that raised is UNKNOWN, whatever else was found (S-5)."""
        if rule not in self.done:
            before, self.failed = self.failed, False
            seen = self._seen(self.set.by_id[rule].condition, denied=False, reached=True)
            truth = Truth.UNKNOWN if self.failed else seen.truth
            self.done[rule] = Trace(rule, truth, seen)
            self.failed = before
        return self.done[rule]

    def _seen(self, node: Condition, *, denied: bool, reached: bool) -> Seen:
        """Evaluate a condition. What is raised where the deciding function would not have come does not count."""
        match node:
            case Not():
                part = self._seen(node.operand, denied=not denied, reached=reached)
                return Seen(node, part.truth.denied, (part,))
            case And():
                return self._joined(node, Truth.FALSE, denied=denied, reached=reached)
            case Or():
                return self._joined(node, Truth.TRUE, denied=denied, reached=reached)
            case RuleReference():
                found = self.rule(node.rule)
                return Seen(node, found.truth, (found.seen,))
            case _:
                return self._leaf(node, reached=reached)

    def _joined(self, node: And | Or, end: Truth, *, denied: bool, reached: bool) -> Seen:
        """Look at one part after the other until one has the value that ends it."""
        parts: list[Seen] = []
        truth = end.denied  # what it is if no part is otherwise
        goes_on = Truth.FALSE if denied else Truth.TRUE  # where the function's `and`, in normal form, goes on
        is_and = isinstance(node, And) is not denied
        for each in node.operands:
            parts.append(found := self._seen(each, denied=denied, reached=reached))
            if found.truth is end:
                truth = end
                break
            if found.truth is Truth.UNKNOWN:
                truth = Truth.UNKNOWN
            if is_and and found.truth is not goes_on:
                reached = False
        return Seen(node, truth, tuple(parts))

    def _leaf(self, node: Leaf, *, reached: bool) -> Seen:
        self.read = []
        try:
            held = self._holds(node)
        except _UnknownValue as unknown:
            return Seen(node, Truth.UNKNOWN, (), self._operands(node), str(unknown))
        except Exception as error:  # noqa: BLE001  whatever it is, it stays with this rule (S-5)
            self.failed |= reached
            raised = f"{type(error).__name__} was raised"
            return Seen(node, Truth.UNKNOWN, (), self._operands(node), raised, failed=True)
        return Seen(node, Truth.TRUE if held else Truth.FALSE, (), tuple(self.read))

    def _holds(self, leaf: Leaf) -> bool:
        value = self._value
        match leaf:
            case Comparison():
                return RELATIONS[leaf.relation](value(leaf.left), value(leaf.right))
            case Flag():
                return value(leaf.value) is True
            case Membership():
                return value(leaf.operand) in self._entries(leaf.items)
            case TextTest():
                return TESTS[leaf.relation](value(leaf.subject), value(leaf.argument))
            case Pattern():
                return bool(compiled(leaf.pattern)(value(leaf.subject)))
            case RuleReference():
                raise AssertionError("a reference is no leaf here")
            case _:
                assert_never(leaf)

    def _operands(self, leaf: Leaf) -> tuple[Operand, ...]:
        """Return all operands of a leaf, those behind the missing one included."""
        named = [each for each in walk(leaf) if isinstance(each, FieldValue | CounterValue | Threshold)]
        return tuple(Operand(each, self._read(each)) for each in named)

    def _entries(self, items: ListLiteral | NamedList) -> "frozenset[Plain] | tuple[Plain, ...]":
        return items.items if isinstance(items, ListLiteral) else self.set.list_by_name[items.name].entries

    def _read(self, value: FieldValue | CounterValue | Threshold) -> Any:
        match value:
            case FieldValue():
                return _at(self.event, value.path)
            case CounterValue():
                return self.counters.get(value.counter)
            case Threshold():
                return self.set.threshold_by_name[value.name].value
            case _:
                assert_never(value)

    def _value(self, value: Value) -> Any:
        match value:
            case Constant():
                return value.value
            case FieldValue() | CounterValue() | Threshold():
                found = self._read(value)
                self.read.append(Operand(value, found))
                if found is None:
                    raise _UnknownValue(f"{self.read[-1].name} is missing")
                return found
            case Length():
                return len(self._value(value.operand))
            case Negative():
                return -self._value(value.operand)
            case Arithmetic():
                return self._calculated(value)
            case _:
                assert_never(value)

    def _calculated(self, value: Arithmetic) -> int | float:
        left, right = self._value(value.left), self._value(value.right)
        if value.operator is Calculation.DIVIDE and right == 0:
            raise _UnknownValue("division by zero")
        result: int | float = CALCULATIONS[value.operator](left, right)
        if type_of(value) is Type.INT:
            if abs(result) > EXACT:
                raise _UnknownValue("a result beyond 2^53")
        elif not math.isfinite(result):
            raise _UnknownValue("a result that is not finite")
        return result


def _at(event: Event, path: str) -> Any:
    group, dot, key = path.partition(".")
    try:
        return event[group][key] if dot else event[group]
    except (KeyError, TypeError):
        return None


RELATIONS: Mapping[Relation, Callable[[Any, Any], bool]] = {
    Relation.EQUAL: lambda left, right: left == right,
    Relation.UNEQUAL: lambda left, right: left != right,
    Relation.LESS: lambda left, right: left < right,
    Relation.AT_MOST: lambda left, right: left <= right,
    Relation.MORE: lambda left, right: left > right,
    Relation.AT_LEAST: lambda left, right: left >= right,
}
TESTS: Mapping[TextRelation, Callable[[str, str], bool]] = {
    TextRelation.CONTAINS: lambda subject, argument: argument in subject,
    TextRelation.STARTS_WITH: str.startswith,
    TextRelation.ENDS_WITH: str.endswith,
}
CALCULATIONS: Mapping[Calculation, Callable[[Any, Any], Any]] = {
    Calculation.ADD: lambda left, right: left + right,
    Calculation.SUBTRACT: lambda left, right: left - right,
    Calculation.MULTIPLY: lambda left, right: left * right,
    Calculation.DIVIDE: lambda left, right: left / right,
}
