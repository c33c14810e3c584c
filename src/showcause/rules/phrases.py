"""How English and French say what a rule says. Each phrase takes finished parts and adds no meaning of its own.

French is written so that no adjective has to agree with a noun that only the schema knows: *est de plus de 3*, *figure
dans*, *se trouve dans*. What a name is called begins with its article; the articles are contracted here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from showcause.domain.restriction import Measure
from showcause.rules.powers import EffectKind
from showcause.rules.tree import Calculation, Relation, TextRelation

FIXED = "\N{NO-BREAK SPACE}"
_VOWELS = "aeiouyàâäéèêëîïôöùûüœæ"


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of one language. `{a}` is what is spoken of, `{b}` what it is compared with, negative second."""

    quote: tuple[str, str]
    decimal: str
    percent: str
    comma_or: tuple[str, str, str]
    comma_and: tuple[str, str, str]
    either: tuple[str, str, str]
    neither: tuple[str, str, str]
    applies: str
    fires: str
    flag_bare: tuple[str, str]
    not_true: str
    numbers: Mapping[Relation, str]
    number_and_other: Mapping[Relation, str]
    texts: Mapping[Relation, str]
    text_and_other: Mapping[Relation, str]
    one_of_texts: tuple[str, str]
    one_of_numbers: tuple[str, str]
    in_list: tuple[str, str]
    list_bare: str
    version: str
    text_tests: Mapping[TextRelation, tuple[str, str]]
    pattern: tuple[str, str]
    pattern_plain: tuple[str, str]
    rule: tuple[str, str]
    both_or_neither: tuple[str, str]
    calculations: Mapping[Calculation, str]
    minus: str
    length: str
    more: str
    then: str
    effects: Mapping[EffectKind, str]
    measures: Mapping[Measure, str]
    for_time: str


ENGLISH = Phrases(
    quote=("“", "”"),
    decimal=".",
    percent="{n}%",
    comma_or=("{a} or {b}", ", ", "{a} or {b}"),
    comma_and=("{a} and {b}", ", ", "{a} and {b}"),
    either=("either {a} or {b}", ", ", "one of {a} and {b}"),
    neither=("neither {a} nor {b}", ", ", "none of {a} and {b}"),
    applies="The rule applies when {condition}.",
    fires="The rule {rule} fires when {condition}.",
    flag_bare=("{a} is yes", "{a} is no"),
    not_true="it is not true that {a}",
    numbers={
        Relation.EQUAL: "{a} is {b}",
        Relation.UNEQUAL: "{a} is not {b}",
        Relation.LESS: "{a} is less than {b}",
        Relation.AT_MOST: "{a} is at most {b}",
        Relation.MORE: "{a} is more than {b}",
        Relation.AT_LEAST: "{a} is at least {b}",
    },
    number_and_other={
        Relation.EQUAL: "{a} is the same as {b}",
        Relation.UNEQUAL: "{a} is not the same as {b}",
        Relation.LESS: "{a} is less than {b}",
        Relation.AT_MOST: "{a} is no more than {b}",
        Relation.MORE: "{a} is more than {b}",
        Relation.AT_LEAST: "{a} is no less than {b}",
    },
    texts={
        Relation.EQUAL: "{a} is {b}",
        Relation.UNEQUAL: "{a} is not {b}",
        Relation.LESS: "{a} comes before {b} in the order of characters",
        Relation.AT_MOST: "{a} does not come after {b} in the order of characters",
        Relation.MORE: "{a} comes after {b} in the order of characters",
        Relation.AT_LEAST: "{a} does not come before {b} in the order of characters",
    },
    text_and_other={
        Relation.EQUAL: "{a} is the same as {b}",
        Relation.UNEQUAL: "{a} is not the same as {b}",
    },
    one_of_texts=("{a} is {b}", "{a} is {b}"),
    one_of_numbers=("{a} is {b}", "{a} is {b}"),
    in_list=("{a} is in {b}", "{a} is not in {b}"),
    list_bare="the list {a}",
    version=" (version {n})",
    text_tests={
        TextRelation.CONTAINS: ("{a} contains {b}", "{a} does not contain {b}"),
        TextRelation.STARTS_WITH: ("{a} begins with {b}", "{a} does not begin with {b}"),
        TextRelation.ENDS_WITH: ("{a} ends with {b}", "{a} does not end with {b}"),
    },
    pattern=("the pattern {b} is found in {a}", "the pattern {b} is not found in {a}"),
    pattern_plain=("{a} contains a wording that we look for", "{a} contains no wording that we look for"),
    rule=("the rule {a} applies", "the rule {a} does not apply"),
    both_or_neither=(
        "both of these are true or both are false: {a}; {b}",
        "exactly one of these is true: {a}; {b}",
    ),
    calculations={
        Calculation.ADD: "{a} plus {b}",
        Calculation.SUBTRACT: "{a} minus {b}",
        Calculation.MULTIPLY: "{a} times {b}",
        Calculation.DIVIDE: "{a} divided by {b}",
    },
    minus="minus {a}",
    length="the number of characters of {a}",
    more="{n} more",
    then="It then {effects}.",
    effects={
        EffectKind.OPEN_CASE: "opens a case",
        EffectKind.ORDER_REVIEW: "moves the case forward in the queue",
        EffectKind.HOLD: "holds the content back until a person has looked at it",
        EffectKind.PROPOSE: "proposes to {measure}",
        EffectKind.RESTRICT: "acts at once, to {measure}",
    },
    measures={
        Measure.SUSPEND: "suspend the account",
        Measure.LOCK: "lock the account",
        Measure.LIMIT: "limit the account",
        Measure.LABEL: "label the content",
        Measure.HIDE: "hide the content",
        Measure.REMOVE: "remove the content",
        Measure.BLOCK_SPACE: "close the space",
    },
    for_time=" for {time}",
)

