"""The clauses of a platform's policy: what is forbidden, what must be proved, and what may follow.

A clause is a value that never changes. A new wording is a new version, and a decision cites
`family.name@version`. Everything that a reader may see is written in every language of the platform.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum

from showcause.domain.restriction import Measure
from showcause.domain.sentences import Kind, placeholders

LANGUAGES = ("en", "fr")
"""The languages in which every text of a clause must exist."""

MANY_ACCOUNTS = 10
"""From this number of accounts on, one act counts as wide and a `by-reach` rung needs a second person."""

GROUND_SLOT = "legal_reference"
"""The slot in which a moderator names the law, when the clause itself cannot name it beforehand."""


STRONG_SLOT = "strong_evidence"
"""The slot in which a moderator names the one strong item that makes further evidence unnecessary."""


class Second(StrEnum):
    """When a second person must approve a rung."""

    NEVER = "never"
    BY_REACH = "by-reach"
    ALWAYS = "always"


class Ground(StrEnum):
    """Whether a clause rests on the law or on the terms of the platform (DSA Art. 17(3)(d) or (e))."""

    LAW = "law"
    TERMS = "terms"


class Power(StrEnum):
    """What automation may do by itself under a clause, from the least to the most."""

    OPEN_CASE = "open-case"
    PROPOSE = "propose"
    HOLD = "hold"


class Urgent(StrEnum):
    """The four dangers for which one trained person may act before the record is written."""

    CHILD_ABUSE = "child-sexual-abuse"
    TERRORISM = "terrorist-content"
    THREAT_TO_LIFE = "threat-to-life"
    PRIVATE_ADDRESS = "private-address"


class Snapshot(StrEnum):
    """Whether the material itself may be copied as evidence, or only a hash and a sealed reference."""

    ALLOWED = "allowed"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Text:
    """One text in one language."""

    language: str
    text: str


Texts = tuple[Text, ...]


def said(**by_language: str) -> Texts:
    """Build a text from its languages, in alphabetical order: `said(en="Spam", fr="Pourriel")`."""
    return tuple(Text(language, by_language[language]) for language in sorted(by_language))


def say(texts: Texts, language: str) -> str:
    """Return the text in this language.

    Raises: KeyError when the text does not exist in it; loaded clauses always have `LANGUAGES`.
    """
    for each in texts:
        if each.language == language:
            return each.text
    raise KeyError(language)


@dataclass(frozen=True, slots=True)
class Element:
    """One thing that must be proved; a breach needs all the elements that the chosen preset names."""

    id: str
    texts: Texts

    @property
    def text(self) -> str:
        """Return the English text."""
        return say(self.texts, "en")


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder: a measure, how long (None: no end date), and who must agree."""

    name: str
    measure: Measure
    duration: timedelta | None
    second: Second
    titles: Texts = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What must be shown, and how many items that do not depend on one another."""

    needed: tuple[Texts, ...]
    min_independent: int = 1
    strong_suffices: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A fact that a moderator fills in; `max_length` counts code points (items, for a list)."""

    id: str
    kind: Kind
    max_length: int
    required: bool
    titles: Texts = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that the clause brings along; its placeholders are slots of the clause."""

    id: str
    texts: Texts


@dataclass(frozen=True, slots=True)
class Preset:
    """A reason prepared in advance: the elements it proves, the rung it suggests, the sentences it says."""

    id: str
    titles: Texts
    elements: tuple[str, ...]
    rung: str
    sentences: tuple[str, ...]

    @property
    def title(self) -> str:
        """Return the English title."""
        return say(self.titles, "en")


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule of the platform, complete enough to decide by and to explain the decision.

    `category` and `keywords` are codes of the EU's Transparency Database; `law_reference` names the law
    for `Ground.LAW`; `needs_ground` means that a decision must name an earlier one that is in force.
    """

    id: str
    version: int
    titles: Texts
    rules: Texts
    whys: Texts
    elements: tuple[Element, ...]
    ladder: tuple[Rung, ...]
    evidence_needed: Evidence
    ground: Ground
    category: str
    keywords: tuple[str, ...]
    presets: tuple[Preset, ...] = ()
    slots: tuple[Slot, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    examples_in: tuple[Texts, ...] = ()
    examples_out: tuple[Texts, ...] = ()
    exceptions: tuple[Texts, ...] = ()
    law_reference: str | None = None
    keyword_other: str | None = None
    needs_ground: bool = False
    urgent_category: Urgent | None = None
    snapshot: Snapshot = Snapshot.ALLOWED
    automation: Power = Power.OPEN_CASE

    @property
    def ref(self) -> str:
        """Return the citation, `integrity.evasion@1`."""
        return f"{self.id}@{self.version}"

    @property
    def title(self) -> str:
        """Return the English title."""
        return say(self.titles, "en")

    @property
    def rule(self) -> str:
        """Return the rule in plain English words."""
        return say(self.rules, "en")

    @property
    def why(self) -> str:
        """Return, in English, why the rule exists."""
        return say(self.whys, "en")

    @property
    def texts(self) -> dict[str, tuple[str, str]]:
        """Return title and rule by language."""
        return {each.language: (each.text, say(self.rules, each.language)) for each in self.titles}

    def rung(self, name: str) -> Rung | None:
        """Return the rung of this name, or None."""
        return next((rung for rung in self.ladder if rung.name == name), None)

    def preset(self, id: str) -> Preset | None:
        """Return the preset of this id, or None."""
        return next((preset for preset in self.presets if preset.id == id), None)

    def slot(self, id: str) -> Slot | None:
        """Return the slot of this id, or None."""
        return next((slot for slot in self.slots if slot.id == id), None)


def slots_needed(clause: Clause, preset: Preset | None) -> tuple[Slot, ...]:
    """Return the slots that must be filled: the required ones, and those that the preset's sentences name."""
    said_ids = preset.sentences if preset else ()
    named = {
        name
        for sentence in clause.sentences
        if sentence.id in said_ids
        for text in sentence.texts
        for name, _ in placeholders(text.text)
    }
    return tuple(slot for slot in clause.slots if slot.required or slot.id in named)


def default_second(measure: Measure) -> Second:
    """Return who must agree when a ladder does not say: suspending and locking always take two people."""
    return Second.ALWAYS if measure in (Measure.SUSPEND, Measure.LOCK) else Second.BY_REACH


def needs_second(rung: Rung, reach_high: bool, accounts_hit: int) -> bool:
    """Tell whether a second person must approve this rung, given the reach and the number of accounts hit."""
    match rung.second:
        case Second.NEVER:
            return False
        case Second.BY_REACH:
            return reach_high or accounts_hit >= MANY_ACCOUNTS
        case Second.ALWAYS:
            return True


def digest(clause: Clause) -> str:
    """Return the SHA-256, in hex, of the clause as canonical JSON; any change of wording changes it."""
    return hashlib.sha256(canonical(asdict(clause))).hexdigest()


def canonical(value: object) -> bytes:
    """Return UTF-8 JSON with sorted keys and no spaces; durations become whole seconds."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_seconds)
    return text.encode()


def _seconds(value: object) -> int:
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    raise TypeError(f"a clause holds a {type(value).__name__}, which has no canonical form")


def phrases_of(clause: Clause) -> dict[str, dict[str, str]]:
    """Return the sentences that a clause brings into a statement, as sentence id -> language -> template.

    Ids: `clause.<ref>.title`, `clause.<ref>.rule`, `element.<ref>.<element>`, and the clause's own.
    """
    return {id: {each.language: each.text for each in texts} for id, texts in _phrases(clause)}


def _phrases(clause: Clause) -> Iterator[tuple[str, Texts]]:
    yield f"clause.{clause.ref}.title", clause.titles
    yield f"clause.{clause.ref}.rule", clause.rules
    for element in clause.elements:
        yield f"element.{clause.ref}.{element.id}", element.texts
    for sentence in clause.sentences:
        yield f"why.{clause.ref}.{sentence.id}", sentence.texts
