"""Lines of the service's output about logins: ids only, no name, no address, no device."""

import logging
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

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
    log.info("login: %s", traced(user))


def _out(user: object = None, **_: Any) -> None:
    log.info("logout: %s", traced(user))


def _failed(**_: Any) -> None:
    log.info("login failed")
