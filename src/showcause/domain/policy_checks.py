"""What makes a clause unfit to decide by. Each check is one sentence of the house's law.

A fault says where it is as a path into the clause as it is written in a file,
`("presets", 0, "rung")`, so that whoever read the file can name line and column.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from showcause.domain.policy import (
    GROUND_SLOT,
    LANGUAGES,
    STRONG_SLOT,
    Clause,
    Ground,
    Power,
    Second,
    Snapshot,
    Texts,
    Urgent,
)
from showcause.domain.restriction import MEASURES, Measure
from showcause.domain.sentences import Kind, faults_of_template, placeholders

Where = tuple[str | int, ...]

EARLIER = "ground"
"""The element that says: an earlier restriction is in force. It makes a clause a derived one."""

_ID = re.compile(r"[a-z]{2,20}\.[a-z][a-z-]{1,38}[a-z]")
_NAMED = (("elements", "id"), ("ladder", "name"), ("slots", "id"), ("sentences", "id"), ("presets", "id"))
_WORDED = (
    ("elements", "texts"),
    ("sentences", "texts"),
    ("ladder", "titles"),
    ("slots", "titles"),
    ("presets", "titles"),
)
_NEVER_COPIED = (Urgent.CHILD_ABUSE, Urgent.PRIVATE_ADDRESS)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a clause: where, what, and what to do."""

    where: Where
    what: str
    hint: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.where))}: {self.what}"


def faults_of(clause: Clause) -> tuple[Fault, ...]:
    """Return everything that is wrong with a clause, in the order of its parts; empty when it may be used."""
    return tuple(fault for check in _CHECKS for fault in check(clause))


def _identity(clause: Clause) -> Iterator[Fault]:
    if not _ID.fullmatch(clause.id):
        yield Fault(("id",), f"{clause.id!r} is not a clause id", "Write family.name: integrity.spam")
    if clause.version < 1:
        yield Fault(("version",), f"version {clause.version} is less than 1", "The first version is 1.")


def _languages(clause: Clause) -> Iterator[Fault]:
    for where, texts in _all_texts(clause):
        have = {each.language for each in texts if each.text.strip()}
        for language in LANGUAGES:
            if language not in have:
                yield Fault(where, f"no text in {language!r}", f"Write it in {' and '.join(LANGUAGES)}.")


def _all_texts(clause: Clause) -> Iterator[tuple[Where, Texts]]:
    yield ("title",), clause.titles
    yield ("rule",), clause.rules
    yield ("why",), clause.whys
    for part in ("examples_in", "examples_out", "exceptions"):
        for index, texts in enumerate(getattr(clause, part)):
            yield (part, index), texts
    for index, texts in enumerate(clause.evidence_needed.needed):
        yield ("evidence_needed", "needed", index), texts
    for part, one in _WORDED:
        for index, each in enumerate(getattr(clause, part)):
            yield (part, index), getattr(each, one)


def _parts(clause: Clause) -> Iterator[Fault]:
    for part in ("elements", "ladder", "presets", "examples_in", "examples_out"):
        if not getattr(clause, part):
            yield Fault((part,), f"the clause has no {part}", "Write at least one.")
    for part, key in _NAMED:
        yield from _repeated(part, key, [getattr(each, key) for each in getattr(clause, part)])


def _repeated(part: str, key: str, names: Sequence[str]) -> Iterator[Fault]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Fault((part, index, key), f"{name!r} stands in {part} twice", "Give each its own.")


def _ladder(clause: Clause) -> Iterator[Fault]:
    for index, rung in enumerate(clause.ladder):
        where: Where = ("ladder", index)
        if rung.second is Second.NEVER and rung.measure in (Measure.SUSPEND, Measure.LOCK):
            yield Fault(
                (*where, "second"),
                f"one person alone would {rung.measure} an account",
                "Write `second: always`, or `by-reach` if the measure is short.",
            )
        if rung.duration is not None and rung.duration < timedelta(minutes=1):
            yield Fault((*where, "duration"), "the measure would end before it began", "Write 1 min or more.")
        if index and MEASURES[rung.measure].gravity < MEASURES[clause.ladder[index - 1].measure].gravity:
            yield Fault(
                (*where, "measure"),
                f"{rung.measure!s} is milder than the rung before it, {clause.ladder[index - 1].measure!s}",
                "A ladder rises; put the milder measure first.",
            )


def _evidence(clause: Clause) -> Iterator[Fault]:
    if not clause.evidence_needed.needed:
        yield Fault(("evidence_needed", "needed"), "no evidence is asked for", "Say what must be shown.")
    if clause.evidence_needed.min_independent < 1:
        yield Fault(("evidence_needed", "min_independent"), "no item is needed", "Write 1 or more.")
    if clause.evidence_needed.strong_suffices and clause.slot(STRONG_SLOT) is None:
        yield Fault(
            ("evidence_needed", "strong_suffices"),
            "one strong item would do, but nobody would have to name it",
            f"Ask for it with a slot `{STRONG_SLOT}`.",
        )


