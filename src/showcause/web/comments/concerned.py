"""For people who are written about and are no readers here: report the comment, or answer beside it in their own name.

The form is plain and complete without scripts. It makes nobody known to this browser: whoever answers gives the name
that is shown and an address that is not. The newspaper reads every answer before it is published.
"""

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from showcause.comments import articles, authors, besides, forms, threads
from showcause.comments.states import CommentState
from showcause.comments.values import BesideKind, Comment, NotTaken
from showcause.comments.wording import clean_text
from showcause.domain.errors import BadInput, NotFound, TooMany
from showcause.web import limits
from showcause.web.comments import letters, writing
from showcause.web.comments.filled import Filled
from showcause.web.comments.pages import FRAMED, Door, door, drawn, opened, reading
from showcause.web.comments.words import Trapped
from showcause.web.house import house

SENT: Final = tuple(BesideKind)


class Incomplete(BadInput):
    """Something is not chosen or not ticked; the form says which."""


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@reading
def about(request: HttpRequest, where: str, article: str, comment: str) -> HttpResponse:
    """Show what somebody can do about whom a comment is, or take their answer."""
    section = opened()
    found = threads.by_id(section, comment)
    if found.article != article or found.state is not CommentState.PUBLISHED:
        raise NotFound("there is no such comment under this article")
    under = articles.by_id(section, article)
    here = door(request, section, framed=where == FRAMED, article=under, viewer=None)
    if request.method != "POST":
        return drawn(here, "about", _context(request, here, found, Filled(), ""))
    filled, kind = Filled.of(request.POST), request.POST.get("kind", "")[:20]
    try:
        _take(request, here, found, filled, kind)
    except (NotTaken, TooMany, Trapped, Incomplete) as error:
        if not isinstance(error, Incomplete):
            filled.fault(error)
        return drawn(here, "about", _context(request, here, found, filled, kind), error)
    return HttpResponseRedirect(here.to(f"/about/{comment}", sent=kind))


def _take(request: HttpRequest, here: Door, about: Comment, filled: Filled, kind: str) -> None:
    """Take an answer. Raises: NotTaken, TooMany, Trapped, Incomplete."""
    section, site = here.section, house()
    key = writing.take_form(request, here, filled)
    if besides.of_form(section, key) is not None:
        return
    if kind not in SENT:
        filled.wrong["kind"] = ("concerned.wrong.kind", {})
    if not request.POST.get("me"):
        filled.wrong["me"] = ("concerned.wrong.me", {})
    if filled.wrong:
        raise Incomplete("something is missing")
    clean_text(filled.text, besides.LONGEST)
    limits.take(request, "comment-beside")
    author = authors.guest(section, site.now(), site.site.ids, filled.name, filled.mail)
    made = besides.write(
        section,
        site.now(),
        site.site.ids,
        author=author.no,
        comment=about.id,
        kind=BesideKind(kind),
        text=filled.text,
        language=here.language,
        form=key,
    )
    if made.author.id == author.id:  # else the same form came twice at once, and the other one was taken
        letters.introduce(here, author, filled.mail)
        letters.keep_identity(request, here, author)


def _context(request: HttpRequest, here: Door, found: Comment, filled: Filled, kind: str) -> dict[str, Any]:
    assert here.article is not None  # noqa: S101 - the address names one
    sent = request.GET.get("sent", "")
    return {
        "comment": found,
        "asked": urlencode({"platform": here.section.name, "kind": "content", "ref": found.id}),
        "kinds": SENT,
        "kind": kind,
        "me": bool(request.POST.get("me")),
        "typed": filled,
        "wrong": filled.wrong,
        "slip": filled.slip or forms.issue(here.section, house().now(), here.article),
        "most": besides.LONGEST,
        "sent": sent if sent in SENT else "",
    }
