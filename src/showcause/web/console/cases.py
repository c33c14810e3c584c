"""The queue and its cases. A page shows what its readers may see; the file is opened by a request of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse

from showcause.casework.reading import reach_is_high
from showcause.casework.rulework import reported
from showcause.casework.unsealing import CaseFile, Filed, read_case
from showcause.domain import case as law
from showcause.domain.case import Case
from showcause.domain.decision import Decision
from showcause.domain.errors import NotPermitted
from showcause.domain.lifecycle import CaseState, DecisionState
from showcause.domain.people import SYSTEM
from showcause.domain.permissions import Action
from showcause.domain.report import Report
from showcause.domain.site import ConnectedPlatform
from showcause.domain.subject import SubjectRecord
from showcause.store.journal import Line
from showcause.store.queries import OPEN_CASES
from showcause.store.view import View
from showcause.web.console.access import opens, reads
from showcause.web.console.evidence import shown
from showcause.web.console.offers import offers
from showcause.web.console.paging import page_of
from showcause.web.console.visit import Visit, handles
from showcause.web.house import house

STEPS: Final = 200
"""How many of a record's last journal lines a page shows."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the journal as a page shows it; `who` is "" for the house itself, None for somebody unknown here."""

    line: Line
    who: str | None


@reads("queue")
def queue(visit: Visit) -> HttpResponse:
    """Show the open cases in the order in which to take them."""
    asked = visit.request.GET
    wanted: dict[str, Any] = {"platform": asked.get("platform") or None}
    wanted["state"] = CaseState(asked["state"]) if asked.get("state") in OPEN_CASES else None
    wanted["urgent"] = True if asked.get("urgent") == "yes" else None
    page = page_of(
        visit, lambda limit, skip: house().store.queries.queue(visit.now, limit, skip=skip, **wanted)
    )
    with house().store.read(visit.now) as view:
        names = handles(view)
        rows = [row | _about(view, visit, row, names) for row in page.rows]
        places = [each.name for each in view.find(ConnectedPlatform)]
    chosen = {name: str(value or "") for name, value in wanted.items()} | {"urgent": asked.get("urgent", "")}
    return visit.show(
        "queue",
        rows=rows,
        pages=page,
        platforms=places,
        states=[str(each) for each in OPEN_CASES],
        chosen=chosen,
    )


def _about(view: View, visit: Visit, row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    holder = names.get(row["claimed_by"], "") if row["state"] == "claimed" and not row["free"] else ""
    offered = offers(view, visit, view.get(Case, row["id"]))
    return {
        "may_claim": any(each.action is Action.CASE_CLAIM for each in offered),
        "kind": view.get(SubjectRecord, row["subject"]).kind,
        "high": reach_is_high(view, visit.now, row["subject"]),
        "holder": holder,
        "mine": bool(holder) and row["claimed_by"] == visit.who.id,
        "counted": "waiting" if row["state"] == "claimed" and row["free"] else row["state"],
        "age": max(60, int((visit.now - row["opened_at"]).total_seconds()) // 60 * 60),
    }


@reads("case")
def case(visit: Visit, id: str) -> HttpResponse:
    """Show a case without what is sealed."""
    return draw(visit, id)


@opens("case")
def open_file(visit: Visit, id: str) -> HttpResponse:
    """Show a case with its file opened; who does not hold the case leaves an entry in the log by this."""
    try:
        return draw(visit, id, visit.run(read_case, id, visit.who.id))
    except NotPermitted as problem:
        return draw(visit.refused(problem), id)


def draw(visit: Visit, id: str, file: CaseFile | None = None) -> HttpResponse:
    """Draw a case's page, with its file if that was opened."""
    with house().store.read(visit.now) as view:
        held = view.get(Case, id)
        names, about = handles(view), view.get(SubjectRecord, held.subject)
        counted = law.as_of(held, visit.now)
        context = {
            "case": held,
            "counted": counted,
            "record": held,
            "subject": about,
            "high": reach_is_high(view, visit.now, held.subject),
            "holder": names.get(counted.claimed_by or "", "") if counted.state is CaseState.CLAIMED else "",
            "at_work": counted.claimed_by == visit.who.id and counted.state is CaseState.CLAIMED,
            "filed": view.find(Report, case=id, limit=200),
            "rules": reported.of_case(view, id, visit.language),
            "decisions": view.find(Decision, case=id),
            "related": related(view, about, id),
            "offers": offers(view, visit, held),
            "steps": steps(view, id, names),
            "file": file,
            "told": [_told(each) for each in file.filed] if file else [],
        }
    return visit.show("case", **context)


def _told(each: Filed) -> dict[str, Any]:
    return {"report": each.report, "text": each.text, "evidence": shown(each.evidence)}


def related(view: View, about: SubjectRecord, case_id: str) -> list[Decision]:
    """Return what else was decided about a subject, and about the account behind it, newest first."""
    settled = (DecisionState.IN_FORCE, DecisionState.LAPSED, DecisionState.SUPERSEDED)
    subjects = {about.id, *([about.author] if about.author else [])}
    found = [each for id_ in sorted(subjects) for each in view.find(Decision, subject=id_, state=settled)]
    others = [each for each in found if each.case != case_id]
    return sorted(others, key=lambda each: each.proposed_at, reverse=True)[:50]


def steps(view: View, id: str, names: Mapping[str, str]) -> list[Step]:
    """Return what happened to a record, oldest first, with the people by the handles that only the house sees."""
    lines = view.journal(id)[-STEPS:]
    return [Step(line, "" if line.actor == SYSTEM else names.get(line.actor)) for line in lines]
