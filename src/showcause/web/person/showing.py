"""The page of the person concerned, from its read model to what the template is given."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from showcause.casework.person_page import page_of
from showcause.casework.person_told import Heard, Notice, PersonPage
from showcause.domain.attachment import MOST_BYTES, MOST_FILES
from showcause.domain.errors import ShowcauseError
from showcause.domain.restriction import Measure
from showcause.web import answers
from showcause.web.configuration import LANGUAGES
from showcause.web.house import house
from showcause.web.person.door import chosen_language, opened, speak
from showcause.web.texts import say

PART_ORDER = ("what", "why", "facts", "origin", "who", "works")
"""The order of the sections that tell what was decided; see the page's template for what follows them."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wrote and what is wrong with it: by field, the id of the sentence that says so."""

    text: str = ""
    language: str = ""
    wrong: dict[str, str] | None = None
    error: ShowcauseError | None = None
    had_files: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way: its sentence, when, and whether it is done, now, or to come."""

    id: str
    when: datetime | None
    state: str


def show(request: HttpRequest, token: str, draft: Draft | None = None) -> HttpResponse:
    """Return the page, or the page with a draft that could not be taken. Raises: LinkEnded, Forgotten."""
    with opened(token) as (view, affair):
        page = page_of(view, affair, chosen_language(request))
    speak(request, page.language)
    wrong = draft is not None and draft.error is not None
    status = answers.status_of(draft.error) if draft and draft.error else None
    return render(
        request, "person/page.html", context(page, token, draft or Draft()), status=status if wrong else None
    )


def context(page: PersonPage, token: str, draft: Draft) -> dict[str, Any]:
    """Return what the template writes."""
    latest = page.appeals[-1] if page.appeals else None
    return {
        "page": page,
        "token": token,
        "language": page.language,
        "title": title(page),
        "now_is": f"person.now.{page.status}",
        "imposed": page.imposed,
        "reversal": page.reversal,
        "older": [each for each in page.notices if each not in (page.imposed, page.reversal)],
        "latest": latest,
        "steps": steps(page, latest),
        "part_order": PART_ORDER,
        "draft": draft,
        "answer_languages": LANGUAGES,
        "most_files": MOST_FILES,
        "most_megabytes": MOST_BYTES // (1024 * 1024),
        "most_bytes": MOST_BYTES,
        "log_key": _log_key(),
    }


def _log_key() -> str:
    """Return the public key of the log, as the pinned trust of this house names it."""
    named = (line.partition(" ")[2] for line in house().policy.splitlines() if line.startswith("log "))
    return next(named, "")


def title(page: PersonPage) -> str:
    """Return the page's title: what happened, to what, and on which day."""
    back = page.reversal
    if back is not None:
        return say(page.language, "person.title.reversed", when=_day(back.decided_at))
    if page.status == "ended":
        return say(page.language, "person.title.ended", when=_day(_ended(page.imposed)))
    measure = page.imposed.measure or Measure.LIMIT
    return say(page.language, f"person.title.{measure}", when=_day(page.imposed.decided_at))


def _day(when: datetime | None) -> str:
    return when.date().isoformat() if when else "1970-01-01"


def _ended(notice: Notice) -> datetime | None:
    ends = [each.ended_at for each in notice.held if each.ended_at is not None]
    return max(ends, default=notice.decided_at)


def steps(page: PersonPage, latest: Heard | None) -> list[Step]:
    """Return the steps of the way, what is done and what is promised."""
    imposed = page.imposed
    made = [Step("decided", imposed.decided_at, "done")]
    if imposed.undelivered:
        made.append(Step("undelivered", None, "now"))
    elif imposed.served_at is not None:
        made.append(Step("served", imposed.served_at, "done"))
    if latest is None or latest.state == "withdrawn":
        if latest is not None:
            made.append(Step("withdrawn", None, "done"))
        if not page.redress.closed:
            made.append(Step("may-appeal", page.redress.until, "now"))
    else:
        made.append(Step("lodged", latest.lodged_at, "done"))
        if latest.is_open:
            made.append(Step("overdue" if latest.overdue else "promised", latest.promised_at, "now"))
        else:
            made.append(Step(f"answered-{latest.state}", latest.answered_at, "done"))
    return made + _endings(page)


def _endings(page: PersonPage) -> list[Step]:
    made = []
    if page.reversal is not None:
        made.append(Step("reversed", page.reversal.decided_at, "done"))
    for held in page.imposed.held:
        if held.ended_at is not None:
            made.append(Step("ended" if held.by_date else "given-back", held.ended_at, "done"))
        elif page.reversal is not None:
            made.append(Step("giving-back", None, "now"))
        elif held.until is not None:
            made.append(Step("will-end", held.until, "next"))
    return made
