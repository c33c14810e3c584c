"""The connected platforms: their mode, what was there before, what nobody explains, and their doctor's word."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from typing import Final

from django.http import HttpResponse

from showcause.casework.ports import Check
from showcause.casework.reading import platform
from showcause.domain.baseline import Baseline, BaselineEntry, Orphan
from showcause.domain.errors import ShowcauseError
from showcause.domain.site import ConnectedPlatform
from showcause.web.console.access import RUNNERS, acts, reads
from showcause.web.console.visit import Visit
from showcause.web.house import house

PATIENCE: Final = 20.0
"""Seconds that a page waits for a platform's doctor."""
DOCTORS: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="doctor")
"""Few, so that a platform that hangs cannot take the threads that serve pages."""


@reads("platforms")
def platforms(visit: Visit) -> HttpResponse:
    """Show the connected platforms."""
    return draw(visit)


@acts("platforms", RUNNERS["platforms"])
def doctor(visit: Visit, name: str) -> HttpResponse:
    """Ask a platform's connector what it lacks, and show the answer; it changes nothing, here or there."""
    with house().store.read(visit.now) as view:
        platform(view, name)
    return draw(visit, name, _asked(name))


def _asked(name: str) -> list[Check]:
    """Return what the doctor says, within the time that a page may take."""
    connector = house().site.platforms.get(name)
    if connector is None:
        return [Check("connector", False, "this machine has no connector of that name", "showcause doctor")]
    asking = DOCTORS.submit(connector.doctor)
    try:
        return asking.result(PATIENCE)
    except TooLong:
        return [Check("answer", False, f"no answer within {PATIENCE:g} seconds", "showcause doctor")]
    except ShowcauseError as error:
        return [Check(error.code, False, error.message, error.hint)]


def draw(visit: Visit, asked: str = "", checks: list[Check] | None = None) -> HttpResponse:
    """Draw the platforms, with a doctor's answer if one was asked."""
    with house().store.read(visit.now) as view:
        rows = [
            {
                "platform": each,
                "baseline": view.get(Baseline, each.baseline) if each.baseline else None,
                "unexplained": view.count(BaselineEntry, platform=each.name, cause=None),
                "orphans": view.find(Orphan, platform=each.name, gone_at=None, limit=50),
                "orphan_count": view.count(Orphan, platform=each.name, gone_at=None),
                "checks": checks if each.name == asked else None,
            }
            for each in view.find(ConnectedPlatform)
        ]
    may_ask = bool(RUNNERS["platforms"].intersection(visit.who.roles))
    return visit.show("platforms", rows=rows, may_ask=may_ask)
