"""The catalogue that comes with the package: complete, in two languages, and fit to be read to somebody."""

import re
from pathlib import Path

import pytest

from showcause.casework.catalogue import (
    Catalogue,
    book_of,
    comments_folder,
    default_folder,
    digest_of,
    house_sentences,
    load,
)
from showcause.domain.policy import (
    LANGUAGES,
    Clause,
    Power,
    Second,
    Snapshot,
    Urgent,
    default_second,
    phrases_of,
    slots_needed,
)
from showcause.domain.restriction import MEASURES, Measure
from showcause.domain.sentences import (
    HOUSE_PARTS,
    PARTS,
    Arg,
    Kind,
    faults_of_book,
    placeholders,
    render,
    template_of,
)
from showcause.dsa.vocabulary import faults_of_codes

CATALOGUE = load(default_folder())
COMMENTS = load(comments_folder())
BOOK = book_of(CATALOGUE.sentences, (*CATALOGUE.clauses, *COMMENTS.clauses))

CLAUSES = (
    "integrity.evasion", "integrity.impersonation", "integrity.spam", "integrity.synthetic-media",
    "law.child-abuse-material", "law.illegal-content", "law.terrorist-content", "privacy.private-information",
    "safety.harassment", "safety.hate", "safety.threats",
)  # fmt: skip
COMMENT_CLAUSES = (
    "comments.accusation", "comments.advertising", "comments.copied-text", "comments.insult", "comments.off-topic",
    "comments.repetition", "comments.unreadable",
)  # fmt: skip

EXAMPLES: dict[Kind, Arg] = {
    Kind.TEXT: "what was found",
    Kind.NUMBER: 3,
    Kind.DURATION: 7200,
    Kind.DAY: "2026-11-22",
    Kind.MINUTE: "2026-11-22T14:05:00Z",
    Kind.LIST: ("the first", "the second"),
    Kind.WORD: "word.measure.hide",
    Kind.WORDS: ("word.measure.hide", "word.measure.limit"),
}

each_clause = pytest.mark.parametrize(
    "clause", [*CATALOGUE.clauses, *COMMENTS.clauses], ids=lambda clause: clause.id
)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def spoken(sentence: str, language: str) -> str:
    args = {name: EXAMPLES[Kind(kind)] for name, kind in placeholders(template_of(BOOK, sentence, language))}
    return render(BOOK, sentence, args, language)


def test_the_catalogue_has_these_clauses() -> None:
    assert tuple(clause.id for clause in CATALOGUE.clauses) == CLAUSES
    assert CATALOGUE.clause("integrity.evasion@1") is CATALOGUE.clauses[0]
    assert CATALOGUE.clause("integrity.evasion@2") is None


def test_a_comment_section_has_clauses_of_its_own() -> None:
    assert tuple(clause.id for clause in COMMENTS.clauses) == COMMENT_CLAUSES


@pytest.mark.parametrize("clause", COMMENTS.clauses, ids=lambda clause: clause.id)
def test_a_comment_is_refused_by_one_person_with_one_key(clause: Clause) -> None:
    rungs = {rung.name: rung for rung in clause.ladder}
    for preset in clause.presets:
        assert (rungs[preset.rung].measure, rungs[preset.rung].second) == (Measure.HIDE, Second.NEVER)
        assert slots_needed(clause, preset) == ()
    assert (clause.evidence_needed.min_independent, clause.snapshot) == (1, Snapshot.ALLOWED)


@each_clause
def test_every_clause_carries_codes_that_the_eu_database_takes(clause: Clause) -> None:
    assert faults_of_codes(clause.category, clause.keywords, clause.keyword_other) == ()


@each_clause
def test_every_clause_has_presets_for_few_keystrokes_and_examples_on_both_sides(clause: Clause) -> None:
    assert 2 <= len(clause.presets) <= 4
    assert min(len(clause.examples_in), len(clause.examples_out)) >= 2
    assert clause.exceptions


@each_clause
def test_every_rung_is_a_known_measure_and_taking_an_account_away_needs_two_people(clause: Clause) -> None:
    for rung in clause.ladder:
        assert rung.measure in MEASURES
        if default_second(rung.measure) is Second.ALWAYS:
            assert rung.second is Second.ALWAYS


@each_clause
def test_every_ladder_begins_with_something_that_can_be_undone(clause: Clause) -> None:
    assert MEASURES[clause.ladder[0].measure].reversible
    assert clause.ladder[0].second is not Second.ALWAYS


@each_clause
def test_automation_opens_cases_and_does_nothing_else(clause: Clause) -> None:
    assert clause.automation is Power.OPEN_CASE


@each_clause
@each_language
def test_every_preset_can_be_said(clause: Clause, language: str) -> None:
    for preset in clause.presets:
        for sentence in preset.sentences:
            assert len(spoken(f"why.{clause.ref}.{sentence}", language)) > 10
        for element in preset.elements:
            assert len(spoken(f"element.{clause.ref}.{element}", language)) > 10


