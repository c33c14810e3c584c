"""The leaves of a condition as Python text, each with the guards under which it may be read: a part of `python_code`.

A guard is a condition of its own. One that ends in `MISSING` asks whether a variable has a value; the others are what
a calculation needs, and calculate on the way: `-BOUND <= (t0 := f0 * f1) <= BOUND`.
"""

from dataclasses import dataclass, field
from typing import Any, assert_never

from showcause.rules.normal import Normal
from showcause.rules.rule_set import RuleSet
from showcause.rules.schema import Type
from showcause.rules.searching import compiled_for_bytes
from showcause.rules.tree import (
    Arithmetic,
    Calculation,
    Comparison,
    Constant,
    CounterValue,
    FieldValue,
    Flag,
    Length,
    ListLiteral,
    Membership,
    NamedList,
    Negative,
    Node,
    Not,
    Pattern,
    Relation,
    RuleReference,
    TextRelation,
    TextTest,
    Threshold,
    Value,
    type_of,
)

EXACT = 9007199254740992
LARGEST = 1.7976931348623157e308
MISSING = " is not None"


@dataclass(slots=True)
class Guarded:
    """A value as Python text: the conditions under which it may be read, and whether it may be infinite or NaN."""

    text: str
    guards: list[str] = field(default_factory=list)
    unbounded: bool = False


