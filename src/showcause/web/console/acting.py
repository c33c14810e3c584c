"""Every action on a record, through one door: offered by the law, confirmed where it must be, done once, and said.

A refusal is drawn on the page from which it came, in words, with what was typed still in its fields.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, cast

from django.http import HttpResponse

from showcause.casework.ports import Ids
from showcause.domain.case import Case
from showcause.domain.errors import IllegalStep, NotFound, Refused, Stale, Unavailable
from showcause.domain.permissions import Action
from showcause.store.tx import Tx
from showcause.web.console import appeals, cases, decisions, lists, rules
from showcause.web.console.access import READERS, acts, check_confirmed
from showcause.web.console.offers import FORMS, KINDS, check
from showcause.web.console.visit import JUST_NOW, Visit
from showcause.web.house import house

ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "claim": ("claim", "renew"),
    "approve": ("approve", "announce"),
    "serve": ("serve-again",),
}
"""What the journal calls an action, where that is not the action's own word."""

PLACES: Final[Mapping[str, tuple[str, str, Callable[[Visit, str], HttpResponse]]]] = {
    "case": ("case", "/desk/case/{id}/", cases.draw),
    "decision": ("decision", "/desk/decision/{id}/", decisions.draw),
    "appeal": ("appeal", "/desk/appeal/{id}/", appeals.draw),
    "enforcement": ("orders", "/desk/orders/", lists.draw_orders),
    "urgent": ("urgent", "/desk/urgent/", lists.draw_urgent),
    "statement": ("letters", "/desk/letters/", lists.draw_letters),
    "policy": ("policy", "/desk/policy/{id}/", rules.draw),
    "fall": ("falls", "/desk/falls/", lists.draw_falls),
}
"""Where each kind of record is seen: the page whose readers see a refusal there, its address, and what draws it."""


@acts("home")
def act(visit: Visit, kind: str, id: str, verb: str) -> HttpResponse:
    """Carry out one action on one record for whoever is logged in, or say on its page why not."""
    action = _action(kind, verb)
    page, address, draw = PLACES[kind]
    try:
        _do(visit, action, kind, id)
    except (Refused, Unavailable) as problem:
        if isinstance(problem, IllegalStep | Stale) and _was_done(visit, id, verb):
            return visit.done(f"desk.did.{kind}-{verb}", address.format(id=id))
        if not READERS[page].intersection(visit.who.roles) or isinstance(problem, NotFound):
            raise
        return draw(visit.refused(problem), id)
    return visit.done(f"desk.did.{kind}-{verb}", address.format(id=id))


def _action(kind: str, verb: str) -> Action:
    try:
        action = Action(f"{kind} {verb}")
    except ValueError:
        raise NotFound("there is no such action") from None
    if action not in FORMS or FORMS[action].verb is None:
        raise NotFound("this action has a page of its own")
    return action


def _do(visit: Visit, action: Action, kind: str, id: str) -> None:
    form = FORMS[action]
    with house().store.read(visit.now) as view:
        check(view, visit, view.get(KINDS[kind], id), action)
    if form.again:
        check_confirmed(visit.request)
    given = [visit.request.POST.get(name.rstrip("?"), "").replace("\r\n", "\n") for name in form.fields]
    visit.run(
        _on_the_same, KINDS[kind], id, _seen(visit), cast(Callable[..., Any], form.verb), visit.who.id, *given
    )


def _seen(visit: Visit) -> int | None:
    """Return the revision that the page showed, if it says so."""
    said = visit.request.POST.get("revision", "")
    return int(said) if said.isdecimal() and len(said) < 10 else None


def _on_the_same(
    tx: Tx,
    now: datetime,
    ids: Ids,
    cls: type[Any],
    id: str,
    seen: int | None,
    verb: Callable[..., Any],
    *given: Any,
) -> Any:
    """Carry out a verb if its record is still what the page showed; a case may take in reports meanwhile.

    Raises: Stale, and what the verb raises.
    """
    if seen is not None and cls is not Case and tx.get(cls, id).revision != seen:
        raise Stale("somebody changed this while you looked at it; the page shows it as it is now")
    return verb(tx, now, ids, id, *given)


def _was_done(visit: Visit, id: str, verb: str) -> bool:
    """Tell whether this very person did this very thing a moment ago: a form that was sent twice is no fault."""
    words, after = ALSO.get(verb, (verb,)), visit.now - JUST_NOW
    with house().store.read(visit.now) as view:
        mine = [line for line in view.journal(id) if line.actor == visit.who.id and line.at >= after]
    return any(line.verb in words for line in mine)
