"""The canonical text of an event, written by one generated function for each schema: every event passes here.

What it writes is what the encoder of the standard library writes of the same fields in the order of their names,
without those that are missing. The text of the function is generated from paths that `Field` has checked, and has no
builtins within reach.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from json.encoder import encode_basestring
from typing import Any, Final, TypeAlias

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
    lines = ["def write(event, id_, time):", *_values(schema)]
    parts = [_part(schema, name) for name in sorted({*schema.groups, *_top(schema)})]
    lines += [line for made, _ in parts for line in made]
    lines.append(f" data = ''.join(({''.join(f'{name}, ' for _, name in parts)}))")
    lines.append(
        """ return ('{"data":{' + data[1:] + '},"id":' + text(id_)"""
        """ + (',"time":null}' if time is None else ',"time":' + f'{time}}}')).encode()"""
    )
    scope: dict[str, Any] = {"text": encode_basestring, "__builtins__": {}}
    exec(compile("\n".join(lines), "<writer>", "exec"), scope)  # noqa: S102  generated above
    write: Write = scope["write"]
    return write


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