def _grounds(clause: Clause) -> Iterator[Fault]:
    slot = clause.slot(GROUND_SLOT)
    if clause.ground is Ground.LAW and not clause.law_reference and not (slot and slot.required):
        yield Fault(
            ("ground",),
            "a clause of the law names no law",
            f"Write `law_reference`, or ask for it with a required slot `{GROUND_SLOT}`.",
        )
    derived = any(each.id == EARLIER for each in clause.elements)
    if not clause.needs_ground and (derived or "evasion" in clause.id):
        yield Fault(
            ("needs_ground",),
            "the clause speaks of an earlier restriction, but a decision need not name one",
            "Write `needs_ground: true`; then it falls when the earlier decision is reversed.",
        )
    if clause.needs_ground and not derived:
        yield Fault(
            ("elements",),
            "the clause needs an earlier decision, but no element says so",
            f"Write an element `{EARLIER}`: an earlier restriction is in force.",
        )


def _automation(clause: Clause) -> Iterator[Fault]:
    if clause.automation is Power.HOLD:
        yield Fault(
            ("automation",),
            "automation would restrict without a person",
            "Write `open-case`; holding needs a measured rate of false alarms, which a file cannot claim.",
        )
    if clause.urgent_category in _NEVER_COPIED and clause.snapshot is not Snapshot.NEVER:
        yield Fault(
            ("urgent_category",),
            f"material of the category {clause.urgent_category!s} would be copied as evidence",
            "Write `snapshot: never`; a hash and a sealed reference are kept instead.",
        )


def _slots(clause: Clause) -> Iterator[Fault]:
    for index, slot in enumerate(clause.slots):
        if slot.kind in (Kind.WORD, Kind.WORDS):
            yield Fault(
                ("slots", index, "kind"),
                f"a slot cannot be a {slot.kind!s}",
                "Write `text` or `list`.",
            )
        if slot.max_length < 1:
            yield Fault(("slots", index, "max_length"), "nothing would fit into the slot", "Write 1 or more.")


def _sentences(clause: Clause) -> Iterator[Fault]:
    slots = {(slot.id, str(slot.kind)) for slot in clause.slots}
    used = {id for preset in clause.presets for id in preset.sentences}
    for index, sentence in enumerate(clause.sentences):
        where: Where = ("sentences", index)
        taken = {text.language: placeholders(text.text) for text in sentence.texts}
        for text in sentence.texts:
            for fault in faults_of_template(text.text):
                yield Fault((*where, text.language), fault, "Arguments are written {slot:kind}.")
            for name, kind in sorted(set(taken[text.language]) - slots):
                yield Fault(
                    (*where, text.language), f"{{{name}:{kind}}} is no slot of this clause", _slot_hint(slots)
                )
        if len(set(taken.values())) > 1:
            yield Fault(where, "the languages do not take the same arguments", "Use the same slots in all.")
        if sentence.id not in used:
            yield Fault((*where, "id"), f"no preset says {sentence.id!r}", "Name it in a preset.")


def _slot_hint(slots: set[tuple[str, str]]) -> str:
    known = ", ".join(f"{{{name}:{kind}}}" for name, kind in sorted(slots))
    return f"Slots: {known or 'none'}."


def _presets(clause: Clause) -> Iterator[Fault]:
    elements = [each.id for each in clause.elements]
    sentences = [each.id for each in clause.sentences]
    rungs = [each.name for each in clause.ladder]
    for index, preset in enumerate(clause.presets):
        where: Where = ("presets", index)
        yield from _unknown((*where, "elements"), "element", preset.elements, elements)
        yield from _unknown((*where, "sentences"), "sentence", preset.sentences, sentences)
        if preset.rung not in rungs:
            yield Fault((*where, "rung"), f"there is no rung {preset.rung!r}", f"Rungs: {', '.join(rungs)}.")


def _unknown(where: Where, what: str, named: Sequence[str], known: Sequence[str]) -> Iterator[Fault]:
    if not named:
        yield Fault(where, f"the preset names no {what}", f"Known: {', '.join(known) or 'none'}.")
    for index, name in enumerate(named):
        if name not in known:
            yield Fault(
                (*where, index), f"there is no {what} {name!r}", f"Known: {', '.join(known) or 'none'}."
            )


_CHECKS: tuple[Callable[[Clause], Iterator[Fault]], ...] = (
    _identity, _languages, _parts, _evidence, _grounds, _automation, _slots, _ladder, _sentences, _presets,
)  # fmt: skip
