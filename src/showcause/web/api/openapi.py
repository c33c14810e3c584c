"""The description of the API in OpenAPI 3.1: what the handlers say of themselves, and what holds for all of them.

Every answer that may come is declared, errors included, so that a program can be written from the description alone.
"""

from functools import cache
from typing import Any, Final

from ninja import NinjaAPI

from showcause import __version__
from showcause.web.limits import LIMITS

Schema = dict[str, Any]

ABOUT: Final = (
    "The API of a Showcause house. A platform's program authenticates with a key: `Authorization: Bearer sck_...`. "
    "A key speaks for one platform and has scopes; another platform's records are not found. Cookies mean nothing.\n\n"
    "Every error is a problem document (RFC 9457) with a stable `code` and a `hint` that says what to do next. "
    "Every POST may carry `Idempotency-Key`: the same request under the same key is done once within 24 hours and then "
    "answered again, with `Idempotency-Replayed: true`. Events need none: their own ids do that. Lists go on with the "
    "cursor in `next`. Times are RFC 3339 in UTC. Bodies are JSON of at most 1 MiB with a Content-Length."
)
PROBLEM: Final[Schema] = {
    "type": "object",
    "description": "Why a request was not done, and what to do next. Source: RFC 9457.",
    "required": ["type", "title", "status", "code", "detail", "hint"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Never changes; see the list of errors."},
        "detail": {"type": "string"},
        "hint": {"type": "string"},
    },
}
SAYS: Final = {
    400: "The request is not well formed.",
    401: "The key is missing, unknown, revoked or over.",
    403: "The key lacks the scope, or speaks for no platform.",
    404: "Your platform has no such record.",
    409: "The record's state does not allow it, or an idempotency key was used with another request.",
    410: "The person concerned was forgotten.",
    413: "The body is too large, or does not say its length.",
    415: "The body is not JSON.",
    422: "A value is out of its bounds; the detail names it.",
    429: "A limit was reached; wait as long as `Retry-After` says.",
    500: "Something is wrong in Showcause itself.",
    503: "Not now; the same request may succeed later.",
}
BY_THEIR_OWN_ID: Final = {"takeEvents", "askAboutEvent"}
"""What may be sent again without a key for it, because each thing that is sent has an id of its own."""
IDEMPOTENCY: Final[Schema] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A text of your choice, fresh for each request. Sent again, the same request is not done again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


@cache
def document(api: NinjaAPI) -> Schema:
    """Return the whole description."""
    made: Schema = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
    made["info"] = {
        "title": api.title,
        "version": __version__,
        "description": ABOUT,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }
    made["servers"] = [{"url": "/"}]
    components = made["components"]
    components["schemas"] = dict(sorted(components["schemas"].items())) | {"Problem": PROBLEM}
    components["responses"] = {f"Problem{status}": _problem(status) for status in SAYS}
    components["headers"] = {
        "RateLimit": {"description": "What is left of the limit.", "schema": {"type": "string"}},
        "RateLimit-Policy": {
            "description": f"The limit: {LIMITS['api'].burst} in {LIMITS['api'].per:g} seconds for each key; "
            "sending events, and asking about them, have limits of their own.",
            "schema": {"type": "string"},
        },
    }
    for methods in made["paths"].values():
        for method, operation in methods.items():
            _complete(method, operation)
    return made


def _complete(method: str, operation: Schema) -> None:
    """Add to an operation what holds for all operations of its kind."""
    repeatable = method == "post" and operation["operationId"] not in BY_THEIR_OWN_ID
    if repeatable:
        operation["parameters"].append(IDEMPOTENCY)
    answers = operation["responses"] = {str(code): each for code, each in operation["responses"].items()}
    for answer in answers.values():
        if "security" in operation:
            answer["headers"] = {
                name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit", "RateLimit-Policy")
            }
        if repeatable:
            answer["headers"]["Idempotency-Replayed"] = {
                "description": "`true` when this answer is told again.",
                "schema": {"type": "string", "enum": ["true"]},
            }
    for status in _statuses(method, operation):
        answers[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}


def _statuses(method: str, operation: Schema) -> list[int]:
    found = {400, 429, 500, 503}
    if "security" in operation:
        found |= {401, 403}
    if operation["parameters"]:
        found |= {404, 410, 422}
    if "requestBody" in operation or method in ("post", "put"):
        found |= {404, 409, 410, 413, 415, 422}
    return sorted(found)


def _problem(status: int) -> Schema:
    """Return what is declared of one kind of error."""
    headers = {401: "WWW-Authenticate", 429: "Retry-After"}
    made: Schema = {
        "description": SAYS[status],
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in headers:
        made["headers"] = {headers[status]: {"required": True, "schema": {"type": "string"}}}
    return made
