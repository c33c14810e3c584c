"""Django's settings when there is no project, as in the command line, the worker and the tests."""

import django
from django.conf import settings


def configure() -> None:
    """Give Django the settings of this room, once, unless a project has given its own."""
    if settings.configured:
        return
    settings.configure(
        INSTALLED_APPS=["showcause.store.apps.StoreConfig"],
        DATABASES={"default": {"ENGINE": "django.db.backends.dummy"}},
        USE_TZ=True,
        TIME_ZONE="UTC",
        LOGGING_CONFIG=None,
        USE_I18N=False,
    )
    django.setup()
