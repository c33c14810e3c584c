"""What every page of the comment section shares: the opened section, the frame's permissions, links that keep a choice.

A page that stands in a frame may be framed by the section's own sites and by nobody else. None sets a cookie because
it is read, and none is drawn with the frame of the other pages, whose language form would set one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from showcause.comments.section import Section
from showcause.comments.values import Article, Author, NotTaken, Problem
from showcause.domain.errors import NotFound, ShowcauseError, TooMany
from showcause.web import answers, limits
from showcause.web.comments import visitor
from showcause.web.comments.words import fault_of, known_language, words
from showcause.web.configuration import LANGUAGES
from showcause.web.guard import CONTENT_SECURITY
from showcause.web.house import house
from showcause.web.texts import book, say

P = ParamSpec("P")
THEMES: Final = ("light", "dark")
FRAMED: Final = "f"
KEPT_OUT: Final = "frame-ancestors 'none'"


def opened() -> Section:
    """Return the site's comment section. Raises: NotFound where it has none."""
    found = house().section()
    if found is None:
        raise NotFound("this site has no comment section")
    return found


@dataclass(frozen=True, slots=True)
class Door:
    """Through which page somebody came: in a frame or on a page of its own, under which article, in which language."""

    section: Section
    framed: bool
    language: str
    theme: str = ""
    article: Article | None = None
    viewer: Author | None = None

    @property
    def base(self) -> str:
        """Return where the addresses of this thread begin; those of no thread in particular, without an article."""
        where = FRAMED if self.framed else "a"
        return f"/comments/{where}/{self.article.id}" if self.article else "/comments"

    def to(self, path: str = "", **asked: object) -> str:
        """Return the address of a page behind this door, in the same language and look."""
        said = {name: value for name, value in asked.items() if value}
        if self.language != (self.article.language if self.article else ""):
            said["lang"] = self.language
        if self.theme:
            said["theme"] = self.theme
        return f"{self.base}{path}" + (f"?{urlencode(said)}" if said else "")


def door(
    request: HttpRequest, section: Section, *, framed: bool, article: Article | None, viewer: Author | None
) -> Door:
    """Return the door that a request came through."""
    asked = request.POST if request.method == "POST" else request.GET
    wanted = asked.get("lang") or request.GET.get("lang", "")
    own = article.language if article else (request.LANGUAGE_CODE or "")
    theme = request.GET.get("theme", "")
    return Door(
        section, framed, known_language(wanted, own), theme if theme in THEMES else "", article, viewer
    )


def drawn(
    here: Door, template: str, context: Mapping[str, Any], error: Exception | None = None
) -> HttpResponse:
    """Return a page, with the status of what was wrong if anything was."""
    made = HttpResponse(part(here, template, context), status=answers.status_of(error) if error else None)
    if isinstance(error, TooMany) and error.retry_after is not None:
        made["Retry-After"] = str(max(1, round(error.retry_after)))
    made["Content-Language"] = here.language
    made["X-Robots-Tag"] = "noindex"
    return may_be_framed(made, here.section) if here.framed else made


def part(here: Door, template: str, context: Mapping[str, Any]) -> str:
    """Return a page or a part of one as text. No request goes along, so nothing in it can set a cookie."""
    about = {
        "door": here, "here": here.base, "framed": here.framed, "language": here.language, "theme": here.theme,
        "article": here.article, "author": here.viewer, "origins": " ".join(here.section.settings.origins),
        "longest": here.section.settings.longest, "mails": house().mails, "w": words(here.language),
        "tongues": [(code, name, f"?lang={code}") for code, name in LANGUAGES],
    }  # fmt: skip
    return SafeString(render_to_string(f"comments/{template}.html", about | dict(context)))


def may_be_framed(made: HttpResponse, section: Section) -> HttpResponse:
    """Let an answer stand in a frame on the newspaper's own sites."""
    where = " ".join(section.settings.origins) or "'none'"
    made["Content-Security-Policy"] = CONTENT_SECURITY.replace(KEPT_OUT, f"frame-ancestors {where}")
    made["X-Frame-Options"] = ""
    made["Cross-Origin-Resource-Policy"] = "cross-origin"
    made["Cross-Origin-Opener-Policy"] = "unsafe-none"  # of no meaning in a frame
    return made


def reading(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Count a visit against the visitor's limit, take no form from elsewhere, and say on a page that a frame may show
    what is wrong.
    """

    @wraps(view)
    def call(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            limits.take(request, "pages")
            if request.method == "POST":
                visitor.check_sender(request)
            return view(request, *args, **kwargs)
        except ShowcauseError as error:
            found = house().section()
            framed = kwargs.get("where") == FRAMED or request.path == "/comments/frame"
            if found is None or not framed:
                raise
            language = known_language(request.GET.get("lang", ""), request.LANGUAGE_CODE or "")
            return wrong(Door(found, True, language), error)

    return call


def wrong(here: Door, error: ShowcauseError) -> HttpResponse:
    """Say on a page of the section why something was not done."""
    if isinstance(error, NotTaken):
        _, (id_, args) = fault_of(error)
        bare = "comments.none" if error.problem is Problem.UNKNOWN_SITE else "frame.error"
        return drawn(here, "nothing", {"title": bare, "why": say(here.language, id_, **args)}, error)
    id_ = f"frame.error.{error.code}"
    why = say(here.language, id_ if id_ in book() else "frame.error.other")
    return drawn(here, "nothing", {"title": "frame.error", "why": why}, error)
