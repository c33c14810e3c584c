"""Random events, typed trees and rule sets for the property tests: small values that meet often, and extreme ones."""

import unicodedata
from typing import Any

from hypothesis import strategies as st

from showcause.rules.counters import Counter, Kind, Registry
from showcause.rules.rule_set import ListVersion, RuleSet, ThresholdVersion
from showcause.rules.schema import Field, Schema, Type
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
    Relation,
    Rule,
    RuleReference,
    TextRelation,
    TextTest,
    Threshold,
    Value,
    constant,
)

SCHEMA = Schema((
    Field("kind", Type.TEXT),
    Field("weight", Type.FLOAT),
    Field("actor.age", Type.INT),
    Field("actor.score", Type.FLOAT),
    Field("actor.verified", Type.BOOL),
    Field("actor.name", Type.TEXT),
    Field("content.text", Type.TEXT),
    Field("content.links", Type.INT),
    Field("content.flagged", Type.BOOL),
))  # fmt: skip
COUNTERS = Registry(
    Counter("posts", Kind.COUNT, "actor.name", 600_000_000),
    Counter("spent", Kind.SUM_OF_FRACTIONS, "actor.name", 600_000_000, "weight"),
)
COUNTER_TYPES = {"posts": Type.INT, "spent": Type.FLOAT}
EDGE = 1 << 53

ints = st.one_of(
    st.integers(-1, 2),
    st.sampled_from([0, 1, 5, EDGE, -EDGE, EDGE - 1, 94906267, 3037000500]),
    st.integers(-EDGE, EDGE),
)
EXTREMES = (1e308, -1e308, 1.7976931348623157e308, 5e-324, 2.2e-308, float(EDGE))
floats = st.one_of(
    st.sampled_from([0.0, 0.5, 1.0, -1.0, 3.0]),
    st.sampled_from([0.0, 0.1, 0.2, 0.3, *EXTREMES]),
    st.sampled_from(EXTREMES),
    st.floats(allow_nan=False, allow_infinity=False),
).map(lambda value: value + 0.0)
# Precomposed and combined letters, beyond the first plane, the highest of each, joiners, controls, letters whose case
# changes their length; normalised as events are.
LETTERS = "abzA09 .%_'\"\\\n\té\u0301ßıſK\u200d\ud7ff\ue000\uffff\U0001f600\U0001d518\U0010ffff한"
texts = st.text(st.sampled_from(LETTERS), max_size=6).map(lambda text: unicodedata.normalize("NFC", text))
bools = st.booleans()
PLAIN: dict[Type, st.SearchStrategy[Any]] = {
    Type.BOOL: bools,
    Type.INT: ints,
    Type.FLOAT: floats,
    Type.TEXT: texts,
}
PATTERNS = (
    "a", "^a", "b$", "(?i)É|k", "a.b", r"\d+", r"\bz\b", "[^a]$", r"\s", "(a|b)*z", "(?s)a.b", r"\p{L}{2}", "^$",
)  # fmt: skip

LISTS = (
    ListVersion("names", 3, Type.TEXT, frozenset({"a", "é", "zz", "\U0001f600"})),
    ListVersion("ages", 1, Type.INT, frozenset({0, 1, 5, EDGE})),
    ListVersion("nothing", 1, Type.TEXT, frozenset()),
    ListVersion("scores", 9, Type.FLOAT, frozenset({0.0, 0.5, 1.0, 3.0})),
)
THRESHOLDS = (ThresholdVersion("few", 2, 2), ThresholdVersion("part", 1, 0.3))
NUMBERS = (Type.INT, Type.FLOAT)
FLAGS = tuple(Flag(FieldValue(each.path, each.type)) for each in SCHEMA if each.type is Type.BOOL)


def _fields(type_: Type) -> "st.SearchStrategy[Value]":
    found: list[Value] = [FieldValue(each.path, each.type) for each in SCHEMA if each.type is type_]
    found += [CounterValue(name, each) for name, each in COUNTER_TYPES.items() if each is type_]
    found += [Threshold(each.name, each.type) for each in THRESHOLDS if each.type is type_]
    return st.sampled_from(found)


# Drawn from so often that they are made once.
FIELDS = {type_: _fields(type_) for type_ in Type}
TEN, THREE_OR_SO, EITHER = st.integers(0, 9), st.integers(2, 3), st.booleans()
NUMBER, ANY_TYPE = st.sampled_from(NUMBERS), st.sampled_from(Type)
CALCULATIONS = st.sampled_from([Calculation.ADD, Calculation.SUBTRACT, Calculation.MULTIPLY])
RELATIONS, EQUALITIES = st.sampled_from(Relation), st.sampled_from([Relation.EQUAL, Relation.UNEQUAL])
COMPARED, TEXT_RELATIONS = st.sampled_from([*Type, *NUMBERS]), st.sampled_from(TextRelation)
SOME_FLAG, SOME_PATTERN = st.sampled_from(FLAGS), st.sampled_from(PATTERNS)
OR_MISSING = {type_: st.one_of(each, each, each, st.none()) for type_, each in PLAIN.items()}


@st.composite
def values(draw: st.DrawFn, type_: Type, depth: int = 2) -> Value:
    """Draw a value of a type."""
    return _value_of(draw, type_, depth)


