"""What stands before the desk: a second factor where the house wants one, and asking again without keeping the form.

The account library would keep a form that was sent, with its headers and address, in the session until the password was
given; here nothing of it is kept, and the person is led back to the page on which they were.
"""

from typing import Final
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from showcause.web.accounts.people import password_is_not_enough
from showcause.web.guard import Answering
from showcause.web.texts import say

DESK: Final = "/desk/"


class Gate:
    """Stands innermost, so that it sees who is logged in."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(DESK) and _is_by_password_alone(request) and password_is_not_enough():
            messages.warning(request, say(str(request.LANGUAGE_CODE), "accounts.factors.first"))
            return HttpResponseRedirect(reverse("mfa_index"))
        return self._answering(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Ask again who it is, and lead back; a form that was sent is not kept."""
        if not isinstance(error, ReauthenticationRequired):
            return None
        ways = get_adapter().get_reauthentication_methods(request.user)
        asked = ways[0]["url"] if ways else reverse("account_login")
        return HttpResponseRedirect(f"{asked}?{urlencode({'next': _back(request)})}")


def _is_by_password_alone(request: HttpRequest) -> bool:
    """Tell whether somebody logged in by a password and has no second factor."""
    user = request.user
    if not user.is_authenticated:
        return False
    by = {each["method"] for each in get_authentication_records(request, user)}
    return by == {"password"} and not is_mfa_enabled(
        user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    )


def _back(request: HttpRequest) -> str:
    """Return the page to lead back to: the one that was asked for, or the one from which a form was sent."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came = urlsplit(request.headers.get("Referer", ""))
    return came.path if came.path.startswith("/") and came.netloc == request.get_host() else DESK
