"""The cases of a rule file: events, what counters say, and what the rule then does."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from showcause.rules.codes import Code
from showcause.rules.entries import read_value
from showcause.rules.schema import Field, Type
from showcause.rules.schema_file import Platform
from showcause.rules.sheet import Node, Shape, Sheet
from showcause.rules.tree import Plain

MAX_CASES = 100


class Outcome(StrEnum):
    """What a case says the rule does: it fires, it does not, or it cannot know."""

    HIT = "hit"
    MISS = "miss"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Case:
    """One expectation: an event, what the counters say, and what the rule then does."""

    name: str
    outcome: Outcome
    event: tuple[tuple[str, Plain], ...]
    counters: tuple[tuple[str, int | float], ...]
    node: Node


def read_cases(
    sheet: Sheet, node: Node | None, platform: Platform, counters: Mapping[str, Type]
) -> tuple[Case, ...]:
    """Return the cases of a rule; among them must be a hit and a miss."""
    before = len(sheet.faults)
    nodes = sheet.items(node, MAX_CASES)
    found = [case for each in nodes if (case := _case(sheet, each, platform, counters)) is not None]
    if node is None or len(sheet.faults) > before:
        return tuple(found)
    for outcome, example in ((Outcome.HIT, "fires"), (Outcome.MISS, "does not fire")):
        if not any(each.outcome is outcome for each in found):
            hint = f"Write one: `- {outcome}: in words` with the `event:` for which the rule {example}."
            place = Node(Shape.OTHER, node.start, node.start + 1)
            sheet.fault(place, Code.TOO_FEW_CASES, f"no case is a {outcome}", hint)
    return tuple(found)


def _case(sheet: Sheet, node: Node, platform: Platform, counters: Mapping[str, Type]) -> Case | None:
    before = len(sheet.faults)
    parts = sheet.mapping(node, (), (*Outcome, "event", "counters"))
    outcomes = [each for each in Outcome if each in parts]
    if len(outcomes) != 1 and len(sheet.faults) == before:
        hint = "Begin with one of them and say in words what the case shows."
        place = Node(Shape.OTHER, node.start, node.start + 1)
        sheet.fault(place, Code.BAD_CASE, "a case is one of hit, miss and unknown", hint)
    event = _event(sheet, parts.get("event"), platform)
    read = _counters(sheet, parts.get("counters"), counters)
    name = sheet.text_of(parts[outcomes[0]], 200) if len(outcomes) == 1 else None
    if len(sheet.faults) > before or name is None:
        return None
    return Case(name, outcomes[0], tuple(event.items()), tuple(read.items()), node)


def _event(sheet: Sheet, node: Node | None, platform: Platform) -> dict[str, Plain]:
    """Return the values of an event by path; what is left out, or null, is missing."""
    found: dict[str, Plain] = {}
    for name, (key, value) in (sheet.pairs(node) or {} if node is not None else {}).items():
        if name in platform.schema.groups:
            for inner, (inner_key, inner_value) in (sheet.pairs(value) or {}).items():
                _take(sheet, f"{name}.{inner}", inner_key, inner_value, platform, found)
        else:
            _take(sheet, name, key, value, platform, found)
    return found


def _take(
    sheet: Sheet, path: str, key: Node, value: Node, platform: Platform, found: dict[str, Plain]
) -> None:
    known: Field | None = platform.schema.get(path)
    if known is None:
        sheet.unknown(key, Code.BAD_CASE, "field", path, platform.schema.by_path.keys())
    elif value.shape is not Shape.NOTHING and (taken := read_value(sheet, value, known.type)) is not None:
        found[path] = taken


def _counters(sheet: Sheet, node: Node | None, counters: Mapping[str, Type]) -> dict[str, int | float]:
    found: dict[str, int | float] = {}
    for name, (key, value) in (sheet.pairs(node) or {} if node is not None else {}).items():
        if name not in counters:
            sheet.unknown(key, Code.BAD_CASE, "counter", name, counters.keys())
        elif value.shape is not Shape.NOTHING:
            taken = read_value(sheet, value, counters[name])
            if isinstance(taken, int | float):
                found[name] = taken
    return found
