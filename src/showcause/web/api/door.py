"""What every answer of the API passes: errors become problem documents, and a key's limit stands in the headers."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver
from ninja.errors import HttpError, ValidationError

from showcause.domain.errors import BadInput, ShowcauseError
from showcause.web import answers

View = Callable[..., HttpResponseBase]
MOST_FAULTS = 5


def behind_the_door(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """Let every address of a list answer as the API does."""
    for each in patterns:
        if isinstance(each, URLPattern):
            each.callback = door(each.callback)
    return patterns


def door(view: View) -> View:
    """Return a view that answers a wrong method with a problem document and says what is left of the limit."""

    @wraps(view)
    def call(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        made = view(request, *args, **kwargs)
        if made.status_code == answers.WRONG_METHOD[1]:
            made = answers.wrong_method(request, made.headers["Allow"])
        if getattr(request, "replayed", False):
            made.headers["Idempotency-Replayed"] = "true"
        left = getattr(request, "left", None)
        if left is not None:
            for name, value in left.headers.items():
                made.headers[name] = value
        return made

    return call


def answer(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """Return the problem document of whatever a handler, a key or a body raised."""
    match error:
        case ValidationError():
            return answers.answer(request, BadInput(_faults(error.errors)))
        case HttpError() if isinstance(error.__cause__, ShowcauseError):
            return answers.answer(request, error.__cause__)
        case HttpError():
            return answers.answer(request, BadInput("the body cannot be read"))
        case Exception():
            return answers.answer(request, error)
        case _:
            return answers.answer(request, error())


def _faults(errors: list[dict[str, Any]]) -> str:
    """Say in one sentence what is wrong where, without repeating what was sent."""
    said = [f"{_place(each['loc'])}: {each['msg']}" for each in errors[:MOST_FAULTS]]
    more = len(errors) - len(said)
    return "; ".join(said) + (f"; and {more} more" if more else "")


def _place(loc: tuple[Any, ...]) -> str:
    """Return where in a request a fault is: `query.limit`, `body.reports.3.reason`."""
    where, *rest = loc
    inner = rest[1:] if where == "body" and rest and len(rest) > 1 else rest
    return ".".join(str(each)[:64] for each in (where, *inner))
