"""What a rule may do, and what it may not do because of what it reads (guarantee 2).

A rule may open a case, order a review, hold content back before it is published, propose a measure, or restrict. What
is derived from reports (their number, their rate, how many people reported, a priority, a score) may do the first two
and nothing else. The value is followed wherever it goes: through fields that the platform marked, counters, lists,
arithmetic and earlier rules. A rule that does more must also be unable to fire on the event of a report itself.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from showcause.domain.restriction import MEASURES, Measure
from showcause.rules.normal import Normal, normal, opposite
from showcause.rules.tree import (
    And,
    Comparison,
    Condition,
    Constant,
    CounterValue,
    FieldValue,
    ListLiteral,
    Membership,
    NamedList,
    Node,
    Not,
    Or,
    Relation,
    RuleReference,
    walk,
)


class EffectKind(StrEnum):
    """What a rule does when it fires, from the least to the most."""

    OPEN_CASE = "open-case"
    ORDER_REVIEW = "order-review"
    HOLD = "hold-before-publication"
    PROPOSE = "propose"
    RESTRICT = "restrict"


@dataclass(frozen=True, slots=True)
class EffectFacts:
    """What the house needs to know of an effect.

    `meaning` is for the reference; `after_reports` says whether a rule that reads what is derived from reports may
    have it; `measure` whether it names one; `when_unknown` what happens when the rule is UNKNOWN, fails or is late.
    """

    meaning: str
    after_reports: bool
    measure: bool
    when_unknown: str


EFFECTS: Mapping[EffectKind, EffectFacts] = {
    EffectKind.OPEN_CASE: EffectFacts(
        "file a report of the rule's own, which opens a case or joins one", True, False, "nothing is opened"
    ),
    EffectKind.ORDER_REVIEW: EffectFacts(
        "move the open case of the subject forward in the queue", True, False, "the order stays"
    ),
    EffectKind.HOLD: EffectFacts(
        "keep the content back until a person has looked at it", False, False, "nothing is held, unless set otherwise"
    ),
    EffectKind.PROPOSE: EffectFacts(
        "propose a measure, which a person takes or leaves", False, True, "nothing is proposed"
    ),
    EffectKind.RESTRICT: EffectFacts(
        "take a measure that can be undone, within the powers granted to the policy clause", False, True,
        "nothing is restricted",
    ),
}  # fmt: skip
"""The effects."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect of a rule; `seconds` says when a measure ends by itself, None that no end is set here."""

    kind: EffectKind
    measure: Measure | None = None
    seconds: int | None = None

    def __str__(self) -> str:
        """Write it as in a rule file, on one line."""
        measure = f": {self.measure}" if self.measure else ""
        return f"{self.kind}{measure}{f' for {self.seconds} s' if self.seconds else ''}"


@dataclass(frozen=True, slots=True)
class Powers:
    """What the effects of a rule amount to."""

    restricts: bool
    on_account: bool
    approvers: int
    budget: bool

    @property
    def sentences(self) -> tuple[str, ...]:
        """Say it in English."""
        acts = "It restricts by itself." if self.restricts else "It restricts nobody by itself."
        two = (
            "Two people approve a change of it."
            if self.approvers > 1
            else "One person approves a change of it."
        )
        budget = (
            ("A restriction of accounts needs a certified budget of false alarms.",) if self.budget else ()
        )
        return (acts, two, *budget)


def powers_of(effects: tuple[Effect, ...]) -> Powers:
    """Return what these effects may do together.

    Source: docs/adr/0034 and guarantee 5: what restricts needs two people; a power over accounts needs a budget.
    """
    restricting = [each for each in effects if each.kind is EffectKind.RESTRICT]
    measures = [each.measure for each in effects if each.measure]
    on_account = any(MEASURES[each].on_account for each in measures)
    over_accounts = any(each.measure and MEASURES[each.measure].on_account for each in restricting)
    more_than_review = any(not EFFECTS[each.kind].after_reports for each in effects)
    return Powers(bool(restricting), on_account, 2 if more_than_review else 1, over_accounts)


def beyond_reviews(effects: tuple[Effect, ...]) -> Effect | None:
    """Return the first effect that nothing derived from reports may have, or None."""
    return next((each for each in effects if not EFFECTS[each.kind].after_reports), None)


