"""What a person publishes of their statement: the choice, the public page, and the status that others embed."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from showcause.casework import publications
from showcause.casework.person_page import page_of
from showcause.casework.publications import AT_FIRST, FIELDS, Published
from showcause.domain.errors import BadInput, Forgotten, NotYetSigned, Unavailable
from showcause.domain.policy import LANGUAGES
from showcause.transparency.export import CHECKPOINT
from showcause.web import answers
from showcause.web.configuration import LANGUAGES as NAMES
from showcause.web.house import house
from showcause.web.limits import take
from showcause.web.person.door import behind_link, chosen_language, opened, sent, speak

P = ParamSpec("P")
EMBEDDED = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
PART_ORDER = ("what", "why", "facts", "origin", "who", "notes", "reversal")


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def choose(request: HttpRequest, token: str) -> HttpResponse:
    """Let the person choose what is published, see it as others would, and publish it."""
    with opened(token) as (view, affair):
        page = page_of(view, affair, chosen_language(request))
        known = next(iter(publications.of_affair(view, affair)), None)
    speak(request, page.language)
    if page.statement is None:
        return HttpResponseRedirect(f"/s/{token}")
    error = _publish(request, page.statement) if request.method == "POST" else None
    if request.method == "POST" and error is None:
        return HttpResponseRedirect(f"/s/{token}/publish#published")
    ticked = request.POST.getlist("field") if error else known.fields if known else AT_FIRST
    context = {
        "token": token,
        "page": page,
        "language": page.language,
        "fields": [(each, each in ticked) for each in FIELDS],
        "known": known,
        "error": error,
        "answer_languages": NAMES,
        "address": house().address,
    }
    return render(request, "person/publish.html", context, status=answers.status_of(error) if error else None)


def _publish(request: HttpRequest, statement: str) -> BadInput | None:
    take(request, "publish")
    language = request.POST.get("language", "")
    fields = request.POST.getlist("field")[:20]
    try:
        house().runner.run(
            publications.publish, statement, fields, language if language in LANGUAGES else "en"
        )
    except BadInput as error:
        return error
    return None


@sent
@behind_link
def withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """Take back what is published. Sent twice, it changes nothing."""
    with opened(token) as (view, affair):
        known = publications.of_affair(view, affair)
    for each in known:
        house().runner.run(publications.withdraw, each.id, affair.person)
    return HttpResponseRedirect(f"/s/{token}/publish")


def published(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let everybody read a published statement; one that is gone says so, and not whether it was taken back."""

    @wraps(view)
    def call(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        take(request, "pages")
        try:
            return view(request, *args, **kwargs)
        except Forgotten as error:
            return render(request, "person/gone.html", status=answers.status_of(error))

    return call


def _embeddable(made: HttpResponse) -> HttpResponse:
    """Let an answer stand in pages of others: it runs nothing, and loads only its own look."""
    made["Content-Security-Policy"] = EMBEDDED
    made["X-Frame-Options"] = ""
    made["Cross-Origin-Resource-Policy"] = "cross-origin"
    made["X-Robots-Tag"] = "noindex"
    return made


def _read(publication: str, language: str | None = None) -> Published:
    here = house()
    with here.store.read(here.now()) as view:
        return publications.open_(view, publication, language)


@require_safe
@published
def page(request: HttpRequest, publication: str) -> HttpResponse:
    """Show a published statement to everybody."""
    shown = _read(publication, chosen_language(request))
    speak(request, shown.language)
    here = house()
    with here.store.read(here.now()) as view:
        index = view.log.index_of(shown.shown.leaf)
    context = {"it": shown, "language": shown.language, "index": index, **_status(shown)}
    context["parts"] = [(each, shown.sections[each]) for each in PART_ORDER if each in shown.sections]
    made = render(request, "person/published.html", context)
    if "search" not in shown.fields:
        made["X-Robots-Tag"] = "noindex, nofollow"
    return made


def public_head(folder: Path) -> str:
    """Return the checkpoint that the public sees. A newer one would tell the public the minute of what is published.

    Raises: NotYetSigned while there is none.
    """
    try:
        return (folder / CHECKPOINT).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotYetSigned("the public log has no head yet") from None


@require_safe
@published
def proof(request: HttpRequest, publication: str) -> HttpResponse:
    """Hand out the proof that the public may have: under the head that the public sees, which advances by the hour."""
    here = house()
    try:
        with here.store.read(here.now()) as view:
            publications.open_(
                view, publication
            )  # what was taken back or forgotten is gone, whatever the head says
            text = publications.proof(view, publication, public_head(here.public))
    except Unavailable as error:
        return render(request, "person/not_yet.html", {}, status=answers.status_of(error))
    made = HttpResponse(text, content_type="text/plain; charset=utf-8")
    made["Content-Disposition"] = f'attachment; filename="{publication[:12]}.tlog-proof"'
    return made


@require_safe
@published
def status(request: HttpRequest, publication: str) -> HttpResponse:
    """Show the status alone, small enough to stand in another page; it sets no cookie and runs no script."""
    try:
        shown = _read(publication)
    except Forgotten as error:
        return _embeddable(render(request, "person/status_gone.html", status=answers.status_of(error)))
    speak(request, shown.language)
    context = {"it": shown, "language": shown.language, **_status(shown)}
    return _embeddable(render(request, "person/status.html", context))


@require_safe
@published
def status_json(request: HttpRequest, publication: str) -> HttpResponse:
    """Tell the status to programs, wherever they run."""
    shown = _read(publication)
    told = _status(shown)
    made = JsonResponse(
        {
            "status": told["status"],
            "since": told["since"].isoformat() if told["since"] else None,
            "until": told["until"].isoformat() if told["until"] else None,
            "ended_at": told["ended_at"].isoformat() if told["ended_at"] else None,
            "appeal": told["appeal"],
            "page": f"{house().address}/p/{shown.id}",
            "leaf": shown.shown.leaf,
        }
    )
    made["Access-Control-Allow-Origin"] = "*"
    made["Cross-Origin-Resource-Policy"] = "cross-origin"
    return made


def _status(shown: Published) -> dict[str, Any]:
    """Return where the matter stands: its code, since when, until when, when it ended, whether an appeal waits."""
    held, page = shown.shown.held, shown.page
    status = "replaced" if shown.replaced else page.status
    ends = [each.ended_at for each in held if each.ended_at is not None]
    lost = [thing for each in held if each.given for thing in each.given.lost]
    return {
        "status": status,
        "measure": shown.shown.measure,
        "since": min((each.since for each in held if each.since), default=shown.shown.decided_at),
        "until": next((each.until for each in held if each.until), None) if status == "holds" else None,
        "ended_at": max(ends, default=None),
        "appeal": "open" if any(each.is_open for each in page.appeals) else None,
        "lost": lost if "losses" in shown.fields else [],
        "host": house().address.partition("//")[2],
    }
