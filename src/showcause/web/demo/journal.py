"""The fictional newspaper of the demo: its articles, each with its comments by the two lines that any newspaper uses.

Nothing here belongs to the comment section: as far as that is concerned, these are the pages of some other site.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET

from showcause.casework import links
from showcause.domain.decision import Decision
from showcause.domain.link import LinkKind
from showcause.store.view import View
from showcause.web.demo.cast import BY_NAME, FIRST, FRONT, PARTS, facts
from showcause.web.demo.stepping import dress, only_here, step
from showcause.web.guard import CONTENT_SECURITY
from showcause.web.house import house

POLICY: Final = f"{CONTENT_SECURITY}; frame-src 'self'"
"""A newspaper that is strict about its pages names the section's site for scripts and frames; here it is the same."""
ON_PAPER: Final = frozenset(part.name for part in PARTS if part.place == "paper")
HEADING: Final = "## "


@dataclass(frozen=True, slots=True)
class Look:
    """Something to look at: what it is in sentence ids, and where it is."""

    what: str
    address: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of an article, or a heading between them."""

    text: str
    heading: bool


@require_GET
@only_here
def front(request: HttpRequest) -> HttpResponse:
    """Lead to the article that the demo begins with."""
    return HttpResponseRedirect(FRONT)


@require_GET
@only_here
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an article. Who comes for the first time is one of its readers, who has written there."""
    paper = facts(house()).get("paper", {"articles": []})
    told = next((each for each in paper["articles"] if each["slug"] == slug), None)
    if told is None:
        raise Http404
    if is_new := "part" not in request.session:
        step(request, BY_NAME[FIRST])
    part = request.session["part"]
    playing = part if part in ON_PAPER else "reader"
    context = {
        "paper": paper, "told": told, "text": list(_paragraphs(told)), "playing": playing,
        "main": told is paper["articles"][0],
        "lists": ("read", "commented"), "others": [each for each in paper["articles"] if each is not told],
    }  # fmt: skip
    with house().store.read(house().now()) as view:
        documents, looks = list(_documents(view)), list(_looks(view, paper, playing))
    made = render(request, "demo/journal.html", context | {"documents": documents, "looks": looks})
    made["Content-Security-Policy"] = POLICY
    if is_new:
        dress(made, BY_NAME[FIRST])
    return made


def _paragraphs(told: Mapping[str, Any]) -> Iterator[Paragraph]:
    for each in told["paragraphs"]:
        yield Paragraph(each.removeprefix(HEADING), each.startswith(HEADING))


def _documents(view: View) -> Iterator[Look]:
    """Yield what the article rests on, in the public record."""
    steps = facts(house())["steps"]
    for name, found in (("limited", steps["appeal"]["decision"]), ("reported", steps["refused"]["decision"])):
        yield Look(name, f"/decisions/{view.get(Decision, found).leaf}")
    yield Look("numbers", "/numbers/")


def _looks(view: View, paper: Mapping[str, Any], playing: str) -> Iterator[Look]:
    """Yield what a part has to look at, and to do, under the article."""
    for what in LOOKS[playing]:
        match what.partition(":"):
            case "comment", _, name:
                yield Look(name, f"{FRONT}#comment-{paper['comments'][name]}")
            case "statement", _, name:
                token = links.token(view, LinkKind.STATEMENT, paper["statements"][name])
                yield Look(f"why-{name}", f"/s/{token}")
            case address, _, name:
                yield Look(name, address)


_CLOSED: Final = "/demo/journal/bac-de-minuit:closed"
LOOKS: Final[Mapping[str, tuple[str, ...]]] = {
    "reader": ("comment:picked", "comment:hidden", "comment:back", "comment:judged", _CLOSED),
    "author": (
        "comment:waiting",
        "comment:refused",
        "statement:refused",
        "/comments/mine:mine",
        "comment:hidden",
    ),
    "flagger": ("comment:flag", "comment:judged"),
    "validator": ("/desk/comments/:desk", "/desk/newsroom/:newsroom"),
    "wronged": ("comment:hidden", "statement:hidden", "/comments/mine:mine", "comment:back"),
}
"""What each part looks at, in this order: a comment, a statement, or an address, each with its name."""
