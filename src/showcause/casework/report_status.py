"""What became of a report, for whoever has its number or its link: where it stands, what was answered, what may follow.

It says nothing of the person reported, of other reporters, or of who works when: that a person has a case in front of
them at this minute is not shown, because it would tell when our reviewers work.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from showcause.casework import links, lodging, rendering
from showcause.domain import appeal as law
from showcause.domain.appeal import Appeal
from showcause.domain.errors import AppealClosed, Forgotten, NotFound
from showcause.domain.lifecycle import AppealState, ReportState, ServiceState
from showcause.domain.link import LinkKind
from showcause.domain.report import Report
from showcause.domain.sentences import Book, render
from showcause.domain.site import ConnectedPlatform, Letter, LetterKind, Mode
from showcause.store.view import View

LEFT_OUT: Final = frozenset({"report.redress-open"})
"""What letters say and the page says better: how to appeal, which there is a form."""
_NUMBER: Final = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){5}-[0-9A-Z]{2}")
SHOWN: Final = (LetterKind.ANSWER, LetterKind.APPEAL_RECEIVED, LetterKind.APPEAL_OUTCOME)


class Closed(StrEnum):
    """Why no appeal is possible on a report's page."""

    NOT_YET = "not-yet"
    NOT_TAKEN = "not-taken"
    NOT_KEPT = "not-kept"
    TOO_LATE = "too-late"
    ONCE = "once"
    NOTHING_LEFT = "nothing-left"


class Stage(StrEnum):
    """Where a report stands, in the words of its page."""

    RECEIVED = "received"
    WITH_REVIEWERS = "with-reviewers"
    ELSEWHERE = "elsewhere"
    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Answer:
    """One letter as the page shows it: its kind, its paragraphs, and when it was written or reached the reporter."""

    kind: LetterKind
    when: datetime
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the same notice: its place in it, its report's number, the token of its page, and where it stands."""

    place: int
    number: str
    token: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class Status:
    """All that a report's page shows. `closed` says why no appeal is possible now; None if one is."""

    report: Report
    stage: Stage
    answers: tuple[Answer, ...]
    items: tuple[Item, ...]
    appeals: tuple[Appeal, ...]
    closed: Closed | None
    window_until: datetime | None
    mail: ServiceState | None

    @property
    def can_be_withdrawn(self) -> bool:
        """Tell whether nothing was decided on it yet."""
        return self.report.state in (ReportState.RECEIVED, ReportState.FILED) and not self.answers


def by_number(view: View, number: str) -> str:
    """Return the path of the page of the report with this number; of what a rule kept back it is the author's page.

    Raises: NotFound, in the same words whatever is wrong with the number; LinkEnded when its page was closed.
    """
    wanted = number.strip().upper()
    report = view.first(Report, number=wanted) if _NUMBER.fullmatch(wanted) else None
    if report is None or (report.rule is not None and report.kept is None):
        raise NotFound("no report has this number", "Copy it from the letter or the page, with its dashes.")
    kind, door = (LinkKind.KEPT_BACK, "/h/") if report.kept is not None else (LinkKind.REPORT, "/r/")
    token = links.token(view, kind, report.id)
    links.follow(view, kind, token)
    return door + token


def status(view: View, report_id: str, language: str) -> Status:
    """Return what a report's page shows, its answers written in a language.

    Raises: NotFound.
    """
    report = view.get(Report, report_id)
    letters = _letters(view, report)
    answers = _answers(view, report, letters, language)
    appeals = _appeals(view, report)
    to_reporter = [each for each in letters if each.about == report.id and each.kind in _TO_REPORTER]
    return Status(
        report,
        _stage(view, report, answered=any(each.kind is LetterKind.ANSWER for each in answers)),
        answers,
        _items(view, report),
        appeals,
        _closed(view, report, [each for each in letters if each.kind is LetterKind.ANSWER]),
        lodging.reporter_window(report, [each for each in letters if each.kind is LetterKind.ANSWER]),
        to_reporter[-1].state if to_reporter else None,
    )


