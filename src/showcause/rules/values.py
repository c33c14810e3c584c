"""Values in a condition: numbers, texts and yes-or-nos that an event supplies, that are written out, or calculated."""

import ast
import math
import unicodedata

from showcause.rules.codes import Code
from showcause.rules.messages import BadRule, did_you_mean, listed, quoted
from showcause.rules.names import FUNCTIONS, KINDS, OTHER_FUNCTIONS, TEXT_TESTS, Scope
from showcause.rules.parsing import Parsed
from showcause.rules.schema import Field, Type
from showcause.rules.tree import (
    Arithmetic,
    Calculation,
    Constant,
    CounterValue,
    FieldValue,
    Length,
    Negative,
    Plain,
    Threshold,
    Value,
    plain_type,
    type_of,
)

MAX_LITERAL = 500
"""Longest text that is written out in a condition, in code points."""

BIGGEST = 2**53
"""Largest whole number, plus or minus (S-7)."""

_CALCULATIONS = {
    ast.Add: Calculation.ADD,
    ast.Sub: Calculation.SUBTRACT,
    ast.Mult: Calculation.MULTIPLY,
    ast.Div: Calculation.DIVIDE,
}
ONLY_SAME = (
    "It is only a keyed hash here: compare it with another such field by ==, or look it up in a named list."
)


