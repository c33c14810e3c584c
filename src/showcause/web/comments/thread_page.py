"""How a thread's page is put together: a page of it in some order, or the one conversation that a comment stands in."""

from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from showcause.comments import articles, forms, posting, proofs, threads, validation
from showcause.comments.states import CommentState
from showcause.comments.values import Branch, Order, ThreadPage
from showcause.domain.errors import NotFound
from showcause.web.comments import showing, telling
from showcause.web.comments.drawing import Drawing
from showcause.web.comments.filled import Filled
from showcause.web.comments.pages import Door, drawn, part
from showcause.web.comments.words import as_id
from showcause.web.house import house
from showcause.web.texts import say

SENT: Final = ("published", "waiting", "deleted", "edited", "again", "mail", "forgotten", "letters")


def page(
    request: HttpRequest,
    here: Door,
    *,
    comment: str = "",
    filled: Filled | None = None,
    error: Exception | None = None,
) -> HttpResponse:
    """Draw a thread: a page of it in some order, or the one conversation that a comment stands in."""
    filled = filled or Filled(parent=as_id(request.GET.get("reply", "")))
    order, after = _order(request), request.GET.get("after", "")[:200]
    found = _found(here, comment, filled, order, after)
    reader = _reader(here, found)
    twigs = showing.branches((*found.pinned, *found.branches), reader, comment, filled.parent)
    form, told = _writing(here, filled, reader, twigs), said(request)
    context = {
        "branches": _drawing(here, comment, form, told).branches(twigs),
        "total": here.article.published if here.article else 0,
        "upto": found.upto,
        "after": found.after,
        "began": after,
        "order": order,
        "orders": list(Order),
        "alone": bool(comment),
        "news": not (comment or filled.parent or after),
        "said": told,
        **form,
    }
    return drawn(here, "thread", context, error)


def _found(here: Door, comment: str, filled: Filled, order: Order, after: str) -> ThreadPage:
    """Return the places of a page. What an answer was to may be gone by now: then it stands for itself.

    Raises: NotFound for a comment that is not there.
    """
    assert here.article is not None  # noqa: S101 - every thread has one
    if comment:
        return _conversation(here, comment, after)
    if filled.parent:
        try:
            return _conversation(here, filled.parent, "")
        except NotFound:
            filled.parent = ""
    return threads.page(here.section, here.article, order, after or None, here.viewer)


def _drawing(here: Door, comment: str, form: dict[str, Any], told: list[str]) -> Drawing:
    """Return how the places are drawn: which one the eye is led to, and where the form stands."""
    edits = posting.history(here.section, comment) if comment else []
    under = form.get("reply_to", "")
    return Drawing.of(
        here,
        focus=comment,
        here="" if told else comment,
        history=telling.history(edits, here.language),
        form_under=under,
        form=part(here, "write", form) if under else "",
    )


def _conversation(here: Door, comment: str, after: str) -> ThreadPage:
    """Return the one branch that a comment stands in, or the further replies under it."""
    found: Branch = threads.around(here.section, comment, here.viewer)
    assert here.article is not None  # noqa: S101
    if found.root.comment.article != here.article.id:
        raise NotFound("there is no such comment under this article")
    if after:
        found = threads.replies(here.section, found.root.comment.id, after, here.viewer)
    return ThreadPage((found,), upto=0, total=here.article.published)


def _reader(here: Door, found: ThreadPage) -> showing.Reader:
    now = house().now()
    assert here.article is not None  # noqa: S101
    waits = here.viewer is not None and any(
        place.comment.state is CommentState.WAITING
        for branch in (*found.pinned, *found.branches)
        for place in (branch.root, *branch.replies)
    )
    estimate = telling.estimate(validation.estimate(here.section, now), here.language) if waits else ""
    window = here.section.settings.edit_window
    return showing.Reader(
        here.language, now, window, here.viewer, estimate, articles.is_open(here.article, now)
    )


def _writing(here: Door, filled: Filled, reader: showing.Reader, found: list[showing.Twig]) -> dict[str, Any]:
    """Return what the form needs, or why there is none."""
    article, language = here.article, here.language
    assert article is not None  # noqa: S101
    if not reader.open:
        return {"closed": _closed(here, reader.now), "typed": filled}
    names = {each.id: each.name for twig in found for each in (twig.root, *twig.replies) if each.may_reply}
    reply_to = filled.parent = filled.parent if filled.parent in names else ""
    return {
        "slip": filled.slip or forms.issue(here.section, reader.now, article),
        "proof": proofs.BITS if proofs.needed(here.section, reader.now) else 0,
        "typed": filled,
        "wrong": filled.wrong,
        "reply_to": reply_to,
        "reply_name": names.get(reply_to, ""),
        "moves": not reply_to,
        "how": say(language, f"comments.write.{articles.mode(here.section, article)}"),
    }


def _closed(here: Door, now: datetime) -> str:
    """Say why there is no form, and from or since when."""
    article, language = here.article, here.language
    assert article is not None  # noqa: S101
    if article.opens_at is not None and now < article.opens_at and not article.closed:
        return say(language, "comments.opens", when=telling.stamp(article.opens_at))
    if article.closes_at is not None and not article.closed:
        return say(language, "comments.closed.since", when=telling.stamp(article.closes_at))
    return say(language, "comments.closed")


def _order(request: HttpRequest) -> Order:
    try:
        return Order(request.GET.get("order", ""))
    except ValueError:
        return Order.NEWEST


def said(request: HttpRequest) -> list[str]:
    """Return the sentences about what was just sent; the address names them, so that a reload does no harm."""
    return [f"comments.sent.{each}" for each in request.GET.get("sent", "").split(".") if each in SENT]
