"""One rule as its file has it: who answers for it, what it cites and does, when it fires, what is expected of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction

from showcause.domain.restriction import MEASURES, Measure
from showcause.rules.codes import Code
from showcause.rules.entries import read_length, read_name, read_path, read_value, read_words
from showcause.rules.messages import BadRule, Fault, quoted
from showcause.rules.powers import EFFECTS, Effect, EffectKind
from showcause.rules.schema import Field, Type
from showcause.rules.schema_file import Platform
from showcause.rules.sheet import Node, Shape, Sheet
from showcause.rules.tree import Condition, Plain, Rule
from showcause.rules.words import Texts

NEEDED = ("id", "title", "clause", "owner", "severity", "expected", "effects", "when", "expect")
OPTIONAL = ("rollout",)
KEYS = (*NEEDED[:7], "rollout", *NEEDED[7:])
"""Every key of a rule file, in the order in which they are written."""

MAX_CASES = 100
MAX_EFFECTS = 5
_CLAUSE = re.compile(r"[a-z]{2,20}\.[a-z][a-z-]{1,38}[a-z]@[1-9][0-9]{0,5}")
_OWNER = re.compile(r"[a-z][a-z0-9._-]{0,39}")
_RATE = re.compile(r"([0-9]{1,12}) in ([1-9][0-9]{0,11})")
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,9})?) ?%")


class Severity(StrEnum):
    """How much harm a wrong hit does. It sets how many accounts the rule may touch before it is stopped."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Outcome(StrEnum):
    """What a case says the rule does: it fires, it does not, or it cannot know."""

    HIT = "hit"
    MISS = "miss"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RollOut:
    """The share of entities on which a rule acts while it is tried: by hash, so that replay chooses the same (S-16)."""

    share: Fraction
    seed: str
    by: str


@dataclass(frozen=True, slots=True)
class Case:
    """One expectation: an event, what the counters say, and what the rule then does."""

    name: str
    outcome: Outcome
    event: tuple[tuple[str, Plain], ...]
    counters: tuple[tuple[str, int | float], ...]
    node: Node


@dataclass(frozen=True, slots=True)
class Metadata:
    """Everything of a rule file besides its condition."""

    id: str
    title: Texts
    clause: str
    owner: str
    severity: Severity
    expected: Fraction
    effects: tuple[Effect, ...]
    rollout: RollOut | None
    cases: tuple[Case, ...]

    @property
    def terms(self) -> tuple[tuple[str, str], ...]:
        """Return what belongs to the version of a rule; names and owners change without making another."""
        rollout = self.rollout
        said = (
            ("clause", self.clause),
            ("severity", str(self.severity)),
            ("expected", str(self.expected)),
            ("effects", "\n".join(map(str, self.effects))),
            ("rollout", f"{rollout.share} by {rollout.by} with {rollout.seed}" if rollout else ""),
        )
        return tuple((name, value) for name, value in said if value)


@dataclass(frozen=True, slots=True)
class WrittenRule:
    """A rule with its condition, and the file that it came from."""

    metadata: Metadata
    condition: Condition
    sheet: Sheet
    root: Node

    @property
    def id(self) -> str:
        """Return its id."""
        return self.metadata.id

    @property
    def rule(self) -> Rule:
        """Return it as the evaluators see it."""
        return Rule(self.id, self.condition, self.metadata.terms)

    def fault(self, node: Node, code: Code, what: str, hint: str) -> Fault:
        """Return a fault at a place in its file."""
        return Fault(self.sheet.place(node.start, node.end), code, what, hint)

    def fault_in_condition(self, wrong: BadRule) -> Fault:
        """Return a fault at a part of its condition."""
        start, end = self.sheet.stretch(self.root.at("when"), wrong.start, wrong.end)
        return Fault(self.sheet.place(start, end), wrong.code, wrong.what, wrong.hint)


def read_metadata(
    sheet: Sheet, root: Node, platform: Platform, counters: Mapping[str, Type]
) -> Metadata | None:
    """Return the metadata of a rule, or None after any fault."""
    before = len(sheet.faults)
    parts = sheet.mapping(root, NEEDED, OPTIONAL)
    get = parts.get
    made = Metadata(
        id=read_name(sheet, get("id")),
        title=read_words(sheet, get("title")),
        clause=_clause(sheet, get("clause")),
        owner=_owner(sheet, get("owner")),
        severity=sheet.choice(get("severity"), Severity, "severity") or Severity.LOW,
        expected=_share(sheet, get("expected")) or Fraction(1),
        effects=_effects(sheet, get("effects"), platform),
        rollout=_rollout(sheet, get("rollout"), platform),
        cases=_cases(sheet, get("expect"), platform, counters),
    )
    return None if len(sheet.faults) > before else made


def _clause(sheet: Sheet, node: Node | None) -> str:
    text = sheet.text_of(node)
    if node is not None and text is not None and not _CLAUSE.fullmatch(text):
        hint = "Write the clause and its version: integrity.spam@1."
        sheet.fault(node, Code.BAD_CLAUSE, f"{quoted(text)} cites no clause", hint)
    return text or ""


def _owner(sheet: Sheet, node: Node | None) -> str:
    text = sheet.text_of(node)
    if node is not None and text is not None and not _OWNER.fullmatch(text):
        hint = "Write a role or a handle in small letters: policy, ada."
        sheet.fault(node, Code.BAD_NAME, f"{quoted(text)} is neither a role nor a handle", hint)
    return text or ""


