"""YAML read strictly, with the place of every value, so that each error can name file, line and column.

Taken: mappings, lists, texts, whole numbers, true and false. Refused: duplicate keys, anchors and aliases, tags,
several documents, deep nesting, large files, characters that a reader cannot see.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

from showcause.domain.sentences import hidden_characters
from showcause.rules.sheet import Node as Marked
from showcause.rules.sheet import Shape

MAX_BYTES = 200_000
"""Largest file that is read."""

MAX_DEPTH = 8
MAX_TEXT = 2_000
"""Longest single text, in code points."""

_DIGITS = re.compile(r"[0-9]{1,9}")

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in a file: where, what, and what to do. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    what: str
    hint: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.what}\n    {self.hint}"


class _Composer(yaml.SafeLoader):
    """Builds nodes only; refuses what would make a page mean something else than what it shows."""

    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(
                problem="anchors and aliases are not allowed", problem_mark=event.start_mark
            )
        if getattr(event, "tag", None):
            raise yaml.MarkedYAMLError(problem="tags are not allowed", problem_mark=event.start_mark)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=event.start_mark)
        node: Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


@dataclass(slots=True)
class Page:
    """One file while it is read; problems are collected, and a value with a problem is read as None.

    A node that is not there, because its key is missing or optional, is read as None without a further problem.
    `about` is what a file describes.
    """

    file: str
    problems: list[Problem] = field(default_factory=list)
    about: str = "clause"

    def problem(self, node: Node, what: str, hint: str) -> None:
        """Note a problem at the place of a node."""
        self._note(node.start_mark, what, hint)

    def _note(self, mark: yaml.Mark | None, what: str, hint: str) -> None:
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        self.problems.append(Problem(self.file, line, column, what, hint))

    def read(self, path: Path) -> Node | None:
        """Return the root node of a file, or None after a problem."""
        text = self.text_of_file(path)
        return None if text is None else self.compose(text)

    def text_of_file(self, path: Path) -> str | None:
        """Return the text of a file, or None after a problem."""
        try:
            with path.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
            text = data.decode("utf-8")
        except OSError as error:
            self._note(None, f"the file cannot be read: {error.strerror}", "Check its name and permissions.")
            return None
        except UnicodeDecodeError as error:
            self._note(None, f"byte {error.start + 1} is not UTF-8", "Save the file as UTF-8.")
            return None
        if len(data) > MAX_BYTES:
            self._note(
                None, f"the file is larger than {MAX_BYTES} bytes", f"Write one {self.about} per file."
            )
            return None
        return text

    def compose(self, text: str) -> Node | None:
        """Return the root node of a text, or None after a problem."""
        if self._hidden(text):
            return None
        try:
            root: Node | None = _Composer(text).get_single_node()
        except yaml.MarkedYAMLError as error:
            what = str(error.problem or error.context or "this is not YAML")
            hint = (
                "Write each value out." if "allowed" in what else "Check indentation, quotes and colons here."
            )
            self._note(error.problem_mark or error.context_mark, what, hint)
            return None
        except yaml.YAMLError as error:
            self._note(None, f"this is not YAML: {error}", "Check the file with a YAML editor.")
            return None
        if root is None:
            self._note(None, "the file is empty", f"Write a {self.about}, or remove the file.")
        return root

    def _hidden(self, text: str) -> bool:
        before = len(self.problems)
        for number, line in enumerate(text.replace("\r\n", "\n").split("\n")):
            for each in hidden_characters(line):
                column = next(at for at, char in enumerate(line) if f"U+{ord(char):04X}" == each)
                mark = yaml.Mark(self.file, 0, number, column, None, 0)
                self._note(mark, f"the invisible character {each}", "Remove it, or write what is meant.")
        return len(self.problems) > before

    # --- Values

    def mapping(
        self, node: Node | None, needed: Sequence[str], optional: Sequence[str] = ()
    ) -> dict[str, Node]:
        """Return a mapping's values by key; keys that are unknown, double or missing are problems."""
        found = self.pairs(node)
        if node is None or found is None:
            return {}
        for key, (at, _) in found.items():
            if key not in needed and key not in optional:
                self.problem(at, f"unknown key {key!r}", f"Known here: {', '.join((*needed, *optional))}.")
        for key in needed:
            if key not in found:
                self.problem(node, f"{key!r} is missing", f"Write `{key}:` here.")
        return {key: value for key, (_, value) in found.items()}

    def pairs(self, node: Node | None) -> dict[str, tuple[Node, Node]] | None:
        """Return a mapping's (key node, value) by key, whatever its keys are."""
        if not isinstance(node, MappingNode):
            self._not(node, "keys and values are", "Write `key: value` lines.")
            return None
        found: dict[str, tuple[Node, Node]] = {}
        for key, value in node.value:
            name = self.text(key, 200)
            if name is not None and name in found:
                first = found[name][0].start_mark.line + 1
                self.problem(key, f"the key {name!r} is already in line {first}", "Keep one of the two.")
            elif name is not None:
                found[name] = (key, value)
        return found

    def items(self, node: Node | None) -> list[Node]:
        """Return the nodes of a list; none after a problem."""
        if isinstance(node, SequenceNode):
            return list(node.value)
        self._not(node, "a list is", "Begin each item with `- `.")
        return []

    def text(self, node: Node | None, most: int = MAX_TEXT) -> str | None:
        """Return a text of at most `most` characters, without space around it."""
        if node is None or _kind(node) != "a text":
            self._not(node, "a text is", "Put the text between quotes.")
            return None
        value = str(node.value).strip()
        if not value:
            self.problem(node, "the text is empty", "Write it out.")
        elif len(value) > most:
            self.problem(node, f"the text has {len(value)} characters; at most {most}", "Shorten it.")
        else:
            return value
        return None

    def whole(self, node: Node | None) -> int | None:
        """Return a whole number of at most nine digits."""
        if node is not None and _kind(node) == "a whole number" and _DIGITS.fullmatch(str(node.value)):
            return int(str(node.value))
        self._not(node, "a whole number is", "Write up to nine digits, without quotes.")
        return None

    def flag(self, node: Node | None) -> bool | None:
        """Return true or false."""
        if node is not None and _kind(node) == "true or false" and node.value in ("true", "false"):
            return bool(node.value == "true")
        self._not(node, "true or false is", "Write `true` or `false`.")
        return None

    def choice(self, node: Node | None, kinds: type[E]) -> E | None:
        """Return a member of an enumeration."""
        value = self.text(node)
        if node is None or value is None:
            return None
        if value in set(kinds):
            return kinds(value)
        self.problem(node, f"unknown {kinds.__name__.lower()} {value!r}", f"Known: {', '.join(kinds)}.")
        return None

    def _not(self, node: Node | None, wanted: str, hint: str) -> None:
        if node is not None:
            self.problem(node, f"{_kind(node)} where {wanted} needed", hint)


