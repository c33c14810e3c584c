"""Who counts as a reader of a thread: whoever opens it in a browser, once a day, and no program that says it is one."""

import time

from django.http import HttpRequest

from showcause.comments.counting import Readers, is_program
from showcause.comments.section import Section
from showcause.comments.values import Article
from showcause.web import limits
from showcause.web.house import house

_held: list[Readers] = []


def readers(section: Section) -> Readers:
    """Return what counts the readers of a section in this process."""
    if not _held or _held[0].section is not section:
        _held[:] = [Readers(section, time.monotonic)]
    return _held[0]


def count(request: HttpRequest, section: Section, article: Article) -> None:
    """Count whoever asks as a reader of an article, if a person does: not a program, and nothing fetched beforehand."""
    agent = request.headers.get("User-Agent", "")[:500]
    ahead = request.headers.get("Sec-Purpose", "") or request.headers.get("Purpose", "")
    if request.method == "GET" and not is_program(agent) and "prefetch" not in ahead:
        readers(section).read(article, house().now(), f"{limits.visitor(request)}\x00{agent}")
