"""Template tags of all pages: sentences, moments, and words of the law."""

from datetime import datetime
from typing import Any

from django import template
from django.template import Context

from showcause.domain.sentences import stamp
from showcause.domain.wording import minute_in_words
from showcause.web.texts import book
from showcause.web.texts import say as say_in

register = template.Library()


@register.simple_tag(takes_context=True)
def say(context: Context, id_: str, **args: Any) -> str:
    """Write a sentence in the page's language; moments and counts are written as letters write them."""
    given = {name: stamp(value) if isinstance(value, datetime) else value for name, value in args.items()}
    return say_in(language_of(context), id_, **given)


@register.simple_tag(takes_context=True)
def moment(context: Context, value: datetime | None, otherwise: str = "") -> str:
    """Write a moment in UTC, in the page's language."""
    return otherwise if value is None else minute_in_words(value, language_of(context))


@register.simple_tag(takes_context=True)
def word(context: Context, kind: str, value: object) -> str:
    """Write a word of the law (`word.<kind>.<value>`) in the page's language; the code itself where there is none."""
    id_ = f"word.{kind}.{value}"
    return say_in(language_of(context), id_) if id_ in book() else str(value)


def language_of(context: Context) -> str:
    """Return the language of the page that is written."""
    return str(context.get("language") or getattr(context.get("request"), "LANGUAGE_CODE", "en"))


@register.simple_tag(takes_context=True)
def error_in_words(context: Context, code: str) -> str:
    """Write what an error means for somebody who is no moderator, in the page's language."""
    id_ = f"frame.error.{code}"
    return say_in(language_of(context), id_ if id_ in book() else "frame.error.other")
