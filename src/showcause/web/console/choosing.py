"""The form of a proposal: the clause's facts as fields of their own kinds, its evidence, its rungs, its grounds."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from showcause.casework import proposals
from showcause.casework.proposals import LISTS, Choice
from showcause.domain.errors import BadInput
from showcause.domain.policy import Clause, Second, Slot, say
from showcause.domain.restriction import MEASURES
from showcause.domain.sentences import Arg
from showcause.domain.site import ConnectedPlatform
from showcause.domain.subject import SubjectKind
from showcause.store.view import View

UNITS: Final[Mapping[str, int]] = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
"""In what a duration is written; the record has seconds."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """One field of a fact: how it is typed, what it asks, what was typed."""

    slot: Slot
    title: str
    needed: bool
    value: str
    unit: str

    @property
    def how(self) -> str:
        """Return the kind of field: line, words, number, duration, day, minute or list."""
        return "words" if self.slot.kind == "text" and self.slot.max_length > 120 else str(self.slot.kind)

    @classmethod
    def of(
        cls, clause: Clause, needed: Iterable[str], posted: Mapping[str, str], language: str
    ) -> "list[Inputs]":
        """Return the fields of a clause's facts, those that must be filled first."""
        wanted = set(needed)
        fields = [
            cls(
                slot,
                say(slot.titles, language) if slot.titles else slot.id,
                slot.id in wanted,
                posted.get(f"fact-{slot.id}", ""),
                posted.get(f"unit-{slot.id}", "seconds"),
            )
            for slot in clause.slots
        ]
        return sorted(fields, key=lambda each: not each.needed)


def inputs(view: View, posted: Mapping[str, str], clause: Clause, preset: str) -> Choice:
    """Return what a form chooses. Raises: BadInput and NotFound, naming the field."""
    facts = {slot.id: value for slot in clause.slots if (value := _fact(slot, posted)) not in ("", ())}
    quoted = [line.strip() for line in posted.get("grounds", "").splitlines() if line.strip()]
    grounds = tuple(
        proposals.ground_of(view, proposals.decision_quoted(view, each.partition(":")[0]).id)
        for each in quoted
    )
    return Choice(
        clause.ref,
        preset,
        posted.get("rung", ""),
        facts,
        _lines(posted.get("evidence", "")),
        grounds,
        posted.get("interim", ""),
        posted.get("note", "").replace("\r\n", "\n"),
        posted.get("language", "en"),
    )


def _fact(slot: Slot, posted: Mapping[str, str]) -> Arg:
    text = posted.get(f"fact-{slot.id}", "").replace("\r\n", "\n").strip()
    if slot.kind in LISTS:
        return _lines(text)
    if not text:
        return ""
    if slot.kind == "duration":
        count = proposals.fact_of(slot, text)
        unit = UNITS.get(posted.get(f"unit-{slot.id}", "seconds"), 1)
        return int(count) * unit if isinstance(count, int) else count
    if slot.kind == "minute":
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", text):
            raise BadInput(f"the fact {slot.id} is a day and an hour", "Write it as 2026-11-22T14:05.")
        return f"{text[:16]}:00Z"
    return proposals.fact_of(slot, text)


def _lines(text: str) -> tuple[str, ...]:
    """Return what stands on each line that is not empty."""
    return tuple(line.strip() for line in text.replace("\r\n", "\n").split("\n") if line.strip())


@dataclass(frozen=True, slots=True)
class Rungs:
    """One rung as it is offered: its title, whether one person may take it alone, whether it can be undone."""

    name: str
    title: str
    second: str
    alone: bool


def offered_rungs(clause: Clause, at: ConnectedPlatform, kind: SubjectKind, language: str) -> list[Rungs]:
    """Return the rungs of a ladder that this platform can do to a subject of this kind, mildest first."""
    offered = {offer.measure for offer in at.offers if kind in offer.kinds}
    fitting: list[Any] = [rung for rung in clause.ladder if rung.measure in offered]
    return [
        Rungs(
            rung.name,
            say(rung.titles, language) if rung.titles else rung.name,
            str(rung.second),
            rung.second is not Second.ALWAYS and MEASURES[rung.measure].reversible,
        )
        for rung in fitting
    ]
