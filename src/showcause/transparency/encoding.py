"""Strict text forms of bytes: one text for one value, everything else refused.

Source: RFC 4648 sections 4 (base64), 5 (base64url, here without padding) and 8 (hex, here lower-case).
"""

import base64
import binascii
import re

from showcause.transparency.errors import Malformed

MAX_SIZE = 2**63 - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_HEX = re.compile(r"(?:[0-9a-f]{2})*")


def b64(data: bytes) -> str:
    """Write bytes as padded base64."""
    return base64.b64encode(data).decode("ascii")


def from_b64(text: str, what: str, length: int | None = None) -> bytes:
    """Read padded base64 that is the only encoding of its bytes; `length` is in bytes.

    Raises: Malformed, naming `what`.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise Malformed(f"{what} is not base64") from None
    if b64(data) != text:
        raise Malformed(f"{what} is not canonical base64")
    return _measured(data, what, length)


def b64url(data: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_b64url(text: str, what: str, length: int | None = None) -> bytes:
    """Read unpadded base64url that is the only encoding of its bytes; `length` is in bytes.

    Raises: Malformed, naming `what`.
    """
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        data = base64.b64decode(padded, altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise Malformed(f"{what} is not base64url") from None
    if b64url(data) != text:
        raise Malformed(f"{what} is not canonical base64url")
    return _measured(data, what, length)


def from_hex(text: str, what: str, length: int) -> bytes:
    """Read lower-case hex of exactly `length` bytes.

    Raises: Malformed, naming `what`.
    """
    if len(text) != 2 * length or not _HEX.fullmatch(text):
        raise Malformed(f"{what} is not {length} bytes of lower-case hex")
    return bytes.fromhex(text)


def from_decimal(text: str, what: str) -> int:
    """Read a decimal below 2**63 without sign, leading zero or foreign digits.

    Raises: Malformed, naming `what`.
    """
    if not _DECIMAL.fullmatch(text):
        raise Malformed(f"{what} is not a plain decimal number")
    value = int(text)
    if value > MAX_SIZE:
        raise Malformed(f"{what} is not below 2^63")
    return value


def _measured(data: bytes, what: str, length: int | None) -> bytes:
    if length is not None and len(data) != length:
        raise Malformed(f"{what} is {len(data)} bytes long, not {length}")
    return data
