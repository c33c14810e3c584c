"""The author's own page: every comment with what became of it and why, the way to contest it, and to send it again.

It opens by the cookie that was set when somebody wrote, or by the link in a letter. A link is exchanged for the cookie
at once, so that it does not stand in the address any longer than needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from showcause.comments import articles, inbox, notices, own, validation
from showcause.comments.own import Own
from showcause.comments.states import CommentState
from showcause.comments.values import Article, Author, Comment
from showcause.domain.errors import NotPermitted
from showcause.domain.wording import minute_in_words
from showcause.web.comments import quieting, reasons, rules, showing, telling, visitor
from showcause.web.comments.folding import folded, paragraphs
from showcause.web.comments.pages import FRAMED, Door, door, drawn, opened, reading
from showcause.web.comments.thread_page import said
from showcause.web.house import house
from showcause.web.texts import say

TONES: Final[Mapping[CommentState, str]] = {
    CommentState.WAITING: "warning",
    CommentState.PUBLISHED: "good",
    CommentState.REFUSED: "bad",
    CommentState.HIDDEN: "bad",
}


@dataclass(frozen=True, slots=True)
class Mine:
    """One of one's own comments as the page writes it; `door` leads into its thread."""

    id: str
    state: CommentState
    tone: str
    stamp: str
    when: str
    language: str
    article: Article
    door: Door
    note: str
    first: SafeString
    rest: SafeString
    marks: tuple[telling.Told, ...]
    again: bool
    replaced: bool
    in_thread: bool
    may_edit: bool
    may_send_again: bool
    may_delete: bool

    @property
    def edit(self) -> str:
        """Return the path of the page on which it is edited, in its thread."""
        return f"/edit/{self.id}"

    @property
    def delete(self) -> str:
        """Return the path of the page on which it is deleted, in its thread."""
        return f"/delete/{self.id}"

    @property
    def send_again(self) -> str:
        """Return the path of the page on which a new version is written, in its thread."""
        return f"/again/{self.id}"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@reading
def mine(request: HttpRequest, where: str = "", article: str = "") -> HttpResponse:
    """Show one's own comments, or let this browser forget its author."""
    section, viewer = opened(), visitor.known(request, opened())
    under = articles.by_id(section, article) if article else None
    here = door(request, section, framed=where == FRAMED, article=under, viewer=viewer)
    if request.method == "POST":
        if not visitor.is_from_our_own_page(request):
            raise NotPermitted("this form was not sent from our own page")
        made = HttpResponseRedirect(here.to("" if under else "/mine", sent="forgotten"))
        visitor.forget(made)
        return made
    return drawn(here, "mine", _context(request, here, viewer) if viewer else {})


def _context(request: HttpRequest, here: Door, viewer: Author) -> dict[str, object]:
    before = request.GET.get("before", "")[:18]
    found = own.written(here.section, viewer, int(before) if before.isdecimal() else None)
    letters = [] if before else inbox.of(here.section, viewer)
    return {
        "own": _drawn(here, viewer, found),
        "older": found[-1].place.comment.seq if len(found) == own.PAGE else None,
        "letters": [
            telling.Moment(
                telling.stamp(each.at), minute_in_words(each.at, here.language), paragraphs(each.text)
            )
            for each in letters
        ],
        "said": said(request),
        "mailed": quieting.can_be_told(viewer),
        "wants": notices.wanted(here.section, viewer),
    }


def _drawn(here: Door, viewer: Author, found: list[Own]) -> list[Mine]:
    now = house().now()
    waits = any(each.place.comment.state is CommentState.WAITING for each in found)
    told = telling.estimate(validation.estimate(here.section, now), here.language) if waits else ""
    reader = showing.Reader(here.language, now, here.section.settings.edit_window, viewer, told)
    clauses = {mark.clause for each in found for mark in (*each.place.marks, *each.place.judged)}
    clauses |= {each.place.label.clause for each in found if each.place.label}
    titles = rules.titles(clauses, here.language)
    why = reasons.reasons(here.section, [each.place for each in found])
    return [_one(here, reader, each, titles, why) for each in found]


def _one(here: Door, reader: showing.Reader, it: Own, titles: Mapping[str, str], why: reasons.Found) -> Mine:
    comment, state = it.place.comment, it.place.comment.state
    first, rest = folded(comment.text)
    marks = reasons.with_reasons(it.place, telling.told(it.place, here.language, titles), why)
    return Mine(
        id=comment.id, state=state, tone=TONES.get(state, ""), stamp=telling.stamp(comment.created_at),
        when=minute_in_words(comment.created_at, here.language), language=comment.language, article=it.article,
        door=replace(here, article=it.article), note=_note(reader, comment),
        first=first, rest=rest, marks=marks, again=comment.again is not None, replaced=it.replaced,
        in_thread=comment.shown is not None or state is CommentState.WAITING,
        may_edit=reader.may_edit(comment, it.place.marks),
        may_send_again=state is CommentState.REFUSED and not it.replaced and articles.is_open(it.article, reader.now),
        may_delete=state not in (CommentState.DELETED, CommentState.ERASED),
    )  # fmt: skip


def _note(reader: showing.Reader, comment: Comment) -> str:
    match comment.state:
        case CommentState.WAITING:
            return reader.estimate
        case CommentState.HIDDEN:
            return say(reader.language, "comments.mine.hidden")
        case _:
            return ""
