"""From a login to a person of the house: its name is the person's handle, and their record has the last word."""

from typing import Any, cast

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from showcause.casework.logins import wants_second_factor
from showcause.domain.people import Moderator
from showcause.web.house import house


def active_person(handle: str) -> Moderator | None:
    """Return the person with this handle if they work here now."""
    here = house()
    with here.store.read(here.now()) as view:
        return view.first(Moderator, handle=handle, active=True)


def person_of(user: AbstractBaseUser | AnonymousUser) -> Moderator | None:
    """Return the person behind a login, or None for nobody and for who works here no longer."""
    return active_person(user.get_username()) if user.is_authenticated else None


def password_is_not_enough() -> bool:
    """Tell whether this house asks for a second factor before the desk opens; the demo does not."""
    here = house()
    if here.demo:
        return False
    with here.store.read(here.now()) as view:
        return wants_second_factor(view)


def traced(user: object) -> str:
    """Return what log lines call a login: the person's id, never a name."""
    found = person_of(cast(Any, user)) if isinstance(user, AbstractBaseUser) else None
    return found.id if found else "nobody"
