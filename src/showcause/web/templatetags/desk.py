"""Template tags of the desk: words for refusals, for the journal and for states, and hours to the second."""

from datetime import UTC, datetime
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from showcause.web.templatetags.pages import language_of
from showcause.web.texts import book, say

register = template.Library()


def _said(context: Context, id_: str, otherwise: str) -> str:
    return say(language_of(context), id_) if id_ in book() else otherwise


@register.simple_tag(takes_context=True)
def refused_in_words(context: Context, code: str) -> str:
    """Write what a refusal means at the desk; "" where the rule itself says it all."""
    return _said(context, f"desk.refused.{code}", "")


@register.simple_tag(takes_context=True)
def journal_word(context: Context, kind: str, verb: str) -> str:
    """Write what the journal's word means; the word itself where it has no sentence."""
    return _said(context, f"desk.verb.{verb}", verb)


@register.simple_tag(takes_context=True)
def state_word(context: Context, kind: str, state: str) -> str:
    """Write a state of a record in words."""
    group = {"statement": "service", "urgent": "urgent-state"}.get(kind, kind)
    return _said(context, f"desk.{group}.{state}", state)


@register.filter
def clock_time(moment: datetime) -> str:
    """Write an hour to the second, in UTC."""
    return f"{moment.astimezone(UTC):%H:%M:%S} UTC"


@register.filter
def with_code(text: str) -> SafeString:
    """Write a sentence of a rule, in which names stand between backticks, with those names as code."""
    names = enumerate(text.split("`")) if text.count("`") % 2 == 0 else [(0, text)]
    return format_html_join(
        "", "{}", ([format_html("<code>{}</code>", each) if at % 2 else each] for at, each in names)
    )


@register.filter
def is_several(value: Any) -> bool:
    """Tell whether a fact is a list."""
    return isinstance(value, list | tuple)
