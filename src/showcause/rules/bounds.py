"""Whether a rule set may be evaluated: sizes, types, names, taint. Whatever builds trees, this is the last gate.

The language's checker tells an author what is wrong and where; this refuses, in one sentence, what a program has built
wrongly. An evaluator that was given a set which passes here cannot be made to hang, and its four forms agree.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import assert_never

from showcause.domain.errors import BadInput
from showcause.rules.admitting import EXACT
from showcause.rules.rule_set import ListVersion, RuleSet
from showcause.rules.schema import Schema, Type
from showcause.rules.searching import compiled
from showcause.rules.tree import (
    And,
    Arithmetic,
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
    Node,
    Not,
    Or,
    Pattern,
    Plain,
    Relation,
    Rule,
    RuleReference,
    TextTest,
    Threshold,
    Value,
    parts,
    plain_type,
    reads_reports,
    type_of,
    walk,
)

RULES_AT_MOST = 5_000
NODES_AT_MOST = 2_000
"""In one rule."""
NODES_TOGETHER_AT_MOST = 200_000
DEPTH_AT_MOST = 64
"""Nodes from the whole condition down to a value. A sum of n terms is n deep."""
ITEMS_AT_MOST = 1_000
"""In a list that is written out; a longer one wants a name."""
ENTRIES_AT_MOST = 5_000_000
"""In a named list."""
TEXT_AT_MOST = 1_000
"""Code points of a text that is written out."""
PATTERNS_AT_MOST = 2_000
"""Different patterns in one set; each may take some memory."""
STEPS_AT_MOST = 16
"""How long a chain of rules may be in which each refers to the one before."""
ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")


def check(rule_set: RuleSet, schema: Schema) -> None:
    """Refuse a set that is too large, or that says what has no meaning under this schema.

    Raises: BadInput, which names the rule.
    """
    _at_most("rules in a set", len(rule_set.rules), RULES_AT_MOST)
    for each in rule_set.lists:
        _check_list(each)
    for threshold in rule_set.thresholds:
        _check_plain(threshold.value, threshold.type)
    earlier: dict[str, tuple[bool, int]] = {}
    nodes, patterns = 0, set()
    for rule in rule_set.rules:
        try:
            nodes += _check_rule(rule, rule_set, schema, earlier)
        except BadInput as wrong:
            raise BadInput(f"rule {rule.id[:80]}: {wrong.message}", wrong.hint) from None
        patterns |= {each.pattern for each in walk(rule.condition) if isinstance(each, Pattern)}
    _at_most("parts in all rules of a set", nodes, NODES_TOGETHER_AT_MOST)
    _at_most("different patterns in a set", len(patterns), PATTERNS_AT_MOST)


@lru_cache(
    maxsize=32
)  # a million entries take seconds, and a list outlives many versions of the rules around it
def _check_list(version: ListVersion) -> None:
    _check_entries(version.name, version.type, version.entries, ENTRIES_AT_MOST)


def depth(node: Node) -> int:
    """Return how many nodes lie on the longest way down, the node itself included."""
    level, found = [node], 0
    while level:
        level, found = [part for each in level for part in parts(each)], found + 1
    return found


def _check_rule(rule: Rule, rule_set: RuleSet, schema: Schema, earlier: dict[str, tuple[bool, int]]) -> int:
    if not ID.fullmatch(rule.id):
        raise BadInput("an id has letters, digits, `_`, `.` and `-`, and begins with a letter")
    nodes = list(_counted(rule.condition))
    _at_most("levels in a rule", depth(rule.condition), DEPTH_AT_MOST)
    for node in nodes:
        _check_node(node, rule_set, schema, earlier)
    if not isinstance(rule.condition, Condition):
        raise BadInput("a rule is a condition")
    steps = 1 + max((earlier[each.rule][1] for each in nodes if isinstance(each, RuleReference)), default=0)
    _at_most("rules that refer to each other in a chain", steps, STEPS_AT_MOST)
    earlier[rule.id] = reads_reports(rule.condition), steps
    return len(nodes)


def _counted(node: Node) -> Iterator[Node]:
    for number, each in enumerate(walk(node), 1):
        _at_most("parts in a rule", number, NODES_AT_MOST)
        yield each


def _check_node(
    node: Node, rule_set: RuleSet, schema: Schema, earlier: Mapping[str, tuple[bool, int]]
) -> None:
    match node:
        case FieldValue():
            declared = schema.get(node.path)
            if declared is None:
                raise BadInput(f"events have no field `{node.path}`")
            _same(node.path, (node.type, node.from_reports), (declared.type, declared.from_reports))
        case CounterValue():
            if node.counter not in {each.name for each in rule_set.counters}:
                raise BadInput(f"there is no counter `{node.counter}`")
            _numeric(node)
        case Threshold():
            if node.name not in rule_set.threshold_by_name:
                raise BadInput(f"there is no threshold `{node.name}`")
            _same(node.name, node.type, rule_set.threshold_by_name[node.name].type)
        case NamedList():
            if node.name not in rule_set.list_by_name:
                raise BadInput(f"there is no list `{node.name}`")
            _same(node.name, node.type, rule_set.list_by_name[node.name].type)
        case ListLiteral():
            _check_entries("a list", node.type, node.items, ITEMS_AT_MOST)
        case Constant():
            _check_plain(node.value, node.type)
        case RuleReference():
            if node.rule not in earlier:
                raise BadInput(f"there is no earlier rule `{node.rule}`")
            _same(node.rule, node.from_reports, earlier[node.rule][0])
        case Pattern():
            _check_plain(node.pattern, Type.TEXT)
            _open(schema, node.subject)
            compiled(node.pattern)
        case _:
            _check_operands(node, schema)


def _check_operands(node: Node, schema: Schema) -> None:
    match node:
        case Arithmetic():
            _numeric(node.left, node.right)
        case Negative():
            _numeric(node.operand)
        case Length():
            _open(schema, node.operand)
        case Flag():
            _same(node.value.path, node.value.type, Type.BOOL)
        case TextTest():
            _open(schema, node.subject, node.argument)
        case Comparison():
            _check_comparison(node, schema)
        case Membership():
            _alike(type_of(node.operand), node.items.type)
            if isinstance(node.items, ListLiteral) and _is_sensitive(schema, node.operand):
                raise BadInput("a sensitive field may be looked up in a named list only")
        case And() | Or():
            if len(node.operands) < 2:
                raise BadInput("`and` and `or` join two conditions or more")
        case Not():
            pass
        case _:
            raise BadInput(f"a rule cannot hold {type(node).__name__}")


def _check_comparison(node: Comparison, schema: Schema) -> None:
    left, right = type_of(node.left), type_of(node.right)
    _alike(left, right)
    orders = node.relation not in (Relation.EQUAL, Relation.UNEQUAL)
    if orders and left is Type.BOOL:
        raise BadInput("true and false have no order")
    hidden = _is_sensitive(schema, node.left), _is_sensitive(schema, node.right)
    if any(hidden) and (orders or not all(hidden)):
        raise BadInput("a sensitive field may be compared for equality with another sensitive field only")


def _check_entries(
    name: str, type_: Type, entries: "frozenset[Plain] | tuple[Plain, ...]", most: int
) -> None:
    _at_most(f"entries in {name}", len(entries), most)
    for each in entries:
        _check_plain(each, type_)


def _check_plain(value: Plain, type_: Type) -> None:
    if type(value) not in (bool, int, float, str):  # null above all (S-13)
        raise BadInput(f"a value that is written out is {type(value).__name__}")
    _same("a value that is written out", plain_type(value), type_)
    match value:
        case bool():
            return
        case int():
            if abs(value) > EXACT:
                raise BadInput("a whole number lies beyond 2^53")
        case float():
            if not math.isfinite(value):
                raise BadInput("a number is not finite")
        case str():
            _at_most("characters in a text", len(value), TEXT_AT_MOST)
            if not unicodedata.is_normalized("NFC", value) or any(
                "\ud800" <= each <= "\udfff" for each in value
            ):
                raise BadInput("a text is not valid Unicode in the form NFC, so no event could hold it")
            if "\0" in value:
                raise BadInput("a text that is written out cannot hold the character zero")
        case _:
            assert_never(value)


def _open(schema: Schema, *values: Value) -> None:
    for each in values:
        _same("what is asked of a text", type_of(each), Type.TEXT)
        if _is_sensitive(schema, each):
            raise BadInput("of a sensitive field only a keyed hash is left, and nothing can be found in that")


def _numeric(*values: Value) -> None:
    if not all(type_of(each).is_number for each in values):
        raise BadInput("one can calculate with numbers only")


def _is_sensitive(schema: Schema, value: Value) -> bool:
    declared = schema.get(value.path) if isinstance(value, FieldValue) else None
    return declared is not None and declared.sensitive


def _alike(one: Type, other: Type) -> None:
    if one is not other and not (one.is_number and other.is_number):
        raise BadInput(f"{one.value} and {other.value} cannot be compared")


def _same(what: str, has: object, needs: object) -> None:
    if has != needs:
        raise BadInput(f"{what}: {has} where {needs} is meant")


def _at_most(what: str, count: int, most: int) -> None:
    if count > most:
        raise BadInput(f"{count} {what}; at most {most}")
