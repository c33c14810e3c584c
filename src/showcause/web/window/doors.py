"""How every page of the window is opened: to read the public record, within a limit that holds for everybody.

Pages carry a language form and so a cookie of their own, and are not kept by caches. What is for programs sets no
cookie, is the same for everybody, and may be kept for a minute.
"""

import json
from collections.abc import Callable
from typing import Any, Concatenate, Final, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from showcause.domain.errors import BadInput, NotFound
from showcause.web.limits import take
from showcause.web.window.record import Record, record

P = ParamSpec("P")
BRIEFLY: Final = "public, max-age=60"
MOST_DIGITS: Final = 15

Page = Callable[Concatenate[HttpRequest, Record, P], HttpResponse]
Door = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(view: Page[P]) -> Door[P]:
    """Let a view read the public record; before the first public head the page says that there is none yet."""
    return _opened(view, lambda request: render(request, "window/nothing-yet.html"))


def file(view: Page[P]) -> Door[P]:
    """Let a view answer programs from the public record, kept by caches for a minute."""

    def call(request: HttpRequest, known: Record, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        made = view(request, known, *args, **kwargs)
        made["Cache-Control"] = BRIEFLY
        made["Access-Control-Allow-Origin"] = "*"
        return made

    return _opened(call, _none_yet)


def as_json(value: Any) -> HttpResponse:
    """Answer with JSON for people who read it too."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return HttpResponse(text, content_type="application/json; charset=utf-8")


def as_file(data: bytes, type_: str, name: str) -> HttpResponse:
    """Answer with a file to be saved under a name."""
    made = HttpResponse(data, content_type=type_)
    made["Content-Disposition"] = f'attachment; filename="{name}"'
    return made


def number(request: HttpRequest, name: str) -> int | None:
    """Return a whole number of the query, or None when it is not given.

    Raises: BadInput.
    """
    given = request.GET.get(name, "")
    if given and not (given.isascii() and given.isdecimal() and len(given) <= MOST_DIGITS):
        raise BadInput(f"{name} is a whole number of at most {MOST_DIGITS} digits")
    return int(given) if given else None


def _opened(view: Page[P], otherwise: Callable[[HttpRequest], HttpResponse]) -> Door[P]:
    @require_safe
    def call(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        take(request, "pages")
        known = record()
        return otherwise(request) if known is None else view(request, known, *args, **kwargs)

    return call


def _none_yet(request: HttpRequest) -> HttpResponse:
    raise NotFound("nothing was made public yet", "The first public head comes with the next interval.")
