"""The evaluator over history: a rule set as one query for DuckDB, over a table of events.

The table has a column for each field, named by its path (`"actor.age_s"`), and one for each counter (`"counter:name"`),
of the types in `COLUMNS`; it holds admitted events. SQL's NULL is UNKNOWN, and its AND, OR and NOT are Kleene's, so the
tree is written as it stands. What SQL would decide otherwise is written out: division by zero, results beyond the
bounds, and a NULL looked up in an empty list. Text compares by its bytes in UTF-8, which is the order of code points.

A rule that others refer to becomes a column of a common table expression before them, so no condition is written twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from showcause.rules import bounds
from showcause.rules.rule_set import RuleSet
from showcause.rules.schema import Schema, Type
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
    RuleReference,
    TextRelation,
    TextTest,
    Threshold,
    Value,
    type_of,
    walk,
)

COLUMNS: Mapping[Type, str] = {
    Type.BOOL: "BOOLEAN",
    Type.INT: "BIGINT",
    Type.FLOAT: "DOUBLE",
    Type.TEXT: "VARCHAR",
}
WRITTEN_OUT_AT_MOST = 1_000
"""Entries of a named list that stand in the query itself; a longer one is read from a table."""
REPEATED_AT_MOST = 400
"""Characters of an expression that may stand twice."""
EXACT = 9007199254740992
LARGEST = "1.7976931348623157e308::DOUBLE"


@dataclass(frozen=True, slots=True)
class Query:
    """A query: `text` begins with `WITH`, and its rows are those of the source with a column a rule, `"rule:ID"`.

    `tables` are the named lists that it reads as tables `"list:NAME"` with one column `value`.
    """

    text: str
    tables: tuple[str, ...]


def query(rule_set: RuleSet, schema: Schema, source: str, keep: tuple[str, ...] = ()) -> Query:
    """Return the query that gives every rule's value for every row of a table, with the columns to keep.

    Raises: BadInput where `bounds.check` does.
    """
    bounds.check(rule_set, schema)
    writer = _Writer(rule_set)
    texts = {each.id: writer.condition(each.condition) for each in rule_set.rules}
    levels = _levels(rule_set)
    steps, last = [], source
    for level in range(max(levels.values(), default=0)):
        columns = [f"({texts[each]}) AS {column(each)}" for each, at in levels.items() if at == level]
        steps.append(f"level{level} AS (SELECT *, {', '.join(columns)} FROM {last})")  # noqa: S608  of checked parts
        last = f"level{level}"
    top = max(levels.values(), default=0)
    chosen = [
        f"({texts[each]}) AS {column(each)}" if at == top else column(each) for each, at in levels.items()
    ]
    head = f"WITH {', '.join(steps)} " if steps else ""
    wanted = ", ".join([*map(quoted, keep), *chosen]) or "1"
    return Query(f"{head}SELECT {wanted} FROM {last}", tuple(writer.tables))  # noqa: S608  of checked parts


def column(rule: str) -> str:
    """Return the quoted name of a rule's column."""
    return quoted(f"rule:{rule}")


