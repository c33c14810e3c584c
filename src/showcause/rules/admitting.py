"""What may become an event: the one gate before it is stored, so that all evaluators see the same values.

An admitted event has every group and every field of its schema, `None` where the value is missing: a missing key and an
explicit null are the same (S-2). Numbers are finite and exact (S-7), text is valid Unicode in the form NFC (S-10).
What the schema does not name is not kept.
"""

import math
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from showcause.domain.errors import BadInput
from showcause.rules.schema import Field, Schema, Type
from showcause.rules.tree import Plain

EXACT = 1 << 53
"""The largest magnitude of an int: up to here, a double holds every one of them."""
TEXT_AT_MOST = 100_000
"""Code points in one text, after normalising."""

Event: TypeAlias = dict[str, Any]


class Admitted(NamedTuple):
    """An event as it is stored and evaluated, which of its fields are missing, and what was left out."""

    event: Event
    missing: frozenset[str]
    dropped: tuple[str, ...]


Gate: TypeAlias = Callable[[Mapping[str, Any]], Admitted]


def admit(schema: Schema, raw: Mapping[str, Any]) -> Admitted:
    """Return the event in the form that is stored.

    Raises: BadInput for a value of the wrong type, a number that is not finite or too large, text that is not valid
    Unicode or too long, and a missing field that must not be missing.
    """
    gate: Gate | None = schema.kept.get("gate")
    if gate is None:
        gate = schema.kept["gate"] = _built(schema)
    return gate(raw)


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


def _built(schema: Schema) -> Gate:
    """Return the gate of a schema: generated functions, because every event passes here and most are in order.

    The first takes an event that is whole and in order at a glance, and leaves every other to the second. There, too,
    what looks right at once is taken; everything else goes through `plain`, which knows why. The text is generated from
    paths that `Field` has checked, and has no builtins within reach.
    """
    groups = list(dict.fromkeys(each.group for each in schema if each.group))
    variables: dict[str | None, str] = {None: "raw"} | {
        each: f"g{number}" for number, each in enumerate(groups)
    }
    lines = [*_at_a_glance(schema, variables), *_looking_closely(schema, variables)]
    scope = _names(schema) | {"__builtins__": {}}
    exec(compile("\n".join(lines), "<schema>", "exec"), scope)  # noqa: S102  generated above
    gate: Gate = scope["admit"]
    return gate


def _at_a_glance(schema: Schema, variables: Mapping[str | None, str]) -> Iterator[str]:
    """Yield the function for an event that has every field and no other, each of the right type."""
    yield "def admit(raw):\n try:"
    for group, name in variables.items():
        if group is not None:
            yield f"  {name} = raw[{group!r}]"
    for number, each in enumerate(schema):
        yield f"  v{number} = {variables[each.group]}[{each.key!r}]"
    yield "  pass\n except ODD: return look(raw)"
    sizes = {group: sum(each.group == group for each in schema) for group in variables}
    sizes[None] += len(variables) - 1
    wanted = [
        f"{name}.__class__ is dict and length({name}) == {sizes[key]}" for key, name in variables.items()
    ]
    wanted += [_LOOKS_RIGHT[each.type].format(f"v{number}") for number, each in enumerate(schema)]
    yield f" if {' and '.join(wanted)}:"
    yield f"  return Admitted({_whole(schema, variables, glance=True)}, NOTHING, ())"
    yield " return look(raw)"


def _looking_closely(schema: Schema, variables: Mapping[str | None, str]) -> Iterator[str]:
    """Yield the function for every event."""
    yield "def look(raw):\n missing = []"
    for group, name in variables.items():
        if group is not None:
            yield f" {name} = raw.get({group!r})"
            yield f" if kind({name}) is not dict: {name} = group(raw, {group!r})"
    for number, each in enumerate(schema):
        yield f" v{number} = {variables[each.group]}.get({each.key!r})"
        yield f" if v{number} is None: missing.append({each.path!r})"
        yield f" elif {_LOOKS_WRONG[each.type].format(f'v{number}')}: v{number} = kept({number}, v{number})"
        if each.type is Type.FLOAT:
            yield f" else: v{number} += 0.0"  # one zero
    known = " and ".join(f"known[{holder!r}].issuperset({name})" for holder, name in variables.items())
    yield " if missing: lacking(missing)"
    yield f" return Admitted({_whole(schema, variables)}, none(missing), () if {known} else dropped(raw))"


def _whole(schema: Schema, variables: Mapping[str | None, str], *, glance: bool = False) -> str:
    """Return the text of the event as it is admitted."""
    inner = [
        f"{group!r}: {{{', '.join(_entries(schema, group, glance))}}}"
        for group in variables
        if group is not None
    ]
    return f"{{{', '.join([*inner, *_entries(schema, None, glance)])}}}"


_LOOKS_RIGHT = {
    Type.BOOL: "{0}.__class__ is bool",
    Type.INT: f"{{0}}.__class__ is int and -{EXACT} <= {{0}} <= {EXACT}",
    Type.FLOAT: "{0}.__class__ is float and -1.7976931348623157e308 <= {0} <= 1.7976931348623157e308",
    Type.TEXT: f"{{0}}.__class__ is str and {{0}}.isascii() and length({{0}}) <= {TEXT_AT_MOST}",
}
_LOOKS_WRONG = {
    Type.BOOL: "kind({0}) is not bool",
    Type.INT: f"kind({{0}}) is not int or not -{EXACT} <= {{0}} <= {EXACT}",
    Type.FLOAT: "kind({0}) is not float or not -1.7976931348623157e308 <= {0} <= 1.7976931348623157e308",
    Type.TEXT: f"kind({{0}}) is not str or not {{0}}.isascii() or length({{0}}) > {TEXT_AT_MOST}",
}


def _entries(schema: Schema, holder: str | None, glance: bool) -> list[str]:
    return [
        f"{each.key!r}: v{number}" + (" + 0.0" if glance and each.type is Type.FLOAT else "")
        for number, each in enumerate(schema)
        if each.group == holder
    ]


def _names(schema: Schema) -> dict[str, Any]:
    """Return what the generated gate may name."""
    required = frozenset(each.path for each in schema if not each.nullable)
    known: dict[str | None, frozenset[str]] = {None: schema.groups}
    for each in schema:
        known[each.group] = known.get(each.group, frozenset()) | {each.key}

    def lacking(missing: list[str]) -> None:
        if not required.isdisjoint(missing):
            raise BadInput(f"the event lacks {', '.join(sorted(required.intersection(missing)))}")

    return {
        "Admitted": Admitted,
        "ODD": (KeyError, TypeError, IndexError),
        "NOTHING": frozenset[str](),
        "kind": type,
        "bool": bool,
        "int": int,
        "float": float,
        "str": str,
        "dict": dict,
        "length": len,
        "none": frozenset,
        "group": _group,
        "kept": lambda number, value: _kept(schema.fields[number], value),
        "lacking": lacking,
        "known": known,
        "dropped": lambda raw: _dropped(schema, raw),
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
