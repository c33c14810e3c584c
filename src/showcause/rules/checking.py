"""From Python's syntax tree to ours: which names exist, which types fit, and nothing that is not listed (S-6, S-18).

Every part of a condition is taken by name below; what is not taken is refused. A condition that passes has one meaning
in every evaluator.
"""

import ast
import unicodedata
from typing import TypeAlias

from showcause.domain.errors import BadInput
from showcause.rules.codes import Code
from showcause.rules.messages import BadRule, did_you_mean, listed, quoted
from showcause.rules.names import KINDS, TEXT_TESTS, Scope
from showcause.rules.parsing import Parsed, parse
from showcause.rules.patterns import fault_of
from showcause.rules.schema import Type
from showcause.rules.searching import compiled
from showcause.rules.tree import (
    And,
    Comparison,
    Condition,
    Constant,
    CounterValue,
    FieldValue,
    Flag,
    ListLiteral,
    Membership,
    NamedList,
    Not,
    Or,
    Pattern,
    Plain,
    Relation,
    RuleReference,
    TextRelation,
    TextTest,
    Value,
    plain_type,
    type_of,
    walk,
)
from showcause.rules.values import ONLY_SAME, Values

MAX_ITEMS = 200
"""Longest list that is written out in a condition."""

Checked: TypeAlias = tuple[Condition | None, tuple[BadRule, ...]]


def check(text: str, scope: Scope) -> Checked:
    """Return the condition that a text means, or None and what is wrong with it, in the order of the text.

    Each part of `and` and `or` is looked at, so that one run names more than one fault.
    """
    try:
        parsed = parse(text)
    except BadRule as wrong:
        return None, (wrong,)
    checker = _Conditions(parsed, scope)
    try:
        condition = checker.condition(parsed.tree, "a rule")
    except BadRule as wrong:
        checker.wrong.append(wrong)
        condition = None
    found = tuple(sorted(checker.wrong, key=lambda each: (each.start, each.end)))
    return (None, found) if found or condition is None else (condition, ())


_RELATIONS = {
    ast.Eq: Relation.EQUAL,
    ast.NotEq: Relation.UNEQUAL,
    ast.Lt: Relation.LESS,
    ast.LtE: Relation.AT_MOST,
    ast.Gt: Relation.MORE,
    ast.GtE: Relation.AT_LEAST,
}


