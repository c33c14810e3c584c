"""Why a rule fired, for who looks at what it reported. What somebody wrote stands in the case's file, not here."""

from typing import Final

from django.http import HttpResponse

from showcause.casework.rulework.explaining import explain
from showcause.domain.report import Report
from showcause.store.verdicts import named
from showcause.web.console.access import reads
from showcause.web.console.visit import Visit
from showcause.web.house import house

MOST_EVENTS: Final = 200_000
"""How many events are read to count the windows of a verdict again; beyond, the command line does it."""


@reads("case")
def verdict(visit: Visit, id: str) -> HttpResponse:
    """Show which condition decided, what it read, what stands behind each number, and what a replay gives."""
    here = house()
    with here.store.read(visit.now) as view:
        held = named(view, id)
        found = explain(view, here.intake.log, held, most=MOST_EVENTS)
        report = view.first(Report, id=held.report) if held.report else None
    return visit.show(
        "verdict",
        found=found,
        case=report.case if report else None,
        title=found.title.get(visit.language, ""),
        says=found.says.get(visit.language, ""),
        decided=[(each, each.words[visit.language]) for each in found.decided],
    )
