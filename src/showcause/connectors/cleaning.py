"""Texts from a platform, made fit for the house: no control characters, no overrides, bounded."""

from showcause.domain.errors import BadInput
from showcause.domain.subject import check_text

MOST = 10_000


def clean(text: object, most: int = MOST) -> str:
    """Return a text with what the house refuses replaced by U+FFFD, cut to `most` characters; others become empty."""
    if not isinstance(text, str):
        return ""
    text = text.replace("\r\n", "\n")[:most]
    try:
        return check_text("text", text, most)
    except BadInput:
        return "".join(char if _is_fit(char) else "\ufffd" for char in text)


def _is_fit(char: str) -> bool:
    try:
        check_text("text", char, 1)
    except BadInput:
        return False
    return True
