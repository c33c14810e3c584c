"""Letters to authors, on their own page in the section: statements, answers, what came back after a reversal.

They are personal: a letter lies encrypted with a key that follows from the section's and stands in no database, and the
reference under which it was delivered is a keyed hash.
"""

import hmac
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from showcause.comments.section import Section, micros, moment
from showcause.comments.values import Author

NONCE: Final = 12
MOST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in an author's inbox."""

    at: datetime
    text: str


def put(section: Section, now: datetime, author: str, text: str, reference: str) -> str | None:
    """Put a letter into an author's inbox, once per reference; return its name, None if there is no such author."""
    quoted = _digest(section, b"reference", reference)
    with section.changing() as run:
        run.lock_head()
        if held := run("SELECT no FROM {p}inbox WHERE reference = %s", quoted):
            return f"letter-{held[0][0]}"
        found = run("SELECT no FROM {p}author WHERE id = %s AND forgotten IS NULL", author)
        if not found:
            return None
        sql = "INSERT INTO {p}inbox (author, reference, sealed, created) VALUES (%s, %s, %s, %s) RETURNING no"
        [(no,)] = run(sql, found[0][0], quoted, _sealed(section, text), micros(now))
    return f"letter-{no}"


def of(section: Section, author: Author) -> list[Letter]:
    """Return the letters to an author and to whoever is known to be the same person, the newest first."""
    sql = (
        "SELECT i.created, i.sealed FROM {p}inbox i JOIN {p}author a ON a.no = i.author WHERE a.person = %s"
        " ORDER BY i.no DESC LIMIT %s"
    )
    rows = section.rows(sql, author.person, MOST_SHOWN)
    return [Letter(moment(created), _opened(section, bytes(sealed))) for created, sealed in rows]


def is_mailed(section: Section, author: str) -> bool:
    """Tell whether an author gave an address, so that a letter belongs into their mail."""
    return bool(section.rows("SELECT 1 FROM {p}author WHERE id = %s AND mail IS NOT NULL", author))


def _sealed(section: Section, text: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + _cipher(section).encrypt(nonce, text.encode(), section.name.encode())


def _opened(section: Section, sealed: bytes) -> str:
    return _cipher(section).decrypt(sealed[:NONCE], sealed[NONCE:], section.name.encode()).decode()


def _cipher(section: Section) -> AESGCM:
    return AESGCM(_digest(section, b"letters", ""))


def _digest(section: Section, purpose: bytes, text: str) -> bytes:
    return hmac.digest(section.key, b"showcause inbox " + purpose + b"\x00" + text.encode(), "sha256")
