"""The people of the house and its settings: operators and auditors read them, operators change them, all is logged."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse

from showcause.casework import founding, logins, staffing
from showcause.casework.reading import setting
from showcause.domain.errors import BadInput, Refused
from showcause.domain.people import Moderator, Role
from showcause.domain.site import Setting
from showcause.web.console.access import RUNNERS, acts, check_confirmed, reads
from showcause.web.console.visit import Visit
from showcause.web.house import house

HERE = "/desk/people/"


@reads("people")
def people(visit: Visit) -> HttpResponse:
    """Show who works here and worked here, with their roles."""
    return draw(visit)


def draw(visit: Visit, invitation: str = "", invited: str = "") -> HttpResponse:
    """Draw the people of the house; an invitation is shown once, to the operator who made it."""
    with house().store.read(visit.now) as view:
        found = view.find(Moderator)
    may_change = bool(RUNNERS["people"].intersection(visit.who.roles))
    return visit.show(
        "people",
        active=[each for each in found if each.active],
        retired=[each for each in found if not each.active],
        roles=[str(role) for role in Role],
        may_change=may_change,
        invitation=invitation,
        invited=invited,
        chosen=visit.request.POST.getlist("roles"),
    )


def _changing(visit: Visit, change: Callable[[], HttpResponse]) -> HttpResponse:
    """Carry out a change of rights after asking once more; a refusal is shown on the page."""
    try:
        check_confirmed(visit.request)
        return change()
    except Refused as problem:
        return draw(visit.refused(problem))


@acts("people", RUNNERS["people"])
def add(visit: Visit) -> HttpResponse:
    """Add a person, and show the link with which they set a password; the link is shown this once."""

    def change() -> HttpResponse:
        handle = visit.request.POST.get("handle", "").strip()
        made = visit.run(staffing.add_moderator, handle, _roles(visit), visit.who.id)
        return _invite(visit, made.handle)

    return _changing(visit, change)


def _invite(visit: Visit, handle: str, *, reset: bool = False) -> HttpResponse:
    token = visit.run(logins.invite, handle, visit.who.id, reset=reset)
    with house().store.read(visit.now) as view:
        address = setting(view, "address") or house().address
    return draw(visit, f"{address}/welcome/{token}", handle)


@acts("people", RUNNERS["people"])
def invite(visit: Visit, id: str) -> HttpResponse:
    """Make a person's link anew; the earlier one stops working."""
    reset = visit.request.POST.get("reset") == "yes"
    return _changing(visit, lambda: _invite(visit, _person(visit, id).handle, reset=reset))


@acts("people", RUNNERS["people"])
def roles(visit: Visit, id: str) -> HttpResponse:
    """Give a person other roles."""

    def change() -> HttpResponse:
        handle = _person(visit, id).handle
        visit.run(staffing.change_roles, handle, _roles(visit), visit.who.id)
        return visit.done("desk.did.people-roles", HERE, handle=handle)

    return _changing(visit, change)


@acts("people", RUNNERS["people"])
def retire(visit: Visit, id: str) -> HttpResponse:
    """Take all rights from a person, at once."""

    def change() -> HttpResponse:
        handle = _person(visit, id).handle
        gone = visit.run(staffing.retire_moderator, handle, visit.who.id)
        house().revoke(gone.id)
        return visit.done("desk.did.people-retire", HERE, handle=handle)

    return _changing(visit, change)


def _person(visit: Visit, id: str) -> Moderator:
    with house().store.read(visit.now) as view:
        return view.get(Moderator, id)


def _roles(visit: Visit) -> list[Role]:
    """Return the roles that were ticked. Raises: BadInput."""
    try:
        return [Role(each) for each in visit.request.POST.getlist("roles")]
    except ValueError:
        raise BadInput("there is no such role") from None


@reads("settings")
def settings(visit: Visit) -> HttpResponse:
    """Show the settings of the site, and why some of them are not changed by anybody."""
    return draw_settings(visit)


def draw_settings(visit: Visit) -> HttpResponse:
    """Draw the settings of the site."""
    with house().store.read(visit.now) as view:
        found = {each.name: each for each in view.find(Setting)}
    rows: list[dict[str, Any]] = [
        {"name": name, "setting": found.get(name), "value": found[name].value if name in found else ""}
        for name in founding.BY_PEOPLE
    ]
    fixed = [each for each in found.values() if each.name not in founding.BY_PEOPLE]
    may_change = bool(RUNNERS["settings"].intersection(visit.who.roles))
    return visit.show("settings", rows=rows, fixed=fixed, may_change=may_change)


@acts("settings", RUNNERS["settings"])
def change(visit: Visit) -> HttpResponse:
    """Change one setting; the change is an entry of the log."""
    try:
        check_confirmed(visit.request)
        name, value = visit.request.POST.get("name", ""), visit.request.POST.get("value", "").strip()
        visit.run(founding.change_setting, name, value, visit.who.id)
    except Refused as problem:
        return draw_settings(visit.refused(problem))
    return visit.done("desk.did.settings-change", "/desk/settings/", name=name)
