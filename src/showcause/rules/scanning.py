"""The first look at the text of an expression: characters, words, brackets, and whether values and operators alternate.

It comes before Python's own parser for two reasons: that parser never sees a text that is long, deep or strange enough
to hurt it, and its error texts, which change from version to version, are hardly ever needed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from showcause.rules.codes import Code
from showcause.rules.messages import BadRule, quoted

MAX_CHARACTERS = 4_000
"""Longest expression, in code points."""

MAX_TOKENS = 1_000
MAX_DEPTH = 30
"""How deep brackets, and `not` and minus signs, may be nested."""

MAX_DIGITS = 40


class Kind(StrEnum):
    """What a piece of text is."""

    NAME = "name"
    NUMBER = "number"
    TEXT = "text"
    OPERATOR = "operator"
    COMMENT = "comment"
    SPACE = "space"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text and where it begins and ends, in code points."""

    kind: Kind
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"(?P<space>[ \t\n]+)"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<text>[A-Za-z]{0,2}(?:'''|\"\"\"|'(?:[^'\\\n]|\\.)*'?|\"(?:[^\"\\\n]|\\.)*\"?))"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[A-Za-z0-9_.]*)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<operator>\*\*=?|//=?|<<=?|>>=?|<>|<=|>=|[-+*%&|^]=|===?|!==?|&&|\|\||:=|->|[-+*/%<>=!&|^~@()\[\]{},.:;?$`\\])"
)
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_ESCAPE = re.compile(r"\\(?:[\\'\"nt]|u[0-9a-fA-F]{4})")

WORDS = frozenset({"and", "or", "not", "in"})
"""The words of the language."""

FORBIDDEN_WORDS: dict[str, tuple[str, str]] = {
    "is": ("there is no `is`", "Compare with == or !=."),
    "None": (
        "missing data cannot be compared",
        "Leave it out: a rule does not fire on what is missing, with or without `not`.",
    ),
    "null": (
        "missing data cannot be compared",
        "Leave it out: a rule does not fire on what is missing, with or without `not`.",
    ),
    "True": ("`True` is not needed", "Write the yes-or-no field alone, such as actor.verified."),
    "False": ("`False` is not needed", "Write `not` before the yes-or-no field, such as not actor.verified."),
    "true": ("`true` is not needed", "Write the yes-or-no field alone, such as actor.verified."),
    "false": ("`false` is not needed", "Write `not` before the yes-or-no field, such as not actor.verified."),
    "if": ("there is no `if`", "A rule is one condition; join parts with `and` and `or`."),
    "else": ("there is no `else`", "A rule is one condition; write another rule for the other case."),
    "for": ("there are no loops", "Use `in` with a list, or a counter."),
    "while": ("there are no loops", "Use `in` with a list, or a counter."),
    "lambda": ("there are no functions of one's own", "Write another rule and refer to it by its id."),
    "def": ("there are no functions of one's own", "Write another rule and refer to it by its id."),
    "await": ("a rule waits for nothing", "Send what it needs with the event."),
    "async": ("a rule waits for nothing", "Send what it needs with the event."),
    "yield": ("a rule is a condition, not a program", "Write what must be true."),
    "return": ("a rule is a condition, not a program", "Write the condition alone, without `return`."),
    "import": ("nothing can be imported", "Only fields, lists, constants, counters and earlier rules have names."),
    "from": ("nothing can be imported", "Only fields, lists, constants, counters and earlier rules have names."),
    "exec": ("nothing can be executed", "Write the condition itself."),
    "eval": ("nothing can be executed", "Write the condition itself."),
    "AND": ("`AND` is written in small letters", "Write and."),
    "OR": ("`OR` is written in small letters", "Write or."),
    "NOT": ("`NOT` is written in small letters", "Write not."),
    "IN": ("`IN` is written in small letters", "Write in."),
    **{
        word: (f"the word `{word}` has no meaning here", "A rule is one condition; write what must be true.")
        for word in (
            "as", "assert", "break", "class", "continue", "del", "elif", "except", "finally", "global",
            "nonlocal", "pass", "raise", "try", "with",
        )
    },
}  # fmt: skip
"""Words that mean something elsewhere and nothing here: what is wrong, and what to write."""

OTHER_OPERATORS: dict[str, tuple[str, str]] = {
    "=": ("one `=` compares nothing", "Write == to compare."),
    "===": ("`===` is not an operator here", "Write == to compare."),
    "!==": ("`!==` is not an operator here", "Write != to compare."),
    "<>": ("`<>` is not an operator here", "Write != for: is not."),
    "&&": ("`&&` is not an operator here", "Write and."),
    "||": ("`||` is not an operator here", "Write or."),
    "!": ("`!` is not an operator here", "Write not."),
    "&": ("`&` is not an operator here", "Write and."),
    "|": ("`|` is not an operator here", "Write or."),
    "?": ("`?` has no meaning here", "A rule is one condition; join parts with `and` and `or`."),
    ";": ("a rule is one condition", "Join parts with `and` and `or`, or write another rule."),
    "\\": ("a backslash has no meaning outside a text", "A condition may simply go on in the next line."),
}
"""Operators of other languages: what is wrong, and what to write."""

FORBIDDEN_OPERATORS: dict[str, str] = {
    "%": "There is no remainder: programs differ about negative numbers.",
    "//": "Divide with /; the result is a number with a fraction.",
    "**": "There are no powers; multiply.",
    "^": "There are no operations on bits.",
    "~": "There are no operations on bits; write not.",
    "<<": "There are no operations on bits.",
    ">>": "There are no operations on bits.",
    "@": "There are no operations on matrices.",
}
"""Operators that Python has and the language does not, with the reason."""

_OPERATORS = frozenset({"==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/"})
_CONSTRUCTS = {
    "{": ("there are no mappings or sets", "Write a list between [ and ]."),
    "}": ("there are no mappings or sets", "Write a list between [ and ]."),
    ":": ("a colon has no meaning here", "Compare with ==, and write `in` for membership."),
    ":=": (
        "nothing can be given a name here",
        "Repeat the value, or write a threshold in a file of its own.",
    ),
    "->": ("`->` has no meaning here", "Write the condition alone."),
    "$": ("`$` has no meaning here", "Write the field's name alone, such as actor.age_s."),
    "`": ("a backtick has no meaning here", "Write texts between ' and '."),
}


def scan(text: str) -> list[Token]:
    """Return the tokens of an expression, comments and space among them.

    Raises: BadRule for whatever cannot be the text of an expression.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadRule(
            Code.TOO_LONG, 0, 1, f"the condition has {len(text)} characters; at most {MAX_CHARACTERS}",
            "Put values into a list of their own, or parts into rules of their own.",
        )  # fmt: skip
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise BadRule(
                Code.STRANGE_CHARACTER, at, at + 1, f"the character {_named(text[at])} has no meaning here",
                "Names are written with a-z, 0-9 and _; any character may stand in a text between ' and '.",
            )  # fmt: skip
        tokens.append(Token(Kind(found.lastgroup), found[0], at, found.end()))
        at = found.end()
    meant = [each for each in tokens if each.kind not in (Kind.SPACE, Kind.COMMENT)]
    if len(meant) > MAX_TOKENS:
        over = meant[MAX_TOKENS]
        raise BadRule(
            Code.TOO_MANY_PARTS, over.start, over.end, f"the condition has more than {MAX_TOKENS} parts",
            "Put values into a list of their own, or parts into rules of their own.",
        )  # fmt: skip
    for token in meant:
        _check(token)
    return tokens


def _named(character: str) -> str:
    return quoted(character) if character.isprintable() else f"U+{ord(character):04X}"


def _check(token: Token) -> None:
    match token.kind:
        case Kind.TEXT:
            _check_text(token)
        case Kind.NUMBER:
            _check_number(token)
        case Kind.NAME if token.text in FORBIDDEN_WORDS:
            what, hint = FORBIDDEN_WORDS[token.text]
            code = Code.NULL if token.text in ("None", "null") else Code.FORBIDDEN_WORD
            raise BadRule(code, token.start, token.end, what, hint)
        case Kind.OPERATOR:
            _check_operator(token)
        case _:
            pass


def _check_operator(token: Token) -> None:
    if token.text in OTHER_OPERATORS:
        what, hint = OTHER_OPERATORS[token.text]
        raise BadRule(Code.OTHER_OPERATOR, token.start, token.end, what, hint)
    if token.text in FORBIDDEN_OPERATORS:
        hint = FORBIDDEN_OPERATORS[token.text]
        raise BadRule(
            Code.FORBIDDEN_OPERATOR, token.start, token.end, f"there is no operator `{token.text}`", hint
        )
    if token.text in _CONSTRUCTS:
        what, hint = _CONSTRUCTS[token.text]
        raise BadRule(Code.FORBIDDEN_CONSTRUCT, token.start, token.end, what, hint)
    if token.text.endswith("=") and token.text not in ("==", "!=", "<=", ">="):
        raise BadRule(
            Code.OTHER_OPERATOR, token.start, token.end, f"`{token.text}` would change something",
            "A rule reads and never writes; compare with ==.",
        )  # fmt: skip


def _check_text(token: Token) -> None:
    body = token.text.lstrip(
        "".join(set(token.text) & set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    )
    prefix = token.text[: len(token.text) - len(body)]
    if prefix not in ("", "r"):
        what = f"a text cannot begin with {quoted(prefix + body[0])}"
        hint = "Write the text between ' and '; before a pattern with backslashes, r."
        raise BadRule(Code.TEXT_PREFIX, token.start, token.start + len(prefix), what, hint)
    if body.startswith(("'''", '"""')):
        raise BadRule(
            Code.OPEN_TEXT, token.start, token.end, "three quotation marks have no meaning here",
            "Write the text between ' and ', in one line.",
        )  # fmt: skip
    if len(body) < 2 or body[-1] != body[0] or _ends_in_escape(body):
        raise BadRule(
            Code.OPEN_TEXT, token.start, token.start + len(prefix) + 1, "the text that begins here does not end",
            f"Close it with {body[0]} in the same line.",
        )  # fmt: skip
    if not prefix:
        _check_escapes(token, body)


def _ends_in_escape(body: str) -> bool:
    inner = body[1:-1]
    return (len(inner) - len(inner.rstrip("\\"))) % 2 == 1


def _check_escapes(token: Token, body: str) -> None:
    at = 0
    while (at := body.find("\\", at)) >= 0:
        found = _ESCAPE.match(body, at)
        if found is None:
            raise BadRule(
                Code.BAD_ESCAPE, token.start + at, token.start + at + 2,
                f"{quoted(body[at : at + 2])} is not an escape", "Write r before a pattern: r'\\d+'.",
            )  # fmt: skip
        at = found.end()


def _check_number(token: Token) -> None:
    if not _NUMBER.fullmatch(token.text) or len(token.text) > MAX_DIGITS:
        raise BadRule(
            Code.BAD_NUMBER, token.start, token.end, f"{quoted(token.text)} is not a number",
            "Write digits alone, with a point for a fraction: 86400, 0.35.",
        )  # fmt: skip


def comments(tokens: list[Token]) -> Iterator[Token]:
    """Yield the comments of an expression."""
    yield from (each for each in tokens if each.kind is Kind.COMMENT)
