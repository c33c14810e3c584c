"""What may become an event: the one gate before it is stored, so that all evaluators see the same values.

An admitted event has every group and every field of its schema, `None` where the value is missing: a missing key and an
explicit null are the same (S-2). Numbers are finite and exact (S-7), text is valid Unicode in the form NFC (S-10).
What the schema does not name is not kept.
"""

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from showcause.domain.errors import BadInput
from showcause.rules.schema import Field, Schema, Type
from showcause.rules.tree import Plain

EXACT = 1 << 53
"""The largest magnitude of an int: up to here, a double holds every one of them."""
TEXT_AT_MOST = 100_000
"""Code points in one text, after normalising."""

Event: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Admitted:
    """An event as it is stored and evaluated, which of its fields are missing, and what was left out."""

    event: Event
    missing: frozenset[str]
    dropped: tuple[str, ...]


def admit(schema: Schema, raw: Mapping[str, Any]) -> Admitted:
    """Return the event in the form that is stored.

    Raises: BadInput for a value of the wrong type, a number that is not finite or too large, text that is not valid
    Unicode or too long, and a missing field that must not be missing.
    """
    event: Event = {group: {} for group in schema.groups}
    missing = set()
    for each in schema:
        holder = raw if each.group is None else _group(raw, each.group)
        value = holder.get(each.key)
        kept = None if value is None else _kept(each, value)
        if kept is None:
            missing.add(each.path)
        (event if each.group is None else event[each.group])[each.key] = kept
    if lacking := sorted(each.path for each in schema if not each.nullable and each.path in missing):
        raise BadInput(f"the event lacks {', '.join(lacking)}")
    return Admitted(event, frozenset(missing), _dropped(schema, raw))


def plain(type_: Type, value: object) -> Plain:
    """Return a value as it may be stored under a type, text normalised.

    Raises: BadInput, which says what is wrong with it.
    """
    match type_:
        case Type.BOOL if isinstance(value, bool):
            return value
        case Type.INT if isinstance(value, int) and not isinstance(value, bool):
            return _exact(value)
        case Type.FLOAT if isinstance(value, int | float) and not isinstance(value, bool):
            return _finite(float(_exact(value)) if isinstance(value, int) else value)
        case Type.TEXT if isinstance(value, str):
            return _text(value)
    raise BadInput(f"must be {_WORDS[type_]}, not {type(value).__name__}")


_WORDS = {
    Type.BOOL: "true or false",
    Type.INT: "a whole number",
    Type.FLOAT: "a number",
    Type.TEXT: "a text",
}


def _kept(field: Field, value: object) -> Plain:
    try:
        return plain(field.type, value)
    except BadInput as wrong:
        raise BadInput(f"{field.path} {wrong.message}") from None


def _group(raw: Mapping[str, Any], group: str) -> Mapping[str, Any]:
    value = raw.get(group)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadInput(f"{group} must be an object")
    return value


def _exact(value: int) -> int:
    if abs(value) > EXACT:
        raise BadInput("is a whole number beyond 2^53, which not every reader keeps exactly")
    return value


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise BadInput("is not a finite number")
    return value + 0.0  # one zero


def _text(value: str) -> str:
    if len(value) > 4 * TEXT_AT_MOST:
        raise BadInput(f"has more than {TEXT_AT_MOST} characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadInput("is not valid Unicode") from None
    normal = value if value.isascii() else unicodedata.normalize("NFC", value)
    if len(normal) > TEXT_AT_MOST:
        raise BadInput(f"has more than {TEXT_AT_MOST} characters")
    return normal


def _dropped(schema: Schema, raw: Mapping[str, Any]) -> tuple[str, ...]:
    found = []
    for key, value in raw.items():
        if key in schema.groups:
            if isinstance(value, Mapping):
                found += [f"{key}.{inner}" for inner in value if f"{key}.{inner}" not in schema.by_path]
        elif key not in schema.by_path:
            found.append(str(key))
    return tuple(sorted(found))
