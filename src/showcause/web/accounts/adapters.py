"""The account library's hooks: nobody signs up, no address is kept, and a provider vouches only for people of ours."""

import hmac
from base64 import urlsafe_b64encode
from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from showcause.casework.reading import setting
from showcause.web.accounts.people import active_person
from showcause.web.house import house
from showcause.web.limits import BUCKETS, visitor
from showcause.web.texts import say

PROVIDER = "house"
"""The name of the identity provider in addresses."""


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # the library has no types
    """Logins by handle and password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: people are invited."""
        return False

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Lead who works here no longer to the page that says so, whichever way they came."""
        if active_person(user.get_username()) is None:
            return HttpResponseRedirect(reverse("account_inactive"))
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return answer

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return what tells visitors apart without saying where they are; it dies with the process."""
        return hmac.new(BUCKETS.key, visitor(request).encode(), "sha256").hexdigest()[:32]

    def get_http_user_agent(self, request: HttpRequest) -> str:
        """Return nothing: no device is remembered."""
        return ""

    def is_safe_url(self, url: str | None) -> bool:
        """Tell whether an address is a path of this house; nothing else is ever led to."""
        return bool(url) and str(url).startswith("/") and super().is_safe_url(url)


class Factors(DefaultMFAAdapter):  # type: ignore[misc]  # the library has no types
    """Second factors, whose secrets are in the database only under a key that is not."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret as it is used."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        """Return what an authenticator app calls this house."""
        here = house()
        with here.store.read(here.now()) as view:
            return setting(view, "origin") or "Showcause"


def _cipher() -> Fernet:
    key = HKDF(SHA256(), 32, salt=None, info=b"showcause/v1 second factors").derive(house().secret)
    return Fernet(urlsafe_b64encode(key))


class Providers(DefaultSocialAccountAdapter):  # type: ignore[misc]  # the library has no types
    """Logins through the identity provider of the settings, for people of the house alone."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Say no: whom a provider knows is not yet somebody of this house."""
        return False

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Return the one provider that the machine's settings name, if they do; nothing is read from the database."""
        told = house().login
        if not told or provider not in (None, PROVIDER, "openid_connect"):
            return []
        return [] if client_id not in (None, told["client"]) else [_app(told)]

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: object) -> str:
        """Return where to go after binding one's login."""
        return reverse("mfa_index")

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let in whom the provider vouches for if they work here; the first time binds their handle to its id."""
        claimed = sociallogin.user.get_username() if sociallogin.user else ""
        sociallogin.account.extra_data, sociallogin.email_addresses = {}, []
        if sociallogin.state.get("process") == "connect":
            return  # somebody who is logged in binds their own login
        if not sociallogin.is_existing:
            _bind(request, sociallogin, claimed)
        if active_person(sociallogin.user.get_username()) is None:
            _refuse(request)


def _app(told: Any) -> SocialApp:
    return SocialApp(
        provider="openid_connect",
        provider_id=PROVIDER,
        name=told["name"],
        client_id=told["client"],
        secret=told["secret"],
        settings={
            "server_url": told["server"],
            "scope": ["openid", "profile"],
            "oauth_pkce_enabled": True,
        },
    )


def _bind(request: HttpRequest, sociallogin: SocialLogin, handle: str) -> None:
    """Bind a provider's id to a person of ours who has no such binding yet."""
    if active_person(handle) is None:
        _refuse(request)
    user, _ = User.objects.get_or_create(username=handle, defaults={"password": "!"})
    if SocialAccount.objects.filter(user=user).exists():
        _refuse(request)  # somebody else at the provider took the name meanwhile
    sociallogin.connect(request, user)


def _refuse(request: HttpRequest) -> NoReturn:
    messages.error(request, say(getattr(request, "LANGUAGE_CODE", "en"), "accounts.oidc.unknown"))
    raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login")))
