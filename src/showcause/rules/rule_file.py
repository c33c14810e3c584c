"""One rule as its file has it: who answers for it, what it cites and does, when it fires, what is expected of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction

from showcause.rules.codes import Code
from showcause.rules.entries import read_name, read_path, read_words
from showcause.rules.messages import BadRule, Fault, quoted
from showcause.rules.powers import Effect
from showcause.rules.rule_cases import Case, read_cases
from showcause.rules.rule_effects import read_effects
from showcause.rules.schema import Type
from showcause.rules.schema_file import Platform
from showcause.rules.sheet import Node, Shape, Sheet
from showcause.rules.tree import Condition, Rule
from showcause.rules.words import Texts

NEEDED = ("id", "title", "clause", "owner", "severity", "expected", "effects", "when", "expect")
OPTIONAL = ("rollout",)
KEYS = (*NEEDED[:7], "rollout", *NEEDED[7:])
"""Every key of a rule file, in the order in which they are written."""

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


@dataclass(frozen=True, slots=True)
class RollOut:
    """The share of entities on which a rule acts while it is tried: by hash, so that replay chooses the same (S-16)."""

    share: Fraction
    seed: str
    by: str


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
        effects=read_effects(sheet, get("effects"), platform),
        rollout=_rollout(sheet, get("rollout"), platform),
        cases=read_cases(sheet, get("expect"), platform, counters),
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
