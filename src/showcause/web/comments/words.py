"""The words of a thread in one language, looked up once: a page of comments says each of them a hundred times."""

import functools
import re
from collections.abc import Mapping
from typing import Final

from showcause.comments.values import NotTaken, Problem
from showcause.domain.errors import BadInput, TooMany
from showcause.domain.sentences import Arg, placeholders
from showcause.web.texts import LANGUAGES, pages, say

ID: Final = re.compile(r"[0-9a-f]{32}")
NOBODY: Final = "0" * 32
"""An id that nothing has."""
PREFIX: Final = "comments.w."
PLACE: Final = {"pinned": "comments.pinned", "picked": "comments.picked"}
FIELDS: Final[Mapping[Problem, str]] = {
    Problem.EMPTY: "text",
    Problem.TOO_LONG: "text",
    Problem.NAME: "name",
    Problem.STAFF_NAME: "name",
    Problem.MAIL: "mail",
}
"""Beside which field a problem is said; every other one is said over the form."""


class Trapped(BadInput):
    """A field that people do not see was filled in, as programs do."""


Fault = tuple[str, Mapping[str, Arg]]
"""The id of a sentence with its arguments."""


@functools.cache
def words(language: str) -> Mapping[str, str]:
    """Return the words by their last name, with `_` for `-`."""
    known = [id_ for id_ in pages() if id_.startswith(PREFIX)]
    found = {id_.removeprefix(PREFIX).replace("-", "_"): say(language, id_) for id_ in known}
    return found | {name: say(language, id_) for name, id_ in PLACE.items()}


def counted(language: str, begin: str, count: int) -> str:
    """Return a sentence that says a number, `begin.none`, `begin.one` or `begin.many`."""
    if count == 0 and f"{begin}.none" in pages():
        return say(language, f"{begin}.none")
    return say(language, f"{begin}.one") if count == 1 else say(language, f"{begin}.many", count=count)


def fault_of(error: NotTaken | TooMany | Trapped) -> tuple[str, Fault]:
    """Return beside which field something that was not taken is said, and the sentence."""
    if isinstance(error, TooMany):
        return "form", ("comments.wrong.limit", {"wait": max(1, round(error.retry_after or 1))})
    if isinstance(error, Trapped):
        return "form", ("comments.wrong.trap", {})
    id_ = f"comments.wrong.{error.problem}"
    wants_bound = bool(placeholders(pages()[id_]["en"]))
    return FIELDS.get(error.problem, "form"), (id_, {"bound": error.bound} if wants_bound else {})


def known_language(wanted: str, otherwise: str) -> str:
    """Return a language that pages speak: the wanted one, else the other, else English."""
    return next((each for each in (wanted[:2], otherwise) if each in LANGUAGES), LANGUAGES[0])


def as_id(text: str) -> str:
    """Return an id as it was sent; empty stays empty, and what is none becomes one that nothing has."""
    return text if not text or ID.fullmatch(text) else NOBODY