FRENCH = Phrases(
    quote=(f"«{FIXED}", f"{FIXED}»"),
    decimal=",",
    percent=f"{{n}}{FIXED}%",
    comma_or=("{a} ou {b}", ", ", "{a} ou {b}"),
    comma_and=("{a} et {b}", ", ", "{a} et {b}"),
    either=("soit {a}, soit {b}", ", ", "l’une des valeurs {a} et {b}"),
    neither=("ni {a} ni {b}", ", ni ", "ni {a}, ni {b}"),
    applies="La règle s’applique quand {condition}.",
    fires="La règle {rule} se déclenche quand {condition}.",
    flag_bare=("{a} vaut oui", "{a} vaut non"),
    not_true="il n’est pas vrai {que:a}",
    numbers={
        Relation.EQUAL: "{a} est de {b}",
        Relation.UNEQUAL: "{a} n’est pas de {b}",
        Relation.LESS: "{a} est de moins de {b}",
        Relation.AT_MOST: "{a} est d’au plus {b}",
        Relation.MORE: "{a} est de plus de {b}",
        Relation.AT_LEAST: "{a} est d’au moins {b}",
    },
    number_and_other={
        Relation.EQUAL: "{a} vaut autant {que:b}",
        Relation.UNEQUAL: "{a} ne vaut pas autant {que:b}",
        Relation.LESS: "{a} vaut moins {que:b}",
        Relation.AT_MOST: "{a} ne dépasse pas {b}",
        Relation.MORE: "{a} dépasse {b}",
        Relation.AT_LEAST: "{a} vaut au moins autant {que:b}",
    },
    texts={
        Relation.EQUAL: "{a} est {b}",
        Relation.UNEQUAL: "{a} n’est pas {b}",
        Relation.LESS: "{a} vient avant {b} dans l’ordre des caractères",
        Relation.AT_MOST: "{a} ne vient pas après {b} dans l’ordre des caractères",
        Relation.MORE: "{a} vient après {b} dans l’ordre des caractères",
        Relation.AT_LEAST: "{a} ne vient pas avant {b} dans l’ordre des caractères",
    },
    text_and_other={
        Relation.EQUAL: "{a} est identique {à:b}",
        Relation.UNEQUAL: "{a} n’est pas identique {à:b}",
    },
    one_of_texts=("{a} est {b}", "{a} n’est {b}"),
    one_of_numbers=("{a} vaut {b}", "{a} ne vaut {b}"),
    in_list=("{a} figure dans {b}", "{a} ne figure pas dans {b}"),
    list_bare="la liste {a}",
    version=" (version {n})",
    text_tests={
        TextRelation.CONTAINS: ("{a} contient {b}", "{a} ne contient pas {b}"),
        TextRelation.STARTS_WITH: ("{a} commence par {b}", "{a} ne commence pas par {b}"),
        TextRelation.ENDS_WITH: ("{a} se termine par {b}", "{a} ne se termine pas par {b}"),
    },
    pattern=("le motif {b} se trouve dans {a}", "le motif {b} ne se trouve pas dans {a}"),
    pattern_plain=(
        "{a} contient une tournure que nous recherchons",
        "{a} ne contient aucune tournure que nous recherchons",
    ),
    rule=("la règle {a} s’applique", "la règle {a} ne s’applique pas"),
    both_or_neither=(
        f"les deux sont vrais, ou aucun ne l’est{FIXED}: {{a}}{FIXED}; {{b}}",
        f"un seul des deux est vrai{FIXED}: {{a}}{FIXED}; {{b}}",
    ),
    calculations={
        Calculation.ADD: "{a} plus {b}",
        Calculation.SUBTRACT: "{a} moins {b}",
        Calculation.MULTIPLY: "{a} fois {b}",
        Calculation.DIVIDE: "{a} sur {b}",
    },
    minus="moins {a}",
    length="le nombre de caractères {de:a}",
    more="{n} autres",
    then="Alors elle {effects}.",
    effects={
        EffectKind.OPEN_CASE: "ouvre un dossier",
        EffectKind.ORDER_REVIEW: "fait avancer le dossier dans la file",
        EffectKind.HOLD: "retient le contenu jusqu’à ce qu’une personne l’ait vu",
        EffectKind.PROPOSE: "propose de {measure}",
        EffectKind.RESTRICT: "agit aussitôt, pour {measure}",
    },
    measures={
        Measure.SUSPEND: "suspendre le compte",
        Measure.LOCK: "verrouiller le compte",
        Measure.LIMIT: "limiter le compte",
        Measure.LABEL: "ajouter une mention au contenu",
        Measure.HIDE: "masquer le contenu",
        Measure.REMOVE: "retirer le contenu",
        Measure.BLOCK_SPACE: "fermer l’espace",
    },
    for_time=" pendant {time}",
)

