"""The desk in tests: people with one role each who log in, and a browser that is somebody already."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page

from showcause.casework import staffing
from showcause.domain.people import Moderator, Role
from tests.services.browser import Browser
from tests.web.stand import Stand

BACKEND = "showcause.web.accounts.backend.HouseBackend"


def logged_in(stand: Stand, handle: str, password: str | None = None) -> Client:
    """Return a client in which somebody is logged in. Without a password nothing can be asked again."""
    user = User.objects.filter(username=handle).first() or User.objects.create_user(handle, password=password)
    client = Client(HTTP_HOST=stand.address.partition("//")[2])
    client.force_login(user, backend=BACKEND)
    return client


def add(stand: Stand, handle: str, *roles: Role) -> Moderator:
    """Add a person with exactly these roles."""
    return stand.house.run(staffing.add_moderator, handle, roles, "ada")


def text(answer: Any) -> str:
    """Return the page of an answer."""
    return str(answer.content.decode())


def soon(stand: Stand, **span: float) -> None:
    """Let time pass without doing what is due."""
    stand.house.now += timedelta(**span)


@contextmanager
def at_desk(browser: Browser, stand: Stand, client: Client, path: str, **how: Any) -> Iterator[Page]:
    """Open a page of the desk in a browser as whoever is logged in in a client."""
    with browser.open(stand.address + "/nowhere", **how) as page:
        take_session(page, stand, client)
        page.goto(stand.address + path)
        yield page


def take_session(page: Page, stand: Stand, client: Client) -> None:
    """Let a browser be whoever is logged in in a client."""
    from django.conf import settings

    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": stand.address}])
