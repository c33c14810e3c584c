"""The front page of the public record, what no record can prove, and what machines ask every site for."""

from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from showcause.web.health import fenced
from showcause.web.house import house
from showcause.web.limits import take
from showcause.web.texts import book
from showcause.web.window import facts, offline, witnesses
from showcause.web.window.counts import total
from showcause.web.window.doors import BRIEFLY
from showcause.web.window.record import Record, record

PRIVATE: Final = ("/s/", "/r/", "/desk/", "/accounts/", "/welcome/", "/api/")
LATE: Final = 2
"""After so many intervals without a new public head, pages say that something is wrong."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show whose record this is, what is in it, and where to go on."""
    take(request, "pages")
    known = record()
    return render(request, "window/home.html", state(known) if known else {"fenced": is_fenced()})


def state(known: Record) -> dict[str, object]:
    """Return what pages say about the state of the log and of the house."""
    days = facts.days(known)
    last = days[-1] if days else None
    interval = timedelta(seconds=int(facts.value(known, "public-interval", "3600")))
    age = house().now() - known.head.advanced
    counts = total(days[-1:])
    return {
        "head": known.head,
        "fenced": is_fenced(),
        "watchers": witnesses.seen(known),
        "asked": witnesses.asked(known),
        "size": known.size,
        "root": known.head.tree.root.hex(),
        "interval": int(interval.total_seconds()),
        "late": age > LATE * interval,
        "alone": facts.value(known, "single-operator") == "on",
        "tier_id": _tier(facts.value(known, "tier")),
        "tier_means": _tier(facts.value(known, "tier") + "-means"),
        "platforms": facts.platforms(known),
        "day": last,
        "reports": counts["reports"],
        "decisions": counts["decisions"],
        "corrected": counts["appeals-reversed"] + counts["appeals-amended"],
        "clauses": sum(1 for term in facts.terms(known).values() if term.current),
    }


def is_fenced() -> bool:
    """Tell whether nothing is signed because the log's database is behind or different from what was signed."""
    return fenced() is not None


def _tier(value: str) -> str:
    """Return the sentence that names the size of the service, or what follows from it; empty where there is none."""
    id_ = f"window.tier.{value}"
    return id_ if id_ in book() else ""


@require_safe
def limits(request: HttpRequest) -> HttpResponse:
    """Say what no record can prove."""
    take(request, "pages")
    known = record()
    context = {"digest": offline.digest(), "witnesses": known.head.witnesses if known else ()}
    return render(request, "window/limits.html", context)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Ask crawlers to stay away from what belongs to one person."""
    lines = ["User-agent: *", *(f"Disallow: {each}" for each in PRIVATE), ""]
    made = HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
    made["Cache-Control"] = BRIEFLY
    return made
