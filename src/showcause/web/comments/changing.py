"""What authors do with a comment of their own: edit it in time, delete it, and send a refused one again."""

from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from showcause.comments import articles, forms, posting, threads
from showcause.comments.places import places
from showcause.comments.states import CommentState
from showcause.comments.values import Comment, NotTaken, Problem
from showcause.domain.errors import NotFound
from showcause.web.comments import reasons, rules, telling, visitor
from showcause.web.comments.filled import Filled
from showcause.web.comments.pages import FRAMED, Door, door, drawn, opened, reading, wrong
from showcause.web.house import house

EDITABLE: Final = (CommentState.WAITING, CommentState.PUBLISHED)


def _own(request: HttpRequest, where: str, article: str, comment: str) -> tuple[Door, Comment]:
    """Return the door and one's own comment. Raises: NotTaken for a stranger or somebody else's; NotFound."""
    section, viewer = opened(), visitor.known(request, opened())
    found = threads.by_id(section, comment)
    if viewer is None or found.author.person != viewer.person or found.article != article:
        raise NotTaken(Problem.NOT_YOURS, "only whoever wrote a comment changes it")
    under = articles.by_id(section, article)
    return door(request, section, framed=where == FRAMED, article=under, viewer=viewer), found


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@reading
def edit(request: HttpRequest, where: str, article: str, comment: str) -> HttpResponse:
    """Show the form in which a comment is edited, or take the change."""
    here, found = _own(request, where, article, comment)
    assert here.viewer is not None  # noqa: S101 - _own asked
    filled, error = Filled(text=found.text), None
    if request.method == "POST":
        filled = Filled.of(request.POST)
        try:
            posting.edit(here.section, house().now(), here.viewer, comment, filled.text)
        except NotTaken as why:
            filled.fault(why)
            error = why
        else:
            return HttpResponseRedirect(here.to(sent="edited", comment=comment) + f"#comment-{comment}")
    else:
        posting.check_editable(here.section, house().now(), found)
    until = found.created_at + here.section.settings.edit_window
    context = {"comment": found, "typed": filled, "wrong": filled.wrong, "until": until}
    return drawn(here, "edit", context, error)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@reading
def delete(request: HttpRequest, where: str, article: str, comment: str) -> HttpResponse:
    """Ask whether a comment is to be deleted for good, or do it."""
    here, found = _own(request, where, article, comment)
    assert here.viewer is not None  # noqa: S101 - _own asked
    if request.method == "POST":
        posting.delete(here.section, house().now(), here.viewer, comment)
        return HttpResponseRedirect(here.to("/mine", sent="deleted"))
    return drawn(here, "delete", {"comment": found})


@require_http_methods(["GET", "HEAD"])
@reading
def again(request: HttpRequest, where: str, article: str, comment: str) -> HttpResponse:
    """Show the form for a new version of a refused comment, with what it said; it is sent like any other."""
    here, found = _own(request, where, article, comment)
    if found.state is not CommentState.REFUSED:
        return wrong(here, NotTaken(Problem.NOT_REFUSED, "only a refused comment is sent again"))
    return show_again(here, comment, Filled(text=found.text, parent=found.parent or "", again=comment))


def may_send_again(here: Door, comment: str) -> bool:
    """Tell whether a comment is one of the viewer's own under this article, and was refused."""
    try:
        found = threads.by_id(here.section, comment)
    except NotFound:
        return False
    under = here.article is not None and found.article == here.article.id
    own = here.viewer is not None and found.author.person == here.viewer.person
    return under and own and found.state is CommentState.REFUSED


def show_again(here: Door, comment: str, filled: Filled, error: Exception | None = None) -> HttpResponse:
    """Draw the form for a new version, with the rule that the former one broke."""
    assert here.article is not None and here.viewer is not None  # noqa: S101, PT018
    former = threads.by_id(here.section, comment)
    with here.section.reading() as run:
        [place] = places(run, [former])
    titles = rules.titles({mark.clause for mark in place.marks}, here.language)
    context = {
        "marks": reasons.with_reasons(
            place, telling.told(place, here.language, titles), reasons.reasons(here.section, [place])
        ),
        "again": comment,
        "typed": filled,
        "wrong": filled.wrong,
        "slip": filled.slip or forms.issue(here.section, house().now(), here.article),
        "how": "",
    }
    return drawn(here, "again", context, error)
