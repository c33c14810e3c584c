"""A file as it is written: its values with their places, and what is wrong with them.

Who reads files hands over a tree of `Node`; where it came from, and that it was YAML, is not known here. Every fault
names file, line and column, shows the line, and marks the part that is meant.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from showcause.rules.codes import Code
from showcause.rules.messages import BadRule, Fault, Place, did_you_mean, listed, quoted

MAX_TEXT = 2_000
"""Longest single text, in code points; a condition may be longer."""

E = TypeVar("E", bound=StrEnum)


class Shape(StrEnum):
    """What a value is; the value is how a message calls it."""

    TEXT = "a text"
    WHOLE = "a whole number"
    NUMBER = "a number"
    FLAG = "true or false"
    NOTHING = "nothing"
    DATE = "a date"
    MAPPING = "a mapping"
    LIST = "a list"
    OTHER = "something else"


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a file. Offsets count code points of the file's text; `quote` is `'`, `"`, `|`, `>` or empty."""

    shape: Shape
    start: int
    end: int
    value: str = ""
    quote: str = ""
    items: tuple["Node", ...] = ()
    pairs: tuple[tuple["Node", "Node"], ...] = ()

    def at(self, *path: str | int) -> "Node":
        """Return the value at a path of keys and indexes, or the deepest that exists on the way."""
        node = self
        for step in path:
            inside: Iterable[tuple[str | int, Node]] = (
                ((key.value, value) for key, value in node.pairs)
                if node.shape is Shape.MAPPING
                else enumerate(node.items)
            )
            found = next((value for name, value in inside if name == step), None)
            if found is None:
                return node
            node = found
        return node


