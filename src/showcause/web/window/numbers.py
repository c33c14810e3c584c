"""Counts that anybody can read, and count again."""

from datetime import date, datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe

from showcause.casework.tallies import SMALLEST_CELL
from showcause.domain.errors import BadInput
from showcause.domain.wording import day_in_words, minute_in_words, number_in_words
from showcause.web.texts import book, say
from showcause.web.window import counts, doors, facts, opened
from showcause.web.window.chart import Bar, chart
from showcause.web.window.counts import Day
from showcause.web.window.entries import kind_id
from showcause.web.window.home import state
from showcause.web.window.record import Record
from showcause.web.window.wording import named

FORMAT: Final = "showcause/v1 numbers"
FIRST: Final = "decisions"
Calendar = list[tuple[date, Day | None]]


@doors.page
def numbers(request: HttpRequest, known: Record) -> HttpResponse:
    """Show the counts of up to 30 days, one of them as a chart, and how many entries of each kind the log has."""
    language, days = str(request.LANGUAGE_CODE), facts.days(known)
    names = counts.names_of(days)
    chosen = request.GET.get("show", FIRST)
    if chosen not in names:
        raise BadInput("there is no such count")
    calendar = counts.window(days, _day(request))
    shown = [day for _, day in calendar if day]
    columns = _columns(names, shown, chosen)
    context = {
        "calendar": calendar,
        "latest": not days or (bool(calendar) and calendar[-1][0] == days[-1].day),
        "first": calendar[0][0].isoformat() if calendar else "",
        "last": calendar[-1][0].isoformat() if calendar else "",
        "earlier": _earlier(days, calendar),
        "chosen": chosen,
        "chosen_title": _title(chosen, language),
        "chart": _chart(calendar, chosen, language),
        "columns": [(name, _title(name, language)) for name in columns],
        "table": [_line(day, counted, columns, language) for day, counted in reversed(calendar)],
        "decisions_shown": counts.total(shown)["decisions"],
        "rows": _rows(names, shown, language),
        "deciders": [
            (f"window.decider.{name}", number_in_words(n, language) if n or name == counts.UNOPENED else "")
            for name, n in counts.deciders(shown).items()
        ],
        "smallest": SMALLEST_CELL,
        "opened": opened.opened(known).newest,
        "opened_index": opened.opened(known).index,
        "facets": opened.table(known, language),
        "kinds": [(kind, kind_id(kind), count) for kind, count in known.index.counted.most_common()],
        "orphans": [
            {"value": value, "index": index, "searched": _searched(value, language)}
            for value, index in facts.folded(known, "orphans", counts.orphans_of).values()
        ],
        "missing": facts.folded(known, "missing", counts.missing_of),
    }
    return render(request, "window/numbers.html", state(known) | context)


@doors.file
def numbers_file(request: HttpRequest, known: Record) -> HttpResponse:
    """Give all counts as JSON, each with the entry that commits to it, and what each name means."""
    days = facts.days(known)
    members = {
        "format": FORMAT,
        "origin": known.head.tree.origin,
        "log-size": known.size,
        "root": known.head.tree.root.hex(),
        "days": [_day_json(day) for day in days],
        "orphans": [value for value, _ in facts.folded(known, "orphans", counts.orphans_of).values()],
        "entries": dict(sorted(known.index.counted.items())),
        "means": {name: _means(name, "en") for name in counts.names_of(days)},
    }
    return doors.as_json(members)


@doors.file
def numbers_table(request: HttpRequest, known: Record) -> HttpResponse:
    """Give all counts as CSV."""
    text = counts.as_csv(facts.days(known))
    return doors.as_file(text.encode(), "text/csv; charset=utf-8", "numbers.csv")


def _day(request: HttpRequest) -> date | None:
    given = request.GET.get("until", "")
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise BadInput("until is a day, for example 2026-11-22") from None


def _earlier(days: list[Day], calendar: Calendar) -> str:
    """Return the last counted day before those that are shown, if there is one."""
    before = [day.day for day in days if calendar and day.day < calendar[0][0]]
    return before[-1].isoformat() if before else ""


def _columns(names: list[str], shown: list[Day], chosen: str) -> list[str]:
    """Return the counts that have a column: those that are not zero on every day shown, and the chosen one."""
    found = counts.total(shown)
    return [name for name in names if found[name] or name == chosen]


def _line(day: date, counted: Day | None, columns: list[str], language: str) -> dict[str, Any]:
    """Return one line of the table; a day without a count has no cells."""
    return {
        "iso": day.isoformat(),
        "day": day_in_words(day, language),
        "cells": [counted.counts.get(name, 0) for name in columns] if counted else [],
        "index": counted.index if counted else None,
    }


def _rows(names: list[str], shown: list[Day], language: str) -> list[dict[str, Any]]:
    found = counts.total(shown)
    return [
        {
            "name": name,
            "title": _title(name, language),
            "means": _means(name, language),
            "total": found[name],
        }
        for name in names
    ]


def _chart(calendar: Calendar, name: str, language: str) -> str:
    """Return the chart of one count; every text in it is escaped there."""
    if not calendar:
        return ""
    bars = [_bar(day, counted, name, language) for day, counted in calendar]
    ends = day_in_words(calendar[0][0], language), day_in_words(calendar[-1][0], language)
    says = say(language, "window.chart-says", first=ends[0], last=ends[1])
    return mark_safe(chart(_title(name, language), says, bars, ends))  # noqa: S308


def _bar(day: date, counted: Day | None, name: str, language: str) -> Bar:
    when = day_in_words(day, language)
    if counted is None:
        return Bar(say(language, "window.bar-none", day=day.isoformat()), None)
    value = counted.counts.get(name, 0)
    return Bar(f"{when}: {number_in_words(value, language)}", value)


def _day_json(day: Day) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "counts": day.counts,
        "decided-by": day.decided_by,
        "entry": day.index,
    }


def _title(name: str, language: str) -> str:
    return named("window.count", name, language)


def _means(name: str, language: str) -> str:
    id_ = f"window.means.{name}"
    return say(language, id_ if id_ in book() else "window.means-unknown")


def _searched(value: dict[str, Any], language: str) -> str:
    return minute_in_words(datetime.fromisoformat(str(value["scanned-at"])), language)
