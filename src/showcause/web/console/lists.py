"""The desk's shorter lists: what was done at once, what fell, what a platform or a channel did not take, dead jobs."""

from collections.abc import Iterable
from typing import Any, Final

from django.http import HttpResponse, HttpResponseRedirect

from showcause.casework.ports import Spooled
from showcause.domain.cascade import FallHold
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import ShowcauseError
from showcause.domain.lifecycle import EnforcementState, ServiceState
from showcause.domain.permissions import Actionable
from showcause.domain.site import Letter
from showcause.domain.statement import Statement
from showcause.domain.subject import SubjectRecord
from showcause.domain.urgent import UrgentEntry
from showcause.store.view import View
from showcause.web.console.access import reads
from showcause.web.console.decisions import titles
from showcause.web.console.menu import FAULTY, PAGES, UNSETTLED, readable
from showcause.web.console.offers import offers
from showcause.web.console.visit import Visit, handles
from showcause.web.health import fenced
from showcause.web.house import house

MOST: Final = 200
"""How many a list shows; the oldest first, so that none is forgotten."""


@reads("home")
def home(visit: Visit) -> HttpResponse:
    """Lead to the first page of the desk that this person may read."""
    first = next(iter(readable(visit)), "newsroom")  # which says that there is none
    return HttpResponseRedirect(PAGES[first])


def _rows(view: View, visit: Visit, found: Iterable[Actionable]) -> list[dict[str, Any]]:
    return [{"record": each, "offers": offers(view, visit, each)} for each in found]


@reads("urgent")
def urgent(visit: Visit) -> HttpResponse:
    """Show what was done at once and waits for a second person, and what is still in the spools."""
    return draw_urgent(visit)


def draw_urgent(visit: Visit, id: str = "") -> HttpResponse:
    """Draw the urgent lane."""
    with house().store.read(visit.now) as view:
        names = handles(view)
        rows = _rows(view, visit, view.find(UrgentEntry, state=UNSETTLED, limit=MOST))
        for row in rows:
            row["actor"] = names.get(row["record"].actor, "")
            row["late"] = row["record"].overdue or visit.now >= row["record"].confirm_by
            row["kind"] = view.get(SubjectRecord, row["record"].subject).kind
    spooled, silent = _spooled()
    return visit.show("urgent", rows=rows, spooled=spooled, silent=silent)


def _spooled() -> tuple[list[dict[str, Any]], list[str]]:
    """Return what the connectors' spools hold, without saying about whom, and which connectors gave no answer."""
    found: list[dict[str, Any]] = []
    silent: list[str] = []
    for name, connector in house().site.platforms.items():
        try:
            found += [_in_spool(name, each) for each in connector.spooled()]
        except (ShowcauseError, OSError):
            silent.append(name)
    return found, silent


def _in_spool(name: str, each: Spooled) -> dict[str, Any]:
    about = {"category": each.category, "measure": each.measure}
    return {"platform": name, "at": each.at, "acted": each.acted, **about}


@reads("falls")
def falls(visit: Visit) -> HttpResponse:
    """Show the decisions whose ground fell and that a person looks at before they fall."""
    return draw_falls(visit)


def draw_falls(visit: Visit, id: str = "") -> HttpResponse:
    """Draw the decisions whose ground fell."""
    with house().store.read(visit.now) as view:
        rows = _rows(view, visit, view.find(FallHold, settled="", limit=MOST))
        for row in rows:
            held = view.get(Decision, row["record"].decision)
            row |= {
                "decision": held,
                "titles": titles(view, visit, held),
                "late": visit.now >= row["record"].due_at,
            }
    return visit.show("falls", rows=rows)


@reads("orders")
def orders(visit: Visit) -> HttpResponse:
    """Show the orders that a platform did not carry out, and those on their way."""
    return draw_orders(visit)


def draw_orders(visit: Visit, id: str = "") -> HttpResponse:
    """Draw the orders that wait for a moderator, then those that wait for a platform."""
    moving = (EnforcementState.PENDING, EnforcementState.LIFTING)
    with house().store.read(visit.now) as view:
        rows = _rows(view, visit, view.find(Enforcement, state=FAULTY, limit=MOST))
        for row in rows:
            row["kind"] = view.get(SubjectRecord, row["record"].subject).kind
        waiting = view.find(Enforcement, state=moving, limit=MOST)
    return visit.show("orders", rows=rows, waiting=waiting)


@reads("letters")
def letters(visit: Visit) -> HttpResponse:
    """Show the statements and letters that could not be delivered."""
    return draw_letters(visit)


def draw_letters(visit: Visit, id: str = "") -> HttpResponse:
    """Draw what could not be delivered."""
    with house().store.read(visit.now) as view:
        rows = _rows(view, visit, view.find(Statement, state=ServiceState.UNDELIVERABLE, limit=MOST))
        others = view.find(Letter, state=ServiceState.UNDELIVERABLE, limit=MOST)
    return visit.show("letters", rows=rows, letters=others)


@reads("jobs")
def jobs(visit: Visit) -> HttpResponse:
    """Show the jobs that were given up. They are looked at here; what they were about is repeated at its record."""
    dead = house().store.queries.dead_jobs(MOST)
    return visit.show("jobs", dead=dead)


NAMED: Final = (
    "report",
    "case",
    "decision",
    "enforcement",
    "statement",
    "appeal",
    "urgent",
    "policy",
    "job",
    "log",
)


@reads("numbers")
def numbers(visit: Visit) -> HttpResponse:
    """Show how many of everything there are, in which state."""
    counts = house().store.queries.counts()
    return visit.show(
        "numbers", fenced=fenced(), counts=[(name, counts[name]) for name in NAMED if counts.get(name)]
    )
