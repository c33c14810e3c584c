"""What is read and commented most: a page that may stand in a frame, and as JSON for the newspaper's own page."""

from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from showcause.comments import counting
from showcause.comments.counting import Counted, Span
from showcause.comments.section import Section
from showcause.web.comments.pages import Door, drawn, opened, reading
from showcause.web.comments.readers import readers
from showcause.web.comments.words import known_language
from showcause.web.house import house

READ: Final = "read"
BY: Final = {READ: counting.most_read, "commented": counting.most_commented}
MOST: Final = 10
CHOICES: Final = ("section", "most", "lang", "theme")
KEPT: Final = "public, max-age=60"


@require_safe
@reading
def page(request: HttpRequest, what: str, span: str) -> HttpResponse:
    """Show a list. `section` narrows it to one part of the newspaper, `most` says how long it may be."""
    section = opened()
    language = known_language(request.GET.get("lang", ""), section.settings.languages[0])
    theme = request.GET.get("theme", "")
    here = Door(section, True, language, theme if theme in ("light", "dark") else "")
    kept = {name: request.GET[name] for name in CHOICES if name in request.GET}
    found = _counted(request, section, what, span)
    context = {"what": what, "span": span, "counted": found, "kept": f"?{urlencode(kept)}" if kept else ""}
    made = drawn(here, "list", context)
    made["Cache-Control"] = KEPT
    return made


@require_safe
@reading
def data(request: HttpRequest, what: str, span: str) -> HttpResponse:
    """Give a list as JSON: address, title, section and count, the first first."""
    section = opened()
    found = [
        {"address": each.article.address, "title": each.article.title, "section": each.article.part,
         "count": each.count, "comments": each.article.published}
        for each in _counted(request, section, what, span)
    ]  # fmt: skip
    made = JsonResponse(
        {"by": what, "span": span, "articles": found}, json_dumps_params={"ensure_ascii": False}
    )
    made["Cache-Control"], made["Vary"] = KEPT, "Origin"
    if (origin := request.headers.get("Origin", "")) in section.settings.origins:
        made["Access-Control-Allow-Origin"] = origin
        made["Cross-Origin-Resource-Policy"] = "cross-origin"
    return made


def _counted(request: HttpRequest, section: Section, what: str, span: str) -> list[Counted]:
    wanted = request.GET.get("most", "")
    most = int(wanted) if wanted.isdecimal() and len(wanted) < 3 else MOST
    if what == READ:
        readers(section).flush()
    return BY[what](section, house().now(), Span(span), most, request.GET.get("section", "")[:200])
