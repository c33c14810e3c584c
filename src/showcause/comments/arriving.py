"""What another comment system's export holds, as far as it fits here, and what does not fit with the reason.

A reader of such an export yields one value for each comment that it finds, so that a report can count all of them. It
never opens an address that it finds, and it carries e-mail addresses no further than into these values.
"""

import html
from dataclasses import dataclass, field
from enum import StrEnum
from html.parser import HTMLParser
from typing import Final

MOST_TEXT: Final = 1_000_000
"""How many characters of one comment are read at all; what a comment may have is the section's business."""


class Why(StrEnum):
    """Why a comment of an export is not taken."""

    SPAM = "spam"
    DELETED = "deleted"
    LINK_BACK = "link-back"
    EMPTY = "empty"
    NO_ARTICLE = "no-article"
    UNREADABLE = "unreadable"
    TOO_LONG = "too-long"


@dataclass(frozen=True, slots=True)
class Misfit:
    """A comment that is not taken: its name in the export and why."""

    source: str
    why: Why


@dataclass(frozen=True, slots=True)
class ArrivingArticle:
    """The article that a comment stands under: the name that the newspaper's system has for it, and what it tells."""

    key: str
    address: str
    title: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Arriving:
    """One comment of an export. Times are microseconds of UTC; `mail` is empty where none was given.

    `source` and `parent` are names within the export; `parent` is None for a comment that answers none.
    """

    source: str
    parent: str | None
    article: ArrivingArticle
    name: str
    mail: str = field(repr=False)
    text: str = field(repr=False)
    created_at: int
    edited_at: int | None = None
    waiting: bool = False


class _Plain(HTMLParser):
    """Collects the text of a fragment of HTML: paragraphs as lines, and the address behind a link's words."""

    _BREAKS: Final = frozenset(
        {"p", "div", "li", "blockquote", "pre", "ul", "ol", "h1", "h2", "h3", "h4", "tr"}
    )
    _UNSEEN: Final = frozenset({"script", "style", "template", "noscript", "iframe", "object"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen, self._link, self._words = 0, "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag in self._BREAKS:
            self.parts.append("\n\n")
        elif tag == "a":
            self._link, self._words = dict(attrs).get("href") or "", ""

    def handle_endtag(self, tag: str) -> None:
        if tag in self._UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in self._BREAKS:
            self.parts.append("\n\n")
        elif tag == "a" and self._link:
            if self._link.startswith(("http://", "https://")) and self._link not in self._words:
                self.parts.append(f" ({self._link})")
            self._link = ""

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)
            self._words += data


def plain(fragment: str) -> str:
    """Return the words of a fragment of HTML, without any markup; at most two line breaks stand together."""
    reader = _Plain()
    reader.feed(fragment[:MOST_TEXT])
    reader.close()
    return tidy("".join(reader.parts))


def tidy(text: str) -> str:
    """Return a text without trailing blanks and with at most one empty line in a row."""
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        line = line.rstrip()
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()


def unescaped(text: str) -> str:
    """Return a short text of an export, such as a name, with its character references resolved."""
    return html.unescape(text).strip()
