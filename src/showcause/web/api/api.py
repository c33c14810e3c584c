"""The API for programs: one object, to which each part registers its router."""

from importlib import import_module
from typing import Final

from django.http import Http404
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from showcause.web.api import door
from showcause.web.api.parsing import StrictParser

TITLE: Final = "Showcause"
PARTS: Final[tuple[str, ...]] = (
    "policies",
    "reports",
    "events",
    "asking",
    "verdicts",
    "versions",
    "subjects",
    "cases",
    "decisions",
    "appeals",
    "orders",
)
"""The modules of `web.api` whose `router` belongs to the API, in the order in which the documents show them."""


def build() -> NinjaAPI:
    """Return the API with every part registered."""
    api = NinjaAPI(title=TITLE, version="1", docs_url=None, openapi_url=None, parser=StrictParser())
    for kind in (Exception, Http404, HttpError, ValidationError):
        api.add_exception_handler(kind, door.answer)
    for name in PARTS:
        api.add_router("", import_module(f"showcause.web.api.{name}").router, tags=[name])
    return api