def quoted(name: str) -> str:
    """Return a name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


def _levels(rule_set: RuleSet) -> dict[str, int]:
    """Return how many rules stand one upon the other below each rule."""
    levels: dict[str, int] = {}
    for rule in rule_set.rules:
        below = [levels[each.rule] for each in walk(rule.condition) if isinstance(each, RuleReference)]
        levels[rule.id] = 1 + max(below) if below else 0
    return levels


class _Writer:
    """Writes conditions and values, and remembers which lists have to be tables."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.set = rule_set
        self.tables: dict[str, None] = {}

    def condition(self, node: Condition) -> str:
        """Return the SQL expression whose value is TRUE, FALSE or NULL as the condition is TRUE, FALSE or UNKNOWN."""
        match node:
            case Not():
                return f"NOT ({self.condition(node.operand)})"
            case And() | Or():
                joint = " AND " if isinstance(node, And) else " OR "
                return joint.join(f"({self.condition(each)})" for each in node.operands)
            case Flag():
                return self.value(node.value)
            case RuleReference():
                return column(node.rule)
            case Comparison():
                relation = RELATIONS[node.relation]
                return f"{self._like(node.left, node.right)} {relation} {self._like(node.right, node.left)}"
            case Membership():
                return self._membership(node)
            case TextTest():
                return f"{TESTS[node.relation]}({self.value(node.subject)}, {self.value(node.argument)})"
            case Pattern():
                return f"regexp_matches({self.value(node.subject)}, {literal(node.pattern)})"
            case _:
                assert_never(node)

    def _like(self, value: Value, other: Value) -> str:
        """Return a value, as a DOUBLE where it meets one: exact, because no int lies beyond 2^53 (S-9)."""
        meets = type_of(value) is Type.INT and type_of(other) is Type.FLOAT
        return f"({self._bounded(value)})::DOUBLE" if meets else self._bounded(value)

    def _membership(self, node: Membership) -> str:
        operand, mixed = self._bounded(node.operand), type_of(node.operand) is not node.items.type
        if mixed:
            operand = f"({operand})::DOUBLE"
        found = f"{operand} IN ({self._entries(node.items, as_double=mixed)})"
        return f"CASE WHEN {operand} IS NULL THEN NULL ELSE {found} END"

    def _entries(self, items: ListLiteral | NamedList, *, as_double: bool) -> str:
        entries: tuple[Plain, ...] = (
            items.items
            if isinstance(items, ListLiteral)
            else tuple(sorted(self.set.list_by_name[items.name].entries))
        )
        if isinstance(items, NamedList) and len(entries) > WRITTEN_OUT_AT_MOST:
            self.tables[items.name] = None
            kept = "value::DOUBLE" if as_double else "value"
            return f"SELECT {kept} FROM {quoted(f'list:{items.name}')}"  # noqa: S608  of checked parts
        if not entries:
            return "SELECT NULL WHERE FALSE"
        return ", ".join(literal(float(each) if as_double else each) for each in entries)

    def value(self, value: Value) -> str:
        """Return the SQL expression of a value, NULL where it is missing or cannot be calculated."""
        match value:
            case Constant():
                return literal(value.value)
            case Threshold():
                return literal(self.set.threshold_by_name[value.name].value)
            case FieldValue():
                return quoted(value.path)
            case CounterValue():
                return quoted(f"counter:{value.counter}")
            case Length():
                return f"length({self.value(value.operand)})"
            case Negative():
                return f"(-({self.value(value.operand)}))"
            case Arithmetic():
                return self._arithmetic(value)
            case _:
                assert_never(value)

    def _arithmetic(self, value: Arithmetic) -> str:
        """Return a result: a whole one within its bounds, another perhaps infinite or NaN, which `_bounded` ends."""
        if type_of(value) is Type.INT:  # in 128 bits even a product of two of them has room
            left, right = (f"({self.value(each)})::HUGEINT" for each in (value.left, value.right))
            return f"{_within(f'({left} {value.operator.value} {right})', f'{EXACT}::HUGEINT')}::BIGINT"
        divides = value.operator is Calculation.DIVIDE
        left = f"({self.value(value.left)})::DOUBLE"
        right = f"({self._bounded(value.right) if divides else self.value(value.right)})::DOUBLE"
        return f"({left} {value.operator.value} {right})"  # a division by zero is not finite either

    def _bounded(self, value: Value) -> str:
        text = self.value(value)
        made = isinstance(value, Arithmetic | Negative) and type_of(value) is Type.FLOAT
        return _within(text, LARGEST) if made else text


def _within(text: str, bound: str) -> str:
    """Return a number, or NULL if it lies beyond a bound or is NaN.

    What is long is not written twice, so that a query grows with its rule and no faster.
    """
    if len(text) <= REPEATED_AT_MOST:
        return f"(CASE WHEN {text} BETWEEN -{bound} AND {bound} THEN {text} END)"
    return f"(list_filter([{text}], lambda x: x BETWEEN -{bound} AND {bound})[1])"


def literal(value: Plain) -> str:
    """Return a plain value as SQL text."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return f"({value})::BIGINT"
        case float():
            return f"({value!r})::DOUBLE"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _:
            assert_never(value)


RELATIONS: Mapping[Relation, str] = {
    Relation.EQUAL: "=",
    Relation.UNEQUAL: "<>",
    Relation.LESS: "<",
    Relation.AT_MOST: "<=",
    Relation.MORE: ">",
    Relation.AT_LEAST: ">=",
}
TESTS: Mapping[TextRelation, str] = {
    TextRelation.CONTAINS: "contains",
    TextRelation.STARTS_WITH: "starts_with",
    TextRelation.ENDS_WITH: "ends_with",
}
