"""Who can be played in the demo, and at which door each begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from showcause.casework import links
from showcause.domain.link import LinkKind
from showcause.store.view import View
from showcause.web.house import House

PASSWORD: Final = "lantern walk, nine in the evening"  # noqa: S105  # shown to whoever plays; the site is thrown away


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its name in sentence ids, whose login it needs at the desk, and whose comments its browser has written.

    `place` is the half of the story that it belongs to: the newspaper, or the night on Plaza.
    """

    name: str
    login: str = ""
    writes: str = ""
    place: str = "plaza"


PARTS: Final = (
    Part("reader", place="paper"),
    Part("author", writes="author", place="paper"),
    Part("flagger", place="paper"),
    Part("validator", "bea", place="paper"),
    Part("wronged", writes="wronged", place="paper"),
    Part("story"),
    Part("reporter"),
    Part("moderator", "bea"),
    Part("second", "dan"),
    Part("person"),
    Part("outsider"),
    Part("engineer"),
    Part("end"),
)
OPEN: Final = ("person", "moderator", "second", "reporter", "outsider", "engineer")
"""The parts that have something left to do, in the order in which the story offers them."""
FIRST: Final = "author"
"""The part of whoever comes for the first time: an author sees what all see, and what became of their own words."""
FRONT: Final = "/demo/journal/marche-des-lanternes"
"""The newspaper's article with the most comments."""
BY_NAME: Final[Mapping[str, Part]] = {part.name: part for part in PARTS}


def first_page(house: House, view: View, name: str) -> str:
    """Return the address at which a part begins."""
    told = facts(house)
    match name:
        case "reader" | "author":
            return FRONT
        case "flagger" | "wronged" if "paper" in told:
            shown = told["paper"]["comments"][{"flagger": "flag", "wronged": "hidden"}[name]]
            return f"{FRONT}#comment-{shown}"
        case "validator":
            return "/desk/comments/"
        case "reporter":
            return "/report/?" + urlencode({"platform": "plaza", "kind": "content", "ref": told["post"]})
        case "moderator":
            return "/desk/"
        case "second":
            return f"/desk/decision/{told['held']}/"
        case "person":
            return f"/s/{links.token(view, LinkKind.STATEMENT, told['statement'])}"
        case "outsider":
            return "/"
        case "engineer":
            return "/demo/engineer"
        case "end":
            return "/demo/end"
        case _:
            return "/demo/"


def facts(house: House) -> Mapping[str, Any]:
    """Return what the story left behind: ids by name."""
    return house.story or {}
