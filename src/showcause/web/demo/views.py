"""The story's pages, and stepping into a part. Everything else that a visitor of the demo sees is the product."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from showcause.web.demo.cast import BY_NAME, OPEN, PASSWORD, facts, first_page
from showcause.web.demo.chapters import chapters
from showcause.web.house import house

View = Callable[..., HttpResponse]


def only_here(view: View) -> View:
    """Let a view exist in the demo alone: on any other site its address leads nowhere."""

    @wraps(view)
    def call(request: HttpRequest) -> HttpResponse:
        if not house().demo:
            raise Http404
        return view(request)

    return call


@require_GET
@only_here
def story(request: HttpRequest) -> HttpResponse:
    """Tell the night, chapter by chapter, each with the pages on which it can be looked up."""
    here = house()
    with here.store.read(here.now()) as view:
        return render(request, "demo/story.html", {"chapters": chapters(here, view), "open": OPEN})


@require_GET
@only_here
def engineer(request: HttpRequest) -> HttpResponse:
    """Show the API with a key that works here."""
    return render(request, "demo/engineer.html", {"told": facts(house())})


@require_GET
@only_here
def end(request: HttpRequest) -> HttpResponse:
    """Say what the demo does not prove."""
    return render(request, "demo/end.html")


@require_POST
@only_here
def play(request: HttpRequest) -> HttpResponse:
    """Step into a part: log in as its person or out, and begin at its door, or at a page of the story."""
    part = BY_NAME.get(request.POST.get("part", ""))
    if part is None:
        raise Http404
    here = house()
    logout(request)
    if part.login:
        user, made = User.objects.get_or_create(username=part.login)
        if made:
            user.set_password(PASSWORD)
            user.save()
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session["part"] = part.name
    wanted = request.POST.get("next", "")
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return HttpResponseRedirect(wanted)
    with here.store.read(here.now()) as view:
        return HttpResponseRedirect(first_page(here, view, part.name))
