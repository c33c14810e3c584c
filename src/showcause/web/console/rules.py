"""Policies that wait for approval, each beside the version in force, so that what changes can be read word by word."""

import difflib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.http import HttpResponse

from showcause.domain.lifecycle import PolicyState
from showcause.domain.policy import canonical, say
from showcause.domain.site import PolicyVersion
from showcause.store.view import View
from showcause.web.console.access import reads
from showcause.web.console.offers import offers
from showcause.web.console.visit import Visit, handles
from showcause.web.house import house

AROUND: Final = 2
"""How many unchanged lines stand around a change."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a comparison: `sign` is +, - or a space."""

    sign: str
    text: str


@reads("policies")
def policies(visit: Visit) -> HttpResponse:
    """Show the versions that wait for approval, and those in force."""
    with house().store.read(visit.now) as view:
        names = handles(view)
        waiting = [_row(visit, each, names) for each in view.find(PolicyVersion, state=PolicyState.PROPOSED)]
        held = [_row(visit, each, names) for each in view.find(PolicyVersion, state=PolicyState.IN_FORCE)]
    return visit.show("policies", waiting=waiting, held=held)


def _row(visit: Visit, held: PolicyVersion, names: dict[str, str]) -> dict[str, Any]:
    return {
        "version": held,
        "title": say(held.clause.titles, visit.language),
        "proposer": names.get(held.proposer, ""),
    }


@reads("policy")
def policy(visit: Visit, id: str) -> HttpResponse:
    """Show one version of a clause, and how it differs from the one in force."""
    return draw(visit, id)


def draw(visit: Visit, id: str) -> HttpResponse:
    """Draw one version of a clause."""
    with house().store.read(visit.now) as view:
        held = view.get(PolicyVersion, id)
        names, before = handles(view), _before(view, held)
        context = {
            **_row(visit, held, names),
            "record": held,
            "approver": names.get(held.approver or "", ""),
            "rule": say(held.clause.rules, visit.language),
            "why": say(held.clause.whys, visit.language),
            "before": before,
            "lines": list(compared(before, held)),
            "offers": offers(view, visit, held),
        }
    return visit.show("policy", **context)


def _before(view: View, held: PolicyVersion) -> PolicyVersion | None:
    """Return the version in force that a proposal would replace."""
    if held.state is not PolicyState.PROPOSED:
        return None
    return view.first(PolicyVersion, clause_id=held.clause_id, state=PolicyState.IN_FORCE)


def compared(before: PolicyVersion | None, after: PolicyVersion) -> Iterator[Line]:
    """Yield the lines in which two versions differ, with some around them; all lines where there was none before."""
    old = lines_of(before) if before else []
    new = lines_of(after)
    around = AROUND if before else len(new)
    for line in list(difflib.unified_diff(old, new, n=around, lineterm=""))[2:]:
        yield Line("…", "") if line.startswith("@@") else Line(line[0], line[1:])


def lines_of(version: PolicyVersion) -> list[str]:
    """Return a clause as lines of path and value, in an order that does not depend on how its file was written."""
    return list(_flat("", json.loads(canonical(asdict(version.clause)))))


def _flat(path: str, value: Any) -> Iterator[str]:
    match value:
        case {"language": language, "text": text, **rest} if not rest:
            yield f"{path} ({language}): {text}"
        case dict():
            for name, inner in value.items():
                yield from _flat(f"{path}.{name}" if path else name, inner)
        case list():
            for at, inner in enumerate(value, start=1):
                label = inner.get("id") or inner.get("name") or at if isinstance(inner, dict) else at
                plain = isinstance(inner, dict) and inner.keys() == {"language", "text"}
                yield from _flat(path if plain else f"{path} {label}", inner)
        case None | "":
            return
        case _:
            yield f"{path}: {value}"
