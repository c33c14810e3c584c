"""The frame around every page: whose service it is, in which language, and who is logged in."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from showcause.casework.reading import setting
from showcause.web.configuration import LANGUAGES
from showcause.web.guard import LANGUAGE
from showcause.web.house import house

YEAR = 365 * 24 * 3600


def about_the_house(request: HttpRequest) -> dict[str, Any]:
    """Return what every page shows: the log's name, the contact point, the languages."""
    here = house()
    with here.store.read(here.now()) as view:
        about = {name: setting(view, name) or "" for name in ("origin", "contact", "single-operator")}
    return {
        "origin": about["origin"],
        "contact": about["contact"],
        "single_operator": about["single-operator"] == "on",
        "address": here.address,
        "host": urlsplit(here.address).netloc,
        "demo": here.demo,
        "languages": LANGUAGES,
        "now": here.now(),
    }


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the visitor's language in a cookie that says nothing else, and go back to where they were."""
    back = request.POST.get("next", "/")
    local = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    made = HttpResponseRedirect(back if local else "/")
    wanted = request.POST.get("language", "")
    if wanted in dict(LANGUAGES):
        made.set_cookie(LANGUAGE, wanted, max_age=YEAR, samesite="Lax", httponly=True, secure=house().secure)
    return made