@dataclass(slots=True)
class Sheet:
    """One file while it is read. Faults are collected; a value with a fault is read as None."""

    file: str
    text: str = ""
    faults: list[Fault] = field(default_factory=list)

    # --- Faults

    def place(self, start: int, end: int) -> Place:
        """Return the place of a stretch of the file, cut at the end of its line."""
        line_start = self.text.rfind("\n", 0, start) + 1
        line_end = self.text.find("\n", start)
        source = self.text[line_start : line_end if line_end >= 0 else len(self.text)].rstrip("\r")
        stretch = self.text[start : min(end, line_start + len(source))].rstrip()
        return Place(
            self.file,
            self.text.count("\n", 0, start) + 1,
            start - line_start + 1,
            source,
            max(1, len(stretch)),
        )

    def fault(self, node: Node, code: Code, what: str, hint: str) -> None:
        """Note what is wrong with a value."""
        self.faults.append(Fault(self.place(node.start, node.end), code, what, hint))

    def fault_in(self, node: Node, wrong: BadRule) -> None:
        """Note what is wrong with a part of a text."""
        start, end = self.stretch(node, wrong.start, wrong.end)
        self.faults.append(Fault(self.place(start, end), wrong.code, wrong.what, wrong.hint))

    def stretch(self, node: Node, start: int, end: int) -> tuple[int, int]:
        """Return where a part of a value's text stands in the file; the whole value where that cannot be told."""
        where = _aligned(self.text[node.start : node.end], node.value, node.quote)
        if where is None or not node.value:
            return node.start, node.end
        first = node.start + where[min(start, len(where) - 1)]
        last = node.start + where[min(max(start, end - 1), len(where) - 1)] + 1
        return first, max(first + 1, last)

    # --- Values

    def mapping(
        self, node: Node | None, needed: Sequence[str], optional: Sequence[str] = ()
    ) -> dict[str, Node]:
        """Return a mapping's values by key; keys that are unknown, double or missing are faults."""
        found = self.pairs(node)
        if node is None or found is None:
            return {}
        for name, (key, _) in found.items():
            if name not in needed and name not in optional:
                known = (*needed, *optional)
                hint = did_you_mean(name, known, f"Known here: {', '.join(known)}.")
                self.fault(key, Code.UNKNOWN_KEY, f"unknown key {quoted(name)}", hint)
        for name in needed:
            if name not in found:
                self.fault(
                    Node(Shape.OTHER, node.start, node.start + 1), Code.MISSING_KEY, f"{quoted(name)} is missing",
                    f"Write `{name}:` with its value.",
                )  # fmt: skip
        return {name: value for name, (_, value) in found.items()}

    def pairs(self, node: Node | None) -> dict[str, tuple[Node, Node]] | None:
        """Return a mapping's (key, value) by key, whatever its keys are."""
        if node is None or node.shape is not Shape.MAPPING:
            self._not(node, "keys and values are", "Write `key: value` lines.")
            return None
        found: dict[str, tuple[Node, Node]] = {}
        for key, value in node.pairs:
            name = self.text_of(key, 200)
            if name is not None and name in found:
                line = self.place(found[name][0].start, found[name][0].end).line
                what = f"the key {quoted(name)} is already in line {line}"
                self.fault(key, Code.DOUBLE_KEY, what, "Keep one of the two.")
            elif name is not None:
                found[name] = (key, value)
        return found

    def items(self, node: Node | None, most: int) -> tuple[Node, ...]:
        """Return the nodes of a list; none after a fault."""
        if node is None or node.shape is not Shape.LIST:
            self._not(node, "a list is", "Begin each item with `- `.")
            return ()
        if len(node.items) > most:
            what = f"{len(node.items)} items; at most {most}"
            self.fault(node.items[most], Code.TOO_MANY, what, "Write fewer, or split the file.")
            return ()
        return node.items

    def text_of(self, node: Node | None, most: int = MAX_TEXT) -> str | None:
        """Return a text of at most `most` characters, without space around it."""
        if node is None or node.shape is not Shape.TEXT:
            self._not(node, "a text is", "Put the text between quotes.")
            return None
        value = node.value.strip()
        if not value:
            self.fault(node, Code.WRONG_KIND, "the text is empty", "Write it out.")
        elif len(value) > most:
            self.fault(
                node, Code.TOO_LONG, f"the text has {len(value)} characters; at most {most}", "Shorten it."
            )
        else:
            return value
        return None

    def whole(self, node: Node | None, least: int, most: int) -> int | None:
        """Return a whole number within bounds."""
        if node is None or node.shape is not Shape.WHOLE or not _is_decimal(node.value):
            self._not(node, "a whole number is", "Write digits, without quotes.")
            return None
        if least <= (number := int(node.value)) <= most:
            return number
        what = f"{node.value} is not between {least} and {most}"
        self.fault(node, Code.WRONG_KIND, what, "Write a number within these bounds.")
        return None

    def number(self, node: Node | None) -> float | None:
        """Return a number, whole or not."""
        if node is not None and node.shape in (Shape.WHOLE, Shape.NUMBER):
            try:
                value = float(node.value)
            except ValueError:
                value = math.nan
            if math.isfinite(value):
                return value
        self._not(node, "a number is", "Write digits, with a point for a fraction, without quotes.")
        return None

    def flag(self, node: Node | None) -> bool | None:
        """Return true or false."""
        if node is not None and node.shape is Shape.FLAG and node.value in ("true", "false"):
            return node.value == "true"
        self._not(node, "true or false is", "Write `true` or `false`.")
        return None

    def choice(self, node: Node | None, kinds: type[E], called: str) -> E | None:
        """Return a member of an enumeration; `called` says what its members are."""
        value = self.text_of(node)
        if node is None or value is None:
            return None
        if value in set(kinds):
            return kinds(value)
        self.unknown(node, Code.UNKNOWN_WORD, called, value, set(kinds))
        return None

    def unknown(self, node: Node, code: Code, called: str, value: str, known: Collection[str]) -> None:
        """Note that a word is none of the known ones."""
        hint = did_you_mean(value, known, f"Known are: {listed(known, 30)}.")
        self.fault(node, code, f"there is no {called} {quoted(value)}", hint)

    def _not(self, node: Node | None, wanted: str, hint: str) -> None:
        if node is not None:
            self.fault(node, Code.WRONG_KIND, f"{node.shape} where {wanted} needed", hint)


def _is_decimal(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= 16


def _aligned(raw: str, value: str, quote: str) -> list[int] | None:
    """Return, for each character of a text, where it stands in what is written, or None where escapes hide that."""
    if quote == '"' and "\\" in raw:
        return None
    at = raw.find("\n") + 1 if quote in ("|", ">") else len(quote)
    where: list[int] = []
    for each in value:
        if each.isspace():
            where.append(min(at, max(0, len(raw) - 1)))
            at += 1 if at < len(raw) and raw[at].isspace() else 0
            continue
        while at < len(raw) and raw[at].isspace():
            at += 1
        if at >= len(raw) or raw[at] != each:
            return None
        where.append(at)
        at += 2 if quote == "'" and each == "'" else 1
    return where
