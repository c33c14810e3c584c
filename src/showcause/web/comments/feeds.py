"""Feeds of the newest published comments: of one article, or of the whole section. Source: RFC 4287."""

from datetime import UTC, datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from showcause.comments import articles
from showcause.comments.newest import newest
from showcause.comments.values import Article, Comment
from showcause.web.comments.pages import opened, reading
from showcause.web.comments.words import known_language
from showcause.web.house import house
from showcause.web.texts import say

KEPT: Final = "public, max-age=60"
MOST_SUMMARY: Final = 2_000
NEVER: Final = datetime.min.replace(tzinfo=UTC)


@require_safe
@reading
def whole(request: HttpRequest) -> HttpResponse:
    """Give the newest comments of the section."""
    section = opened()
    language = known_language(request.GET.get("lang", ""), section.settings.languages[0])
    return _answer(language, say(language, "lists.feed.all"), "/comments/feed.atom", "/", newest(section))


@require_safe
@reading
def of_article(request: HttpRequest, where: str, article: str) -> HttpResponse:
    """Give the newest comments under an article."""
    section = opened()
    found = articles.by_id(section, article)
    language = known_language(request.GET.get("lang", ""), found.language)
    place = f"/comments/a/{found.id}"
    title = say(language, "comments.of", title=found.title)
    return _answer(language, title, f"{place}/feed.atom", place, newest(section, found))


def _answer(
    language: str, title: str, own: str, page: str, found: list[tuple[Comment, Article]]
) -> HttpResponse:
    address = house().address
    # Without any comment nothing was ever updated; the moment must not change with each look.
    updated = max((each.edited_at or each.created_at for each, _ in found), default=NEVER)
    body = "".join(_entry(address, language, each, article) for each, article in found)
    made = HttpResponse(
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language}">'
        f"<title>{escape(title)}</title><id>{escape(address + own)}</id><updated>{_time(updated)}</updated>"
        f'<link rel="self" href={quoteattr(address + own)}/><link href={quoteattr(address + page)}/>{body}</feed>\n',
        content_type="application/atom+xml; charset=utf-8",
    )
    made["Cache-Control"] = KEPT
    return made


def _entry(address: str, language: str, each: Comment, article: Article) -> str:
    title = say(language, "lists.feed.entry", name=each.author.name, title=article.title)
    text = each.text if len(each.text) <= MOST_SUMMARY else each.text[: MOST_SUMMARY - 1] + "…"
    place = f"{address}/comments/c/{each.id}"
    return (
        f"<entry><title>{escape(title)}</title><id>{escape(place)}</id><link href={quoteattr(place)}/>"
        f"<published>{_time(each.created_at)}</published><updated>{_time(each.edited_at or each.created_at)}</updated>"
        f"<author><name>{escape(each.author.name)}</name></author>"
        f'<content type="text" xml:lang={quoteattr(each.language)}>{escape(text)}</content></entry>'
    )


def _time(moment: datetime) -> str:
    return f"{moment.year:04}-{moment:%m-%dT%H:%M:%SZ}"
