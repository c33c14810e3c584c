"""Template tags of the page of the person concerned: words that are chosen by a code."""

from collections.abc import Sequence
from datetime import datetime

from django import template
from django.template import Context
from django.utils.html import format_html

from showcause.casework.attachments import Listed
from showcause.casework.person_told import Notice
from showcause.domain.wording import minute_in_words
from showcause.web.person.showing import Step
from showcause.web.templatetags.pages import language_of
from showcause.web.texts import book
from showcause.web.texts import say as say_in

register = template.Library()


@register.simple_tag
def part(notice: Notice, name: str) -> Sequence[str]:
    """Return the sentences of a section; none where the notice has no such section."""
    return notice.sections.get(name, ())


@register.simple_tag(takes_context=True)
def part_title(context: Context, name: str) -> str:
    """Write the title of a section."""
    return say_in(language_of(context), f"person.part.{name}")


@register.simple_tag(takes_context=True)
def step_in_words(context: Context, step: Step) -> str:
    """Write a step of the way."""
    return say_in(language_of(context), f"person.step.{step.id}")


@register.simple_tag(takes_context=True)
def closed_because(context: Context, code: str) -> str:
    """Write why no appeal is possible."""
    return say_in(language_of(context), f"person.closed.{code}")


@register.simple_tag(takes_context=True)
def file_state(context: Context, file: Listed) -> str:
    """Write what became of a file, and of one that was not taken, why."""
    id_ = f"person.file.{file.state}"
    return say_in(language_of(context), f"{id_}.{file.refused_because}" if file.refused_because else id_)


@register.simple_tag(takes_context=True)
def field_name(context: Context, field: str) -> str:
    """Write what a person publishes with a field, and what to think of first."""
    language, hint = language_of(context), f"person.field.{field}-hint"
    name = say_in(language, f"person.field.{field}")
    if hint not in book():
        return name
    return format_html('{}<span class="hint">{}</span>', name, say_in(language, hint))


@register.simple_tag(takes_context=True)
def measure_word(context: Context, measure: str | None) -> str:
    """Write a measure in two words."""
    return say_in(language_of(context), f"person.word.{measure or 'limit'}")


@register.simple_tag(takes_context=True)
def written_at(context: Context, text: str) -> str:
    """Write when something was posted, as the platform told it; nothing where that is no moment."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return minute_in_words(when, language_of(context)) if when.tzinfo else ""
