"""Reading the Markdown pages of this project: code blocks, links, headings. As much of Markdown as they use."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and where in the page it begins."""

    language: str
    text: str
    at: int


def pages() -> list[Path]:
    """Return every Markdown file of the project, without what is installed or generated beside it."""
    folders = (ROOT / "docs", ROOT / "src", ROOT / "tests", ROOT / "tools", ROOT / "bench")
    found = [*ROOT.glob("*.md"), *(page for folder in folders for page in folder.rglob("*.md"))]
    return sorted(
        page for page in found if not any(part.startswith(".") for part in page.relative_to(ROOT).parts)
    )


def read(name: str) -> str:
    """Return the text of a page named from the project's root."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str = "") -> list[Block]:
    """Return the fenced blocks of a page, or those of one language."""
    found = [Block(each[1], each[2], each.start()) for each in FENCE.finditer(text)]
    return [each for each in found if not language or each.language == language]


def links(text: str) -> Iterator[str]:
    """Yield the targets of a page's links, without those in code."""
    prose = re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))
    yield from (each[1] for each in LINK.finditer(prose))


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as the usual renderers make them."""
    found: set[str] = set()
    for each in HEADING.finditer(FENCE.sub("", text)):
        words = re.sub(r"[^\w\- ]", "", each[1].lower()).replace(" ", "-")
        number = sum(known == words or known.startswith(words + "-#") for known in found)
        found.add(f"{words}-{number}" if number else words)
    return found
