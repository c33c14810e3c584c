"""Logging in as tests do it: by an invitation, a password, and a code of an authenticator app of our own making."""

import base64
import hmac
import struct
import time

from django.test import Client

from showcause.casework.logins import invite
from tests.web.stand import Stand

PASSWORD = "pelican under seven lamps"


def invited(stand: Stand, handle: str = "bea", *, reset: bool = False) -> str:
    """Return the path of a fresh invitation, made by the operator Ada."""
    return "/welcome/" + stand.house.run(invite, handle, "ada", reset=reset)


def welcomed(stand: Stand, handle: str = "bea", client: Client | None = None) -> Client:
    """Return a client in which somebody has just set their password and is logged in."""
    visitor = client or Client(HTTP_HOST=stand.client.defaults["HTTP_HOST"])
    sent = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    answer = visitor.post(invited(stand, handle), sent)
    assert answer.status_code == 302, answer.content.decode()
    return visitor


def log_in(client: Client, handle: str = "bea", password: str = PASSWORD, **more: str) -> int:
    """Try to log in and return the status: 302 when it worked."""
    return client.post("/accounts/login/", {"login": handle, "password": password, **more}).status_code


def code_of(secret: str, at: float | None = None) -> str:
    """Return the six digits that an app shows. Source: RFC 6238, with SHA-1 and half a minute."""
    step = int((time.time() if at is None else at) // 30)
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.digest(key, struct.pack(">Q", step), "sha1")
    start = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
