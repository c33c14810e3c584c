"""The desk's own menu: the pages that a person may read, with the numbers that say whether something waits."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from showcause.domain.appeal import OPEN, Appeal
from showcause.domain.cascade import FallHold
from showcause.domain.case import Case
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.lifecycle import (
    CaseState,
    DecisionState,
    EnforcementState,
    PolicyState,
    ServiceState,
    UrgentState,
)
from showcause.domain.site import PolicyVersion
from showcause.domain.statement import Statement
from showcause.domain.urgent import UrgentEntry
from showcause.store.view import View
from showcause.web.house import house

if TYPE_CHECKING:
    from showcause.web.console.visit import Visit

UNSETTLED: Final = (UrgentState.ENTERED, UrgentState.KEPT_HIDDEN)
PAPER: Final = ("comments", "newsroom")
"""The pages that only a site with a comment section has."""
FAULTY: Final = (EnforcementState.FAILED, EnforcementState.STUCK, EnforcementState.DRIFTED)

PAGES: Final = {
    "comments": "/desk/comments/",
    "newsroom": "/desk/newsroom/",
    "queue": "/desk/queue/",
    "proposals": "/desk/proposals/",
    "appeals": "/desk/appeals/",
    "urgent": "/desk/urgent/",
    "falls": "/desk/falls/",
    "orders": "/desk/orders/",
    "letters": "/desk/letters/",
    "jobs": "/desk/jobs/",
    "policies": "/desk/policies/",
    "platforms": "/desk/platforms/",
    "numbers": "/desk/numbers/",
    "people": "/desk/people/",
    "settings": "/desk/settings/",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu; `count` is None where nothing is counted."""

    page: str
    address: str
    count: int | None


def readable(visit: "Visit") -> list[str]:
    """Return the pages that this site has and this person may read, in an order that never changes."""
    from showcause.web.console.access import READERS

    absent = PAPER if house().section() is None else ()
    return [page for page in PAGES if page not in absent and READERS[page].intersection(visit.who.roles)]


def menu(visit: "Visit") -> list[Entry]:
    """Return the lines of a person's menu."""
    seen, section = readable(visit), house().section()
    with house().store.read(visit.now) as view:
        entries = [Entry(page, PAGES[page], _waiting(view, page)) for page in seen]
    if section is not None and entries and entries[0].page == "comments":
        from showcause.comments import besides, validation

        waiting = validation.estimate(section, visit.now).waiting + besides.count(section, visit.now)
        entries[0] = replace(entries[0], count=waiting)
    return entries


def _waiting(view: View, page: str) -> int | None:
    """Return how many things wait on a page; None where nothing does by its nature."""
    match page:
        case "queue":
            return view.count(Case, state=(CaseState.WAITING, CaseState.CLAIMED))
        case "proposals":
            return view.count(Decision, state=DecisionState.PROPOSED)
        case "appeals":
            return view.count(Appeal, state=tuple(OPEN))
        case "urgent":
            return view.count(UrgentEntry, state=UNSETTLED)
        case "falls":
            return view.count(FallHold, settled="")
        case "orders":
            return view.count(Enforcement, state=FAULTY)
        case "letters":
            return view.count(Statement, state=ServiceState.UNDELIVERABLE)
        case "policies":
            return view.count(PolicyVersion, state=PolicyState.PROPOSED)
        case _:
            return None
