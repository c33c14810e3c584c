"""Digests of rules, lists and rule sets: over what they say, not over how they are written.

White space, comments and places in a file are not part of a tree, so they make no new version. The canonical text is
JSON of arrays and strings alone, in ASCII, without white space; numbers are written as text (a float in hexadecimal,
as C's `%a` does), so that nobody's JSON library can change them. Each digest is SHA-256 over a line that says what it
is of, and that text.
"""

import hashlib
import json
from functools import lru_cache
from typing import TypeAlias, assert_never

from showcause.rules.rule_set import SEMANTICS, ListVersion, RuleSet, ThresholdVersion
from showcause.rules.tree import (
    And,
    Arithmetic,
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
    Or,
    Pattern,
    Plain,
    Rule,
    RuleReference,
    TextTest,
    Threshold,
    plain_type,
)

Text: TypeAlias = "str | list[Text]"


def rule_digest(rule: Rule) -> str:
    """Return the digest of a rule: its id, its terms, and what it says."""
    terms: list[Text] = [[name, said] for name, said in sorted(rule.terms)]
    return _digest("rule", _text([rule.id, terms, said(rule.condition)]))


@lru_cache(maxsize=256)
def list_digest(version: ListVersion) -> str:
    """Return the digest of a list's content, in whatever order it came; the version number is not part of it."""
    entries = sorted(_text(_plain(each)) for each in version.entries)  # there may be a million
    text = f"[{_text(version.name)},{_text(version.type.value)},[{','.join(entries)}]]"
    return _digest("list", text)


def threshold_digest(version: ThresholdVersion) -> str:
    """Return the digest of a threshold's value."""
    return _digest("threshold", _text([version.name, _plain(version.value)]))


def rule_set_digest(rule_set: RuleSet) -> str:
    """Return the digest of a rule set: semantics, rules, lists, thresholds and counters, the order of rules aside."""
    rules: list[Text] = [
        [each.id, rule_digest(each)] for each in sorted(rule_set.rules, key=lambda each: each.id)
    ]
    lists: list[Text] = [
        [each.name, str(each.version), list_digest(each)]
        for each in sorted(rule_set.lists, key=lambda each: each.name)
    ]
    thresholds: list[Text] = [
        [each.name, str(each.version), threshold_digest(each)]
        for each in sorted(rule_set.thresholds, key=lambda each: each.name)
    ]
    return _digest("rule-set", _text([str(SEMANTICS), rules, lists, thresholds, rule_set.counters.digest]))


def said(node: Node) -> Text:
    """Return the canonical form of a node, before it becomes text."""
    match node:
        case FieldValue():
            return ["field", node.path, node.type.value]
        case CounterValue():
            return ["counter", node.counter, node.type.value]
        case Threshold():
            return ["threshold", node.name, node.type.value]
        case Constant():
            return _plain(node.value)
        case Arithmetic():
            return [node.operator.value, said(node.left), said(node.right)]
        case Negative():
            return ["negative", said(node.operand)]
        case Length():
            return ["length", said(node.operand)]
        case ListLiteral():
            items: list[Text] = sorted(
                {_text(_plain(each)): _plain(each) for each in node.items}.values(), key=_text
            )
            return ["list", node.type.value, *items]
        case NamedList():
            return ["named-list", node.name, node.type.value]
        case Flag():
            return ["flag", said(node.value)]
        case Comparison():
            return [node.relation.value, said(node.left), said(node.right)]
        case Membership():
            return ["in", said(node.operand), said(node.items)]
        case TextTest():
            return [node.relation.value, said(node.subject), said(node.argument)]
        case Pattern():
            return ["matches", said(node.subject), node.pattern]
        case RuleReference():
            return ["rule", node.rule]
        case Not():
            return ["not", said(node.operand)]
        case And():
            return ["and", *map(said, node.operands)]
        case Or():
            return ["or", *map(said, node.operands)]
        case _:
            assert_never(node)


def _plain(value: Plain) -> Text:
    match value:
        case bool():
            written = "true" if value else "false"
        case int():
            written = str(value)
        case float():
            written = (value + 0.0).hex()  # one zero: the sign of another decides nothing
        case str():
            written = value
        case _:
            assert_never(value)
    return [plain_type(value).value, written]


def _text(content: Text) -> str:
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"))


def _digest(of: str, text: str) -> str:
    return hashlib.sha256(f"showcause/{of}/v1\n{text}".encode()).hexdigest()