_TO_REPORTER: Final = (LetterKind.ACKNOWLEDGEMENT, LetterKind.ANSWER)


def _stage(view: View, report: Report, *, answered: bool) -> Stage:
    match report.state:
        case ReportState.WITHDRAWN:
            return Stage.WITHDRAWN
        case ReportState.REFUSED:
            return Stage.REFUSED
        case ReportState.ANSWERED:
            return Stage.REFUSED if report.refused_because else Stage.ANSWERED
        case ReportState.RECEIVED:
            return Stage.RECEIVED
        case ReportState.FILED if answered:
            return Stage.ANSWERED
        case ReportState.FILED:
            at = view.first(ConnectedPlatform, name=report.platform)
            return Stage.ELSEWHERE if at is not None and at.mode is Mode.OBSERVE else Stage.WITH_REVIEWERS


def _letters(view: View, report: Report) -> list[Letter]:
    """Return the letters to a reporter who can be written to, about the report and about appeals by its number."""
    if report.reporter is None:
        return []
    about = [report.id, *(each.id for each in _appeals(view, report))]
    return [each for each in view.find(Letter, about=about) if each.person == report.reporter]


def _answers(view: View, report: Report, letters: list[Letter], language: str) -> tuple[Answer, ...]:
    book = rendering.book(view)
    if report.reporter is None:
        laid_out = (view.unseal(id_) for id_ in report.told)
        return tuple(
            Answer(LetterKind(each["kind"]), _moment(each["when"]), _written(book, each["said"], language))
            for each in laid_out
        )
    return tuple(
        Answer(
            each.kind,
            each.served_at or each.drafted_at,
            _written(book, _said(view, each.sentences), language),
        )
        for each in letters
        if each.kind in SHOWN
    )


def _appeals(view: View, report: Report) -> tuple[Appeal, ...]:
    person = report.reporter or report.holder
    return tuple(view.find(Appeal, person=person, report=report.id)) if person else ()


def _said(view: View, sealed: str) -> list[tuple[str, Mapping[str, Any]]]:
    try:
        return [(id_, args) for id_, args in view.unseal(sealed)]
    except (Forgotten, NotFound):
        return []


def _written(book: Book, said: list[tuple[str, Mapping[str, Any]]], language: str) -> tuple[str, ...]:
    return tuple(render(book, id_, args, language) for id_, args in said if id_ not in LEFT_OUT)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _items(view: View, report: Report) -> tuple[Item, ...]:
    """Return the items of the same notice in the order in which they were written; none for a notice of one."""
    if report.notice is None:
        return ()
    several = view.find(Report, notice=report.notice)
    return tuple(
        Item(place, each.number, links.token(view, LinkKind.REPORT, each.id), _stage_of(view, each))
        for place, each in enumerate(several, 1)
    )


def _stage_of(view: View, report: Report) -> Stage:
    answered = bool(report.told) or view.first(Letter, about=report.id, kind=LetterKind.ANSWER) is not None
    return _stage(view, report, answered=answered)


def _closed(view: View, report: Report, answers: list[Letter]) -> Closed | None:
    """Return why the report's holder cannot appeal now; the use case that lodges asks the same law again."""
    try:
        standing = lodging.reporter_standing(view, view.now, report)
        earlier = view.find(Appeal, decision=standing.decision.id, person=standing.person)
        law.check_lodging(standing.decision, earlier, standing.person)
    except AppealClosed:
        return _why_closed(view, report, answers)
    return None


def _why_closed(view: View, report: Report, answers: list[Letter]) -> Closed:
    until = lodging.reporter_window(report, answers)
    if report.refused_because or report.state is ReportState.WITHDRAWN:
        return Closed.NOT_TAKEN
    if not answers and report.state is not ReportState.ANSWERED:
        return Closed.NOT_YET
    if report.reporter is None and report.holder is None:
        return Closed.NOT_KEPT
    if until is not None and view.now >= until:
        return Closed.TOO_LATE
    once = any(each.state is not AppealState.WITHDRAWN for each in _appeals(view, report))
    return Closed.ONCE if once else Closed.NOTHING_LEFT
