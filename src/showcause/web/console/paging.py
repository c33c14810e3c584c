"""Long lists in pages of fifty, by their number in the address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from showcause.web.console.visit import Visit

PER_PAGE: Final = 50
LAST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the addresses of the pages before and after, which are "" where there is none."""

    rows: Sequence[dict[str, Any]]
    number: int
    before: str
    after: str


def page_of(visit: Visit, rows: Callable[[int, int], Sequence[dict[str, Any]]]) -> Page:
    """Return the page that was asked for; `rows` gives so many rows after so many."""
    asked = visit.request.GET.get("page", "1")
    number = min(max(1, int(asked)), LAST) if asked.isdecimal() and len(asked) < 6 else 1
    found = rows(PER_PAGE + 1, (number - 1) * PER_PAGE)
    more = len(found) > PER_PAGE
    return Page(
        found[:PER_PAGE],
        number,
        _address(visit, number - 1) if number > 1 else "",
        _address(visit, number + 1) if more else "",
    )


def _address(visit: Visit, number: int) -> str:
    asked = visit.request.GET.copy()
    asked["page"] = str(number)
    return f"?{asked.urlencode()}"
