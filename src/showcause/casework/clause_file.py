"""One clause, read from the nodes of its file. Every part says what it expects; problems are collected."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from yaml.nodes import Node

from showcause.casework.marked_yaml import Page, place
from showcause.domain.policy import (
    LANGUAGES,
    Clause,
    Element,
    Evidence,
    Ground,
    Power,
    Preset,
    Rung,
    Second,
    Sentence,
    Slot,
    Snapshot,
    Text,
    Texts,
    Urgent,
    default_second,
)
from showcause.domain.policy_checks import faults_of
from showcause.domain.restriction import Measure
from showcause.domain.sentences import Kind
from showcause.dsa.vocabulary import faults_of_codes

NEEDED = (
    "id", "version", "title", "rule", "why", "elements", "examples_in", "examples_out", "evidence_needed",
    "ladder", "ground", "category", "keywords", "sentences", "presets",
)  # fmt: skip
OPTIONAL = (
    "exceptions", "slots", "law_reference", "keyword_other", "needs_ground", "urgent_category", "snapshot",
    "automation",
)  # fmt: skip

MAX_PARTS = 50
"""Most items in one list of a clause."""

_LENGTH = re.compile(r"([1-9][0-9]{0,3}) (min|h|d)")
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")

T = TypeVar("T")


def read_clause(page: Page, root: Node) -> Clause | None:
    """Return the clause that a file describes, or None after any problem.

    Form first; what the clause means is checked only when its form is right, so that one slip gives one message.
    """
    before = len(page.problems)
    clause = _clause(page, page.mapping(root, NEEDED, OPTIONAL))
    if len(page.problems) > before:
        return None
    for fault in (
        *faults_of(clause),
        *faults_of_codes(clause.category, clause.keywords, clause.keyword_other),
    ):
        page.problem(place(root, fault.where), fault.what, fault.hint)
    return None if len(page.problems) > before else clause


def _clause(page: Page, parts: dict[str, Node]) -> Clause:
    # What could not be read has left a problem behind, and the caller drops the clause: the values after `or`
    # are either right (an optional key that is absent) or never used.
    get = parts.get
    return Clause(
        id=page.text(get("id"), 64) or "",
        version=page.whole(get("version")) or 0,
        titles=_texts(page, get("title")),
        rules=_texts(page, get("rule")),
        whys=_texts(page, get("why")),
        elements=_each(page, get("elements"), _element),
        examples_in=_each(page, get("examples_in"), _texts),
        examples_out=_each(page, get("examples_out"), _texts),
        exceptions=_each(page, get("exceptions"), _texts),
        evidence_needed=_evidence(page, get("evidence_needed")),
        slots=_each(page, get("slots"), _slot),
        ladder=_each(page, get("ladder"), _rung),
        ground=page.choice(get("ground"), Ground) or Ground.TERMS,
        law_reference=page.text(get("law_reference"), 500),
        category=page.text(get("category"), 100) or "",
        keywords=_each(page, get("keywords"), lambda page, node: page.text(node, 100) or ""),
        keyword_other=page.text(get("keyword_other")),
        needs_ground=page.flag(get("needs_ground")) or False,
        urgent_category=page.choice(get("urgent_category"), Urgent),
        snapshot=page.choice(get("snapshot"), Snapshot) or Snapshot.ALLOWED,
        automation=page.choice(get("automation"), Power) or Power.OPEN_CASE,
        sentences=_each(page, get("sentences"), _sentence),
        presets=_each(page, get("presets"), _preset),
    )


def _each(page: Page, node: Node | None, read: Callable[[Page, Node], T]) -> tuple[T, ...]:
    nodes = page.items(node)
    if node is not None and len(nodes) > MAX_PARTS:
        page.problem(node, f"{len(nodes)} items; at most {MAX_PARTS}", "Split the clause.")
    return tuple(read(page, each) for each in nodes[:MAX_PARTS])


def _texts(page: Page, node: Node | None) -> Texts:
    return _said(page, page.mapping(node, LANGUAGES))


def _said(page: Page, parts: dict[str, Node]) -> Texts:
    return tuple(Text(language, page.text(parts.get(language)) or "") for language in sorted(LANGUAGES))


def _name(page: Page, node: Node | None) -> str:
    name = page.text(node)
    if node is not None and name is not None and not _NAME.fullmatch(name):
        page.problem(node, f"{name[:40]!r} is not a name", "Write lower-case letters, digits and hyphens.")
    return name or ""


def _element(page: Page, node: Node) -> Element:
    parts = page.mapping(node, ("id", *LANGUAGES))
    return Element(_name(page, parts.get("id")), _said(page, parts))


def _sentence(page: Page, node: Node) -> Sentence:
    parts = page.mapping(node, ("id", *LANGUAGES))
    return Sentence(_name(page, parts.get("id")), _said(page, parts))


def _slot(page: Page, node: Node) -> Slot:
    parts = page.mapping(node, ("id", "kind", "max_length", "required", *LANGUAGES))
    name = _name(page, parts.get("id"))
    if "-" in name:
        page.problem(
            parts["id"], f"{name!r} cannot stand in a sentence", "Write an underscore for the hyphen."
        )
    return Slot(
        id=name,
        kind=page.choice(parts.get("kind"), Kind) or Kind.TEXT,
        max_length=page.whole(parts.get("max_length")) or 0,
        required=page.flag(parts.get("required")) or False,
        titles=_said(page, parts),
    )


def _evidence(page: Page, node: Node | None) -> Evidence:
    parts = page.mapping(node, ("needed", "min_independent"), ("strong_suffices",))
    return Evidence(
        needed=_each(page, parts.get("needed"), _texts),
        min_independent=page.whole(parts.get("min_independent")) or 0,
        strong_suffices=page.flag(parts.get("strong_suffices")) or False,
    )


def _rung(page: Page, node: Node) -> Rung:
    parts = page.mapping(node, ("name", "measure", "duration", *LANGUAGES), ("second",))
    measure = page.choice(parts.get("measure"), Measure) or Measure.LABEL
    return Rung(
        name=_name(page, parts.get("name")),
        measure=measure,
        duration=_duration(page, parts.get("duration")),
        second=page.choice(parts.get("second"), Second) or default_second(measure),
        titles=_said(page, parts),
    )


def _duration(page: Page, node: Node | None) -> timedelta | None:
    text = page.text(node)
    if node is None or text is None or text == "open":
        return None
    if found := _LENGTH.fullmatch(text):
        return int(found[1]) * _UNITS[found[2]]
    page.problem(
        node, f"{text[:40]!r} is not a duration", "Write `30 min`, `72 h`, `7 d`; `open` for no end date."
    )
    return None


def _preset(page: Page, node: Node) -> Preset:
    parts = page.mapping(node, ("id", *LANGUAGES, "elements", "rung", "sentences"))
    return Preset(
        id=_name(page, parts.get("id")),
        titles=_said(page, parts),
        elements=_each(page, parts.get("elements"), _name),
        rung=_name(page, parts.get("rung")),
        sentences=_each(page, parts.get("sentences"), _name),
    )
