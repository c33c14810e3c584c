"""Forms of comments: signed instead of guarded by a cookie, because a frame on another site has none.

A form names its section, its article and its moment, and carries a random key. The key goes into the comment, so that
a form that is sent twice gives the first answer again.
"""

import base64
import binascii
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

from showcause.comments.section import Section, micros, moment
from showcause.comments.values import Article, NotTaken, Problem

LIVES: Final = timedelta(hours=24)
QUICK: Final = timedelta(seconds=2)
"""Nobody reads a form, writes into it and sends it in less."""
_NONCE: Final = 16
_MAC: Final = 16
_LENGTH: Final = _NONCE + 8 + _MAC


def issue(section: Section, now: datetime, article: Article) -> str:
    """Return a fresh form of an article, for a hidden field."""
    body = secrets.token_bytes(_NONCE) + micros(now).to_bytes(8, "big")
    return base64.urlsafe_b64encode(body + _mac(section, article, body)).decode().rstrip("=")


def check(section: Section, now: datetime, form: str, article: Article) -> str:
    """Return the key of a form that was sent, for `Draft.form`.

    Raises: NotTaken for one that is not ours or of another article, too old, or too quick; `bound` says how many
    seconds a form lives or must be looked at.
    """
    raw = _decoded(form)
    body, mac = raw[:-_MAC], raw[-_MAC:]
    if len(raw) != _LENGTH or not hmac.compare_digest(mac, _mac(section, article, body)):
        raise NotTaken(Problem.FORM_FORGED, "this form is not from here", "Open the page again and send it.")
    age = now - moment(int.from_bytes(body[_NONCE:], "big"))
    if age > LIVES:
        raise _wrong(Problem.FORM_TOO_OLD, "this form is too old", LIVES)
    if age < QUICK:
        raise _wrong(Problem.FORM_TOO_QUICK, "this form was sent too quickly", QUICK)
    return body[:_NONCE].hex()


def _wrong(problem: Problem, message: str, bound: timedelta) -> NotTaken:
    return NotTaken(problem, message, "What was typed is kept; send it again.", int(bound.total_seconds()))


def _decoded(form: str) -> bytes:
    try:
        return base64.b64decode(form[:100].encode("ascii") + b"==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _mac(section: Section, article: Article, body: bytes) -> bytes:
    said = b"\x00".join((b"form", section.name.encode(), article.id.encode(), body))
    return hmac.digest(section.key, said, "sha256")[:_MAC]
