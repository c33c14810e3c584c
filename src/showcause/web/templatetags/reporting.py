"""Template tags of the reporter's door."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from showcause.web.templatetags.pages import language_of
from showcause.web.texts import say as say_in

register = template.Library()

Fault = tuple[str, Mapping[str, Any]]


@register.simple_tag(takes_context=True)
def fault(context: Context, wrong: Mapping[str, Fault], name: str) -> str | SafeString:
    """Write what is wrong with a field beneath it, or nothing."""
    if name not in wrong:
        return ""
    id_, args = wrong[name]
    return format_html(
        '<p class="wrong" id="{}-wrong">{}</p>', name, say_in(language_of(context), id_, **args)
    )


@register.simple_tag(takes_context=True)
def fault_in_words(context: Context, one: Fault) -> str:
    """Write a fault as a sentence."""
    return say_in(language_of(context), one[0], **one[1])


@register.simple_tag
def pointing(wrong: Mapping[str, Fault], name: str, hint: str = "") -> str | SafeString:
    """Write the attributes that tie a field to its hint and to what is wrong with it."""
    told = " ".join(each for each in (hint, f"{name}-wrong" if name in wrong else "") if each)
    invalid = ' aria-invalid="true"' if name in wrong else ""
    return format_html('aria-describedby="{}"' + invalid, told) if told else ""


@register.simple_tag(takes_context=True)
def say_by(context: Context, begin: str, name: object, **args: Any) -> str:
    """Write the sentence whose id ends in a value: a kind, a stage, a reason."""
    return say_in(language_of(context), f"{begin}.{name}", **args)
