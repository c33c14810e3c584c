"""The canonical text of an event, written by one generated function for each schema: every event passes here.

What it writes is what the encoder of the standard library writes of the same fields in the order of their names,
without those that are missing. The text of the function is generated from paths that `Field` has checked, and has no
builtins within reach.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from json.encoder import encode_basestring
from typing import Any, Final, TypeAlias

from pydantic_core import to_json

from showcause.rules.schema import Field, Schema, Type

Write: TypeAlias = Callable[[Mapping[str, Any], str, int | None], bytes]
"""Writes an admitted event with its id and the platform's own time."""

_WRITTEN: Final = {
    Type.TEXT: "{named!r} + text(v)",
    Type.INT: "f'{named}{{v}}'",
    Type.FLOAT: "f'{named}{{v!r}}'",
    Type.BOOL: "{named!r} + ('true' if v else 'false')",
}


def writer(schema: Schema) -> Write:
    """Return what writes the events of a schema."""
    lines = [*_whole(schema), *_careful(schema)]
    scope: dict[str, Any] = {"text": encode_basestring, "encoded": _encoded, "__builtins__": {}}
    exec(compile("\n".join(lines), "<writer>", "exec"), scope)  # noqa: S102  generated above
    write: Write = scope["write"]
    return write


def _whole(schema: Schema) -> Iterator[str]:
    """Yield the function for an event that has every field, its fractions without an exponent, and for all others.

    Two encoders write such a one alike, and this one is quick.
    """
    yield "def write(event, id_, time):"
    for group in sorted(schema.groups):
        yield f" g_{group} = event[{group!r}]"
    for number, each in enumerate(schema):
        yield f" v{number} = {f'g_{each.group}' if each.group else 'event'}[{each.key!r}]"
    wanted = [_PLAIN[each.type is Type.FLOAT].format(f"v{number}") for number, each in enumerate(schema)]
    held = {each.path: f"v{number}" for number, each in enumerate(schema)}
    parts = []
    for name in sorted({*schema.groups, *_top(schema)}):
        keys = sorted(each.key for each in schema if each.group == name)
        inner = ", ".join(f"{key!r}: {held[f'{name}.{key}']}" for key in keys)
        parts.append(f"{name!r}: {{{inner}}}" if name in schema.groups else f"{name!r}: {held[name]}")
    data = f"{{{', '.join(parts)}}}"
    yield f" if {' and '.join(wanted) or 'False'}:"
    yield f"  return encoded({{'data': {data}, 'id': id_, 'time': time}})"
    yield " return careful(event, id_, time)"


_PLAIN: Final = {
    False: "{0} is not None",
    True: "{0} is not None and (1e-4 <= {0} < 1e15 or {0} == 0.0 or -1e15 < {0} <= -1e-4)",
}


def _careful(schema: Schema) -> Iterator[str]:
    """Yield the function for any event."""
    yield "def careful(event, id_, time):"
    yield from _values(schema)
    parts = [_part(schema, name) for name in sorted({*schema.groups, *_top(schema)})]
    yield from (line for made, _ in parts for line in made)
    yield f" data = ''.join(({''.join(f'{name}, ' for _, name in parts)}))"
    yield """ return ('{"data":{' + data[1:] + '},"id":' + text(id_)"""
    yield """  + (',"time":null}' if time is None else ',"time":' + f'{time}}}')).encode()"""


def _encoded(value: Mapping[str, Any]) -> bytes:
    """Return JSON. The encoder loads what it needs through the builtins of its caller, which generated code lacks."""
    return to_json(value)


def _top(schema: Schema) -> dict[str, Field]:
    return {each.key: each for each in schema if each.group is None}


def _values(schema: Schema) -> Iterator[str]:
    """Yield the lines that write each value behind a comma and its name, or nothing where it is missing."""
    for number, each in enumerate(schema):
        holder = "event" if each.group is None else f"event[{each.group!r}]"
        yield f" v = {holder}[{each.key!r}]"
        named = f",{json.dumps(each.key)}:"
        yield f" t{number} = '' if v is None else {_WRITTEN[each.type].format(named=named)}"


def _part(schema: Schema, name: str) -> tuple[list[str], str]:
    """Return the lines that put a group together, and the variable that holds it or the field of this name."""
    numbers = {each.path: f"t{number}" for number, each in enumerate(schema)}
    if name not in schema.groups:
        return [], numbers[name]
    inside = sorted(each.key for each in schema if each.group == name)
    whole, made = f"g_{name}", "".join(f"{numbers[f'{name}.{key}']}, " for key in inside)
    opened = f",{json.dumps(name)}:{{"
    lines = [f" {whole} = ''.join(({made}))", f" if {whole}: {whole} = {opened!r} + {whole}[1:] + '}}'"]
    return lines, whole
