"""What logins leave behind: a line with an id, without name, address or device; and no session that has ended."""

import logging
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.utils import timezone

from showcause.web.accounts.people import traced

log = logging.getLogger("showcause.web.accounts")


def listen() -> None:
    """Write a line at each login, failed login and logout of this process. Harmless to repeat."""
    for signal, heard in (
        (user_logged_in, _in),
        (user_logged_out, _out),
        (user_login_failed, _failed),
    ):
        signal.connect(heard, dispatch_uid=f"showcause-{heard.__name__}")


def _in(user: object = None, **_: Any) -> None:
    from django.contrib.sessions.models import Session

    Session.objects.filter(
        expire_date__lt=timezone.now()
    ).delete()  # nobody can use them; they only tell who was here
    log.info("login: %s", traced(user))


def _out(user: object = None, **_: Any) -> None:
    log.info("logout: %s", traced(user))


def _failed(**_: Any) -> None:
    log.info("login failed")
