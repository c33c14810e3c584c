"""A feed of changes of the rules, so that whoever follows a service need not look every day. Source: RFC 4287."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from django.http import HttpRequest, HttpResponse

from showcause.web.house import house
from showcause.web.texts import LANGUAGES, say
from showcause.web.window import doors
from showcause.web.window.record import Record
from showcause.web.window.terms import FORMAT
from showcause.web.window.wording import rule, title

MOST: Final = 50
EVENTS: Final = ("in-force", "retired", "announced", "taken-back", "end-announced", "end-taken-back")


@dataclass(frozen=True, slots=True)
class News:
    """One change: the entry that logs it, what is said, and the hour that it names, if any."""

    index: int
    clause: str
    title: str
    text: str
    at: str | None


@doors.file
def feed(request: HttpRequest, known: Record) -> HttpResponse:
    """Give the last changes of rules, newest first, in the language that is asked for by `lang`, else English."""
    wanted = request.GET.get("lang", "")
    language = wanted if wanted in LANGUAGES else "en"
    text = written(known, language, news(known, language)[:MOST])
    return HttpResponse(text, content_type="application/atom+xml; charset=utf-8")


def news(known: Record, language: str) -> list[News]:
    """Return every change of a rule that the public record tells of, newest first."""
    return [
        News(
            each.index,
            str(each.value["clause"]["id"]),
            say(
                language,
                f"window.event.{each.value['event']}",
                title=title(each.value["clause"], language),
                version=int(each.value["clause"]["version"]),
            ),
            rule(each.value["clause"], language),
            each.value["holds-from"],
        )
        for each in reversed(known.index.documents)
        if each.value and each.value.get("format") == FORMAT and each.value["event"] in EVENTS
    ]


def written(known: Record, language: str, several: list[News]) -> str:
    """Write the feed; a change that names no hour has that of the public head, which is all that the public knows."""
    address, head = house().address, known.head.advanced.astimezone(UTC)
    body = "".join(_entry(address, each, head) for each in several)
    name = escape(say(language, "window.feed.title", origin=known.head.tree.origin))
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language}">'
        f"<title>{name}</title><id>{escape(address)}/feed.atom</id><updated>{_time(head)}</updated>"
        f"<author><name>{escape(known.head.tree.origin)}</name></author>"
        f'<link rel="self" href={quoteattr(f"{address}/feed.atom?lang={language}")}/>'
        f"<link href={quoteattr(f'{address}/rules/')}/>{body}</feed>\n"
    )


def _entry(address: str, each: News, head: datetime) -> str:
    place = f"{address}/log/{each.index}"
    return (
        f"<entry><title>{escape(each.title)}</title><id>{escape(place)}</id>"
        f"<updated>{escape(each.at or _time(head))}</updated>"
        f"<link href={quoteattr(f'{address}/rules/{each.clause}')}/><summary>{escape(each.text)}</summary></entry>"
    )


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