class Values:
    """Reads the values of one condition; `checking` adds the conditions themselves."""

    def __init__(self, parsed: Parsed, scope: Scope) -> None:
        """Look at one condition with the names that it may use."""
        self.parsed, self.scope = parsed, scope

    def bad(self, node: ast.expr, code: Code, what: str, hint: str) -> BadRule:
        """Return a fault at a part."""
        return BadRule(code, *self.parsed.place(node), what, hint)

    def said(self, node: ast.expr) -> str:
        """Return a part as it is written, for a message."""
        return quoted(self.parsed.words(node))

    def value(self, node: ast.expr) -> Value:
        """Return what a part amounts to, where a number, a text or a yes-or-no is needed."""
        span = self.parsed.span(node)
        match node:
            case ast.Constant(value=int() | float() | str() as plain):
                return Constant(self._plain(node, plain), plain_type(plain), span=span)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._negative(node, operand)
            case ast.BinOp():
                return self._arithmetic(node)
            case ast.Call(func=ast.Name(id="length")):
                [inner] = self.arguments(node, "length", ("a text",))
                return Length(self.text(inner, "length"), span=span)
            case ast.Call():
                raise self._no_function(node)
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.Attribute(value=ast.Name(id=group), attr=key):
                return self._field(node, group, key)
            case _:
                raise self._refused(node)

    def _plain(self, node: ast.expr, plain: Plain) -> Plain:
        if isinstance(plain, str):
            if any(0xD800 <= ord(each) <= 0xDFFF or not ord(each) for each in plain):
                what, hint = (
                    "this escape is not a character that an event could hold",
                    "Write the character itself.",
                )
                raise self.bad(node, Code.BAD_ESCAPE, what, hint)
            if len(plain) > MAX_LITERAL:
                what = f"the text has {len(plain)} characters; at most {MAX_LITERAL}"
                raise self.bad(node, Code.TOO_LONG, what, "Look for a part of it.")
            return unicodedata.normalize("NFC", plain)
        if not math.isfinite(plain) or (isinstance(plain, int) and abs(plain) > BIGGEST):
            raise self.bad(
                node, Code.BAD_NUMBER, f"{self.said(node)} is too large",
                f"Whole numbers go up to {BIGGEST}, because not every program could tell larger ones apart.",
            )  # fmt: skip
        return plain

    def _negative(self, node: ast.expr, operand: ast.expr) -> Value:
        inner = self._number(operand, "-")
        span = self.parsed.span(node)
        if isinstance(inner, Constant) and isinstance(operand, ast.Constant):
            number = -inner.value if isinstance(inner.value, int | float) else 0
            return Constant(number or abs(number), inner.type, span=span)  # zero has no sign
        return Negative(inner, span=span)

    def _arithmetic(self, node: ast.BinOp) -> Value:
        if (operator := _CALCULATIONS.get(type(node.op))) is None:
            raise self.bad(
                node, Code.FORBIDDEN_OPERATOR, "this cannot be calculated", "There are + - * and /."
            )
        left, right = self._number(node.left, operator), self._number(node.right, operator)
        if operator is Calculation.DIVIDE and isinstance(right, Constant) and right.value == 0:
            what, hint = (
                "a division by zero has no value, so the rule would never fire",
                "Divide by something else.",
            )
            raise self.bad(node.right, Code.DIVISION_BY_ZERO, what, hint)
        return Arithmetic(operator, left, right, span=self.parsed.span(node))

    def _number(self, node: ast.expr, operator: str) -> Value:
        value = self.value(node)
        if not (kind := type_of(value)).is_number:
            what = f"`{operator}` needs numbers, and {self.said(node)} is {KINDS[kind]}"
            raise self.bad(
                node, Code.NEEDS_NUMBER, what, "Calculate with numbers only; texts cannot be joined."
            )
        return value

    def _name(self, node: ast.expr, name: str) -> Value:
        scope, span = self.scope, self.parsed.span(node)
        if (known := scope.schema.get(name)) is not None:
            return _field_value(known, self.parsed, node)
        if name in scope.thresholds:
            return Threshold(name, scope.thresholds[name], span=span)
        if name in scope.counters:
            counter = scope.counters[name]
            return CounterValue(name, counter.type, counter.from_reports, span=span)
        raise self._no_name(node, name)

    def _no_name(self, node: ast.expr, name: str) -> BadRule:
        scope = self.scope
        if name in scope.schema.groups:
            fields = [each.path for each in scope.schema if each.group == name]
            hint = f"Write one of its fields: {listed(fields)}."
            return self.bad(
                node, Code.NOT_A_VALUE, f"{name} is a group of fields and has no value itself", hint
            )
        if name in scope.lists:
            hint = f"Ask whether a value is in it: content.domain in {name}."
            return self.bad(node, Code.NOT_A_VALUE, f"{name} is a list and has no single value", hint)
        if name in scope.rules or name in scope.broken:
            hint = "A rule says yes or no: join it with `and`, `or` and `not`."
            return self.bad(node, Code.NOT_A_VALUE, f"{name} is a rule and has no value to compare", hint)
        if name in FUNCTIONS:
            hint = f"Write {name}(…): {FUNCTIONS[name]}."
            return self.bad(node, Code.NOT_A_VALUE, f"{name} is a function and has no value itself", hint)
        inside = [path for path in scope.schema.by_path if path.endswith(f".{name}")]
        known = [*scope.values, *scope.rules, *scope.lists]
        hint = f"Did you mean {inside[0]}?" if inside else did_you_mean(name, known, scope.known)
        return self.bad(node, Code.UNKNOWN_NAME, f"nothing is called {quoted(name)}", hint)

    def _field(self, node: ast.Attribute, group: str, key: str) -> Value:
        path = f"{group}.{key}"
        if (known := self.scope.schema.get(path)) is not None:
            return _field_value(known, self.parsed, node)
        fields = [each.key for each in self.scope.schema if each.group == group]
        if not fields:
            hint = did_you_mean(
                path, self.scope.schema.by_path, f"The groups are: {listed(self.scope.schema.groups)}."
            )
            raise self.bad(node, Code.UNKNOWN_FIELD, f"events have no group {quoted(group)}", hint)
        close = did_you_mean(key, fields, "")
        hint = close.replace("mean ", f"mean {group}.") if close else f"It has: {listed(fields)}."
        raise self.bad(node, Code.UNKNOWN_FIELD, f"{group} has no field {quoted(key)}", hint)

    def _no_function(self, node: ast.Call) -> BadRule:
        if isinstance(node.func, ast.Name) and node.func.id in TEXT_TESTS:
            what = f"{quoted(node.func.id)} answers yes or no, which cannot be compared or calculated with"
            return self.bad(node, Code.NOT_A_VALUE, what, "Write it alone, or `not` before it.")
        match node.func:
            case ast.Name(id=name):
                what = f"there is no function {quoted(name)}"
            case ast.Attribute(attr=name):
                what = f"values have no functions of their own, such as {quoted('.' + name)}"
            case _:
                return self.bad(
                    node, Code.FORBIDDEN_CONSTRUCT, "this cannot be called", "Call a function by its name."
                )
        otherwise = OTHER_FUNCTIONS.get(name) or f"The functions are {', '.join(FUNCTIONS)}."
        hint = otherwise if name in OTHER_FUNCTIONS else did_you_mean(name, FUNCTIONS, otherwise)
        return self.bad(node, Code.UNKNOWN_FUNCTION, what, hint)

    def _refused(self, node: ast.expr) -> BadRule:
        match node:
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                what = f"{self.said(node)} says yes or no, which cannot be compared or calculated with"
                return self.bad(node, Code.NOT_A_VALUE, what, "Join conditions with `and`, `or` and `not`.")
            case ast.List() | ast.Tuple():
                what, hint = (
                    "a list can only stand after `in`",
                    "Write content.domain in ['a.example', 'b.example'].",
                )
                return self.bad(node, Code.NOT_A_VALUE, what, hint)
            case ast.Attribute():
                what, hint = "fields lie in one group at most", "Write group.field, such as actor.age_s."
                return self.bad(node, Code.UNKNOWN_FIELD, what, hint)
            case ast.UnaryOp(op=ast.UAdd()):
                return self.bad(
                    node, Code.FORBIDDEN_OPERATOR, "a plus sign alone says nothing", "Leave it out."
                )
            case _:
                what = f"{self.said(node)} is nothing that a rule may say"
                hint = "A rule compares fields, lists, counters and constants, and joins with `and`, `or` and `not`."
                return self.bad(node, Code.FORBIDDEN_CONSTRUCT, what, hint)

    def text(self, node: ast.expr, name: str) -> Value:
        """Return a text that can be read; `name` is the function that needs it."""
        value = self.value(node)
        if (kind := type_of(value)) is not Type.TEXT:
            what = f"{name} needs a text, and {self.said(node)} is {KINDS[kind]}"
            raise self.bad(node, Code.NEEDS_TEXT, what, f"Texts of the event: {listed(self.scope.texts)}.")
        if self.is_sensitive(value):
            what = f"{self.said(node)} is personal, so a rule sees no text of it"
            raise self.bad(node, Code.SENSITIVE, what, ONLY_SAME)
        return value

    def arguments(self, node: ast.Call, name: str, wanted: tuple[str, ...]) -> list[ast.expr]:
        """Return what a function is called with; `wanted` says what it takes."""
        if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
            raise self.bad(
                node, Code.WRONG_ARGUMENTS, f"{name} takes its values in order", _called(name, wanted)
            )
        if len(node.args) != len(wanted):
            what = f"{name} takes {_counted(len(wanted))}, not {len(node.args)}"
            raise self.bad(node, Code.WRONG_ARGUMENTS, what, _called(name, wanted))
        return node.args

    def is_sensitive(self, value: Value) -> bool:
        """Say whether a value is personal, so that a rule has only a keyed hash of it."""
        known = self.scope.schema.get(value.path) if isinstance(value, FieldValue) else None
        return known is not None and known.sensitive


def _field_value(known: Field, parsed: Parsed, node: ast.expr) -> FieldValue:
    return FieldValue(known.path, known.type, known.from_reports, span=parsed.span(node))


def _counted(number: int) -> str:
    return "one value" if number == 1 else "two values"


def _called(name: str, wanted: tuple[str, ...]) -> str:
    example = {"matches": "content.text, 'pattern'", "length": "content.text"}.get(
        name, "content.text, 'word'"
    )
    return f"Write {name}({example}): {' and '.join(wanted)}."
