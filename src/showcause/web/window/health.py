"""*Health of the log*: how it grows, whether numbers are missing, what is still open, and how old its signatures are.

Everything is made from the public files; a reader with a copy of the log arrives at the same figures.
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe

from showcause.domain.wording import day_in_words, duration_in_words, number_in_words
from showcause.web.house import house
from showcause.web.texts import say
from showcause.web.window import counts, doors, facts, keys, witnesses
from showcause.web.window.chart import Bar, chart
from showcause.web.window.counts import Day
from showcause.web.window.home import state
from showcause.web.window.record import Record

MOST_OPEN: Final = 20
MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Span:
    """The entries between two daily counts; of a day that nobody counted the figures are None."""

    day: str
    title: str
    entries: int | None
    open: int | None
    index: int | None


@doors.page
def health(request: HttpRequest, known: Record) -> HttpResponse:
    """Show the figures, as plots and as tables."""
    language = str(request.LANGUAGE_CODE)
    waiting: list[int] = facts.folded(
        known, f"unanswered {known.size}", lambda _: known.index.unanswered(known.size)
    )
    days = facts.days(known)
    spans, seen = _spans(days, waiting, language), witnesses.seen(known)
    since = days[-1].index + 1 if days else 0
    age = house().now() - known.head.advanced
    context: dict[str, Any] = {
        "age": max(MINUTE, int(age.total_seconds()) // MINUTE * MINUTE),
        "spans": spans,
        "since": known.size - since,
        "since_open": sum(place >= since for place in waiting),
        "growth": _chart("growth", spans, "entries", language),
        "waiting_chart": _chart("open", spans, "open", language),
        "waiting": waiting[:MOST_OPEN],
        "waiting_count": len(waiting),
        "more": max(0, len(waiting) - MOST_OPEN),
        "numbers": sorted(known.index.numbers.items()),
        "faulty": any(each.faults for each in known.index.numbers.values()),
        "keys": [(each, keys.NAMES[each.kind]) for each in keys.key_book(known).rows],
        "coming": keys.key_book(known).coming,
        "seen": [(each, _age(each.age, language)) for each in seen],
        "ages": _ages(seen, language),
        "below": counts.total(days)["urgent-below-level"],
    }
    return render(request, "window/health.html", state(known) | context)


def _spans(days: list[Day], waiting: list[int], language: str) -> list[Span]:
    """Return the last days; what stands between the count before and a day's own is what that day added."""
    ends = sorted(each.index for each in days)
    spans = []
    for day, counted in counts.window(days):
        entries = found = None
        if counted is not None:
            before = [-1, *ends][ends.index(counted.index)]
            entries = counted.index - before
            found = bisect_right(waiting, counted.index) - bisect_right(waiting, before)
        title = day_in_words(day, language)
        spans.append(Span(day.isoformat(), title, entries, found, counted.index if counted else None))
    return spans


def _age(seconds: int, language: str) -> str:
    return duration_in_words(max(MINUTE, seconds // MINUTE * MINUTE), language)


def _chart(name: str, spans: list[Span], figure: str, language: str) -> str:
    """Return the chart of one figure of all days; every text in it is escaped there."""
    if not spans:
        return ""
    bars = [_bar(span, getattr(span, figure), language) for span in spans]
    ends = spans[0].title, spans[-1].title
    says = say(language, "window.chart-says", first=ends[0], last=ends[1])
    title = say(language, f"window.health.{name}")
    return mark_safe(chart(title, says, bars, ends, name))  # noqa: S308


def _bar(span: Span, value: int | None, language: str) -> Bar:
    if value is None:
        return Bar(say(language, "window.bar-none", day=span.day), None)
    return Bar(f"{span.title}: {number_in_words(value, language)}", value)


def _ages(seen: list[witnesses.Seen], language: str) -> str:
    """Return the chart of the ages of cosignatures, in minutes, one bar a witness."""
    if not any(each.when for each in seen):
        return ""
    bars = [
        Bar(f"{each.name}: {_age(each.age, language)}", each.age // MINUTE if each.when else None)
        for each in seen
    ]
    says = say(language, "window.health.ages-says")
    title = say(language, "window.health.ages")
    ends = (seen[0].name, seen[-1].name if len(seen) > 1 else "")
    return mark_safe(chart(title, says, bars, ends, "ages"))  # noqa: S308
