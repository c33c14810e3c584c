"""What is reported: what the forms offer, what a link says beforehand, and the items that came with a form."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest

from showcause.casework.notices import MOST_ITEMS
from showcause.casework.pointers import point
from showcause.domain.errors import BadInput
from showcause.domain.lifecycle import PolicyState
from showcause.domain.policy import Clause, Ground
from showcause.domain.site import ConnectedPlatform, PolicyVersion
from showcause.domain.subject import Subject, SubjectKind
from showcause.web.house import house
from showcause.web.reporting import commented
from showcause.web.reporting.filled import Filled


@dataclass(frozen=True, slots=True)
class Offered:
    """What the forms offer: the platforms that are connected, and the rules of the house that are in force."""

    platforms: Mapping[str, ConnectedPlatform]
    clauses: Mapping[str, Clause]


def offered() -> Offered:
    """Return what can be reported now, and under which rules."""
    here = house()
    with here.store.read(here.now()) as view:
        platforms = {each.name: each for each in view.find(ConnectedPlatform)}
        held = view.find(PolicyVersion, state=PolicyState.IN_FORCE)
    clauses = sorted((each.clause for each in held), key=lambda clause: clause.id, reverse=True)
    return Offered(platforms, {each.ref: each for each in clauses if each.ground is Ground.TERMS})


def items(filled: Filled, name: str, there: Offered) -> tuple[Subject, ...]:
    """Return the items of a field; a comment's link that leads to none is a fault."""
    found = filled.items(name, there.platforms)
    if commented.unknown(found):
        filled.fault(name, "no-comment")
    return found


def several(request: HttpRequest, filled: Filled, there: Offered) -> tuple[Subject, ...]:
    """Return the items of the lines, and the comments of the same conversation that were ticked beside them."""
    typed = filled["refs"]
    ticked = [each for each in request.POST.getlist("also")[: MOST_ITEMS + 1] if commented.ID.fullmatch(each)]
    filled.values.update(also=" ".join(ticked), refs="\n".join([typed, *map(commented.link, ticked)]))
    found = items(filled, "refs", there)
    filled.values["refs"] = typed
    return found


def told(filled: Filled, there: Offered, language: str) -> commented.Told | None:
    """Return the comment that a link named beforehand, as the forms show it."""
    at = there.platforms.get(filled["platform"])
    if at is None or not filled["prefilled"] or filled["kind"] != SubjectKind.CONTENT:
        return None
    try:
        return commented.about(point(at.name, at.kind, filled["ref"], SubjectKind.CONTENT), language)
    except BadInput:
        return None


def beforehand(filled: Filled, there: Offered) -> Filled:
    """Return what a link says beforehand, as far as it holds: a platform may link here with the subject filled in."""
    filled.wrong.clear()
    if not filled["platform"] and len(there.platforms) == 1:
        filled.values["platform"] = next(iter(there.platforms))
    if filled["ref"]:
        filled.items("ref", there.platforms)
    if filled.wrong:
        filled.values.update(ref="", kind="", bad_link="yes")
    filled.wrong.clear()
    filled.values["prefilled"] = "yes" if filled["ref"] else ""
    filled.values["refs"] = filled["ref"]
    return filled