def _share(sheet: Sheet, node: Node | None) -> Fraction | None:
    """Return a share of the whole, larger than nothing: 0.002, 2 in 1000, 0.2 %."""
    if node is None:
        return None
    found: Fraction | None = None
    if node.shape in (Shape.WHOLE, Shape.NUMBER) and "_" not in node.value:
        try:
            found = Fraction(Decimal(node.value)) if len(node.value) <= 20 else None
        except (InvalidOperation, ValueError, OverflowError):
            found = None
    elif node.shape is Shape.TEXT and (rate := _RATE.fullmatch(node.value.strip())):
        found = Fraction(int(rate[1]), int(rate[2]))
    elif node.shape is Shape.TEXT and (percent := _PERCENT.fullmatch(node.value.strip())):
        found = Fraction(Decimal(percent[1])) / 100
    if found is not None and 0 < found <= 1:
        return found
    what = f"{quoted(node.value)} is not a rate" if node.value else f"{node.shape} where a rate is needed"
    if found is not None:
        what = f"{quoted(node.value)} is no share: a share is more than 0 and at most 1"
    sheet.fault(
        node, Code.BAD_RATE, what, "Write the share of events that the rule hits: 2 in 1000, 0.2 % or 0.002."
    )
    return None


def _rollout(sheet: Sheet, node: Node | None, platform: Platform) -> RollOut | None:
    if node is None:
        return None
    parts = sheet.mapping(node, ("share", "seed", "by"))
    share, seed = _share(sheet, parts.get("share")), sheet.text_of(parts.get("seed"), 100)
    by = read_path(sheet, parts.get("by"), platform.schema)
    if by is not None and by.type is not Type.TEXT:
        hint = "Name the field that holds an id, such as actor.id."
        sheet.fault(parts["by"], Code.WRONG_KIND, f"{by.path} names nobody: it is not a text", hint)
    return RollOut(share, seed, by.path) if share and seed and by else None


# --- Effects ---------------------------------------------------------------------------------------------------------


def _effects(sheet: Sheet, node: Node | None, platform: Platform) -> tuple[Effect, ...]:
    found: list[Effect] = []
    nodes = sheet.items(node, MAX_EFFECTS)
    if node is not None and node.shape is Shape.LIST and not nodes:
        sheet.fault(node, Code.BAD_EFFECT, "the rule has no effect", "Write at least `- open-case`.")
    for each in nodes:
        effect = _effect(sheet, each)
        if effect is None:
            continue
        if any((effect.kind, effect.measure) == (other.kind, other.measure) for other in found):
            sheet.fault(each, Code.BAD_EFFECT, f"the effect {quoted(str(effect))} stands twice", "Keep one.")
        _check_effect(sheet, each, effect, platform)
        found.append(effect)
    return tuple(found)


def _effect(sheet: Sheet, node: Node) -> Effect | None:
    if node.shape is Shape.TEXT:
        kind = _effect_kind(sheet, node)
        if kind is not None and EFFECTS[kind].measure:
            hint = f"Write `{kind}: limit`; the measures are {', '.join(Measure)}."
            sheet.fault(node, Code.BAD_EFFECT, f"{kind} says no measure", hint)
            return None
        return Effect(kind) if kind else None
    pairs = sheet.pairs(node)
    if not pairs:
        return None
    name, (key, value) = next(iter(pairs.items()))
    kind = _effect_kind(sheet, key)
    for other, (place, _) in list(pairs.items())[1:]:
        if other != "for":
            hint = "Begin each effect with `- `; a measure may say `for: 24 h`."
            sheet.fault(place, Code.UNKNOWN_KEY, f"unknown key {quoted(other)}", hint)
    if kind is None:
        return None
    if not EFFECTS[kind].measure:
        sheet.fault(value, Code.BAD_EFFECT, f"{name} takes no measure", f"Write `- {kind}`.")
        return None
    measure = sheet.choice(value, Measure, "measure")
    seconds = read_length(sheet, pairs["for"][1]) if "for" in pairs else None
    return Effect(kind, measure, seconds) if measure and (seconds or "for" not in pairs) else None


def _effect_kind(sheet: Sheet, node: Node) -> EffectKind | None:
    name = sheet.text_of(node)
    if name is None:
        return None
    if name not in set(EffectKind):
        sheet.unknown(node, Code.UNKNOWN_EFFECT, "effect", name, set(EffectKind))
        return None
    return EffectKind(name)


def _check_effect(sheet: Sheet, node: Node, effect: Effect, platform: Platform) -> None:
    measure = effect.measure
    subject = platform.account if measure and MEASURES[measure].on_account else platform.content
    if measure is None and (platform.account or platform.content) and effect.kind is not EffectKind.HOLD:
        subject = platform.account or platform.content
    if subject is None and measure is not Measure.BLOCK_SPACE:
        key = "account" if measure and MEASURES[measure].on_account else "content"
        hint = f"Write `{key}:` in schema.yaml with the field that holds the platform's own id."
        sheet.fault(node, Code.BAD_EFFECT, f"{effect.kind} needs to know which {key} an event is about", hint)
    if effect.kind is not EffectKind.RESTRICT or measure is None:
        return
    if not MEASURES[measure].reversible:
        hint = f"Write `propose: {measure}`, so that a person decides, or a measure that can be undone."
        sheet.fault(
            node, Code.CANNOT_BE_UNDONE, f"a rule alone would {measure}, which cannot be undone", hint
        )
    elif MEASURES[measure].on_account and effect.seconds is None:
        hint = "Write when it ends by itself, such as `for: 24 h`."
        sheet.fault(node, Code.BAD_EFFECT, f"a rule alone would {measure} an account without an end", hint)


# --- Cases -----------------------------------------------------------------------------------------------------------


def _cases(
    sheet: Sheet, node: Node | None, platform: Platform, counters: Mapping[str, Type]
) -> tuple[Case, ...]:
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