@pytest.mark.parametrize("danger", list(Urgent))
def test_every_urgent_danger_has_one_clause_with_a_measure_for_one_person(danger: Urgent) -> None:
    found = [clause for clause in CATALOGUE.clauses if clause.urgent_category is danger]
    assert len(found) == 1
    assert found[0].ladder[0].second is Second.NEVER


def test_addresses_and_the_abuse_of_children_are_never_copied() -> None:
    never = {clause.id for clause in CATALOGUE.clauses if clause.snapshot is Snapshot.NEVER}
    assert never == {"law.child-abuse-material", "privacy.private-information"}


def test_evasion_rests_on_an_earlier_decision_and_two_independent_signals() -> None:
    evasion = CATALOGUE.clauses[0]
    assert evasion.needs_ground
    assert [element.id for element in evasion.elements] == ["ground", "same-person", "forbidden-use"]
    assert (evasion.evidence_needed.min_independent, evasion.evidence_needed.strong_suffices) == (2, True)
    assert [(str(rung.measure), str(rung.second)) for rung in evasion.ladder] == [
        ("limit", "by-reach"),
        ("suspend", "always"),
    ]
    assert all("ground" in preset.elements for preset in evasion.presets)


def test_only_evasion_is_a_derived_clause() -> None:
    assert [clause.id for clause in CATALOGUE.clauses if clause.needs_ground] == ["integrity.evasion"]


def test_every_sentence_exists_in_both_languages_with_the_same_arguments() -> None:
    assert faults_of_book(BOOK, LANGUAGES) == ()


@pytest.mark.parametrize("sentence", sorted(CATALOGUE.sentences))
@each_language
def test_every_sentence_can_be_said(sentence: str, language: str) -> None:
    text = spoken(sentence, language)
    assert "{" not in text
    assert text[0].isupper() is (sentence.split(".")[0] not in ("word", "thing"))


@each_language
def test_every_finished_sentence_ends_like_one(language: str) -> None:
    names_something = re.compile(r"(heading|word|thing)\.|clause\..*\.title")
    open_end = [
        sentence
        for sentence in BOOK
        if not names_something.match(sentence)
        and not re.search(r"[.”»]$", template_of(BOOK, sentence, language))
        and not template_of(BOOK, sentence, language).endswith(":text}")
        and not template_of(BOOK, sentence, language).endswith(":word}")
    ]
    assert open_end == []


def test_french_is_translated_and_not_copied() -> None:
    assert [sentence for sentence, texts in BOOK.items() if texts["en"] == texts["fr"]] == []


@pytest.mark.parametrize("group", [*(group for groups in PARTS.values() for group in groups), *HOUSE_PARTS])
def test_every_part_of_a_statement_has_sentences(group: str) -> None:
    assert [sentence for sentence in BOOK if sentence.startswith(f"{group}.")]


@pytest.mark.parametrize("measure", list(Measure))
@pytest.mark.parametrize("group", ["measure", "works", "word.measure"])
def test_every_measure_is_named_explained_and_bounded(group: str, measure: Measure) -> None:
    assert f"{group}.{measure}" in BOOK


@pytest.mark.parametrize("danger", list(Urgent))
def test_every_danger_has_a_word(danger: Urgent) -> None:
    assert f"word.danger.{danger}" in BOOK


@pytest.mark.parametrize("outcome", ["affirmed", "reversed", "amended", "refused", "moot", "withdrawn"])
def test_every_outcome_of_an_appeal_has_a_letter(outcome: str) -> None:
    assert f"appeal.{outcome}" in BOOK


def test_no_sentence_says_that_a_number_of_reports_decided() -> None:
    assert "never decides anything" in spoken("origin.count", "en")
    assert "ne décide jamais" in spoken("origin.count", "fr")


def test_a_deadline_is_said_as_a_date() -> None:
    args: dict[str, Arg] = {"until": "2027-05-25T12:00:00Z", "link": "https://example.org/a"}
    assert "until 25 May 2027 at 12:00 UTC." in render(BOOK, "redress.appeal", args, "en")
    assert "jusqu’au 25 mai 2027 à 12 h 00 UTC." in render(BOOK, "redress.appeal", args, "fr")


def test_the_digest_follows_the_clauses_and_not_their_files(tmp_path: Path) -> None:
    for path in default_folder().glob("[a-z]*.*.yaml"):
        name = path.name if path.name.startswith("sentences") else f"z-{path.name}"
        (tmp_path / name).write_bytes(path.read_bytes())
    moved = load(tmp_path)
    assert moved.digest == CATALOGUE.digest == digest_of(reversed(CATALOGUE.clauses))
    assert Catalogue(moved.clauses[1:]).digest != moved.digest


def test_a_book_keeps_the_sentences_of_old_versions() -> None:
    old = CATALOGUE.clauses[0]
    book = book_of(house_sentences(), [old])
    assert set(phrases_of(old)) < set(book)
    assert house_sentences() == CATALOGUE.sentences


def test_no_handle_and_no_address_stands_in_the_catalogue() -> None:
    pages = {path.name: path.read_text(encoding="utf-8") for path in default_folder().rglob("*.yaml")}
    assert [name for name, page in pages.items() if "@" in page or "://" in page] == []
