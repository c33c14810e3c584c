"""The page of whoever wrote something that a rule kept back: which rule, how far it is, what happens next."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from showcause.casework import links
from showcause.casework.rulework import answering
from showcause.casework.rulework.answering import Review
from showcause.domain.errors import LinkEnded
from showcause.domain.link import LinkKind
from showcause.web.house import house
from showcause.web.person.door import behind_link

TONES: Final = {Review.WAITING: "accent", Review.NO_BREACH: "good", Review.BREACH: "warning"}


@require_safe
@behind_link
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show it. The content itself is not shown: whoever has the link may be somebody else than its author."""
    here = house()
    with here.store.read(here.now()) as view:
        about = links.follow(view, LinkKind.KEPT_BACK, token)
        found = answering.page(view, about, request.LANGUAGE_CODE or "en")
    if found is None:
        raise LinkEnded("this link leads to nothing that was kept back")
    over = found.passes_until is not None and found.passes_until <= here.now()
    hit = found.kept.report.rule
    context = {
        "it": found,
        "report": found.kept.report,
        "tone": TONES[found.kept.review],
        "over": over,
        "says": found.rule.says.replace("`", "") if found.rule else "",
        "clause": hit.clause.partition("@")[0] if hit else "",
    }
    return render(request, "person/kept.html", context)
