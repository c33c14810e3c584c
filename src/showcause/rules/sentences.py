"""A rule as a sentence in English and French, made from its tree, so that it cannot say something else than it does.

Two styles. *Exact* is for moderators: every value, list version, pattern and rule is named. *Plain* is for statements
of reasons: what a threshold amounts to, what a list is called, and what earlier rules say instead of their names.
Negations are carried to the leaves first, as the evaluators do, so that a sentence never says "not" of a whole group.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from showcause.domain.wording import duration_in_words, number_in_words
from showcause.rules.normal import OPPOSITE
from showcause.rules.phrases import PHRASES, Phrases, fill, joined, que
from showcause.rules.powers import Effect
from showcause.rules.schema import Type
from showcause.rules.tree import (
    And,
    Arithmetic,
    Calculation,
    Comparison,
    Condition,
    Constant,
    CounterValue,
    FieldValue,
    Flag,
    Length,
    ListLiteral,
    Membership,
    NamedList,
    Negative,
    Not,
    Or,
    Pattern,
    Plain,
    Relation,
    RuleReference,
    TextTest,
    Threshold,
    Value,
    type_of,
)
from showcause.rules.words import LANGUAGES, Called, Unit

if TYPE_CHECKING:
    from showcause.rules.folder import Loaded

MOST_ITEMS = 8
"""Longest list that a plain sentence spells out."""

MIRRORED = {
    Relation.EQUAL: Relation.EQUAL,
    Relation.UNEQUAL: Relation.UNEQUAL,
    Relation.LESS: Relation.MORE,
    Relation.MORE: Relation.LESS,
    Relation.AT_MOST: Relation.AT_LEAST,
    Relation.AT_LEAST: Relation.AT_MOST,
}
_NOTHING = Called()


class Style(StrEnum):
    """For whom a sentence is."""

    EXACT = "exact"
    PLAIN = "plain"


def sentence(loaded: "Loaded", rule: str, language: str, style: Style = Style.EXACT) -> str:
    """Return one sentence that says when a rule fires. `language` is one of `LANGUAGES`."""
    speaker = _Speaker(loaded, PHRASES[language], language, style)
    condition = speaker.condition(loaded.by_id[rule].condition, positive=True, inside=False)
    template = speaker.phrases.fires if style is Style.EXACT else speaker.phrases.applies
    return fill(template, rule=f"`{rule}`", condition=condition)


def condition_in_words(
    loaded: "Loaded", condition: Condition, language: str, style: Style = Style.PLAIN
) -> str:
    """Return a condition as a part of a sentence."""
    speaker = _Speaker(loaded, PHRASES[language], language, style)
    return speaker.condition(condition, positive=True, inside=False)


def effects_in_words(effects: Sequence[Effect], language: str) -> str:
    """Return one sentence that says what a rule does when it fires."""
    phrases = PHRASES[language]
    said = []
    for each in effects:
        measure = phrases.measures[each.measure] if each.measure else ""
        if each.seconds:
            measure += fill(phrases.for_time, time=duration_in_words(each.seconds, language))
        said.append(fill(phrases.effects[each.kind], measure=measure))
    return fill(phrases.then, effects=joined(phrases.comma_and, said))


@dataclass(frozen=True, slots=True)
class _Speaker:
    loaded: "Loaded"
    phrases: Phrases
    language: str
    style: Style

    # --- Conditions

    def condition(self, node: Condition, *, positive: bool, inside: bool) -> str:
        """Return a condition, or its opposite; `inside` another group it stands between brackets."""
        phrases = self.phrases
        side = 0 if positive else 1
        match node:
            case Not():
                return self.condition(node.operand, positive=not positive, inside=inside)
            case And() | Or():
                return self._group(node, positive=positive, inside=inside)
            case Flag():
                return self._flag(node.value.path, positive=positive)
            case Comparison():
                return self._comparison(node, positive=positive)
            case Membership():
                return self._membership(node, positive=positive)
            case TextTest():
                template = phrases.text_tests[node.relation][side]
                return fill(template, a=self.value(node.subject), b=self.value(node.argument))
            case Pattern():
                exact = self.style is Style.EXACT
                template = (phrases.pattern if exact else phrases.pattern_plain)[side]
                return fill(template, a=self.value(node.subject), b=f"`{node.pattern}`")
            case RuleReference():
                return self._rule(node.rule, positive=positive, inside=inside)
            case _:
                assert_never(node)

    def _group(self, node: And | Or, *, positive: bool, inside: bool) -> str:
        forms = self.phrases.comma_and if isinstance(node, And) is positive else self.phrases.comma_or
        parts = [self.condition(each, positive=positive, inside=True) for each in node.operands]
        if self.language == "fr" and not inside:
            parts = [parts[0], *map(que, parts[1:])]  # quand une chose est vraie et qu’une autre l’est aussi
        said = joined(forms, parts)
        return f"({said})" if inside else said

    def _rule(self, rule: str, *, positive: bool, inside: bool) -> str:
        if self.style is Style.EXACT:
            return fill(self.phrases.rule[0 if positive else 1], a=f"`{rule}`")
        return self.condition(self.loaded.conditions[rule], positive=positive, inside=inside)

    def _flag(self, path: str, *, positive: bool) -> str:
        called = self._called(path)
        if words := (called.words if positive else called.words_not).get(self.language):
            return words
        if called.words.get(self.language):
            return fill(self.phrases.not_true, a=called.words[self.language])
        return fill(self.phrases.flag_bare[0 if positive else 1], a=f"`{path}`")

    def _comparison(self, node: Comparison, *, positive: bool) -> str:
        relation = node.relation if positive else OPPOSITE[node.relation]
        left, right = node.left, node.right
        if isinstance(left, Constant | Threshold) and not isinstance(right, Constant | Threshold):
            left, right, relation = right, left, MIRRORED[relation]
        if isinstance(left, FieldValue) and isinstance(right, FieldValue) and left.type is Type.BOOL:
            template = self.phrases.both_or_neither[0 if relation is Relation.EQUAL else 1]
            parts = [self._flag(each.path, positive=True) for each in (left, right)]
            return fill(template, a=parts[0], b=parts[1])
        if type_of(left) is Type.TEXT:
            same = self.phrases.texts
            if relation in (Relation.EQUAL, Relation.UNEQUAL) and not isinstance(right, Constant):
                same = self.phrases.text_and_other
            return fill(same[relation], a=self.value(left), b=self.value(right))
        fixed = isinstance(right, Constant | Threshold)
        forms = self.phrases.numbers if fixed else self.phrases.number_and_other
        return fill(forms[relation], a=self.value(left), b=self.value(right, self._unit(left)))

    def _membership(self, node: Membership, *, positive: bool) -> str:
        operand = self.value(node.operand)
        side = 0 if positive else 1
        if isinstance(node.items, NamedList):
            return fill(self.phrases.in_list[side], a=operand, b=self._list(node.items.name))
        items = self._items(node.items, self._unit(node.operand))
        texts = node.items.type is Type.TEXT
        if len(items) == 1:
            relation = Relation.EQUAL if positive else Relation.UNEQUAL
            one = self.phrases.texts if texts else self.phrases.numbers
            return fill(one[relation], a=operand, b=items[0])
        template = (self.phrases.one_of_texts if texts else self.phrases.one_of_numbers)[side]
        return fill(
            template, a=operand, b=joined(self.phrases.either if positive else self.phrases.neither, items)
        )

    def _items(self, items: ListLiteral, unit: Unit | None) -> list[str]:
        said = [self._plain(each, unit) for each in items.items]
        if self.style is Style.PLAIN and len(said) > MOST_ITEMS:
            rest = number_in_words(len(said) - MOST_ITEMS, self.language)
            return [*said[:MOST_ITEMS], fill(self.phrases.more, n=rest)]
        return said

    def _list(self, name: str) -> str:
        words = self._called(name).words.get(self.language) or fill(self.phrases.list_bare, a=f"`{name}`")
        if self.style is Style.PLAIN:
            return words
        return words + fill(self.phrases.version, n=str(self.loaded.lists[name].version.version))

    # --- Values

    def value(self, node: Value, unit: Unit | None = None) -> str:
        """Return what a value is called; a number that is written out is said in `unit`."""
        match node:
            case FieldValue():
                return self._name(node.path)
            case CounterValue():
                return self._name(node.counter)
            case Threshold():
                return self._threshold(node.name, unit)
            case Constant():
                return self._plain(node.value, unit)
            case Length():
                return fill(self.phrases.length, a=self.value(node.operand))
            case Negative():
                return fill(self.phrases.minus, a=self._inner(node.operand, tight=True))
            case Arithmetic():
                tight = node.operator in (Calculation.MULTIPLY, Calculation.DIVIDE)
                left = self._inner(node.left, tight=tight)
                right = self._inner(
                    node.right, tight=tight or node.operator is Calculation.SUBTRACT, right=True
                )
                return fill(self.phrases.calculations[node.operator], a=left, b=right)
            case _:
                assert_never(node)

    def _inner(self, node: Value, *, tight: bool, right: bool = False) -> str:
        said = self.value(node)
        sums = isinstance(node, Arithmetic) and node.operator in (Calculation.ADD, Calculation.SUBTRACT)
        products = isinstance(node, Arithmetic) and not sums
        needs = (tight and sums) or (right and tight and products) or isinstance(node, Negative)
        return f"({said})" if needs else said

    def _name(self, name: str) -> str:
        return self._called(name).words.get(self.language) or f"`{name}`"

    def _called(self, name: str) -> Called:
        return self.loaded.called.get(name, _NOTHING)

    def _unit(self, value: Value) -> Unit | None:
        name = (
            value.path
            if isinstance(value, FieldValue)
            else value.counter
            if isinstance(value, CounterValue)
            else ""
        )
        return self._called(name).unit

    def _threshold(self, name: str, unit: Unit | None) -> str:
        value = self._plain(self.loaded.thresholds[name].version.value, self._called(name).unit or unit)
        return value if self.style is Style.PLAIN else f"{value} (`{name}`)"

    def _plain(self, value: Plain, unit: Unit | None) -> str:
        match value:
            case str():
                return f"{self.phrases.quote[0]}{value}{self.phrases.quote[1]}"
            case bool():
                return str(value)
            case _:
                return self._number(value, unit)

    def _number(self, value: int | float, unit: Unit | None) -> str:
        if unit is Unit.SHARE:
            return fill(self.phrases.percent, n=self._digits(round(value * 100, 9)))
        seconds = unit.seconds if unit else None
        if seconds and value > 0 and float(value * seconds).is_integer():
            return duration_in_words(int(value * seconds), self.language)
        return self._digits(value)

    def _digits(self, value: int | float) -> str:
        if float(value).is_integer() and abs(value) < 10**15:
            return number_in_words(int(value), self.language)
        whole, point, rest = repr(float(value)).partition(".")
        return whole + (self.phrases.decimal if point else "") + rest


__all__ = ["LANGUAGES", "Style", "condition_in_words", "effects_in_words", "sentence"]
