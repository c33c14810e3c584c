"""What is wrong with a rule, said so that its author can mend it: where, what, and what is meant instead.

A fault has a code that never changes, a place, the line as it stands with marks under the part that is meant, one
sentence about what is wrong and one about what to do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from showcause.rules.codes import Code

MOST_SHOWN = 116
"""Longest line that is shown; of a longer one, the part around the place."""


MANY_NAMES = 300
"""Above this number of names, only those with the same first letter are compared with a misspelt one."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: file, line and column from 1, the whole line, and how many characters are meant."""

    file: str
    line: int = 1
    column: int = 1
    source: str = ""
    length: int = 1


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong."""

    place: Place
    code: Code
    what: str
    hint: str

    def __str__(self) -> str:
        """Write the fault as several lines: place, what, the line with marks, what to do."""
        head = f"{self.place.file}:{self.place.line}:{self.place.column}: {self.what} [{self.code}]"
        return "\n".join([head, *(f"    {line}".rstrip() for line in (*shown(self.place), self.hint))])


class BadRule(Exception):
    """An expression, or one value of a file, that cannot be taken; `start` and `end` count code points of its text."""

    def __init__(self, code: Code, start: int, end: int, what: str, hint: str) -> None:
        super().__init__(what)
        self.code, self.start, self.end, self.what, self.hint = code, start, end, what, hint


def shown(place: Place) -> tuple[str, ...]:
    """Return the line of a place and the marks under it; nothing where there is no line to show."""
    if not place.source.strip():
        return ()
    first = max(0, place.column - 1 - MOST_SHOWN // 2) if len(place.source) > MOST_SHOWN else 0
    line = place.source[first : first + MOST_SHOWN]
    at = place.column - 1 - first
    blank = "".join(each if each == "\t" else " " for each in line[:at])
    marks = blank + "^" * max(1, min(place.length, len(line) - at))
    indent = len(line) - len(line.lstrip())
    indent = min(indent, len(marks) - len(marks.lstrip()))
    return line[indent:], marks[indent:]


def place_in(text: str, file: str, start: int, end: int) -> Place:
    """Return the place of a part of a text that stands alone, outside any file."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    source = text[line_start : line_end if line_end >= 0 else len(text)]
    length = max(1, min(end, line_start + len(source)) - start)
    return Place(file, text.count("\n", 0, start) + 1, start - line_start + 1, source, length)


def quoted(text: str, most: int = 40) -> str:
    """Return a text between backticks, shortened, with what cannot be seen as escapes."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    seen = "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in cut
    )
    return f"`{seen}`"


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """Return `Did you mean …?` for the closest known name, or another sentence if none is close."""
    names = sorted(known)
    if len(names) > MANY_NAMES:
        names = [each for each in names if each[:1] == name[:1]]
    close = get_close_matches(name[:100], names, n=1, cutoff=0.6)
    return f"Did you mean {close[0]}?" if close else otherwise


def listed(names: Iterable[str], most: int = 12) -> str:
    """Return names as `a, b, c`, at most some of them, in order; `none` if there are none."""
    found = sorted(names)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more if found else "none"
