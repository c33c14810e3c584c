"""The one tree that every rule becomes: what the parser makes, and what all evaluators read.

Two families. A *value* is a number, a text or a yes/no that an event supplies or that is calculated; a *condition* is
what a rule is made of: TRUE, FALSE or UNKNOWN. A *leaf* is a condition without conditions inside (`Flag`, `Comparison`,
`Membership`, `TextTest`, `Pattern`, `RuleReference`). Nodes are frozen values and compare without their place in the
text, so that `a>1` and `a > 1` are equal.

Whoever builds a tree keeps to this (`bounds.check` refuses what does not):

- A bool field that stands alone as a condition is a `Flag`; `x not in y` is `Not(Membership(...))`; a minus in front of
  a number that is written out belongs to the constant, in front of anything else it is `Negative`.
- Comparisons have operands of one type, or int with float. Only `==` and `!=` compare bools.
- `from_reports` is set on a field, counter or list that is so marked, and on a reference to a rule that
  `reads_reports`.
- A list literal holds values of one type; with ints and floats mixed, all are floats.
- A named list, a threshold and a counter are known by name alone: their versions belong to the rule set, not to the
  rule, so that a new version of a list makes a new rule set but no new rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, assert_never

from showcause.rules.schema import Type

Plain: TypeAlias = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a rule's text: lines from 1, columns from 0 in code points, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


NOWHERE = Span(0, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Something that stands somewhere in a rule's text; where, is not part of what it says."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


class Calculation(StrEnum):
    """What can be calculated (S-8)."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"


class Relation(StrEnum):
    """How two values are compared."""

    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


class TextRelation(StrEnum):
    """What is asked of a text, with another text."""

    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"


# --- Values ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldValue(Placed):
    """What the event has at this path of the schema."""

    path: str
    type: Type
    from_reports: bool = False


@dataclass(frozen=True, slots=True)
class CounterValue(Placed):
    """What the named window counter says for this event, itself included (S-14)."""

    counter: str
    type: Type = Type.INT
    from_reports: bool = False


@dataclass(frozen=True, slots=True)
class Threshold(Placed):
    """A named number that is versioned like a rule."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Constant(Placed):
    """A value that is written out in the rule; `constant()` finds its type."""

    value: Plain
    type: Type


@dataclass(frozen=True, slots=True)
class Arithmetic(Placed):
    """Two numbers calculated with. Division yields float; by zero, it is UNKNOWN (S-8)."""

    operator: Calculation
    left: "Value"
    right: "Value"


@dataclass(frozen=True, slots=True)
class Negative(Placed):
    """A number with a minus in front."""

    operand: "Value"


@dataclass(frozen=True, slots=True)
class Length(Placed):
    """The number of code points of a text (S-11)."""

    operand: "Value"


Value: TypeAlias = FieldValue | CounterValue | Threshold | Constant | Arithmetic | Negative | Length


# --- Conditions --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Flag(Placed):
    """A bool field, alone."""

    value: FieldValue


@dataclass(frozen=True, slots=True)
class Comparison(Placed):
    """Two values compared: numbers by value, text by code point (S-9, S-11)."""

    relation: Relation
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class ListLiteral(Placed):
    """A list that is written out in the rule."""

    items: tuple[Plain, ...]
    type: Type


@dataclass(frozen=True, slots=True)
class NamedList(Placed):
    """A list that is versioned like a rule; which version, the rule set says (S-13)."""

    name: str
    type: Type
    from_reports: bool = False


@dataclass(frozen=True, slots=True)
class Membership(Placed):
    """Whether a value stands in a list."""

    operand: Value
    items: ListLiteral | NamedList


@dataclass(frozen=True, slots=True)
class TextTest(Placed):
    """Whether a text contains, begins or ends with another."""

    relation: TextRelation
    subject: Value
    argument: Value


@dataclass(frozen=True, slots=True)
class Pattern(Placed):
    """Whether an RE2 pattern is found anywhere in a text (S-12)."""

    subject: Value
    pattern: str


@dataclass(frozen=True, slots=True)
class RuleReference(Placed):
    """What an earlier rule of the set says of the same event: its condition, not whether it was acted on (S-17)."""

    rule: str
    from_reports: bool = False


@dataclass(frozen=True, slots=True)
class Not(Placed):
    """TRUE where its operand is FALSE."""

    operand: "Condition"


@dataclass(frozen=True, slots=True)
class And(Placed):
    """The least true of two or more (S-1)."""

    operands: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or(Placed):
    """The most true of two or more (S-1)."""

    operands: tuple["Condition", ...]


Leaf: TypeAlias = Flag | Comparison | Membership | TextTest | Pattern | RuleReference
Condition: TypeAlias = Leaf | Not | And | Or
Node: TypeAlias = Value | ListLiteral | NamedList | Condition


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as the evaluators see it: its id, and the condition under which it fires.

    `terms` is what else belongs to its version and no evaluator reads: effects, clause, the seed of its roll-out.
    """

    id: str
    condition: Condition
    terms: tuple[tuple[str, str], ...] = ()


def constant(value: Plain, span: Span = NOWHERE) -> Constant:
    """Return a constant with the type that its value has."""
    return Constant(value, plain_type(value), span=span)


def plain_type(value: Plain) -> Type:
    """Return the type of a plain value; bool is asked first, because Python counts it among the ints."""
    match value:
        case bool():
            return Type.BOOL
        case int():
            return Type.INT
        case float():
            return Type.FLOAT
        case str():
            return Type.TEXT
        case _:
            assert_never(value)


def type_of(value: Value) -> Type:
    """Return the type of a value; a quotient is float, and a sum is int only when both sides are (S-8)."""
    match value:
        case FieldValue() | CounterValue() | Threshold() | Constant():
            return value.type
        case Negative():
            return type_of(value.operand)
        case Length():
            return Type.INT
        case Arithmetic(operator=Calculation.DIVIDE):
            return Type.FLOAT
        case Arithmetic():
            both = type_of(value.left), type_of(value.right)
            return Type.INT if both == (Type.INT, Type.INT) else Type.FLOAT
        case _:
            assert_never(value)


def parts(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly inside, in the order in which they are written."""
    match node:
        case (
            FieldValue()
            | CounterValue()
            | Threshold()
            | Constant()
            | ListLiteral()
            | NamedList()
            | RuleReference()
        ):
            return ()
        case Negative() | Length() | Not():
            return (node.operand,)
        case Arithmetic() | Comparison():
            return (node.left, node.right)
        case Flag():
            return (node.value,)
        case Membership():
            return (node.operand, node.items)
        case TextTest():
            return (node.subject, node.argument)
        case Pattern():
            return (node.subject,)
        case And() | Or():
            return node.operands
        case _:
            assert_never(node)


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything inside, outermost and leftmost first."""
    waiting = [node]
    while waiting:
        yield (here := waiting.pop())
        waiting.extend(reversed(parts(here)))


def reads_reports(node: Node) -> bool:
    """Say whether anything inside is derived from reports: the taint passes through everything (S-17)."""
    return any(
        each.from_reports
        for each in walk(node)
        if isinstance(each, FieldValue | CounterValue | NamedList | RuleReference)
    )
