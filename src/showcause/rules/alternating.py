"""Whether brackets match, and values and operators alternate: the most frequent slips, each with its own words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from showcause.rules.codes import Code
from showcause.rules.messages import BadRule, quoted
from showcause.rules.scanning import MAX_DEPTH, WORDS, Kind, Token

_CLOSES = {")": "(", "]": "["}
_OPENS = {"(": ")", "[": "]"}
_SPLIT = "Put a part into a rule of its own and refer to it by its id."
_COMPARE = "Compare with ==, or join parts with `and` or `or`."
_TRUE = "Write what must be true, such as actor.age_s < 3600."


class Inside(StrEnum):
    """What an open bracket is: around a condition, after a function, or of a list."""

    GROUP = "group"
    CALL = "call"
    LIST = "list"


def check_order(tokens: Sequence[Token]) -> None:
    """Look whether tokens may follow one another.

    Raises: BadRule at the first that may not.
    """
    meant = [each for each in tokens if each.kind not in (Kind.SPACE, Kind.COMMENT)]
    if not meant:
        end = max(1, tokens[-1].end if tokens else 1)
        raise BadRule(Code.MISSING_VALUE, 0, end, "the condition is empty", _TRUE)
    walk = _Walk()
    for token in meant:
        walk.step(token)
    walk.end(meant[-1])


@dataclass(slots=True)
class _Walk:
    """Goes through the tokens; `value` says that one has just ended, `denied` that `not` came after a value."""

    value: bool = False
    signs: int = 0
    denied: bool = False
    before: Token | None = None
    open: list[tuple[Token, Inside]] = field(default_factory=list)

    def step(self, token: Token) -> None:
        """Take the next token."""
        if self.denied and token.text != "in":
            raise self._no_operator(token)
        after = self.before.text if self.before and self.before.kind is Kind.OPERATOR else ""
        if after == "." and (token.kind is not Kind.NAME or token.text in WORDS):
            raise BadRule(
                Code.MISSING_VALUE, token.start, token.end, "the name of a field is missing after `.`",
                "Write group.field, such as actor.age_s.",
            )  # fmt: skip
        match token.text:
            case "(" | "[":
                self._open(token)
            case ")" | "]":
                self._close(token)
            case "not" if after and after not in ("(", "[", ",", ")", "]"):
                what = "`not` gives yes or no, which cannot be compared or calculated with"
                hint = "Write `not` before the whole comparison."
                raise BadRule(Code.NOT_A_VALUE, token.start, token.end, what, hint)
            case "not":
                self.denied = self.value
                self._sign(token)
            case ",":
                self._comma(token)
            case _ if token.kind is Kind.OPERATOR or token.text in WORDS:
                self._operator(token)
            case _:
                if self.value:
                    raise self._no_operator(token)
                self.value = True
        self.before = token

    def end(self, last: Token) -> None:
        """Look whether the condition may end here."""
        if self.open:
            token, _ = self.open[-1]
            what = f"the bracket {token.text} is never closed"
            raise BadRule(Code.BRACKETS, token.start, token.end, what, f"Close it with {_OPENS[token.text]}.")
        if not self.value:
            what = f"a value is missing after {quoted(last.text)}"
            raise BadRule(Code.MISSING_VALUE, last.start, last.end, what, _TRUE)

    def _open(self, token: Token) -> None:
        named = self.before is not None and self.before.kind is Kind.NAME and self.before.text not in WORDS
        calls = token.text == "(" and named
        if self.value and token.text == "[":
            what = "nothing can be picked out of a value"
            hint = "Ask whether a value is `in` a list, or use contains, starts_with or ends_with."
            raise BadRule(Code.FORBIDDEN_CONSTRUCT, token.start, token.end, what, hint)
        if self.value and not calls:
            raise self._no_operator(token)
        listed = token.text == "[" or (self.before is not None and self.before.text == "in")
        self.open.append((token, Inside.CALL if calls else Inside.LIST if listed else Inside.GROUP))
        if len(self.open) > MAX_DEPTH:
            what = f"brackets are nested more than {MAX_DEPTH} deep"
            raise BadRule(Code.TOO_DEEP, token.start, token.end, what, _SPLIT)
        self.value, self.signs = False, 0

    def _close(self, token: Token) -> None:
        if not self.open or self.open[-1][0].text != _CLOSES[token.text]:
            what = f"the bracket {token.text} closes nothing"
            hint = f"Remove it, or open it with {_CLOSES[token.text]}."
            raise BadRule(Code.BRACKETS, token.start, token.end, what, hint)
        opened, inside = self.open.pop()
        empty = self.before is opened and inside is not Inside.GROUP
        ended = self.before is not None and self.before.text == "," and inside is not Inside.GROUP
        if not self.value and not empty and not ended:
            raise self._no_value(token)
        self.value = True

    def _comma(self, token: Token) -> None:
        if not self.open or self.open[-1][1] is Inside.GROUP:
            hint = "Join parts with `and` or `or`; numbers are written without commas."
            raise BadRule(Code.OTHER_OPERATOR, token.start, token.end, "a comma joins nothing here", hint)
        if not self.value:
            raise self._no_value(token)
        self.value, self.signs = False, 0

    def _sign(self, token: Token) -> None:
        self.signs = self.signs + 1
        if self.signs > MAX_DEPTH:
            what = f"more than {MAX_DEPTH} signs in a row"
            raise BadRule(Code.TOO_DEEP, token.start, token.end, what, "Remove them in pairs.")
        self.value = False

    def _operator(self, token: Token) -> None:
        if not self.value and token.text in ("-", "+"):
            self._sign(token)
        elif not self.value and not self.denied:
            raise self._no_value(token)
        else:
            self.value, self.signs, self.denied = False, 0, False

    def _no_value(self, token: Token) -> BadRule:
        before = self.before
        where = (
            f"between {quoted(before.text)} and {quoted(token.text)}"
            if before
            else f"before {quoted(token.text)}"
        )
        hint = "Write a field, a number, a text or a list there."
        return BadRule(Code.MISSING_VALUE, token.start, token.end, f"a value is missing {where}", hint)

    def _no_operator(self, token: Token) -> BadRule:
        before = quoted(self.before.text) if self.before else "this"
        if self.denied:
            what, hint = (
                "`not` after a value is only understood before `in`",
                "Write `not` before the whole comparison.",
            )
            return BadRule(Code.MISSING_OPERATOR, token.start, token.end, what, hint)
        if self.open and self.open[-1][1] is not Inside.GROUP:
            what = f"a comma is missing between {before} and {quoted(token.text)}"
            return BadRule(Code.MISSING_OPERATOR, token.start, token.end, what, "Write one.")
        what = f"an operator is missing between {before} and {quoted(token.text)}"
        return BadRule(Code.MISSING_OPERATOR, token.start, token.end, what, _COMPARE)
