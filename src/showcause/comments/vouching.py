"""What the newspaper vouches for: short-lived signed tokens about its accounts and its articles.

A token is a compact JWS with exactly one algorithm, EdDSA over Ed25519. Its header names a key that is believed now;
its claims name this section (`aud`) and an end at most ten minutes away (`exp`). Nothing in it chooses how it is
checked.

Source: RFC 7515 (JWS), RFC 8037 (EdDSA), RFC 7519 (claims), RFC 8725 (what goes wrong with them).
"""

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeGuard

from cryptography.exceptions import InvalidSignature

from showcause.comments import token_keys
from showcause.comments.section import Section
from showcause.comments.values import NotTaken, Problem

LONGEST: Final = timedelta(minutes=10)
"""How far away a token's end may be."""
SKEW: Final = timedelta(seconds=60)
"""How far the newspaper's clock may differ from ours."""
MOST_TOKEN: Final = 4_096
_HEADER: Final = frozenset(("alg", "kid", "typ"))


def vouched(section: Section, now: datetime, token: str) -> dict[str, Any]:
    """Return the claims of a token that holds now for this section.

    Raises: NotTaken for any other; the message says what is wrong, for the newspaper's programmers.
    """
    parts = token.split(".") if len(token) <= MOST_TOKEN and token.isascii() else []
    if len(parts) != 3:
        raise wrong("it is not three parts with points between them")
    header, claims, signature = _json(parts[0]), _json(parts[1]), _bytes(parts[2])
    if header.get("alg") != "EdDSA" or not _HEADER.issuperset(header):
        raise wrong("its header has only alg EdDSA, kid and typ")
    kid = header.get("kid")
    key = token_keys.held(section, kid) if _is_text(kid) else None
    if key is None:
        raise wrong("its key (kid) is not known here, or was retired")
    try:
        key.verify(signature, f"{parts[0]}.{parts[1]}".encode())
    except InvalidSignature:
        raise wrong("its signature does not fit") from None
    _check_claims(section, now, claims)
    return claims


def claimed_text(claims: dict[str, Any], name: str, most: int) -> str:
    """Return a claim that is a text of 1 to `most` characters. Raises: NotTaken."""
    value = claims.get(name)
    if not _is_text(value) or not 0 < len(value) <= most:
        raise wrong(f"its {name} is a text of 1 to {most} characters")
    return value


def wrong(why: str) -> NotTaken:
    """Return the refusal of a token, with what is wrong with it."""
    return NotTaken(
        Problem.TOKEN,
        f"the newspaper's token does not hold: {why}",
        "Reload the newspaper's page; it makes a new one.",
    )


def _check_claims(section: Section, now: datetime, claims: dict[str, Any]) -> None:
    if claims.get("aud") != section.name:
        raise wrong(f"its aud is {section.name}")
    end, start = _time(claims, "exp"), _time(claims, "nbf")
    if end is None or end <= now - SKEW:
        raise wrong("its exp is over")
    if end > now + LONGEST + SKEW:
        raise wrong(f"its exp is at most {LONGEST // timedelta(minutes=1)} minutes away")
    if start is not None and start > now + SKEW:
        raise wrong("its nbf is not yet")


def _is_text(value: object) -> TypeGuard[str]:
    """Tell whether a value is a text that can be written down: JSON also spells halves of signs."""
    return isinstance(value, str) and not any(
        sign == "\x00" or "\ud800" <= sign <= "\udfff" for sign in value
    )


def _time(claims: dict[str, Any], name: str) -> datetime | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 35:
        raise wrong(f"its {name} is a number of seconds")
    return datetime.fromtimestamp(value, UTC)


def _json(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_bytes(part), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise wrong("header and claims are JSON") from None
    if not isinstance(value, dict):
        raise wrong("header and claims are JSON objects")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part.encode("ascii") + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise wrong("its parts are base64url") from None
