"""Authorisations for the urgent lane: issued beforehand to a trained person, checked offline at the moment of need."""

import base64
import json
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from showcause.domain.errors import BadInput, NotPermitted
from showcause.domain.policy import Urgent

_TOKEN: Final = b"showcause/v1 urgent token\x00"


@dataclass(frozen=True, slots=True)
class UrgentToken:
    """What a person may do in the urgent lane, and until when."""

    id: str
    moderator: str
    categories: tuple[Urgent, ...]
    expires: datetime


class RevokedIds(Container[str]):
    """Ids of tokens, or of people who left, in a file of one id a line; read anew each time. No file: none."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __contains__(self, wanted: object) -> bool:
        try:
            return wanted in self._file.read_text(encoding="ascii").split()
        except FileNotFoundError:
            return False


def issue_token(
    key: Ed25519PrivateKey, token_id: str, moderator: str, categories: Sequence[Urgent], expires: datetime
) -> bytes:
    """Return a signed token for one person: ASCII text, to be kept as a secret by that person."""
    if expires.utcoffset() is None:
        raise BadInput("a token's end needs a time zone")
    body = {
        "categories": sorted({str(category) for category in categories}),
        "expires": int(expires.timestamp()),
        "id": token_id,
        "moderator": moderator,
    }
    payload = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    return b".".join((_b64(payload), _b64(key.sign(_TOKEN + payload))))


def check_token(
    token: bytes, issuer: bytes, category: Urgent, now: datetime, revoked: Container[str] = ()
) -> UrgentToken:
    """Return a token's content if the issuer's Ed25519 key (32 bytes) signed it for this category and time.

    `revoked` holds ids of tokens and of people, see `RevokedIds`.
    Raises: NotPermitted with the reason.
    """
    found = _opened(token, issuer)
    if found.id in revoked or found.moderator in revoked:
        raise NotPermitted("this urgent token was revoked", "Ask for a new one: `showcause moderator token`.")
    if now >= found.expires:
        raise NotPermitted("this urgent token has expired", "Ask for a new one: `showcause moderator token`.")
    if category not in found.categories:
        raise NotPermitted(f"this urgent token is not for {category}", "Somebody trained for it has to act.")
    return found


def _opened(token: bytes, issuer: bytes) -> UrgentToken:
    try:
        payload, signature = map(_from_b64, token.strip().split(b"."))
        Ed25519PublicKey.from_public_bytes(issuer).verify(signature, _TOKEN + payload)
        body = json.loads(payload)
        expires = datetime.fromtimestamp(body["expires"], UTC)
        return UrgentToken(
            body["id"], body["moderator"], tuple(Urgent(c) for c in body["categories"]), expires
        )
    except (InvalidSignature, ValueError, KeyError, TypeError) as error:
        raise NotPermitted(
            "this is no urgent token of this site", "Use the file that `showcause moderator token` wrote."
        ) from error


def _b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _from_b64(text: bytes) -> bytes:
    data = base64.urlsafe_b64decode(text + b"==")
    if _b64(data) != text:
        raise ValueError("this is not the one base64 text of these bytes")
    return data
