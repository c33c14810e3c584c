"""The story's pages, and stepping into a part. Everything else that a visitor of the demo sees is the product."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from showcause.web.demo.cast import BY_NAME, OPEN, facts, first_page
from showcause.web.demo.chapters import chapters
from showcause.web.demo.stepping import dress, only_here, step
from showcause.web.house import house


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
    here, wanted = house(), request.POST.get("next", "")
    if not (wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)):
        with here.store.read(here.now()) as view:
            wanted = first_page(here, view, part.name)
    step(request, part)
    made = HttpResponseRedirect(wanted)
    dress(made, part)
    return made
