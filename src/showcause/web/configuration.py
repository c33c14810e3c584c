"""Django's settings for serving pages: accounts, sessions, templates, and what keeps strangers out.

They are given once in a process, before the store is imported, and hold for whichever house is served; what belongs to
one house (its secret, its address, its database) is put in by `serve_house`.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import django
from django.conf import settings

from showcause.domain.errors import Broken

if TYPE_CHECKING:
    from showcause.web.house import House

TEMPLATES: Final = Path(__file__).with_name("templates")
LANGUAGES: Final = (("en", "English"), ("fr", "Français"))
MOST_FORM_BYTES: Final = 1024 * 1024
MOST_UPLOAD_BYTES: Final = 14 * 1024 * 1024
"""What one request may carry: a form, or a form with the files of an appeal."""

APPS: Final = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "showcause.store.apps.StoreConfig",
    "showcause.web.apps.WebConfig",
]
MIDDLEWARE: Final = [
    "showcause.web.measuring.measure",
    "showcause.web.guard.speak",
    "showcause.web.guard.guard",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "showcause.web.guard.answer_errors",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "showcause.web.accounts.gate.Gate",
]
CONTEXT: Final = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "showcause.web.frame.about_the_house",
]


def configure() -> None:
    """Give Django the settings of the pages, once.

    Raises: Broken when the store was imported first, whose own settings know no logins.
    """
    if settings.configured:
        if settings.INSTALLED_APPS != APPS:
            raise Broken("the pages were configured after the store was imported")
        return
    settings.configure(**_values())
    django.setup()
    for library in (
        "django",
        "allauth",
    ):  # they would write whole request lines, which may hold a link's token
        logging.getLogger(library).setLevel(logging.CRITICAL)


def _values() -> dict[str, Any]:
    template = {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [TEMPLATES],  # ours come before the account library's
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": CONTEXT},
    }
    return {
        "INSTALLED_APPS": APPS,
        "MIDDLEWARE": MIDDLEWARE,
        "TEMPLATES": [template],
        "ROOT_URLCONF": "showcause.web.urls",
        "DATABASES": {"default": {"ENGINE": "django.db.backends.dummy"}},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "SECRET_KEY": "no house is served yet",
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "USE_I18N": True,
        "LANGUAGE_CODE": "en",
        "LANGUAGES": LANGUAGES,
        "LOGGING_CONFIG": None,
        "APPEND_SLASH": False,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": MOST_FORM_BYTES,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 200,
        "DATA_UPLOAD_MAX_NUMBER_FILES": 5,
        "FILE_UPLOAD_HANDLERS": ["django.core.files.uploadhandler.MemoryFileUploadHandler"],
        "FILE_UPLOAD_MAX_MEMORY_SIZE": MOST_UPLOAD_BYTES,
        "STATIC_URL": "/static/",
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_AUTOREFRESH": False,
        "WHITENOISE_MAX_AGE": 300,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_AGE": 12 * 3600,
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Strict",
        "CSRF_FAILURE_VIEW": "showcause.web.answers.csrf_failure",
        "PASSWORD_HASHERS": [
            "django.contrib.auth.hashers.Argon2PasswordHasher",
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        ],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"django.contrib.auth.password_validation.{name}"}
            for name in (
                "UserAttributeSimilarityValidator",
                "CommonPasswordValidator",
                "NumericPasswordValidator",
            )
        ]
        + [
            {
                "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
                "OPTIONS": {"min_length": 12},
            }
        ],
        "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",  # the account library writes to nobody
        "SILENCED_SYSTEM_CHECKS": ["account.W001"],
        **_accounts(),
    }


def _accounts() -> dict[str, Any]:
    """Return the account library's settings; `web/accounts` has its pages and rules."""
    from showcause.web.accounts.configuration import SETTINGS

    return dict(SETTINGS)


def serve_house(house: "House") -> None:
    """Let the pages of this process be those of one house: its secret, its address, its database."""
    from django.db import connections

    from showcause.web.house import use

    host = urlsplit(house.address).hostname or "localhost"
    settings.SECRET_KEY = house.secret.hex()
    settings.ALLOWED_HOSTS = [host] + (["localhost", "127.0.0.1", "[::1]"] if not house.secure else [])
    settings.CSRF_TRUSTED_ORIGINS = [house.address]
    settings.ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if house.secure else "http"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = house.secure
    prefix = "__Host-" if house.secure else ""
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = f"{prefix}session", f"{prefix}csrf"
    database = house.store.database
    connections.settings["default"] = connections.settings[database.alias]
    if hasattr(connections._connections, "default"):  # type: ignore[attr-defined]  # another house's, in a test
        connections["default"].close()
        del connections["default"]
    use(house)


def make_account_tables(alias: str) -> None:
    """Make the tables of logins and sessions in a database, or bring them up to date. Harmless to repeat."""
    from django.core.management import call_command

    call_command("migrate", database=alias, verbosity=0, interactive=False)


def missing_account_tables(alias: str) -> int:
    """Return how many migrations of logins and sessions a database lacks."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections[alias])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
