"""A thread's page: in a frame under its article, and on a page of its own that is complete without scripts."""

from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from showcause.comments import articles, threads
from showcause.comments.section import Section
from showcause.comments.values import Article
from showcause.domain.errors import NotFound
from showcause.web import limits
from showcause.web.comments import readers, thread_page, visitor, writing
from showcause.web.comments.pages import FRAMED, door, opened, reading
from showcause.web.comments.words import as_id
from showcause.web.house import house

MOST: Final = 2_000


@require_safe
@reading
def frame(request: HttpRequest) -> HttpResponse:
    """Show the thread of an article in its frame; the first who sees it makes it known."""
    return _shown(request, _met(request, opened()), framed=True)


@require_safe
@reading
def of(request: HttpRequest) -> HttpResponse:
    """Lead to the page of an article's thread: where the link goes that stands in the element without scripts."""
    article = _met(request, opened())
    here = door(request, opened(), framed=False, article=article, viewer=None)
    return HttpResponseRedirect(here.to(comment=as_id(request.GET.get("comment", ""))))


def _met(request: HttpRequest, section: Section) -> Article:
    """Return the article that a frame or link names; the first who asks for an unknown one makes it known.

    Raises: NotFound for an unknown one without an address; NotTaken for an address on another site; TooMany.
    """
    told = {
        name: request.GET.get(name, "")[:MOST].replace("\x00", "")  # which not every database can look for
        for name in ("article", "address", "title", "section", "lang")
    }
    known = articles.find(section, told["article"] or told["address"])
    if known is not None:
        return known
    if not told["address"]:
        raise NotFound("nobody has opened the comments of this article yet")
    limits.take(request, "comments-article")
    here = house()
    return articles.meet(
        section,
        here.now(),
        here.site.ids,
        key=told["article"],
        address=told["address"],
        title=told["title"],
        part=told["section"],
        language=told["lang"][:2].lower(),
    )


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@reading
def thread(request: HttpRequest, where: str, article: str) -> HttpResponse:
    """Show a thread, or take a comment."""
    section = opened()
    if request.method == "POST":
        return writing.write(request, section, articles.by_id(section, article), where)
    return _shown(request, articles.by_id(section, article), framed=where == FRAMED)


@require_safe
@reading
def permalink(request: HttpRequest, comment: str) -> HttpResponse:
    """Show one comment where it stands, on a page of its own."""
    section = opened()
    found = threads.by_id(section, comment)
    article = articles.by_id(section, found.article)
    here = door(request, section, framed=False, article=article, viewer=visitor.known(request, section))
    return thread_page.page(request, here, comment=comment)


@require_safe
@reading
def news(request: HttpRequest, where: str, article: str) -> HttpResponse:
    """Tell how many comments are new since a page was drawn: a number, and nothing else."""
    section, upto = opened(), request.GET.get("upto", "")[:20]
    found = articles.by_id(section, article)
    number = int(upto) if upto.isdecimal() and len(upto) < 19 else 0
    new = threads.since(section, found, number, visitor.known(request, section))
    made = JsonResponse({"new": new, "comments": found.published})
    origin = request.headers.get("Origin", "")
    if origin in section.settings.origins:
        made["Access-Control-Allow-Origin"] = origin
        made["Cross-Origin-Resource-Policy"] = "cross-origin"
        made["Vary"] = "Origin"
    return made


def _shown(request: HttpRequest, article: Article, *, framed: bool) -> HttpResponse:
    section = opened()
    readers.count(request, section, article)
    here = door(request, section, framed=framed, article=article, viewer=visitor.known(request, section))
    comment = as_id(request.GET.get("comment", ""))
    if not comment:
        return thread_page.page(request, here)
    try:
        return thread_page.page(request, here, comment=comment)
    except NotFound:  # an old link: the thread is still worth showing
        return thread_page.page(request, here)