class _Conditions(Values):
    def __init__(self, parsed: Parsed, scope: Scope) -> None:
        super().__init__(parsed, scope)
        self.wrong: list[BadRule] = []

    def condition(self, node: ast.expr, wanting: str) -> Condition:
        """Return what a part says, where yes or no is needed; `wanting` names who needs it."""
        span = self.parsed.span(node)
        match node:
            case ast.BoolOp(op=op, values=values):
                operands = self._operands(values, type(op), "`and`" if isinstance(op, ast.And) else "`or`")
                return And(operands, span=span) if isinstance(op, ast.And) else Or(operands, span=span)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self.condition(operand, "`not`"), span=span)
            case ast.Compare():
                return self._compare(node)
            case ast.Call(func=ast.Name(id=name)) if name in TEXT_TESTS:
                return self._text_test(node, name)
            case ast.Name(id=name) if name in self.scope.rules:
                return RuleReference(name, self.scope.rules[name], span=span)
            case ast.Name(id=name) if name in self.scope.broken:
                code, what, hint = self.scope.broken[name]
                raise self.bad(node, code, what, hint)
            case ast.Name(id=name) if name in self.scope.lists:
                hint = f"Ask whether a value is in it: content.domain in {name}."
                raise self.bad(
                    node, Code.NEEDS_YES_OR_NO, f"{name} is a list and says neither yes nor no", hint
                )
            case _:
                value = self.value(node)
                if isinstance(value, FieldValue) and value.type is Type.BOOL:
                    return Flag(value, span=span)
                raise self._not_yes_or_no(node, value, wanting)

    def _operands(self, nodes: list[ast.expr], kind: type[ast.boolop], wanting: str) -> tuple[Condition, ...]:
        operands: list[Condition] = []
        for each in nodes:
            try:
                if isinstance(each, ast.BoolOp) and type(each.op) is kind:
                    operands += self._operands(each.values, kind, wanting)
                else:
                    operands.append(self.condition(each, wanting))
            except BadRule as wrong:
                self.wrong.append(wrong)
        return tuple(operands)

    def _not_yes_or_no(self, node: ast.expr, value: Value, wanting: str) -> BadRule:
        kind, words = type_of(value), self.parsed.words(node)
        example = f"{words} > 0" if kind.is_number else f"{words} == 'a text'"
        if not isinstance(value, FieldValue | CounterValue):
            example = "actor.age_s < 3600"
        return self.bad(
            node, Code.NEEDS_YES_OR_NO, f"{wanting} needs yes or no, and {self.said(node)} is {KINDS[kind]}",
            f"Compare it with something, such as {example}.",
        )  # fmt: skip

    def _compare(self, node: ast.Compare) -> Condition:
        if len(node.ops) > 1:
            first, second = self.parsed.words(node.left), self.parsed.words(node.comparators[0])
            signs = [self._sign(each) for each in node.ops]
            rest = self.parsed.words(node.comparators[1])
            raise self.bad(
                node, Code.CHAINED_COMPARISON, "one comparison at a time",
                f"Write {first} {signs[0]} {second} and {second} {signs[1]} {rest}.",
            )  # fmt: skip
        [op], [right] = node.ops, node.comparators
        if isinstance(op, ast.In | ast.NotIn):
            found = self._membership(node, right)
            return Not(found, span=found.span) if isinstance(op, ast.NotIn) else found
        if (relation := _RELATIONS.get(type(op))) is None:
            raise self.bad(
                node, Code.FORBIDDEN_CONSTRUCT, "this comparison does not exist", "Compare with ==."
            )
        made = Comparison(relation, self.value(node.left), self.value(right), span=self.parsed.span(node))
        self._check_comparison(node, made, right)
        return made

    @staticmethod
    def _sign(op: ast.cmpop) -> str:
        return str(_RELATIONS.get(type(op), "in"))

    def _check_comparison(self, node: ast.Compare, made: Comparison, right: ast.expr) -> None:
        left_type, right_type = type_of(made.left), type_of(made.right)
        if left_type is not right_type and not (left_type.is_number and right_type.is_number):
            raise self.bad(
                node, Code.DIFFERENT_TYPES,
                f"{self.said(node.left)} is {KINDS[left_type]} and {self.said(right)} is {KINDS[right_type]}",
                _same_kind(left_type, right_type, made),
            )  # fmt: skip
        ordered = made.relation not in (Relation.EQUAL, Relation.UNEQUAL)
        if ordered and left_type is Type.BOOL:
            raise self.bad(
                node, Code.NO_ORDER, "yes and no have no order", "Write the field alone, or `not` before it."
            )
        self._check_reads(node, made)
        sensitive = [self.is_sensitive(each) for each in (made.left, made.right)]
        if any(sensitive) and (ordered or not all(sensitive)):
            what = (
                f"{self.said(node.left if sensitive[0] else right)} is personal, so a rule sees no text of it"
            )
            raise self.bad(node, Code.SENSITIVE, what, ONLY_SAME)

    def _check_reads(self, node: ast.expr, made: Condition) -> None:
        if not any(isinstance(each, FieldValue | CounterValue) for each in walk(made)):
            raise self.bad(
                node, Code.SAYS_NOTHING, "this reads nothing of the event, so it is always the same",
                "Compare a field or a counter, or remove this part.",
            )  # fmt: skip

    def _membership(self, node: ast.Compare, right: ast.expr) -> Membership:
        operand = self.value(node.left)
        items = self._list(right)
        left_type = type_of(operand)
        if left_type is Type.BOOL:
            raise self.bad(node.left, Code.NO_ORDER, "yes or no is never in a list", "Write the field alone.")
        if left_type is not items.type and not (left_type.is_number and items.type.is_number):
            raise self.bad(
                node, Code.DIFFERENT_TYPES,
                f"{self.said(node.left)} is {KINDS[left_type]} and the list holds {_many(items.type)}",
                "A value can only be in a list of its own kind.",
            )  # fmt: skip
        if isinstance(items, ListLiteral) and self.is_sensitive(operand):
            what = f"{self.said(node.left)} is personal, so a rule sees no text of it"
            raise self.bad(node, Code.SENSITIVE, what, ONLY_SAME)
        made = Membership(operand, items, span=self.parsed.span(node))
        self._check_reads(node, made)
        return made

    def _list(self, node: ast.expr) -> ListLiteral | NamedList:
        match node:
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                return self._literal(node, elements)
            case ast.Name(id=name) if name in self.scope.lists:
                known = self.scope.lists[name]
                return NamedList(name, known.type, known.from_reports, span=self.parsed.span(node))
            case ast.Name(id=name) if name not in self.scope.values | self.scope.rules.keys():
                hint = did_you_mean(name, self.scope.lists, f"The lists are: {listed(self.scope.lists)}.")
                raise self.bad(node, Code.UNKNOWN_LIST, f"there is no list {quoted(name)}", hint)
            case ast.Constant(value=str()):
                what, hint = (
                    "`in` looks into a list, and this is a text",
                    "For one text, write == instead of in.",
                )
            case _:
                value = self.value(node)
                what = f"`in` looks into a list, and {self.said(node)} is {KINDS[type_of(value)]}"
                hint = "To look into a text, write contains(content.text, 'word')."
        raise self.bad(node, Code.NEEDS_LIST, what, hint)

    def _literal(self, node: ast.expr, elements: list[ast.expr]) -> ListLiteral:
        if not 1 <= len(elements) <= MAX_ITEMS:
            what = (
                "the list is empty"
                if not elements
                else f"the list has {len(elements)} items; at most {MAX_ITEMS}"
            )
            hint = (
                "Write at least one item."
                if not elements
                else "Put it into a file of its own and use its name."
            )
            raise self.bad(node, Code.LIST_ITEM, what, hint)
        items = [self._item(each) for each in elements]
        kinds = {plain_type(each) for each in items}
        if kinds == {Type.INT, Type.FLOAT}:
            items, kinds = [float(each) for each in items], {Type.FLOAT}
        if len(kinds) > 1:
            odd = next(at for at, each in enumerate(items) if plain_type(each) is not plain_type(items[0]))
            what = f"{self.said(elements[odd])} is not of the same kind as {self.said(elements[0])}"
            raise self.bad(elements[odd], Code.LIST_ITEM, what, "A list holds numbers alone, or texts alone.")
        return ListLiteral(tuple(items), kinds.pop(), span=self.parsed.span(node))

    def _item(self, node: ast.expr) -> Plain:
        if isinstance(node, ast.Constant | ast.UnaryOp):
            value = self.value(node)
            if isinstance(value, Constant) and value.type is not Type.BOOL:
                return value.value
        what = f"{self.said(node)} cannot stand in a list"
        raise self.bad(node, Code.LIST_ITEM, what, "Write numbers or texts out, such as ['post', 'reply'].")

    def _text_test(self, node: ast.Call, name: str) -> TextTest | Pattern:
        first, second = self.arguments(node, name, ("a text", "a pattern" if name == "matches" else "a text"))
        subject = self.text(first, name)
        if name == "matches":
            return Pattern(subject, self._pattern(second), span=self.parsed.span(node))
        made = TextTest(TextRelation(name), subject, self.text(second, name), span=self.parsed.span(node))
        self._check_reads(node, made)
        if made.argument == Constant("", Type.TEXT):
            raise self.bad(
                second, Code.SAYS_NOTHING, "every text contains the empty text", "Write what to look for."
            )
        return made

    def _pattern(self, node: ast.expr) -> str:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            raise self.bad(
                node, Code.PATTERN_NOT_LITERAL, "the pattern must be written out here, between quotes",
                "A pattern that came with the event could be made to fit. Write matches(content.text, 'pattern').",
            )  # fmt: skip
        pattern = unicodedata.normalize("NFC", node.value)
        if (fault := fault_of(pattern)) is not None:
            start, end = self.parsed.place(node)
            written = self.parsed.text[start:end]
            opening = 2 if written.startswith("r") else 1
            if written[opening:-1] == pattern:
                start, end = start + opening + fault.start, start + opening + fault.end
            raise BadRule(Code.BAD_PATTERN, start, end, fault.what, fault.hint)
        try:
            compiled(pattern)
        except BadInput as error:
            raise self.bad(node, Code.BAD_PATTERN, error.message, "Write a smaller pattern.") from None
        return pattern


def _same_kind(left: Type, right: Type, made: Comparison) -> str:
    if Type.BOOL in (left, right):
        return "Write the yes-or-no field alone, or `not` before it."
    text = next((each for each in (made.left, made.right) if isinstance(each, Constant)), None)
    if text is not None and isinstance(text.value, str) and text.value.replace(".", "", 1).isdigit():
        return f"Write {text.value} without quotes for a number."
    return "Compare numbers with numbers and texts with texts."


def _many(kind: Type) -> str:
    return "texts" if kind is Type.TEXT else "numbers"
