"""The Django settings that the type checker reads models under; nothing runs with them."""

import importlib.util

SECRET_KEY = "for the type checker only"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["showcause.store"] if importlib.util.find_spec("showcause.store") else []
