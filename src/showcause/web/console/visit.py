"""One request at the desk: who asks, when, for which page, and what was refused or typed before it was drawn again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from showcause.casework.ports import Ids
from showcause.casework.unsealing import MAY_READ
from showcause.domain.errors import ShowcauseError
from showcause.domain.people import AUTOMATION, SYSTEM, Moderator
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.web import answers
from showcause.web.house import house
from showcause.web.texts import say

P = ParamSpec("P")
R = TypeVar("R")
WORDS: Final = ("reason", "because", "stays", "answer", "evidence", "note")
"""The fields in which somebody writes; a refused page shows them also where their form is no longer there."""
MOST_TYPED: Final = 50_000
JUST_NOW: Final = timedelta(seconds=90)
"""Within which a form that comes again was sent twice, and is no fault."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one person. `typed` is what a refused form held; `about` its address."""

    request: HttpRequest
    who: Moderator
    now: datetime
    page: str
    problem: ShowcauseError | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    about: str = ""

    @property
    def language(self) -> str:
        """Return the language in which the page is written."""
        return str(getattr(self.request, "LANGUAGE_CODE", "en"))

    def refused(self, problem: ShowcauseError) -> "Visit":
        """Return the same visit after a refusal, with what was typed kept for the form."""
        typed = {name: str(value)[:MOST_TYPED] for name, value in self.request.POST.items()}
        return replace(self, problem=problem, typed=typed, about=self.request.path)

    def run(
        self, verb: Callable[Concatenate[Tx, datetime, Ids, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run one use case and return its result."""
        return house().runner.run(verb, *args, **kwargs)

    def show(self, template: str, **context: Any) -> HttpResponse:
        """Answer with a page of the desk; after a refusal, with the status that fits it."""
        from showcause.web.console.access import confirming, has_confirmed
        from showcause.web.console.menu import menu

        frame = {
            "who": self.who,
            "menu": menu(self),
            "page": self.page,
            "problem": self.problem,
            "typed": self.typed,
            "kept": [text for name, text in self.typed.items() if name in WORDS and text.strip()],
            "about": self.about,
            "reads_cases": bool(MAY_READ.intersection(self.who.roles)),
            "confirmed": has_confirmed(self.request),
            "confirming": confirming(back_to(self.request)),
        }
        status = answers.status_of(self.problem) if self.problem else None
        return render(self.request, f"console/{template}.html", {**frame, **context}, status=status)

    def done(self, sentence: str, back: str, **args: Any) -> HttpResponse:
        """Say that something was done, and go back to a page, so that loading it again does nothing twice."""
        messages.success(self.request, say(self.language, sentence, **args))
        return HttpResponseRedirect(back)


def back_to(request: HttpRequest) -> str:
    """Return the page to which a detour comes back: this one, or the one whose form was sent."""
    if request.method == "GET":
        return request.get_full_path()
    told = request.POST.get("back", "")[:500]
    opened = request.path.removesuffix("open") if request.path.endswith("/open") else "/desk/"
    return told if told.startswith("/desk/") else opened


def handles(view: View) -> dict[str, str]:
    """Return the handles of the people of the house by id, for pages that only they see."""
    people = {each.id: each.handle for each in view.find(Moderator)}
    return {**people, SYSTEM: "", AUTOMATION: ""}
