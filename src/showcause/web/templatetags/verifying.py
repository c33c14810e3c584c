"""The sentences that the verifier in the browser needs, as data in the page: it asks for nothing else."""

from django import template
from django.template import Context
from django.utils.html import json_script

from showcause.web.templatetags.pages import language_of
from showcause.web.window.offline import words

register = template.Library()


@register.simple_tag(takes_context=True)
def verify_words(context: Context) -> str:
    """Write the verifier's sentences in the page's language."""
    return json_script(words(language_of(context)))