_KINDS = {
    "tag:yaml.org,2002:str": "a text",
    "tag:yaml.org,2002:int": "a whole number",
    "tag:yaml.org,2002:bool": "true or false",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:null": "nothing",
    "tag:yaml.org,2002:timestamp": "a date",
}


def _kind(node: Node) -> str:
    if isinstance(node, MappingNode):
        return "a mapping"
    return "a list" if isinstance(node, SequenceNode) else _KINDS.get(node.tag, "something else")


_SHAPES = {
    "tag:yaml.org,2002:str": Shape.TEXT,
    "tag:yaml.org,2002:int": Shape.WHOLE,
    "tag:yaml.org,2002:bool": Shape.FLAG,
    "tag:yaml.org,2002:float": Shape.NUMBER,
    "tag:yaml.org,2002:null": Shape.NOTHING,
    "tag:yaml.org,2002:timestamp": Shape.DATE,
}


def marked(node: Node) -> Marked:
    """Return the same tree in the form that the room of rules reads, which knows no YAML."""
    start, end = node.start_mark.index, node.end_mark.index
    if isinstance(node, MappingNode):
        pairs = tuple((marked(key), marked(value)) for key, value in node.value)
        return Marked(Shape.MAPPING, start, end, pairs=pairs)
    if isinstance(node, SequenceNode):
        return Marked(Shape.LIST, start, end, items=tuple(marked(each) for each in node.value))
    shape = _SHAPES.get(node.tag, Shape.OTHER)
    return Marked(shape, start, end, str(node.value), getattr(node, "style", None) or "")


def place(root: Node, path: Sequence[str | int]) -> Node:
    """Return the node at a path of keys and indexes, or the deepest that exists on the way."""
    node = root
    for step in path:
        found = next((value for key, value in _children(node) if key == step), None)
        if found is None:
            return node
        node = found
    return node


def _children(node: Node) -> Iterator[tuple[str | int, Node]]:
    if isinstance(node, MappingNode):
        yield from ((key.value, value) for key, value in node.value)
    elif isinstance(node, SequenceNode):
        yield from enumerate(node.value)
