"""Template tags of the comment section."""

from typing import Any

from django import template
from django.template import Context
from django.utils.html import conditional_escape

from showcause.web.comments import words
from showcause.web.comments.pages import Door
from showcause.web.templatetags.pages import language_of
from showcause.web.texts import say as say_in

register = template.Library()


@register.simple_tag(takes_context=True)
def counted(context: Context, begin: str, count: int) -> str:
    """Write a sentence that says a number, in the form that the number needs."""
    return words.counted(language_of(context), begin, count)


@register.simple_tag(takes_context=True)
def say_by(context: Context, begin: str, name: object, **args: Any) -> str:
    """Write the sentence whose id ends in a value."""
    return say_in(language_of(context), f"{begin}.{name}", **args)


@register.simple_tag(takes_context=True)
def to(context: Context, path: str = "", door: Door | None = None, **asked: object) -> str:
    """Write the address of a page of this thread, or of the thread behind another door, in the same language."""
    given: Door = door or context["door"]
    return conditional_escape(given.to(path, **asked))
