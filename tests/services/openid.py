"""A real OpenID Connect provider for tests: another Django with allauth's provider, in a process of its own.

It is independent of the house in every way but its library; run as a program, it is the provider itself.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from tests.services.processes import free_port, start, stop, wait_until

CLIENT, SECRET, PASSWORD = "showcause", "a secret between two houses", "known at the provider alone"
NAMES = ("bea", "mallory", "ada")


@contextmanager
def running_provider(folder: Path, callback: str) -> Iterator[str]:
    """Run a provider that knows some names and one client; yield its address."""
    folder.mkdir()
    port, log = free_port(), folder / "log"
    env = {"PYTHONPATH": f"{Path(__file__).parents[2]}", "OAUTHLIB_INSECURE_TRANSPORT": "1"}
    process = start(
        [sys.executable, "-m", "tests.services.openid", str(port), str(folder / "db"), callback], log, env=env
    )
    try:
        wait_until(lambda: "ready" in log.read_text(), process, log, seconds=300)
        yield f"http://localhost:{port}"
    finally:
        stop(process)


def _configure(database: str) -> None:
    import django
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ("request",)
    settings.configure(
        SECRET_KEY="the provider's own",
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF="tests.services.openid_addresses",
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "django.contrib.messages", "allauth", "allauth.account", "allauth.idp.oidc",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [f"django.template.context_processors.{each}" for each in context]
                },
            }
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
        AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
        ACCOUNT_LOGIN_METHODS={"username"},
        ACCOUNT_EMAIL_VERIFICATION="none",
        IDP_OIDC_PRIVATE_KEY=key.decode(),
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )  # fmt: skip
    django.setup()


def _fill(callback: str) -> None:
    from allauth.idp.oidc.models import Client
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for name in NAMES:
        User.objects.create_user(name, email=f"{name}@provider.example", password=PASSWORD, first_name="Real")
    client = Client(
        id=CLIENT, name="House", scopes="openid\nprofile", redirect_uris=callback, skip_consent=True
    )
    client.set_secret(SECRET)
    client.save()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def main() -> None:
    """Serve until told to end."""
    port, database, callback = sys.argv[1:]
    _configure(database)
    _fill(callback)
    from django.core.handlers.wsgi import WSGIHandler

    os.environ.setdefault("NO_COLOR", "1")
    server = make_server("localhost", int(port), WSGIHandler(), _Server, WSGIRequestHandler)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
