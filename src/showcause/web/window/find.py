"""*Find my decision*: by index, id or proof. What is pasted here is checked in memory, answered, and forgotten."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from showcause.domain.errors import BadInput, NotFound
from showcause.transparency.errors import LogError
from showcause.web.answers import status_of
from showcause.web.house import house
from showcause.web.limits import take
from showcause.web.texts import book
from showcause.web.window.checking import MOST, Checked, Place, Reference, read
from showcause.web.window.entries import kind_id
from showcause.web.window.log import DECISIONS
from showcause.web.window.record import Record, record, trust


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Show the form; or say what a pasted proof shows; or go to the entry that was named."""
    take(request, "pages")
    if request.method != "POST":
        return render(request, "window/find.html")
    take(request, "find")
    given = ""
    try:
        given = _given(request)
        known = record()
        found = read(given, known, trust(house().policy))
        return _answer(request, found, known)
    except (BadInput, NotFound, LogError) as error:
        context = {"refused": error, "refused_id": _refusal(error), "given": given[:MOST]}
        return render(request, "window/find.html", context, status=status_of(error))


def _given(request: HttpRequest) -> str:
    """Return what was pasted, or the text of the file that was chosen. Raises: BadInput."""
    if (chosen := request.FILES.get("file")) is not None:
        try:
            return str(chosen.read(MOST + 1).decode())
        except UnicodeError:
            raise BadInput("the file is no text, so it is no proof") from None
    return str(request.POST.get("what", ""))


def _answer(request: HttpRequest, found: Place | Reference | Checked, known: Record | None) -> HttpResponse:
    match found:
        case Reference():
            return render(request, "window/find.html", {"reference": True})
        case Place(index, leaf):
            return HttpResponseRedirect(_where(known, index, leaf))
        case Checked():
            return render(request, "window/find.html", _proven(found))


def _where(known: Record | None, index: int | None, leaf: str | None) -> str:
    """Return the address of a public entry. Raises: NotFound."""
    if known is None:
        raise NotFound("nothing was made public yet")
    place = index if index is not None else known.place_of(leaf or "")
    known.entry(place)
    kind, id_ = known.index.at(place)
    return f"/decisions/{id_}" if leaf and kind in DECISIONS else f"/log/{place}"


def _proven(found: Checked) -> dict[str, Any]:
    """Return what the page says about a proof that holds."""
    verified, leaf = found.verified, found.verified.leaf
    return {
        "checked": found,
        "history_id": f"window.proof.history.{found.history}",
        "leaf": leaf,
        "kind": kind_id(leaf.kind),
        "decides": leaf.kind in DECISIONS,
        "tree": verified.checkpoint,
        "witnesses": sorted(verified.witnesses),
    }


def _refusal(error: Exception) -> str:
    """Return the sentence that says in words why something was not taken."""
    id_ = f"window.refused.{getattr(error, 'code', '')}"
    return id_ if id_ in book() else "window.refused.other"
