"""Canonical JSON, and a JSON reader for hostile input.

Only what the log's records need is allowed: no fractions, no integers beyond 2**53 - 1, no key twice, no
deep nesting.
Source: RFC 8785 (JCS), RFC 7493 (I-JSON).
"""

import json
import re
from typing import NoReturn, TypeAlias

import rfc8785

from showcause.transparency.errors import Malformed

Json: TypeAlias = None | bool | int | str | list["Json"] | dict[str, "Json"]

MAX_DEPTH = 12
MAX_INTEGER = 2**53 - 1
# An unended string matches up to the end: without that, hostile input would make the scan quadratic.
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKETS = re.compile(rb"[][{}]")


def canonical(value: Json) -> bytes:
    """Write a value as the one JSON text that RFC 8785 gives it.

    Raises: Malformed for fractions, integers beyond 2**53 - 1, lone surrogates and foreign types.
    """
    try:
        text = rfc8785.dumps(_without_fractions(value))
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError, TypeError) as error:
        raise Malformed(f"value has no canonical JSON: {error}") from None
    return text


def parse(data: bytes, what: str, limit: int) -> Json:
    """Read JSON of at most `limit` bytes; keys may stand in any order.

    Raises: Malformed, naming `what`. Time and depth are bounded by `limit`.
    """
    if len(data) > limit:
        raise Malformed(f"{what} is longer than {limit} bytes")
    _refuse_depth(data, what)
    try:
        return _DECODER.decode(data.decode("utf-8"))  # type: ignore[no-any-return]
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError, _NotOurs, ValueError) as error:
        raise Malformed(f"{what} is not the JSON that we accept: {_short(error)}") from None


def parse_canonical(data: bytes, what: str, limit: int) -> Json:
    """Read JSON and refuse any text but its canonical one, so that a value has one text and a text one value.

    Raises: Malformed, naming `what`.
    """
    value = parse(data, what, limit)
    if canonical(value) != data:
        raise Malformed(f"{what} is not canonical JSON (RFC 8785)")
    return value


class _NotOurs(ValueError):
    pass


def _pairs(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotOurs("a key stands twice")
    return found


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_INTEGER:
        raise _NotOurs("an integer is beyond 2^53 - 1")
    return int(text)


def _no_number(text: str) -> NoReturn:
    raise _NotOurs("a number is not an integer")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_integer, parse_float=_no_number, parse_constant=_no_number
)


def _refuse_depth(data: bytes, what: str) -> None:
    depth = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub(b"", data)):
        depth += 1 if bracket.group() in b"[{" else -1
        if depth > MAX_DEPTH:
            raise Malformed(f"{what} nests deeper than {MAX_DEPTH} levels")


def _without_fractions(value: Json, depth: int = 0) -> Json:
    if depth > MAX_DEPTH:
        raise TypeError(f"nests deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        for item in value.values():
            _without_fractions(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _without_fractions(item, depth + 1)
    elif value is not None and not isinstance(value, (bool, int, str)):
        raise TypeError(f"{type(value).__name__} is not allowed")
    return value


def _short(error: Exception) -> str:
    return str(error)[:120]
