"""The page behind a signed link, and what its person does there: appeal, withdraw, take the proof, get a new link."""

import unicodedata
from contextlib import suppress

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from showcause.casework import attachments, lodging, person_links, person_proofs
from showcause.casework.affairs import Affair
from showcause.casework.attachments import Sent
from showcause.casework.person_page import page_of
from showcause.domain.attachment import MOST_BYTES, MOST_FILES
from showcause.domain.errors import (
    AlreadyExists,
    AppealClosed,
    BadInput,
    IllegalStep,
    NotFound,
    NotYetSigned,
    ShowcauseError,
    TooMany,
    Unavailable,
)
from showcause.domain.policy import LANGUAGES
from showcause.store.view import View
from showcause.web import answers
from showcause.web.files import file_response
from showcause.web.house import house
from showcause.web.limits import BUCKETS, take
from showcause.web.person.door import behind_link, chosen_language, opened, sent, speak
from showcause.web.person.showing import Draft, show

TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@require_safe
@behind_link
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the page. Nothing is changed by reading it."""
    return show(request, token)


@sent
@behind_link
def appeal(request: HttpRequest, token: str) -> HttpResponse:
    """Lodge an appeal with its files; what cannot be taken comes back with what was written."""
    text, language = readable(request.POST.get("text", "")), request.POST.get("language", "")
    files = [Sent(each.name or "", each.read()) for each in request.FILES.getlist("files")]
    language = language if language in LANGUAGES else "en"
    with opened(token) as (view, affair):
        quoted = page_of(view, affair).redress.reference
    wrong = what_is_wrong(text, files)
    try:
        if wrong:
            raise BadInput("the appeal cannot be taken as it is")
        take(request, "appeal")
        house().runner.run(attachments.lodge_with, quoted, text, files, language=language)
    except (AppealClosed, AlreadyExists, BadInput, NotFound, TooMany) as error:
        if not wrong and _was_lodged(token, text):
            return back(token)
        return show(
            request, token, Draft(text, language, wrong or {"text": _closed(error)}, error, bool(files))
        )
    return back(token)


def readable(text: str) -> str:
    """Return what somebody wrote without control characters and without marks that turn lines round."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (c for c in lines if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(c for c in kept if c not in TURNING).strip()


def what_is_wrong(text: str, files: list[Sent]) -> dict[str, str]:
    """Return what keeps an appeal from being taken: by field, the id of the sentence that says so."""
    wrong = {}
    if not text:
        wrong["text"] = "person.wrong.empty"
    elif len(text) > lodging.MOST_TEXT:
        wrong["text"] = "person.wrong.long"
    if len(files) > MOST_FILES:
        wrong["files"] = "person.wrong.many"
    elif any(len(each.data) > MOST_BYTES for each in files):
        wrong["files"] = "person.wrong.large"
    elif any(not each.data for each in files):
        wrong["files"] = "person.wrong.nothing"
    return wrong


def _closed(error: ShowcauseError) -> str:
    return "person.wrong.too-many" if isinstance(error, TooMany) else "person.wrong.closed"


def _was_lodged(token: str, text: str) -> bool:
    """Tell whether this very appeal was taken already: the form was sent twice."""
    with opened(token) as (view, affair):
        return any(view.unseal(each.text)["text"] == text for each in affair.appeals)


@sent
@behind_link
def withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """Withdraw the appeal that is open; sent twice, or answered meanwhile, it changes nothing."""
    with opened(token) as (_, affair):
        waiting = affair.open_appeal
    if waiting is not None and waiting.id == request.POST.get("appeal"):
        with suppress(IllegalStep):
            house().runner.run(lodging.withdraw, waiting.id)
    return back(token)


@require_safe
@behind_link
def proof(request: HttpRequest, token: str, leaf: str) -> HttpResponse:
    """Hand out the proof file of a decision of this affair, with everything opened that is the person's own."""
    here = house()
    try:
        note = here.site.signed_note()
        with opened(token) as (view, affair):
            text = person_proofs.proof_of(view, affair, leaf, note)
    except (NotYetSigned, Unavailable) as error:
        with opened(token) as (view, affair):
            speak(request, page_of(view, affair, chosen_language(request)).language)
        return render(request, "person/not_yet.html", {"token": token}, status=answers.status_of(error))
    made = HttpResponse(text, content_type="text/plain; charset=utf-8")
    made["Content-Disposition"] = f'attachment; filename="{leaf[:12]}.tlog-proof"'
    return made


@require_safe
@behind_link
def file(request: HttpRequest, token: str, attachment: str) -> HttpResponse:
    """Show somebody the safe copy of a file that they sent: what the reviewer sees, and no more."""
    with opened(token) as (view, affair):
        return file_response(_theirs(view, affair, attachment))


def _theirs(view: View, affair: Affair, attachment: str) -> attachments.Shown:
    for each in affair.appeals:
        if attachment in {held.id for held in attachments.listed(view, each.id)}:
            return attachments.shown(view, attachment)
    raise NotFound("there is no such file here")


@sent
@behind_link
def new_link(request: HttpRequest, token: str) -> HttpResponse:
    """Close this link and send a new one through the channel in which the person was told."""
    with opened(token) as (view, affair):
        shown = page_of(view, affair, chosen_language(request))
        statement = affair.statements[-1].id if affair.statements and shown.reachable else None
    if statement is None:
        return back(token)
    BUCKETS.take("link-again", f"statement {statement}")
    house().runner.run(person_links.renew, statement)
    speak(request, shown.language)
    return render(request, "person/sent.html", {"renewed": True})


def back(token: str) -> HttpResponseRedirect:
    """Go back to the page, to where appeals stand."""
    return HttpResponseRedirect(f"/s/{token}#appeal")
