"""A clause in a visitor's language, and the difference between two versions of it, word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from showcause.domain.wording import wording
from showcause.web.texts import book, say

Raw = dict[str, Any]

MOST_WORDS = 4000
"""Longer texts are shown as removed and added whole; comparing them word by word would take too long."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a ladder in words."""

    title: str
    measure: str
    lasts: str
    second: str


@dataclass(frozen=True, slots=True)
class Part:
    """One titled part of a clause: the id of its heading, and its paragraphs."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words that stayed, went (`old`) or came (`new`)."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in one part of a clause."""

    heading: str
    pieces: tuple[Piece, ...]


def named(prefix: str, code: str, language: str) -> str:
    """Return a name in words, or the code itself where nobody has put it into words yet."""
    id_ = f"{prefix}.{code}"
    return say(language, id_) if id_ in book() else code


def in_language(texts: list[Raw], language: str) -> str:
    """Return a text of a clause in a language, or in the first one that it has."""
    by_language = {str(each["language"]): str(each["text"]) for each in texts}
    text = by_language.get(language) or next(iter(by_language.values()), "")
    return wording(language).typeset(text)


def title(clause: Raw, language: str) -> str:
    """Return a clause's title."""
    return in_language(clause["titles"], language)


def rule(clause: Raw, language: str) -> str:
    """Return the rule itself."""
    return in_language(clause["rules"], language)


def ladder(clause: Raw, language: str) -> list[Step]:
    """Return the measures that may follow, mildest first as the clause lists them."""
    return [
        Step(
            in_language(rung["titles"], language) or str(rung["name"]),
            measure(str(rung["measure"]), language),
            lasts(rung["duration"], language),
            say(language, f"window.second.{rung['second']}"),
        )
        for rung in clause["ladder"]
    ]


def measure(code: str, language: str) -> str:
    """Return a measure in words."""
    return say(language, f"word.measure.{code}")


def lasts(seconds: int | None, language: str) -> str:
    """Return how long a measure lasts."""
    return say(language, "window.lasts", time=seconds) if seconds else say(language, "window.lasts-open")


def parts(clause: Raw, language: str) -> list[Part]:
    """Return what a clause says, part by part, leaving out parts that are empty."""
    return [part for part in _parts(clause, language) if part.lines]


def changes(old: Raw, new: Raw, language: str) -> list[Change]:
    """Return what differs between two versions; empty when nothing that a reader sees differs."""
    before = {part.heading: "\n".join(part.lines) for part in _parts(old, language)}
    after = {part.heading: "\n".join(part.lines) for part in _parts(new, language)}
    return [
        Change(heading, tuple(_pieces(before[heading], after[heading])))
        for heading in after
        if before[heading] != after[heading]
    ]


def _parts(clause: Raw, language: str) -> Iterator[Part]:
    def several(name: str) -> tuple[str, ...]:
        return tuple(in_language(texts, language) for texts in clause[name])

    steps = tuple(f"{s.title}: {s.measure}. {s.lasts} {s.second}" for s in ladder(clause, language))
    evidence = clause["evidence_needed"]
    yield Part("window.part.title", (title(clause, language),))
    yield Part("window.part.rule", (rule(clause, language),))
    yield Part("window.part.why", (in_language(clause["whys"], language),))
    elements = tuple(in_language(each["texts"], language) for each in clause["elements"])
    yield Part("window.part.elements", elements)
    yield Part("window.part.examples-in", several("examples_in"))
    yield Part("window.part.examples-out", several("examples_out"))
    yield Part("window.part.exceptions", several("exceptions"))
    yield Part("window.part.evidence", tuple(in_language(each, language) for each in evidence["needed"]))
    yield Part("window.part.ladder", steps)
    yield Part("window.part.basis", _basis(clause, language))
    yield Part("window.part.machine", (say(language, f"window.power.{clause['automation']}"),))


def _basis(clause: Raw, language: str) -> tuple[str, ...]:
    said = [say(language, f"window.ground.{clause['ground']}")]
    if clause["law_reference"]:
        said.append(str(clause["law_reference"]))
    said.append(say(language, "window.category", code=str(clause["category"])))
    if clause["needs_ground"]:
        said.append(say(language, "window.needs-ground"))
    if clause["snapshot"] == "never":
        said.append(say(language, "window.never-copied"))
    return tuple(said)


def _pieces(old: str, new: str) -> Iterator[Piece]:
    before, after = _words(old), _words(new)
    if len(before) + len(after) > MOST_WORDS:
        yield from (Piece("old", old), Piece("new", new))
        return
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(before[i:j]))
            continue
        if i < j:
            yield Piece("old", "".join(before[i:j]))
        if k < m:
            yield Piece("new", "".join(after[k:m]))


def _words(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)
