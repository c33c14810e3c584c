"""The door of signed links: who has one comes in without logging in; who has none learns nothing from the answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation

from showcause.casework.affairs import Affair, open_affair
from showcause.domain.errors import LinkEnded
from showcause.store.view import View
from showcause.web import answers
from showcause.web.configuration import LANGUAGES
from showcause.web.guard import LANGUAGE
from showcause.web.house import house
from showcause.web.limits import take

P = ParamSpec("P")
PRIVATE = "noindex, nofollow, noarchive"


def behind_link(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a view be found by nobody who searches, and answer every link that does not work alike."""

    @wraps(view)
    def call(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            made = view(request, *args, **kwargs)
        except LinkEnded as error:
            take(request, "status")
            made = render(request, "person/ended.html", status=answers.status_of(error))
        made["X-Robots-Tag"] = PRIVATE
        return made

    return call


def sent(view: Callable[Concatenate[HttpRequest, str, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a view do something only when a form was sent; who only looks there is led to the page itself."""

    @wraps(view)
    def call(request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseRedirect(f"/s/{token}")
        return view(request, token, *args, **kwargs)

    return call


@contextmanager
def opened(token: str) -> Iterator[tuple[View, Affair]]:
    """Read what a link leads to, all from one moment. Raises: LinkEnded."""
    here = house()
    with here.store.read(here.now()) as view:
        yield view, open_affair(view, token)


def chosen_language(request: HttpRequest) -> str | None:
    """Return the language that a visitor chose on our pages; None while they chose none."""
    wanted = request.GET.get("lang") or request.COOKIES.get(LANGUAGE, "")
    return wanted if wanted in dict(LANGUAGES) else None


def speak(request: HttpRequest, language: str) -> None:
    """Let the frame around a page be in the language of its statement."""
    translation.activate(language)
    request.LANGUAGE_CODE = language