def _value_of(draw: st.DrawFn, type_: Type, depth: int) -> Value:
    choice = draw(TEN)
    if choice < 4 or depth == 0 or not type_.is_number:
        return draw(FIELDS[type_]) if choice < 3 else constant(draw(PLAIN[type_]))
    if choice == 4:
        inner = _value_of(draw, type_, depth - 1)
        return inner if isinstance(inner, Constant) else Negative(inner)
    if choice == 5:
        return Length(draw(FIELDS[Type.TEXT])) if type_ is Type.INT else _quotient(draw, depth)
    other = draw(NUMBER) if type_ is Type.FLOAT else type_
    left, right = _value_of(draw, type_, depth - 1), _value_of(draw, other, depth - 1)
    return Arithmetic(draw(CALCULATIONS), *((left, right) if draw(EITHER) else (right, left)))


def _quotient(draw: st.DrawFn, depth: int) -> Value:
    left, right = (_value_of(draw, draw(NUMBER), depth - 1) for _ in range(2))
    return Arithmetic(Calculation.DIVIDE, left, right)


@st.composite
def comparisons(draw: st.DrawFn, depth: int = 2) -> Condition:
    """Draw a comparison; deeper ones calculate more."""
    return _comparison(draw, draw(COMPARED) if depth < 3 else draw(NUMBER), depth)


def _comparison(draw: st.DrawFn, type_: Type, depth: int) -> Condition:
    other = draw(NUMBER) if type_.is_number else type_
    relation = draw(EQUALITIES if type_ is Type.BOOL else RELATIONS)
    return Comparison(relation, _value_of(draw, type_, depth), _value_of(draw, other, depth))


def _membership(draw: st.DrawFn) -> Condition:
    type_ = draw(ANY_TYPE)
    operand = _value_of(draw, type_, 1)
    named = [NamedList(each.name, each.type) for each in LISTS if _alike(each.type, type_)]
    is_named: bool = draw(EITHER)
    if named and is_named:
        return Membership(operand, named[draw(TEN) % len(named)])
    of = draw(NUMBER) if type_.is_number else type_
    return Membership(operand, ListLiteral(tuple(draw(PLAIN[of]) for _ in range(1 + draw(TEN) // 3)), of))


def _leaf(draw: st.DrawFn) -> Condition:
    match draw(TEN):
        case 0 | 1:
            return draw(SOME_FLAG)
        case 2 | 3:
            return _membership(draw)
        case 4:
            text = Type.TEXT
            return TextTest(draw(TEXT_RELATIONS), _value_of(draw, text, 0), _value_of(draw, text, 0))
        case 5:
            return Pattern(draw(FIELDS[Type.TEXT]), draw(SOME_PATTERN))
        case _:
            return _comparison(draw, draw(COMPARED), 2)


@st.composite
def conditions(draw: st.DrawFn, earlier: tuple[str, ...] = (), depth: int = 3) -> Condition:
    """Draw a condition; it may refer to the earlier rules."""
    return _condition(draw, earlier, depth)


def _condition(draw: st.DrawFn, earlier: tuple[str, ...], depth: int) -> Condition:
    choice = draw(TEN)
    if earlier and choice < 2:
        return RuleReference(earlier[draw(TEN) % len(earlier)])
    if depth == 0 or choice < 5:
        return _leaf(draw)
    if choice == 5:
        return Not(_condition(draw, earlier, depth - 1))
    operands = tuple(_condition(draw, earlier, depth - 1) for _ in range(draw(THREE_OR_SO)))
    return And(operands) if choice < 8 else Or(operands)


@st.composite
def rule_sets(draw: st.DrawFn, most: int = 4) -> RuleSet:
    """Draw a set whose later rules refer to earlier ones."""
    rules: list[Rule] = []
    for number in range(draw(st.integers(1, most))):
        rules.append(Rule(f"R{number}", _condition(draw, tuple(each.id for each in rules), 3)))
    return RuleSet(tuple(rules), LISTS, THRESHOLDS, COUNTERS)


@st.composite
def events(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw an event as it is admitted, with its counters: every value may be missing."""
    event: dict[str, Any] = {group: {} for group in SCHEMA.groups}
    for each in SCHEMA:
        value = draw(OR_MISSING[each.type])
        (event[each.group] if each.group else event)[each.key] = value
    counters = {name: draw(OR_MISSING[each]) for name, each in COUNTER_TYPES.items()}
    return event, counters


def one(condition: Condition) -> RuleSet:
    """Return a set of one rule, `R`, with all lists, thresholds and counters of this file."""
    return RuleSet((Rule("R", condition),), LISTS, THRESHOLDS, COUNTERS)


def some(drawn: "list[Condition]") -> RuleSet:
    """Return a set of rules of these conditions."""
    rules = tuple(Rule(f"R{number}", each) for number, each in enumerate(drawn))
    return RuleSet(rules, LISTS, THRESHOLDS, COUNTERS)


def event(**given: Plain | None) -> dict[str, Any]:
    """Return an event of `SCHEMA` in which only these are there; `actor__age` is `actor.age`."""
    made: dict[str, Any] = {group: {} for group in SCHEMA.groups}
    for each in SCHEMA:
        (made[each.group] if each.group else made)[each.key] = given.get(each.path.replace(".", "__"))
    return made


def field(path: str) -> FieldValue:
    """Return the value of a field of `SCHEMA`."""
    return FieldValue(path, SCHEMA.by_path[path].type)


def compare(left: Value | Plain, relation: str, right: Value | Plain) -> Comparison:
    """Return a comparison of values or plain values."""
    return Comparison(Relation(relation), _value(left), _value(right))


def calculate(left: Value | Plain, operator: str, right: Value | Plain) -> Arithmetic:
    """Return a calculation with values or plain values."""
    return Arithmetic(Calculation(operator), _value(left), _value(right))


def _value(given: Value | Plain) -> Value:
    return constant(given) if isinstance(given, bool | int | float | str) else given


def _alike(one_type: Type, other: Type) -> bool:
    return one_type is other or (one_type.is_number and other.is_number)
