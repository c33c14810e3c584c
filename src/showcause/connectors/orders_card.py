"""What a platform that fetches its orders offers, as the machine's settings say it."""

from collections.abc import Mapping
from typing import Final

from showcause.casework.ports import Capability, CapabilityCard
from showcause.domain.restriction import MEASURES, Measure
from showcause.domain.subject import SubjectKind

DEFAULT: Final = "suspend:account hide:content"
LOSES: Final[Mapping[Measure, str]] = {Measure.REMOVE: "what was removed"}


def card(platform: str, measures: str, notices: str) -> CapabilityCard:
    """Return the card for pairs `measure:kind` with spaces between them; empty means the two that most can do."""
    kinds: dict[Measure, tuple[SubjectKind, ...]] = {}
    for pair in (measures or DEFAULT).split():
        measure, _, kind = pair.partition(":")
        kinds[Measure(measure)] = (*kinds.get(Measure(measure), ()), SubjectKind(kind))
    offered = {measure: _capability(measure, on) for measure, on in kinds.items()}
    return CapabilityCard(platform, offered, "notices" if notices == "yes" else "", False)


def _capability(measure: Measure, kinds: tuple[SubjectKind, ...]) -> Capability:
    facts = MEASURES[measure]
    return Capability(kinds, facts.reversible, facts.blocks_reading, LOSES.get(measure, ""))
