"""The chapters of the night, and where each can be looked up: as whom, on which page."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from showcause.casework import links
from showcause.domain.decision import Decision
from showcause.domain.link import LinkKind
from showcause.domain.report import Report
from showcause.domain.statement import Statement
from showcause.store.view import View
from showcause.web.demo.cast import facts
from showcause.web.house import House


@dataclass(frozen=True, slots=True)
class Look:
    """One page on which a chapter can be looked up, and the part that one plays there."""

    part: str
    what: str
    address: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter: its name in sentence ids, the figures that it names, and where to look."""

    name: str
    figures: Mapping[str, int]
    looks: tuple[Look, ...]


Told = Mapping[str, Any]
Looking = Callable[[View, Told], Iterator[Look]]


def chapters(house: House, view: View) -> list[Chapter]:
    """Return the chapters with their figures and pages."""
    told = facts(house)
    steps = told.get("steps", {})
    return [Chapter(name, _figures(name, steps), tuple(look(view, told))) for name, look in LOOKS.items()]


def _figures(name: str, steps: Told) -> dict[str, int]:
    wanted = {"explodes": "followers", "reported": "reports", "refused": "answered"}
    return {"count": int(steps[name][wanted[name]])} if name in wanted else {}


def _before(view: View, told: Told) -> Iterator[Look]:
    yield Look("outsider", "numbers", "/numbers/")


def _explodes(view: View, told: Told) -> Iterator[Look]:
    yield Look("outsider", "limits", "/rules/")


def _reported(view: View, told: Told) -> Iterator[Look]:
    case = told["steps"]["reported"]["case"]
    yield Look("moderator", "case", f"/desk/case/{case}/")
    if (report := view.first(Report, case=case)) is not None:
        yield Look("reporter", "status", f"/r/{links.token(view, LinkKind.REPORT, report.id)}")


def _refused(view: View, told: Told) -> Iterator[Look]:
    yield from _decision(view, told["steps"]["refused"]["decision"])


def _threat(view: View, told: Told) -> Iterator[Look]:
    yield from _decision(view, told["steps"]["threat"]["decision"])
    yield from _letter(view, told["steps"]["threat"]["decision"])


def _evasion(view: View, told: Told) -> Iterator[Look]:
    yield from _letter(view, told["steps"]["evasion"]["derived"])
    yield from _decision(view, told["steps"]["evasion"]["ground"])


def _appeal(view: View, told: Told) -> Iterator[Look]:
    yield from _letter(view, told["steps"]["appeal"]["decision"])
    yield from _decision(view, told["steps"]["appeal"]["decision"])


def _rule(view: View, told: Told) -> Iterator[Look]:
    yield Look("moderator", "case", f"/desk/case/{told['steps']['rule']['case']}/")
    yield Look("outsider", "log", "/log/")


def _proof(view: View, told: Told) -> Iterator[Look]:
    yield Look("outsider", "find", "/find")
    yield Look("outsider", "log", "/log/")


def _decision(view: View, id_: str) -> Iterator[Look]:
    yield Look("moderator", "decision", f"/desk/decision/{id_}/")
    yield Look("outsider", "public", f"/decisions/{view.get(Decision, id_).leaf}")


def _letter(view: View, decision: str) -> Iterator[Look]:
    if (statement := view.first(Statement, decision=decision)) is not None:
        yield Look("person", "statement", f"/s/{links.token(view, LinkKind.STATEMENT, statement.id)}")


LOOKS: Final[Mapping[str, Looking]] = {
    "before": _before,
    "explodes": _explodes,
    "reported": _reported,
    "refused": _refused,
    "threat": _threat,
    "evasion": _evasion,
    "appeal": _appeal,
    "rule": _rule,
    "proof": _proof,
}
"""Every chapter in its order; its title and text are the sentences `demo.<name>.title` and `demo.<name>.text`."""
