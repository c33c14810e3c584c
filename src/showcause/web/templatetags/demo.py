"""Template tags of the demo's bar."""

from django import template
from django.template import Context

from showcause.web.demo.cast import PARTS, PASSWORD, Part
from showcause.web.templatetags.pages import language_of
from showcause.web.texts import say

register = template.Library()


@register.simple_tag
def parts() -> list[tuple[str, list[Part]]]:
    """Return every part that can be played, by the half of the story that it belongs to."""
    return [(place, [part for part in PARTS if part.place == place]) for place in ("paper", "plaza")]


@register.simple_tag(takes_context=True)
def place_name(context: Context, place: str) -> str:
    """Write the name of a half of the story."""
    return say(language_of(context), f"demo.place.{place}")


@register.simple_tag(takes_context=True)
def part_name(context: Context, name: str) -> str:
    """Write the name of a part."""
    return say(language_of(context), f"demo.part.{name}")


@register.simple_tag
def demo_password() -> str:
    """Return the password of everybody at the demo's desk."""
    return PASSWORD


@register.simple_tag(takes_context=True)
def of_chapter(context: Context, name: str, what: str, figures: dict[str, int] | None = None) -> str:
    """Write a chapter's title or text, or what is open in a part."""
    return say(language_of(context), f"demo.{name}.{what}", **(figures or {}))
