"""Decisions: proposals that wait for somebody else, and everything that follows from one that was made."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect

from showcause.casework import proposals as choosing
from showcause.casework import rendering
from showcause.casework.reading import platform
from showcause.casework.unsealing import DecisionFile, note_reading, read_decision
from showcause.domain.appeal import Appeal
from showcause.domain.campaign import Campaign
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import Forgotten, NotPermitted
from showcause.domain.policy import say as say_in
from showcause.domain.report import Report
from showcause.domain.restriction import Restriction
from showcause.domain.site import Letter, Mode, PolicyVersion
from showcause.domain.statement import Statement
from showcause.domain.subject import SubjectRecord
from showcause.store.view import View
from showcause.web.console.access import opens, reads
from showcause.web.console.cases import steps
from showcause.web.console.offers import offers
from showcause.web.console.paging import page_of
from showcause.web.console.visit import Visit, handles
from showcause.web.house import house

FEW = 100
"""How many of each kind a page shows; a campaign has thousands, and its page says how many there are."""


@reads("proposals")
def proposals(visit: Visit) -> HttpResponse:
    """Show what is proposed and waits for a second person, or for its undo delay to end."""
    page = page_of(visit, lambda limit, skip: house().store.queries.proposals(limit, skip=skip))
    with house().store.read(visit.now) as view:
        names = handles(view)
        rows = [_proposed(view, visit, row["id"], names) for row in page.rows]
    return visit.show("proposals", rows=rows, pages=page)


def _proposed(view: View, visit: Visit, id: str, names: dict[str, str]) -> dict[str, Any]:
    held = view.get(Decision, id)
    return {
        "decision": held,
        "record": held,
        "proposer": names.get(held.proposer, ""),
        "mine": held.proposer == visit.who.id,
        "titles": titles(view, visit, held),
        "offers": offers(view, visit, held),
    }


def titles(view: View, visit: Visit, held: Decision) -> list[str]:
    """Return the titles of the clauses that a decision cites, in the language of the page."""
    found = []
    for finding in held.findings:
        name, _, version = finding.clause.partition("@")
        kept = view.first(PolicyVersion, clause_id=name, version=int(version))
        found.append(say_in(kept.clause.titles, visit.language) if kept else finding.clause)
    return found


@reads("decision")
def find(visit: Visit) -> HttpResponse:
    """Lead to the decision, appeal or report that a reference from a letter names."""
    quoted = visit.request.GET.get("reference", "")[:64].strip().upper()
    with house().store.read(visit.now) as view:
        if (told := view.first(Statement, reference=quoted)) is not None:
            return HttpResponseRedirect(f"/desk/decision/{told.decision}/")
        if (heard := view.first(Appeal, reference=quoted)) is not None:
            return HttpResponseRedirect(f"/desk/appeal/{heard.id}/")
        if (said := view.first(Report, number=quoted)) is not None and said.case:
            return HttpResponseRedirect(f"/desk/case/{said.case}/")
        return HttpResponseRedirect(f"/desk/decision/{choosing.decision_quoted(view, quoted).id}/")


@reads("decision")
def decision(visit: Visit, id: str) -> HttpResponse:
    """Show a decision and what followed from it, without what is sealed."""
    return draw(visit, id)


@opens("decision")
def open_file(visit: Visit, id: str) -> HttpResponse:
    """Show a decision with its facts, evidence and note; who is not at work on it leaves an entry in the log."""
    try:
        return draw(visit, id, visit.run(read_decision, id, visit.who.id))
    except NotPermitted as problem:
        return draw(visit.refused(problem), id)


def draw(visit: Visit, id: str, file: DecisionFile | None = None) -> HttpResponse:
    """Draw a decision's page, with what it rests on if that was opened."""
    with house().store.read(visit.now) as view:
        held = view.get(Decision, id)
        names, about = handles(view), view.get(SubjectRecord, held.subject)
        orders = view.find(Enforcement, decision=id, limit=FEW)
        context = {
            "decision": held,
            "record": held,
            "subject": about,
            "titles": titles(view, visit, held),
            "proposer": names.get(held.proposer, ""),
            "approver": names.get(held.approver or "", ""),
            "undoable": bool(held.commit_at and held.state == "proposed"),
            "offers": offers(view, visit, held),
            "restrictions": view.find(Restriction, decision=id, limit=FEW),
            "orders": [{"order": each, "back": _came_back(view, each, file)} for each in orders],
            "statements": view.find(Statement, decision=id, limit=FEW),
            "letters": view.find(Letter, about=id, limit=FEW),
            "appeals": view.find(Appeal, decision=id, limit=FEW),
            "campaign": view.first(Campaign, decision=id),
            "later": view.find(Decision, supersedes=id),
            "entry": view.log.index_of(held.leaf),
            "steps": steps(view, id, names),
            "observing": _is_observed(view, held),
            "file": file,
            "facts": list((file.facts or {}).items()) if file else [],
        }
    return visit.show("decision", **context)


def _came_back(view: View, order: Enforcement, file: DecisionFile | None) -> dict[str, Any] | None:
    """Return what came back after a lift and what did not; it may name people, so only with the file opened."""
    if file is None or order.restored is None:
        return None
    try:
        found = view.unseal(order.restored)
    except Forgotten:
        return None
    return {"restored": found["restored"], "lost": found["lost"]}


def _is_observed(view: View, held: Decision) -> bool:
    return platform(view, held.platform).mode is Mode.OBSERVE


@opens("decision")
def read_statement(visit: Visit, id: str) -> HttpResponse:
    """Show a statement as its person reads it; the reading is noted in the journal."""
    with house().store.read(visit.now) as view:
        told = view.get(Statement, id)
        text = _written(view, told)
    visit.run(note_reading, "statement", id, visit.who.id)
    return visit.show("statement", statement=told, text=text)


def _written(view: View, told: Statement) -> str | None:
    try:
        return rendering.statement(view, told).text
    except Forgotten:
        return None