PHRASES: Mapping[str, Phrases] = {"en": ENGLISH, "fr": FRENCH}


def fill(template: str, **parts: str) -> str:
    """Return a phrase with its parts; `{que:a}`, `{de:a}` and `{à:a}` join a French word to what follows."""
    return _PART.sub(lambda found: _JOINS[found[1]](parts[found[2]]), template)


def que(text: str) -> str:
    """Return a French clause with its *que*."""
    return f"qu’{text}" if text[:1].lower() in _VOWELS else f"que {text}"


def _de(text: str) -> str:
    for article, contracted in (("le ", "du "), ("les ", "des ")):
        if text.startswith(article):
            return contracted + text.removeprefix(article)
    return f"d’{text}" if text[:1].lower() in _VOWELS else f"de {text}"


def _to(text: str) -> str:
    for article, contracted in (("le ", "au "), ("les ", "aux ")):
        if text.startswith(article):
            return contracted + text.removeprefix(article)
    return f"à {text}"


_PART = re.compile(r"\{(?:(que|de|à):)?([a-z]+)\}")
_JOINS: Mapping[str | None, Callable[[str], str]] = {None: str, "que": que, "de": _de, "à": _to}


def joined(forms: tuple[str, str, str], items: Sequence[str]) -> str:
    """Return items as a list: two by the first form, more by the second between them and the third at the end."""
    two, between, last = forms
    if len(items) == 1:
        return items[0]
    if len(items) == 2:
        return fill(two, a=items[0], b=items[1])
    return fill(last, a=between.join(items[:-1]), b=items[-1])
