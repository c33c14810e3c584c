"""The public keys with which the newspaper vouches for its own accounts and articles.

Several may hold at once, so that a key is replaced without anybody being turned away: add the new one, sign with it,
retire the old one. A key that leaked is retired at once; from that moment nothing that it signed is believed. The
private keys stay with the newspaper and are never here.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from showcause.comments.section import Section, micros, moment, moment_or_none
from showcause.domain.errors import AlreadyExists, BadInput, NotFound

MOST_TEXT: Final = 2_000
_KEY: Final = 32


@dataclass(frozen=True, slots=True)
class TokenKey:
    """One public key under the name that tokens call it by (`kid`)."""

    kid: str
    public: bytes
    added_at: datetime
    retired_at: datetime | None


def add(section: Section, now: datetime, text: str) -> TokenKey:
    """Believe tokens of this key from now on; its name follows from the key and is returned.

    `text`: an Ed25519 public key as PEM, or its 32 bytes in base64.

    Raises: BadInput for anything else, above all for a private key; AlreadyExists for a key that was retired.
    """
    public = parsed(text)
    kid = hashlib.sha256(public).hexdigest()[:16]
    with section.changing() as run:
        held = run("SELECT retired FROM {p}token_key WHERE kid = %s", kid)
        if held and held[0][0] is not None:
            raise AlreadyExists(
                "this key was retired; a retired key is not believed again", "Make a new one."
            )
        if not held:
            run("INSERT INTO {p}token_key (kid, public, added) VALUES (%s, %s, %s)", kid, public, micros(now))
    return next(each for each in listed(section) if each.kid == kid)


def listed(section: Section) -> list[TokenKey]:
    """Return all keys that there ever were, the oldest first."""
    rows = section.rows("SELECT kid, public, added, retired FROM {p}token_key ORDER BY added, kid")
    return [
        TokenKey(kid, bytes(public), moment(added), moment_or_none(retired))
        for kid, public, added, retired in rows
    ]


def retire(section: Section, now: datetime, kid: str) -> None:
    """Believe no token of this key any more, whenever it was signed; for good. Raises: NotFound."""
    with section.changing() as run:
        if not run("SELECT 1 FROM {p}token_key WHERE kid = %s", kid):
            raise NotFound("there is no such key", "`showcause comments keys list` shows all of them.")
        run("UPDATE {p}token_key SET retired = COALESCE(retired, %s) WHERE kid = %s", micros(now), kid)


def held(section: Section, kid: str) -> Ed25519PublicKey | None:
    """Return the key of this name if it is believed now."""
    rows = section.rows("SELECT public FROM {p}token_key WHERE kid = %s AND retired IS NULL", kid)
    return Ed25519PublicKey.from_public_bytes(bytes(rows[0][0])) if rows else None


def parsed(text: str) -> bytes:
    """Return the 32 bytes of a public key. Raises: BadInput."""
    text = text.strip()
    if len(text) > MOST_TEXT or "PRIVATE" in text:
        raise BadInput(
            "this is no public key", "Give the public one; if a private key was sent here, it has leaked."
        )
    raw = _from_pem(text) if text.startswith("-----") else _from_base64(text)
    if len(raw) != _KEY:
        raise BadInput("this is no Ed25519 public key", "`openssl pkey -in KEY -pubout` writes it.")
    return raw


def _from_pem(text: str) -> bytes:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        return b""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw) if isinstance(key, Ed25519PublicKey) else b""


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(
            text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True
        )
    except (binascii.Error, ValueError):
        return b""
