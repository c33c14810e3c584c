"""The contact points: for everybody, for authorities, and the legal representative; what is unset is not shown.

Source: DSA Arts 11 to 13.
"""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from showcause.casework.reading import setting
from showcause.web.house import house

SETTINGS: Final = ("contact", "authority-contact", "contact-languages", "legal-representative")


@require_GET
def contact(request: HttpRequest) -> HttpResponse:
    """Show whom to write to."""
    here = house()
    with here.store.read(here.now()) as view:
        held = {name.replace("-", "_"): setting(view, name) or "" for name in SETTINGS}
    return render(request, "reporting/contact.html", {"points": held})