# --- What is derived from reports ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportEvents:
    """Which events are reports themselves: those whose field at `path` has one of `values`."""

    path: str
    values: frozenset[str]


def name_of(node: Node) -> str | None:
    """Return the name under which a leaf of the tree is marked, or None for what carries no mark."""
    match node:
        case FieldValue():
            return node.path
        case CounterValue():
            return node.counter
        case NamedList():
            return node.name
        case RuleReference():
            return node.rule
        case _:
            return None


def tainted(condition: Condition) -> Iterator[FieldValue | CounterValue | NamedList | RuleReference]:
    """Yield whatever a condition reads that is derived from reports, in the order in which it is written."""
    for each in walk(condition):
        if isinstance(each, FieldValue | CounterValue | NamedList | RuleReference) and each.from_reports:
            yield each


def chain(name: str, reasons: Mapping[str, str]) -> str:
    """Say why a name is derived from reports: `` `a` reads `b`, which counts reports ``.

    `reasons` gives for each tainted name another name that it reads, or a sentence in words.
    """
    said, seen = [], {name}
    while (reason := reasons.get(name)) is not None:
        if reason not in reasons or reason in seen:
            said.append(reason)
            break
        said.append(f"reads `{reason}`")
        seen.add(reason)
        name = reason
    return ", which ".join(said)


_SOUNDS = re.compile(r"report|flag(?:ged|s\b)|complain|denounc|signal[eé]")


def sounds_like_reports(name: str) -> bool:
    """Say whether a name suggests that what it names was reported by people."""
    return _SOUNDS.search(name.lower()) is not None


def sounding(condition: Condition | None, reports: ReportEvents | None) -> Iterator[str]:
    """Yield the kinds of events that a condition names, that sound like reports, and that are not declared as such."""
    if condition is None or reports is None:
        return
    for node in walk(condition):
        named: tuple[object, ...] = ()
        match node:
            case Comparison(left=FieldValue(path=reports.path), right=Constant(value=value)):
                named = (value,)
            case Comparison(left=Constant(value=value), right=FieldValue(path=reports.path)):
                named = (value,)
            case Membership(operand=FieldValue(path=reports.path), items=ListLiteral(items=items)):
                named = items
            case _:
                continue
        for each in named:
            if isinstance(each, str) and each not in reports.values and sounds_like_reports(each):
                yield each


def excludes(condition: Condition, reports: ReportEvents, rules: Mapping[str, Condition]) -> bool:
    """Say whether a condition can certainly not be TRUE for the event of a report.

    False where it cannot be told from the form alone: `kind == 'post'` and `kind != 'report'` are understood, also
    within `and`, `or`, `not` and earlier rules.
    """
    return _excludes(normal(condition), reports, rules)


def _excludes(condition: Normal, reports: ReportEvents, rules: Mapping[str, Condition]) -> bool:
    match condition:
        case And():
            return any(_excludes(each, reports, rules) for each in condition.operands)
        case Or():
            return all(_excludes(each, reports, rules) for each in condition.operands)
        case Comparison(relation=relation, left=FieldValue(path=reports.path), right=Constant(value=value)):
            return _names_no_report(relation, value, reports)
        case Comparison(relation=relation, left=Constant(value=value), right=FieldValue(path=reports.path)):
            return _names_no_report(relation, value, reports)
        case Membership(operand=FieldValue(path=reports.path), items=ListLiteral(items=items)):
            return not reports.values & set(items)
        case Not(operand=Membership(operand=FieldValue(path=reports.path), items=ListLiteral(items=items))):
            return reports.values <= set(items)
        case RuleReference() if condition.rule in rules:
            return _excludes(normal(rules[condition.rule]), reports, rules)
        case Not(operand=RuleReference(rule=rule)) if rule in rules:
            return _excludes(opposite(rules[rule]), reports, rules)
        case _:
            return False


def _names_no_report(relation: Relation, value: object, reports: ReportEvents) -> bool:
    match relation:
        case Relation.EQUAL:
            return value not in reports.values
        case Relation.UNEQUAL:
            return reports.values == {value}
        case _:
            return False
