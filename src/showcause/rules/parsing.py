"""From the text of a condition to Python's syntax tree of it, and back from a place in that tree to the text.

The tree is only looked at. Nothing of it is ever compiled or executed: `checking` takes from it what the language has
and refuses everything else (S-18).
"""

import ast
import unicodedata
from dataclasses import dataclass
from itertools import accumulate

from showcause.rules.alternating import check_order
from showcause.rules.codes import Code
from showcause.rules.messages import BadRule
from showcause.rules.scanning import Kind, Token, scan
from showcause.rules.tree import Span

MAX_NESTING = 50
"""How deep parts may lie in one another, a sum of many terms included."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A condition that can be read: its text, its tokens, and the tree."""

    text: str
    tokens: tuple[Token, ...]
    tree: ast.expr
    starts: tuple[int, ...]

    def place(self, node: ast.expr) -> tuple[int, int]:
        """Return where a part begins and ends, in code points of the text."""
        first = self._offset(node.lineno, node.col_offset)
        last = self._offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
        return first, max(first + 1, last)

    def words(self, node: ast.expr) -> str:
        """Return a part as its author wrote it, in one line."""
        first, last = self.place(node)
        return " ".join(self.text[first:last].split())

    def span(self, node: ast.expr) -> Span:
        """Return where a part stands, in lines and columns."""
        return span_in(self.text, *self.place(node))

    def _offset(self, line: int, column: int) -> int:
        # One line stands before the text while it is parsed, and columns are counted in bytes of UTF-8.
        start = self.starts[min(line - 2, len(self.starts) - 1)] if line >= 2 else 0
        end = self.text.find("\n", start)
        whole = self.text[start : end if end >= 0 else len(self.text)]
        return start + len(whole.encode()[:column].decode(errors="ignore"))


def parse(text: str) -> Parsed:
    """Read the text of a condition, which may go over several lines and hold comments.

    Raises: BadRule, and nothing else whatever the text is.
    """
    _check_characters(text)
    tokens = scan(text)
    check_order(tokens)
    starts = tuple(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))[:-1]
    try:
        tree = ast.parse(f"(\n{text}\n)", mode="eval").body
    except SyntaxError as error:
        raise _unreadable(text, starts, error) from None
    except (ValueError, MemoryError, RecursionError, OverflowError):
        raise BadRule(
            Code.UNREADABLE, 0, 1, "this cannot be read as a condition", "Write it in smaller parts."
        ) from None
    parsed = Parsed(text, tuple(tokens), tree, starts)
    _check_depth(parsed)
    return parsed


def span_in(text: str, start: int, end: int) -> Span:
    """Return a stretch of a text in lines from 1 and columns from 0."""
    first, last = text.rfind("\n", 0, start) + 1, text.rfind("\n", 0, end) + 1
    return Span(text.count("\n", 0, start) + 1, start - first, text.count("\n", 0, end) + 1, end - last)


def in_one_line(tokens: tuple[Token, ...]) -> str:
    """Return a condition with single spaces and without comments, otherwise as it was written."""
    return " ".join("".join(" " if t.kind in (Kind.SPACE, Kind.COMMENT) else t.text for t in tokens).split())


def _check_characters(text: str) -> None:
    for at, each in enumerate(text):
        if each in "\n\t":
            continue
        if unicodedata.category(each) in ("Cc", "Cs", "Cf", "Zl", "Zp") and each != "\u200d":
            raise BadRule(
                Code.STRANGE_CHARACTER, at, at + 1, f"the character U+{ord(each):04X} cannot be seen",
                "Remove it; in a text, write it as an escape such as \\u200B.",
            )  # fmt: skip


def _unreadable(text: str, starts: tuple[int, ...], error: SyntaxError) -> BadRule:
    line = min(max((error.lineno or 2) - 2, 0), len(starts) - 1)
    at = min(starts[line] + max((error.offset or 1) - 1, 0), max(0, len(text) - 1))
    return BadRule(
        Code.UNREADABLE, at, at + 1, "this cannot be read as a condition",
        "Look at what stands just before it: each comparison has a value, an operator and a value.",
    )  # fmt: skip


def _check_depth(parsed: Parsed) -> None:
    waiting: list[tuple[ast.AST, int]] = [(parsed.tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_NESTING:
            start, end = parsed.place(node) if isinstance(node, ast.expr) else (0, 1)
            raise BadRule(
                Code.TOO_DEEP, start, end, f"parts lie more than {MAX_NESTING} deep in one another",
                "Put a part into a rule of its own and refer to it by its id.",
            )  # fmt: skip
        waiting += [(child, depth + 1) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
