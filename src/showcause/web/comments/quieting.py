"""Letters about the comments: how an author asks for them on their own page, and stops them from any letter.

A letter's link stops them at once by a POST, as mail programs send it when somebody presses their button, without a
login; reading the page changes nothing, since programs that look into mail follow links. Source: RFC 8058.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from showcause.casework import noticing
from showcause.comments import articles, authors, notices
from showcause.comments.section import Section
from showcause.comments.values import Author, AuthorKind
from showcause.domain.errors import LinkEnded, NotPermitted
from showcause.domain.subject import Subject, SubjectKind
from showcause.web import limits
from showcause.web.comments import visitor
from showcause.web.comments.entering import ended
from showcause.web.comments.pages import FRAMED, door, drawn, opened, reading
from showcause.web.house import house


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@reading
def quiet(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether letters should stop, and stop them. Harmless to repeat."""
    limits.take(request, "status")
    section = opened()
    here = door(request, section, framed=False, article=None, viewer=None)
    try:
        author = notices.of_stop_token(section, house().now(), token[: visitor.MOST])
    except LinkEnded:
        return ended(here)
    if request.method == "POST":
        _stop(section, author)
    return drawn(here, "quiet", {"done": request.method == "POST"})


@csrf_exempt
@require_POST
@reading
def ask(request: HttpRequest, where: str = "", article: str = "") -> HttpResponse:
    """Let an author who is known to this browser ask for letters, or stop them."""
    section, viewer = opened(), visitor.known(request, opened())
    under = articles.by_id(section, article) if article else None
    here = door(request, section, framed=where == FRAMED, article=under, viewer=viewer)
    if viewer is None or not can_be_told(viewer):
        raise NotPermitted("only a confirmed author is told by mail")
    if request.POST.get("replies"):
        authors.wants_replies_by_mail(section, viewer, True)
    else:
        _stop(section, viewer.id)
    return HttpResponseRedirect(here.to("/mine", sent="letters"))


def can_be_told(author: Author) -> bool:
    """Tell whether an author has an address that letters may go to, on a site that sends any."""
    return house().mails and author.kind is AuthorKind.GUEST and author.confirmed_at is not None


def _stop(section: Section, author: str) -> None:
    accounts = [Subject(section.name, SubjectKind.ACCOUNT, id_) for id_ in notices.stop(section, author)]
    house().runner.run(noticing.recall, accounts)
