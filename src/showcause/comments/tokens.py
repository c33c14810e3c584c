"""Short signed texts for cookies and links: who, until when, and for which purpose. Nothing of them is stored."""

import base64
import binascii
import hmac
from datetime import datetime

from showcause.comments.section import Section, micros, moment
from showcause.domain.errors import LinkEnded

_MAC = 16
_ID = 16
_LENGTH = _ID + 8 + _MAC


def signed(section: Section, purpose: str, id_: str, until: datetime) -> str:
    """Return a text that says an id until a moment, for one purpose."""
    body = bytes.fromhex(id_) + micros(until).to_bytes(8, "big")
    return base64.urlsafe_b64encode(body + _mac(section, purpose, body)).decode().rstrip("=")


def opened(section: Section, purpose: str, text: str, now: datetime) -> str:
    """Return the id that a signed text says. Raises: LinkEnded for one that is not ours, or is over."""
    return opened_until(section, purpose, text, now)[0]


def opened_until(section: Section, purpose: str, text: str, now: datetime) -> tuple[str, datetime]:
    """Return the id that a signed text says, and until when it holds. Raises: as `opened`."""
    try:
        raw = base64.b64decode(text[:100].encode("ascii") + b"==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    body, mac = raw[:-_MAC], raw[-_MAC:]
    if len(raw) != _LENGTH or not hmac.compare_digest(mac, _mac(section, purpose, body)):
        raise LinkEnded("this is not from here")
    until = moment(int.from_bytes(body[_ID:], "big"))
    if now > until:
        raise LinkEnded("this is over")
    return body[:_ID].hex(), until


def _mac(section: Section, purpose: str, body: bytes) -> bytes:
    said = b"\x00".join((purpose.encode(), section.name.encode(), body))
    return hmac.digest(section.key, said, "sha256")[:_MAC]
