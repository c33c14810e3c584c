"""Who may come to the desk, and to which page of it: the record of the person is read anew with every request.

A login alone opens nothing. Rights that were taken away are gone with the next request, whatever a session says.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Concatenate, Final, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import urlencode

from showcause.casework.unsealing import MAY_READ
from showcause.domain.errors import NeedsConfirmation, NotPermitted
from showcause.domain.people import Moderator, Role
from showcause.domain.permissions import ROLES, Action
from showcause.web import answers
from showcause.web.console.visit import Visit
from showcause.web.house import house

P = ParamSpec("P")
Page = Callable[Concatenate[Visit, P], HttpResponse]
Answering = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

READING: Final = ("GET", "HEAD")
SENDING: Final = ("POST",)
EVERYBODY: Final = frozenset(Role)
RUNNING: Final = frozenset({Role.OPERATOR})
OVERSEEN: Final = RUNNING | {Role.AUDITOR}
AROUND: Final = MAY_READ | RUNNING

READERS: Final[Mapping[str, frozenset[Role]]] = {
    "home": EVERYBODY,
    "queue": MAY_READ,
    "case": MAY_READ,
    "decision": MAY_READ,
    "proposals": MAY_READ,
    "appeals": MAY_READ,
    "appeal": MAY_READ,
    "urgent": MAY_READ,
    "falls": MAY_READ,
    "letters": MAY_READ,
    "orders": AROUND,
    "jobs": AROUND,
    "platforms": AROUND,
    "policies": EVERYBODY,
    "policy": EVERYBODY,
    "numbers": EVERYBODY,
    "people": OVERSEEN,
    "settings": OVERSEEN,
    "comments": ROLES[Action.COMMENT_ACCEPT],
    "newsroom": ROLES[Action.ARTICLE_CLOSE],
}
"""Which roles may read which page. What may be done there is the law's own list: `domain.permissions.ROLES`."""

RUNNERS: Final[Mapping[str, frozenset[Role]]] = {
    "people": RUNNING,
    "settings": RUNNING,
    "platforms": RUNNING,
}
"""Which roles may change what belongs to the house itself; the use cases ask again."""


def reads(page: str) -> Callable[[Page[P]], Answering[P]]:
    """Let a function answer a page to those who may read it; others are told to log in, or why they may not."""
    return lambda function: _let_in(function, page, READERS[page], READING)


def opens(page: str) -> Callable[[Page[P]], Answering[P]]:
    """Let a function answer the opening of what is sealed, which may leave an entry in the log, to a page's readers."""
    return lambda function: _let_in(function, page, READERS[page], SENDING)


def acts(page: str, roles: frozenset[Role] = EVERYBODY) -> Callable[[Page[P]], Answering[P]]:
    """Let a function carry out what somebody sends from a page; whether they may is asked of the law."""
    return lambda function: _let_in(function, page, roles, SENDING)


def uses(page: str, roles: frozenset[Role]) -> Callable[[Page[P]], Answering[P]]:
    """Let a function answer a page with a form of several steps to some of its readers."""
    return lambda function: _let_in(function, page, roles, (*READING, *SENDING))


def _let_in(function: Page[P], page: str, roles: frozenset[Role], methods: tuple[str, ...]) -> Answering[P]:
    def answering(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        reading = request.method in READING
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path() if reading else "/desk/")
        who = _person(request)
        if not roles.intersection(who.roles):
            raise NotPermitted(f"this page needs the role {' or '.join(sorted(roles))}")
        if reading and methods == SENDING:
            return HttpResponseRedirect(page_behind(request.path))
        if request.method not in methods:
            return answers.wrong_method(request, ", ".join(methods))
        return function(Visit(request, who, house().now(), page), *args, **kwargs)

    functools.update_wrapper(answering, function)
    return answering


LISTED: Final[Mapping[str, str]] = {
    "enforcement": "orders",
    "urgent": "urgent",
    "statement": "letters",
    "fall": "falls",
    "platform": "platforms",
    "people": "people",
    "settings": "settings",
    "comments": "comments",
    "newsroom": "newsroom",
    "author": "newsroom",
}
"""The records that have no page of their own, with the page that lists them."""


def page_behind(path: str) -> str:
    """Return the page from which a form is sent to this address: for who loads it again, or changes the language."""
    kind, id_ = path.split("/")[2:4]
    return f"/desk/{LISTED[kind]}/" if kind in LISTED else f"/desk/{kind}/{id_}/"


def _person(request: HttpRequest) -> Moderator:
    """Return the record of who is logged in.

    Raises: NotPermitted when the house knows nobody of this name, or has taken all rights from them.
    """
    here = house()
    with here.store.read(here.now()) as view:
        found = view.first(Moderator, handle=request.user.get_username())
    if found is None or not found.active:
        raise NotPermitted("this login has no rights here", "Ask the operator of the house.")
    return found


def has_confirmed(request: HttpRequest) -> bool:
    """Tell whether somebody has shown within the last minutes that it is still them at the keyboard."""
    from allauth.account.internal.flows.reauthentication import is_reauthentication_required

    return not is_reauthentication_required(request, app="showcause")


def check_confirmed(request: HttpRequest) -> None:
    """Ask once more, before what cannot be left to whoever finds an open screen.

    Nothing that was typed is stored meanwhile: the page keeps it, and it is sent again.

    Raises: NeedsConfirmation.
    """
    if not has_confirmed(request):
        raise NeedsConfirmation(
            "show first that it is still you at the keyboard", "Confirm it, then send this once more."
        )


def confirming(back: str) -> str:
    """Return the address at which somebody shows that it is still them, and from which they come back."""
    return f"/accounts/reauthenticate/?{urlencode({'next': back})}"
