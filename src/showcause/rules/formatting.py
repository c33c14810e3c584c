"""One way to lay out a rule file, so that two versions differ where they say something else and nowhere besides.

Laying out again changes nothing, and the rule keeps its digest. Comments at the top of a file stay there; one anywhere
else would be lost, so such a file is refused and not touched.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import assert_never

from showcause.rules.codes import Code
from showcause.rules.messages import Fault
from showcause.rules.parsing import parse
from showcause.rules.powers import Effect
from showcause.rules.rule_cases import Case
from showcause.rules.rule_file import KEYS, WrittenRule
from showcause.rules.scanning import comments
from showcause.rules.sheet import Node, Shape, Sheet
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
)
from showcause.rules.words import LANGUAGES

WIDTH = 100
"""Longest line of a condition or a case before it is broken."""

_BARE = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ][A-Za-z0-9À-ÖØ-öø-ÿ ’.@_/%-]*")
_READ_OTHERWISE = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_LENGTHS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def layout(rule: WrittenRule) -> str:
    """Return the text of a rule file in the one layout."""
    parts = {key: "".join(f"{line}\n" for line in _part(rule, key)) for key in KEYS}
    head = _head(rule.sheet, rule.root).replace("\r\n", "\n")
    return head + "".join(parts[key] for key in KEYS)


def lost_comments(rule: WrittenRule) -> Iterator[Fault]:
    """Yield a fault for each comment that the layout would lose."""
    hint = "Move it to the top of the file, before the first key, or say it in the title or in a case."
    head = len(_head(rule.sheet, rule.root))
    for start in _comments(rule.sheet.text, rule.root):
        if start >= head:
            end = rule.sheet.text.find("\n", start)
            node = Node(Shape.OTHER, start, end if end >= 0 else len(rule.sheet.text))
            yield rule.fault(node, Code.COMMENT_LOST, "the layout would lose this comment", hint)
    when = rule.root.at("when")
    for token in comments(list(parse(when.value.rstrip()).tokens)):
        node = Node(Shape.OTHER, *rule.sheet.stretch(when, token.start, token.end))
        yield rule.fault(node, Code.COMMENT_LOST, "the layout would lose this comment", hint)


def _head(sheet: Sheet, root: Node) -> str:
    """Return the comments and empty lines before the first key."""
    first = root.pairs[0][0].start if root.pairs else 0
    return sheet.text[: sheet.text.rfind("\n", 0, first) + 1]


def _comments(text: str, root: Node) -> Iterator[int]:
    scalars = sorted((each.start, each.end) for each in _scalars(root))
    at = 0
    for start, end in [*scalars, (len(text), len(text))]:
        while (at := text.find("#", at, start)) >= 0:
            if at == 0 or text[at - 1].isspace():
                yield at
            line_end = text.find("\n", at, start)
            at = line_end if line_end >= 0 else start
        at = end


def _scalars(node: Node) -> Iterator[Node]:
    if node.shape is Shape.MAPPING:
        for key, value in node.pairs:
            yield from (*_scalars(key), *_scalars(value))
    elif node.shape is Shape.LIST:
        for each in node.items:
            yield from _scalars(each)
    elif node.start < node.end:
        yield node


# --- The file --------------------------------------------------------------------------------------------------------


def _part(rule: WrittenRule, key: str) -> Iterator[str]:
    metadata = rule.metadata
    match key:
        case "title":
            yield "title:"
            yield from (f"  {language}: {_quoted(metadata.title[language])}" for language in LANGUAGES)
        case "effects":
            yield "effects:"
            for effect in metadata.effects:
                yield from _effect(effect)
        case "rollout":
            if metadata.rollout:
                share, seed = (rule.root.at("rollout", each).value.strip() for each in ("share", "seed"))
                yield f"rollout: {{share: {share}, seed: {_text(seed)}, by: {metadata.rollout.by}}}"
        case "when":
            yield "when: |"
            yield from (f"  {line}" for line in condition_lines(rule.condition))
        case "expect":
            yield "expect:"
            for case in metadata.cases:
                yield from _case(case)
        case "expected":
            yield f"expected: {rule.root.at(key).value.strip()}"
        case _:
            yield f"{key}: {getattr(metadata, key)}"


def _effect(effect: Effect) -> Iterator[str]:
    yield f"  - {effect.kind}" + (f": {effect.measure}" if effect.measure else "")
    if effect.seconds:
        day = effect.seconds == 86_400  # said as 24 hours, which is what it is
        size, unit = next(each for each in _LENGTHS[day:] if effect.seconds % each[0] == 0)
        yield f"    for: {effect.seconds // size} {unit}"


def _case(case: Case) -> Iterator[str]:
    yield f"  - {case.outcome}: {_text(case.name)}"
    for name, values in (("event", _nested(case.event)), ("counters", dict(case.counters))):
        if not values:
            continue
        line = f"    {name}: {_flow(values)}"
        if len(line) <= WIDTH:
            yield line
        else:
            yield f"    {name}:"
            yield from (f"      {key}: {_flow(value)}" for key, value in values.items())


def _nested(event: tuple[tuple[str, Plain], ...]) -> dict[str, object]:
    found: dict[str, object] = {}
    for path, value in event:
        group, dot, key = path.partition(".")
        if dot:
            inside = found.setdefault(group, {})
            if isinstance(inside, dict):
                inside[key] = value
        else:
            found[path] = value
    return found


def _flow(value: object) -> str:
    match value:
        case Mapping():
            return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
        case bool():
            return "true" if value else "false"
        case float():
            return _digits(value)
        case str():
            return _text(value)
        case _:
            return str(value)


def _text(text: str) -> str:
    """Return a text as YAML has it: bare where it cannot be read as anything else."""
    bare = _BARE.fullmatch(text) and not text.endswith(" ") and text.lower() not in _READ_OTHERWISE
    return text if bare else _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


# --- The condition ---------------------------------------------------------------------------------------------------


def condition_lines(condition: Condition) -> list[str]:
    """Return a condition as lines: in one if it is short, else one part a line, `and` and `or` in front."""
    whole = condition_text(condition)
    if not isinstance(condition, And | Or) or len(whole) <= WIDTH - 20:
        return [whole]
    word = "and" if isinstance(condition, And) else "or"
    lines: list[str] = []
    for number, part in enumerate(condition.operands):
        first = f"{word} " if number else ""
        short = _inside(part)
        if len(first + short) <= WIDTH or not isinstance(part, And | Or):
            lines.append(first + short)
        else:
            lines += [f"{first}(", *(f"  {line}" for line in condition_lines(part)), ")"]
    return lines


def condition_text(condition: Condition) -> str:
    """Return a condition in one line, with as few brackets as it needs to be read back as the same tree."""
    match condition:
        case And():
            return " and ".join(map(_inside, condition.operands))
        case Or():
            return " or ".join(map(_inside, condition.operands))
        case Not(operand=Membership() as inner):
            return f"{value_text(inner.operand)} not in {_items(inner.items)}"
        case Not():
            return f"not {_inside(condition.operand)}"
        case Flag():
            return condition.value.path
        case Comparison():
            return f"{value_text(condition.left)} {condition.relation} {value_text(condition.right)}"
        case Membership():
            return f"{value_text(condition.operand)} in {_items(condition.items)}"
        case TextTest():
            return f"{condition.relation}({value_text(condition.subject)}, {value_text(condition.argument)})"
        case Pattern():
            return f"matches({value_text(condition.subject)}, {_literal(condition.pattern)})"
        case RuleReference():
            return condition.rule
        case _:
            assert_never(condition)


def _inside(condition: Condition) -> str:
    """Return a condition as a part of another; `and`, `or` and comparisons after `not` stand between brackets."""
    said = condition_text(condition)
    return f"({said})" if isinstance(condition, And | Or) else said


def value_text(value: Value) -> str:
    """Return a value as it is written in a condition."""
    match value:
        case FieldValue():
            return value.path
        case CounterValue():
            return value.counter
        case Threshold():
            return value.name
        case Constant():
            return _literal(value.value)
        case Length():
            return f"length({value_text(value.operand)})"
        case Negative():
            inner = value_text(value.operand)
            return (
                f"-({inner})" if isinstance(value.operand, Arithmetic | Negative | Constant) else f"-{inner}"
            )
        case Arithmetic():
            tight = value.operator in (Calculation.MULTIPLY, Calculation.DIVIDE)
            left, right = _operand(value.left, tight=tight), _operand(value.right, tight=tight, right=True)
            return f"{left} {value.operator} {right}"
        case _:
            assert_never(value)


def _operand(value: Value, *, tight: bool, right: bool = False) -> str:
    said = value_text(value)
    if not isinstance(value, Arithmetic):
        return said
    looser = value.operator in (Calculation.ADD, Calculation.SUBTRACT)
    return f"({said})" if (tight and looser) or (right and (looser or tight)) else said


def _items(items: ListLiteral | NamedList) -> str:
    return items.name if isinstance(items, NamedList) else f"[{', '.join(map(_literal, items.items))}]"


def _literal(value: Plain) -> str:
    match value:
        case str():
            return _written(value)
        case float():
            return _digits(value)
        case _:
            return str(value)


def _written(text: str) -> str:
    """Return a text between quotation marks; raw where it has backslashes and can be."""
    seen = text.isprintable() and "\u200d" not in text
    if "\\" in text and seen and not text.endswith("\\"):
        for mark in ("'", '"'):
            if mark not in text:
                return f"r{mark}{text}{mark}"
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")
    return "'" + "".join(each if _is_seen(each) else _escape(each) for each in escaped) + "'"


def _is_seen(character: str) -> bool:
    return character.isprintable() or ord(character) > 0xFFFF


def _escape(character: str) -> str:
    return f"\\u{ord(character):04X}"


def _digits(value: float) -> str:
    """Return a number with a fraction as the language reads it, which knows no `e+20`."""
    return repr(value).replace("e+", "e")
