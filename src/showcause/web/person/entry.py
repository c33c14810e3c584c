"""The way in with a reference number and no link: items of a campaign open, statements are sent their link."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from showcause.casework import links, person_links
from showcause.domain.campaign import CampaignItem
from showcause.domain.errors import Misconfigured, TooMany
from showcause.domain.link import LinkKind
from showcause.domain.statement import Statement
from showcause.web.house import house
from showcause.web.limits import BUCKETS, take
from showcause.web.person.door import PRIVATE


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Ask for a reference number, and go on from it; a number that is none gets the answer of one that is."""
    made = _go_on(request) if request.method == "POST" else render(request, "person/find.html")
    made["X-Robots-Tag"] = PRIVATE
    return made


def _go_on(request: HttpRequest) -> HttpResponse:
    take(request, "status")
    here, quoted = house(), request.POST.get("reference", "")[:80].strip().upper()
    if not quoted:
        return render(request, "person/find.html", {"wrong": True})
    with here.store.read(here.now()) as view:
        item, told = view.first(CampaignItem, reference=quoted), view.first(Statement, reference=quoted)
        if item is not None:
            return HttpResponseRedirect(f"/s/{links.token(view, LinkKind.ITEM, item.id)}")
    if told is not None:
        _send(told.id)
    return render(request, "person/sent.html", {"renewed": False})


def _send(statement: str) -> None:
    """Send the link where the statement went. Who was sent it a moment ago is not sent it again."""
    try:
        BUCKETS.take("link-again", f"statement {statement}")
        house().runner.run(person_links.remind, statement)
    except (TooMany, Misconfigured):
        return
