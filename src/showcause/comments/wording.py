"""What a comment's text may be: plain text, bounded, without characters that deceive the eye. Nothing is marked up.

Signs that turn the direction of writing are taken out rather than refused: writers seldom know that they pasted one.
Writing from right to left needs none, because pages give each comment a direction of its own.
"""

import re
import unicodedata
from typing import Final

from showcause.comments.values import NotTaken, Problem

MOST_LINES: Final = 200
MOST_ALIKE: Final = 20
"""How many times the same sign may follow itself, and how many pictures may follow each other."""
MOST_MARKS: Final = 4
"""How many marks one letter carries: scripts that stack signs need up to four."""
MOST_NAME: Final = 60
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_DROPPED: Final = ("Cc", "Cs", "Co")
_SAME: Final = re.compile(rf"(\S)\1{{{MOST_ALIKE},}}")
_LINES: Final = re.compile(r"\n{3,}")
# Possessive: colours of skin are pictures, too, so that there would be many ways to read a row of them.
_JOINED: Final = "[\ufe0f\u200d]*+"
_PICTURE: Final = f"[\u2600-\u27bf\U0001f000-\U0001faff]{_JOINED}(?:[\U0001f3fb-\U0001f3ff]{_JOINED})?+\\s?+"
_PICTURES: Final = re.compile(f"((?:{_PICTURE}){{{MOST_ALIKE}}})(?:{_PICTURE})+")


def clean_text(text: str, longest: int) -> str:
    """Return a comment's text as it is kept: composed, without controls and deceiving signs, storms cut short.

    Raises: NotTaken when nothing is left, or for too many characters or lines; `bound` says how many are taken.
    """
    if len(text) > longest:
        raise _too_long(len(text), longest)
    kept = _LINES.sub("\n\n", _plain(text.replace("\r\n", "\n").replace("\r", "\n"))).strip()
    kept = _PICTURES.sub(r"\1", _SAME.sub(lambda found: found[1] * MOST_ALIKE, kept)).strip()
    if len(kept) > longest:
        raise _too_long(len(kept), longest)
    if not _says_something(kept):
        raise NotTaken(Problem.EMPTY, "the comment is empty", "Write something and send it again.")
    lines = kept.split("\n")
    return "\n".join(lines[:MOST_LINES]) + (" " + " ".join(lines[MOST_LINES:]) if lines[MOST_LINES:] else "")


def clean_name(name: str) -> str:
    """Return a name as it is kept: one line, composed, without controls and deceiving signs.

    Raises: NotTaken for one that is empty or too long.
    """
    kept = " ".join(_plain(name).split())
    if not _says_something(kept) or len(kept) > MOST_NAME:
        raise NotTaken(
            Problem.NAME, f"a name has 1 to {MOST_NAME} characters", "Choose another name.", MOST_NAME
        )
    return kept


def plain_line(text: str, most: int) -> str:
    """Return what a program says of an article as one bounded line without controls and deceiving signs."""
    return " ".join(_plain(text[: 2 * most]).split())[:most]


def _plain(text: str) -> str:
    composed = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    kept, stacked = list[str](), 0
    for sign in composed:
        category = unicodedata.category(sign)
        stacked = stacked + 1 if category in ("Mn", "Me") else 0
        if stacked <= MOST_MARKS and (sign in "\n\t" or category not in _DROPPED) and not _is_none(sign):
            kept.append(sign)
    return "".join(kept).replace("\t", " ").replace("\u2028", "\n").replace("\u2029", "\n")


def _says_something(text: str) -> bool:
    # Unassigned signs are pictures that are newer than this Python.
    return any(unicodedata.category(sign)[0] in "LNSP" or unicodedata.category(sign) == "Cn" for sign in text)


def _is_none(sign: str) -> bool:
    """Tell whether this is a number that Unicode will never make a sign."""
    return ord(sign) & 0xFFFE == 0xFFFE or "\ufdd0" <= sign <= "\ufdef"


def _too_long(length: int, longest: int) -> NotTaken:
    return NotTaken(
        Problem.TOO_LONG,
        f"the comment has {length} characters; at most {longest} are taken",
        "Shorten it, or send it in parts.",
        longest,
    )