class Leaves:
    """Writes leaves, and remembers which values, lists and patterns they use."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.set = rule_set
        self.names: dict[str, Any] = {"length": len}
        self.variables: dict[tuple[str, str], str] = {}
        self.patterns: dict[str, str] = {}
        self.lists: dict[str, str] = {}
        self.temporary = 0
        self.rule_names = {each.id: f"r{number}" for number, each in enumerate(rule_set.rules)}

    def guarded(self, leaf: Normal) -> tuple[list[str], str]:
        """Return a leaf's guards and its test, which may be evaluated where all of them hold."""
        match leaf:
            case Flag():
                value = self.value(leaf.value)
                return value.guards, value.text
            case Not(operand=Flag() as flag):
                value = self.value(flag.value)
                return value.guards, f"{value.text} is False"
            case RuleReference():
                return [], self.rule_names[leaf.rule]
            case Not(operand=RuleReference() as reference):
                return [], f"not_{self.rule_names[reference.rule]}"
            case Comparison():
                return self._comparison(leaf)
            case Membership():
                return self._membership(leaf, "in")
            case Not(operand=Membership() as membership):
                return self._membership(membership, "not in")
            case TextTest():
                return self._text_test(leaf)
            case Not(operand=TextTest() as test):
                guards, text = self._text_test(test)
                return guards, f"not {text}"
            case Pattern():
                return self._pattern(leaf)
            case Not(operand=Pattern() as pattern):
                guards, text = self._pattern(pattern)
                return guards, f"not {text}"
            case _:
                raise AssertionError(f"not in normal form: {leaf}")

    def _comparison(self, leaf: Comparison) -> tuple[list[str], str]:
        left, right, relation = self.value(leaf.left), self.value(leaf.right), leaf.relation
        if left.unbounded is right.unbounded or relation is Relation.UNEQUAL:
            left, right = self._finite(left), self._finite(right)
        # Against a finite value one bound is enough: NaN passes no comparison, and one infinity passes only this one.
        grows = relation in (Relation.MORE, Relation.AT_LEAST)
        text = f"{left.text} {relation.value} {right.text}"
        if left.unbounded and relation is not Relation.EQUAL:
            text = f"{LARGEST} >= {text}" if grows else f"-{LARGEST} <= {text}"
        if right.unbounded and relation is not Relation.EQUAL:
            text = f"{text} >= -{LARGEST}" if grows else f"{text} <= {LARGEST}"
        return [*left.guards, *right.guards], text

    def _membership(self, leaf: Membership, how: str) -> tuple[list[str], str]:
        operand = self._finite(self.value(leaf.operand))
        return operand.guards, f"{operand.text} {how} {self._items(leaf.items)}"

    def _items(self, items: ListLiteral | NamedList) -> str:
        if isinstance(items, ListLiteral):
            return f"{{{', '.join(map(repr, items.items))}}}" if items.items else "()"
        if items.name not in self.lists:
            self.lists[items.name] = f"list{len(self.lists)}"
            self.names[self.lists[items.name]] = self.set.list_by_name[items.name].entries
        return self.lists[items.name]

    def _text_test(self, leaf: TextTest) -> tuple[list[str], str]:
        subject, argument = self.value(leaf.subject), self.value(leaf.argument)
        guards = [*subject.guards, *argument.guards]
        match leaf.relation:
            case TextRelation.CONTAINS:
                return guards, f"({argument.text} in {subject.text})"
            case TextRelation.STARTS_WITH:
                return guards, f"{subject.text}.startswith({argument.text})"
            case TextRelation.ENDS_WITH:
                return guards, f"{subject.text}.endswith({argument.text})"
            case _:
                assert_never(leaf.relation)

    def _pattern(self, leaf: Pattern) -> tuple[list[str], str]:
        if leaf.pattern not in self.patterns:
            self.patterns[leaf.pattern] = f"search{len(self.patterns)}"
            self.names[self.patterns[leaf.pattern]] = compiled_for_bytes(leaf.pattern)
        subject = self.value(leaf.subject)
        return subject.guards, f"{self.patterns[leaf.pattern]}({subject.text}.encode())"

    # --- values

    def value(self, value: Value) -> Guarded:
        """Return the Python text of a value."""
        match value:
            case Constant():
                return Guarded(f"({value.value!r})" if _signed(value.value) else repr(value.value))
            case Threshold():
                return Guarded(repr(self.set.threshold_by_name[value.name].value))
            case FieldValue():
                return self._loaded("field", value.path)
            case CounterValue():
                return self._loaded("counter", value.counter)
            case Length():
                operand = self.value(value.operand)
                return Guarded(f"length({operand.text})", operand.guards)
            case Negative():
                operand = self.value(value.operand)
                return Guarded(f"(-{operand.text})", operand.guards, operand.unbounded)
            case Arithmetic():
                return self._arithmetic(value)
            case _:
                assert_never(value)

    def _loaded(self, kind: str, path: str) -> Guarded:
        name = self.variables.setdefault((kind, path), f"f{len(self.variables)}")
        return Guarded(name, [name + MISSING])

    def _arithmetic(self, value: Arithmetic) -> Guarded:
        divides = value.operator is Calculation.DIVIDE
        left, right = self.value(value.left), self.value(value.right)
        right = self._finite(right) if divides else right
        guards = [*left.guards, *right.guards]
        if divides:
            guards.append(f"{right.text} != 0")
        text = f"({left.text} {value.operator.value} {right.text})"
        if type_of(value) is Type.INT:  # whole numbers grow beyond the bound without any sign of it
            return self._within(text, guards, str(EXACT))
        # A sum of infinities stays one, or becomes NaN, so one check at the end is enough.
        return Guarded(text, guards, unbounded=True)

    def _finite(self, made: Guarded) -> Guarded:
        """Return a value that is certainly finite, the check being among its guards (S-8)."""
        return self._within(made.text, made.guards, repr(LARGEST)) if made.unbounded else made

    def _within(self, text: str, guards: list[str], bound: str) -> Guarded:
        name = f"t{self.temporary}"
        self.temporary += 1
        return Guarded(name, [*guards, f"-{bound} <= ({name} := {text}) <= {bound}"])


def is_false_of_none(leaf: Normal) -> bool:
    """Say whether a leaf's test needs no guard: None is not true, is not False, equals no constant, is in no list."""
    match leaf:
        case Flag() | Not(operand=Flag()):
            return True
        case Comparison(relation=Relation.EQUAL):
            kinds = {isinstance(each, Constant | Threshold) for each in (leaf.left, leaf.right)}
            return kinds == {True, False} and all(not _is_made(each) for each in (leaf.left, leaf.right))
        case Membership():
            return not _is_made(leaf.operand)
        case _:
            return False


def _is_made(value: Value) -> bool:
    return isinstance(value, Arithmetic | Negative | Length)


def _signed(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value < 0


def variable(node: Node) -> tuple[str, str] | None:
    """Return the key of the variable that holds a node's value, if it is one that is loaded."""
    match node:
        case FieldValue():
            return "field", node.path
        case CounterValue():
            return "counter", node.counter
        case _:
            return None
