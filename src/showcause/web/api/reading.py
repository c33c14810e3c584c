"""The description of the API, for programs and for people: the same document, as JSON and as a page."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from showcause.domain.api_key import Scope
from showcause.web.api.auth import Bearer
from showcause.web.api.openapi import Schema, document
from showcause.web.limits import take

DEEPEST: Final = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One value that an address takes or gives: its name, what it is, and whether it must be there."""

    name: str
    what: str
    says: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation, for a reader."""

    id: str
    method: str
    path: str
    summary: str
    paragraphs: list[str]
    scope: Scope | None
    takes: list[Line]
    gives: list[Line]


@require_safe
def described(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    """Answer with the description in OpenAPI 3.1."""
    take(request, "pages")
    made = HttpResponse(json.dumps(document(api)), content_type="application/json")
    made.headers["Access-Control-Allow-Origin"] = "*"
    return made


@require_safe
def explained(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    """Answer with a page that says the same."""
    take(request, "pages")
    whole = document(api)
    entries = list(_entries(whole, _scopes(api)))
    return render(request, "api/docs.html", {"entries": entries, "version": whole["info"]["version"]})


def _entries(whole: Schema, scopes: dict[str, Scope]) -> Iterator[Entry]:
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            yield Entry(
                operation["operationId"],
                method.upper(),
                path,
                operation["summary"],
                [each.strip() for each in operation.get("description", "").split("\n\n")],
                scopes.get(operation["operationId"]),
                [*_parameters(whole, operation), *_fields(whole, operation.get("requestBody", {}))],
                _given(whole, operation),
            )


def _scopes(api: NinjaAPI) -> dict[str, Scope]:
    """Return the scope that each operation needs."""
    return {
        operation.operation_id or "": callback.scope
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for operation in view.operations
        for callback in operation.auth_callbacks
        if isinstance(callback, Bearer)
    }


def _parameters(whole: Schema, operation: Schema) -> Iterator[Line]:
    for each in operation["parameters"]:
        says = each.get("description") or each["schema"].get("description", "")
        yield Line(each["name"], f"{each['in']}, {_type(whole, each['schema'])}", says, each["required"])


def _given(whole: Schema, operation: Schema) -> list[Line]:
    good = min(code for code in operation["responses"] if code.startswith("2"))
    return list(_fields(whole, operation["responses"][good]))


def _fields(whole: Schema, container: Schema) -> Iterator[Line]:
    content: dict[str, Any] = container.get("content", {}).get("application/json", {})
    yield from _members(whole, content.get("schema", {}), "", 0)


def _members(whole: Schema, schema: Schema, before: str, depth: int) -> Iterator[Line]:
    """Say each field of an object, and those of the objects in it: `subject.ref`, `orders[].state`."""
    schema = _resolved(whole, schema)
    for name, field in schema.get("properties", {}).items():
        says = field.get("description") or _resolved(whole, field).get("description", "")
        yield Line(before + name, _type(whole, field), says, name in schema.get("required", []))
        if depth < DEEPEST:
            several = field.get("type") == "array"
            inner = field.get("items", {}) if several else _object_in(field)
            yield from _members(whole, inner, f"{before}{name}{'[]' if several else ''}.", depth + 1)


def _object_in(field: Schema) -> Schema:
    """Return the schema to which a field refers, also if it may be null."""
    refers = [each for each in (field, *field.get("anyOf", ())) if "$ref" in each]
    return refers[0] if refers else {}


def _resolved(whole: Schema, schema: Schema) -> Schema:
    name = schema.get("$ref", "").rpartition("/")[2]
    return dict(whole["components"]["schemas"][name]) if name else schema


def _type(whole: Schema, schema: Schema) -> str:
    """Say in a word what a value is."""
    if "$ref" in schema:
        named = _resolved(whole, schema)
        return _type(whole, named) if "enum" in named else str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_type(whole, each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_type(whole, schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("type") or "value")
