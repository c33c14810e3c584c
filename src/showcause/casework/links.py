"""Signed links: made by the house alone, told apart from guesses without a look into the database, and replaceable.

A token is the record's id, a generation and a keyed digest of both, in 44 letters. Nothing of it is stored.
"""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from showcause.casework.ports import Ids
from showcause.domain.errors import LinkEnded
from showcause.domain.link import LinkKind, LinkMark
from showcause.store.tx import Tx
from showcause.store.view import View

FORM: Final = re.compile(r"[A-Za-z0-9_-]{44}")
_MAC: Final = 16
MOST_GENERATIONS: Final = 255


@dataclass(frozen=True, slots=True)
class Named:
    """The record that a genuine token names, and which of its links this is."""

    about: str
    generation: int


def token(view: View, kind: LinkKind, about: str) -> str:
    """Return the token of the link to a record that works now."""
    mark = view.first(LinkMark, about=about)
    return _token(view, kind, about, mark.generation if mark else 0)


def follow(view: View, kind: LinkKind, text: str) -> str:
    """Return the id of the record that a token leads to.

    Raises: LinkEnded for a token that is not ours, was replaced, or is closed. Whether the record's time is over is
    for who asks to check.
    """
    named = genuine(view, kind, text)
    mark = view.first(LinkMark, about=named.about)
    if mark is not None and (mark.revoked or mark.generation != named.generation):
        raise LinkEnded("this link was replaced or closed")
    return named.about


def genuine(view: View, kind: LinkKind, text: str) -> Named:
    """Return what a token names if the house made it; no record is looked for.

    Raises: LinkEnded.
    """
    if FORM.fullmatch(text) is None:
        raise LinkEnded("this is no link of ours")
    raw = urlsafe_b64decode(text)
    named = Named(raw[:16].hex(), raw[16])
    if not hmac.compare_digest(_token(view, kind, named.about, named.generation), text):
        raise LinkEnded("this is no link of ours")
    return named


def replace(tx: Tx, now: datetime, ids: Ids, about: str, by: str) -> LinkMark:
    """Make a record's earlier links worthless; the next `token` is a new one."""
    mark = tx.first(LinkMark, about=about)
    if mark is None:
        return tx.insert(LinkMark(ids(), about, 1, False, now), verb="replace", actor=by)
    if mark.generation == MOST_GENERATIONS:
        return close(tx, now, ids, about, by)
    return tx.update(
        mark, verb="replace", actor=by, generation=mark.generation + 1, revoked=False, changed_at=now
    )


def close(tx: Tx, now: datetime, ids: Ids, about: str, by: str) -> LinkMark:
    """Close a record's link; `replace` opens another."""
    mark = tx.first(LinkMark, about=about)
    if mark is None:
        return tx.insert(LinkMark(ids(), about, 0, True, now), verb="revoke", actor=by)
    return tx.update(mark, verb="revoke", actor=by, revoked=True, changed_at=now)


def _token(view: View, kind: LinkKind, about: str, generation: int) -> str:
    mac = bytes.fromhex(view.keyed_hash(f"link\x00{kind}\x00{about}\x00{generation}"))[:_MAC]
    return urlsafe_b64encode(bytes.fromhex(about) + bytes([generation]) + mac).decode().rstrip("=")
