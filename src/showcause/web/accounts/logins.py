"""The pages of the account library that this house has, each named; what is not listed cannot be reached.

There is no signing up, no e-mail address, no telephone, and no password by mail: people are invited.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from allauth.socialaccount import views as provider
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import include, path

from showcause.web.limits import take


def log_in(request: HttpRequest) -> HttpResponseBase:
    """Show the form of a login, or log in. Raises: TooMany for who tries too often under whichever names."""
    if request.method == "POST":
        take(request, "login")
    answer: HttpResponseBase = account.login(request)
    return answer


_keys = [
    path("", keys.list_webauthn, name="mfa_list_webauthn"),
    path("add/", keys.add_webauthn, name="mfa_add_webauthn"),
    path("reauthenticate/", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("keys/<int:pk>/remove/", keys.remove_webauthn, name="mfa_remove_webauthn"),
    path("keys/<int:pk>/edit/", keys.edit_webauthn, name="mfa_edit_webauthn"),
]
_codes = [
    path("", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("generate/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("download/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
]
_factors = [
    path("", mfa.index, name="mfa_index"),
    path("authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("recovery-codes/", include(_codes)),
    path("webauthn/", include(_keys)),
]
_provider = [
    path("<str:provider_id>/login/", oidc.login, name="openid_connect_login"),
    path("<str:provider_id>/login/callback/", oidc.callback, name="openid_connect_callback"),
    path("cancelled/", provider.login_cancelled, name="socialaccount_login_cancelled"),
]

urlpatterns = [
    path("login/", log_in, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("2fa/", include(_factors)),
    path("oidc/", include(_provider)),
]
