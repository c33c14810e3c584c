"""From a comment's plain text to what a page shows: paragraphs, links that are seen as what they are, long ones folded.

Nothing is markup. An address becomes a link whose text is the address itself, so that it cannot pretend; search
engines are told that nobody vouches for it.
"""

import re
from html import escape
from typing import Final

from django.utils.safestring import SafeString

FOLDED: Final = 1_000
"""Texts up to so many characters are shown whole."""
SHOWN: Final = 650
"""About where a longer one is folded; the cut is at the end of a paragraph, a sentence or a word before it."""
LEAST: Final = 350
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'`{}|\\^]{4,500}")
_AFTER: Final = ".,;:!?…»)]"
_ENDS: Final = (re.compile(r"\n+"), re.compile(r"[.!?…»]\s+"), re.compile(r"\s+"))


def folded(text: str) -> tuple[SafeString, SafeString]:
    """Return a text as paragraphs: what is shown at once, and what *read more* opens, empty for a short one."""
    if len(text) <= FOLDED:
        return paragraphs(text), SafeString()
    cut = _cut(text)
    ends_inside = "\n" not in text[cut - 2 : cut]
    return paragraphs(text[:cut], gap=ends_inside), paragraphs(text[cut:])


def paragraphs(text: str, *, gap: bool = False) -> SafeString:
    """Return a text as paragraphs, each with a direction of its own; `gap` says that it goes on."""
    parts = [each.strip("\n") for each in re.split(r"\n{2,}", text.strip()) if each.strip()]
    made = [f'<p dir="auto">{_linked(each)}' for each in parts]
    if gap and made:
        made[-1] += '<span class="gap"> …</span>'
    return SafeString("".join(f"{each}</p>" for each in made))


def _linked(text: str) -> str:
    pieces, last = list[str](), 0
    for found in _ADDRESS.finditer(text):
        address = _without_what_follows(found[0])
        pieces += [_lines(text[last : found.start()]), _link(address)]
        last = found.start() + len(address)
    return "".join([*pieces, _lines(text[last:])])


def _without_what_follows(address: str) -> str:
    """Return an address without the marks of the sentence in which it stands; a bracket that it opened is its own."""
    while address and address[-1] in _AFTER:
        if address[-1] == ")" and address.count("(") >= address.count(")"):
            break
        address = address[:-1]
    return address


def _link(address: str) -> str:
    kept = escape(address)
    return f'<a href="{kept}" rel="nofollow ugc noopener noreferrer" target="_blank">{kept}</a>'


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _cut(text: str) -> int:
    for ends in _ENDS:
        found = [each.end() for each in ends.finditer(text, LEAST, SHOWN + 1)]
        if found:
            return found[-1]
    return SHOWN
