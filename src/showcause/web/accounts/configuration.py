"""The account library's settings: people of the house only, nobody signs up, second factors, no address is kept."""

from typing import Any, Final

SETTINGS: Final[dict[str, Any]] = {
    "LOGIN_URL": "account_login",
    "LOGIN_REDIRECT_URL": "/desk/",
    "ACCOUNT_LOGOUT_REDIRECT_URL": "/",
    "ACCOUNT_LOGIN_METHODS": {"username"},
    "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "ACCOUNT_EMAIL_NOTIFICATIONS": False,
    "ACCOUNT_REAUTHENTICATION_TIMEOUT": 300,
    "ACCOUNT_REAUTHENTICATION_REQUIRED": True,
    "ACCOUNT_RATE_LIMITS": {"login_failed": "10/m/ip,5/5m/key", "reauthenticate": "10/m/user"},
    "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
    "MFA_PASSKEY_LOGIN_ENABLED": False,
    "SOCIALACCOUNT_ONLY": False,
}
