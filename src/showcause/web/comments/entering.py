"""How an author becomes known to a browser by a letter: its link opens their page, or confirms their address."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from showcause.comments import authors, own
from showcause.domain.errors import LinkEnded
from showcause.web import limits
from showcause.web.comments import visitor
from showcause.web.comments.pages import Door, door, drawn, opened, reading
from showcause.web.house import house
from showcause.web.texts import say


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@reading
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Let the link of a letter open the author's page: it is exchanged for the cookie.

    Where the browser knows somebody else it asks first. A link that somebody sends around would otherwise make others
    write in that person's name.
    """
    limits.take(request, "status")
    section = opened()
    here = door(request, section, framed=False, article=None, viewer=None)
    try:
        viewer = authors.from_link(section, house().now(), token[: visitor.MOST])
    except LinkEnded:
        return ended(here)
    known = visitor.known(request, section)
    if request.method != "POST" and known is not None and known.person != viewer.person:
        return drawn(here, "enter", {"known": known, "other": viewer})
    made = HttpResponseRedirect(here.to("/mine"))
    visitor.remember(made, section, viewer)
    return made


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@reading
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether an address is one's own, and believe it. Programs that look into mail follow links, so only a form
    confirms. It says what was written: whoever typed the address first will be known as the same person.
    """
    limits.take(request, "status")
    section = opened()
    here = door(request, section, framed=False, article=None, viewer=None)
    token = token[: visitor.MOST]
    try:
        if request.method != "POST":
            about = authors.of_confirmation(section, house().now(), token)
            return drawn(here, "confirm", {"about": about, "wrote": own.written_as(section, about)})
        author = authors.confirm(section, house().now(), token)
    except LinkEnded:
        return ended(here)
    made = HttpResponseRedirect(here.to("/mine"))
    visitor.remember(made, section, author)
    return made


def ended(here: Door) -> HttpResponse:
    """Say that a link does not work any more, without saying why."""
    error = LinkEnded("this link is not ours, or is over")
    why = say(here.language, "comments.ended.why")
    return drawn(here, "nothing", {"title": "comments.ended", "why": why}, error)
