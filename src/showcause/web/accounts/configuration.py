"""The account library's settings: people of the house only, nobody signs up, second factors, no address is kept."""

from typing import Any, Final

SETTINGS: Final[dict[str, Any]] = {
    "AUTHENTICATION_BACKENDS": ["showcause.web.accounts.backend.HouseBackend"],
    "LOGIN_URL": "account_login",
    "LOGIN_REDIRECT_URL": "/desk/",
    "ACCOUNT_ADAPTER": "showcause.web.accounts.adapters.Accounts",
    "ACCOUNT_LOGOUT_REDIRECT_URL": "/",
    "ACCOUNT_LOGIN_METHODS": {"username"},
    "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "ACCOUNT_EMAIL_NOTIFICATIONS": False,
    "ACCOUNT_SESSION_REMEMBER": False,
    "ACCOUNT_REAUTHENTICATION_TIMEOUT": 300,
    "ACCOUNT_REAUTHENTICATION_REQUIRED": True,
    "ACCOUNT_RATE_LIMITS": {"login_failed": "10/m/ip,5/5m/key", "reauthenticate": "10/m/user"},
    "MFA_ADAPTER": "showcause.web.accounts.adapters.Factors",
    "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
    "MFA_TOTP_TOLERANCE": 1,
    "MFA_PASSKEY_LOGIN_ENABLED": False,
    "SOCIALACCOUNT_ADAPTER": "showcause.web.accounts.adapters.Providers",
    "SOCIALACCOUNT_ONLY": False,
    "SOCIALACCOUNT_STORE_TOKENS": False,
    "SOCIALACCOUNT_EMAIL_AUTHENTICATION": False,
    # A page in between would post to the provider, which our own policy forbids; who is sent there by another site
    # comes back as themselves or not at all.
    "SOCIALACCOUNT_LOGIN_ON_GET": True,
}
