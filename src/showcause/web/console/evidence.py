"""Opened evidence as lines of name and text: nothing of what a platform kept is markup, or loaded from elsewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

MOST_LINES: Final = 60
LONG: Final = 400


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing of the evidence. A long text is folded: `head` is its beginning, `text` all of it."""

    name: str
    text: str

    @property
    def is_long(self) -> bool:
        """Tell whether the text is folded."""
        return len(self.text) > LONG

    @property
    def head(self) -> str:
        """Return the beginning of a long text."""
        return self.text[:120].rstrip() + "…"


def shown(evidence: Any) -> list[Shown]:
    """Return evidence as lines; what is nested has a name with dots, what is too much is left out and said so."""
    lines = list(_lines("", evidence)) if evidence else []
    if len(lines) <= MOST_LINES:
        return lines
    return [*lines[:MOST_LINES], Shown("…", f"+ {len(lines) - MOST_LINES}")]


def _lines(name: str, value: Any) -> Iterator[Shown]:
    match value:
        case None | "":
            return
        case Mapping():
            for key, inner in value.items():
                yield from _lines(f"{name}.{key}" if name else str(key), inner)
        case list() | tuple():
            for at, inner in enumerate(value, start=1):
                yield from _lines(f"{name} {at}", inner)
        case _:
            yield Shown(name, str(value))
