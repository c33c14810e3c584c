"""Stepping into a part of the demo: whose login and whose comments this browser has from then on."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse

from showcause.comments import authors
from showcause.web.comments import visitor
from showcause.web.demo.cast import PASSWORD, Part, facts
from showcause.web.house import house

View = Callable[..., HttpResponse]


def only_here(view: View) -> View:
    """Let a view exist in the demo alone: on any other site its address leads nowhere."""

    @wraps(view)
    def call(request: HttpRequest, **named: str) -> HttpResponse:
        if not house().demo:
            raise Http404
        return view(request, **named)

    return call


def step(request: HttpRequest, part: Part) -> None:
    """Let a visitor be somebody at the desk: log in as them or out. Their answer is still to be dressed."""
    logout(request)
    if part.login:
        user, new = User.objects.get_or_create(username=part.login)
        if new:
            user.set_password(PASSWORD)
            user.save()
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session["part"] = part.name


def dress(made: HttpResponse, part: Part) -> None:
    """Let a browser be known as a part's author under an article, by the author's cookie, or as nobody."""
    section, paper = house().section(), facts(house()).get("paper")
    if section is None or paper is None:
        return
    if part.writes:
        visitor.remember(made, section, authors.by_id(section, paper["authors"][part.writes]))
    else:
        visitor.forget(made)
