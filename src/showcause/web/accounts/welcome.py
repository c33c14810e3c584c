"""The first login: whoever has an invitation sets a password, is logged in, and is asked to add a second factor."""

from datetime import datetime
from typing import TYPE_CHECKING

from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters

from showcause.casework import logins
from showcause.casework.ports import Ids
from showcause.domain.people import Moderator
from showcause.store.tx import Tx
from showcause.web.house import house
from showcause.web.limits import take
from showcause.web.texts import say

if TYPE_CHECKING:
    _Passwords = SetPasswordForm[User]
else:
    _Passwords = SetPasswordForm

BACKEND = "showcause.web.accounts.backend.HouseBackend"


class NewPassword(_Passwords):
    """A password, twice."""

    def __init__(self, user: User, data: object = None) -> None:
        super().__init__(user, data)
        for name in ("new_password1", "new_password2"):
            self.fields[name].widget.attrs["maxlength"] = 1000


@method_decorator(sensitive_post_parameters(), name="dispatch")
class Welcome(View):
    """Shows an invitation; using it up takes a POST, so that no program that follows links spends it."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Show the form. Raises: LinkEnded, TooMany."""
        who = _invited(request, token)
        return _page(request, who, NewPassword(User(username=who.handle)))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Set the password and log in. Raises: LinkEnded, TooMany."""
        who = _invited(request, token)
        form = NewPassword(User(username=who.handle), request.POST)
        if not form.is_valid():
            return _page(request, who, form)
        user = _set_password(token, form.cleaned_data["new_password1"])
        login(request, user, backend=BACKEND)
        reauthenticate_by_password(request)
        messages.success(request, say(str(request.LANGUAGE_CODE), "accounts.welcome.done"))
        return HttpResponseRedirect(reverse("mfa_index"))


def _invited(request: HttpRequest, token: str) -> Moderator:
    take(request, "login")
    here = house()
    now = here.now()
    with here.store.read(now) as view:
        return logins.invited(view, now, token)


def _set_password(token: str, password: str) -> User:
    """Use the invitation up and give the person this password and no second factor, all in one transaction."""
    encoded = make_password(password)

    def accept(tx: Tx, now: datetime, ids: Ids) -> str:
        who = logins.accept(tx, now, ids, token)
        users = User.objects.using(tx.alias)
        user, _ = users.update_or_create(username=who.handle, defaults={"password": encoded})
        Authenticator.objects.using(tx.alias).filter(user=user).delete()
        SocialAccount.objects.using(tx.alias).filter(user=user).delete()
        return who.handle

    return User.objects.get(username=house().runner.run(accept))


def _page(request: HttpRequest, who: Moderator, form: NewPassword) -> HttpResponse:
    return render(request, "accounts/welcome.html", {"who": who, "form": form})
