"""Each sentence here is a rule that a clause must keep before anyone may be judged by it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from showcause.domain.policy import (
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
    Urgent,
    said,
)
from showcause.domain.policy_checks import faults_of
from showcause.domain.restriction import Measure
from showcause.domain.sentences import Kind
from tests.domain.test_policy import BOTH, a_clause, rung


def changed(part: str, value: Any) -> Clause:
    return replace(a_clause(), **{part: value})


def faults(clause: Clause) -> list[tuple[object, ...]]:
    return [(*fault.where, fault.what) for fault in faults_of(clause)]


@pytest.mark.parametrize("measure", [Measure.SUSPEND, Measure.LOCK])
def test_no_ladder_lets_one_person_alone_take_an_account_away(measure: Measure) -> None:
    clause = replace(a_clause(), ladder=(rung(Second.NEVER, measure),))
    assert faults(clause) == [("ladder", 0, "second", f"one person alone would {measure} an account")]


@pytest.mark.parametrize("measure", [each for each in Measure if each not in (Measure.SUSPEND, Measure.LOCK)])
def test_milder_measures_may_be_taken_by_one_person(measure: Measure) -> None:
    assert faults(replace(a_clause(), ladder=(rung(Second.NEVER, measure),))) == []


def test_a_ladder_rises() -> None:
    ladder = (rung(Second.ALWAYS, Measure.SUSPEND, "suspend"), rung(Second.BY_REACH))
    assert faults(replace(a_clause(), ladder=ladder)) == [
        ("ladder", 1, "measure", "hide is milder than the rung before it, suspend")
    ]


def test_a_measure_lasts_at_least_a_minute() -> None:
    short = Rung("hide", Measure.HIDE, timedelta(seconds=59), Second.NEVER, BOTH)
    assert faults(replace(a_clause(), ladder=(short,))) == [
        ("ladder", 0, "duration", "the measure would end before it began")
    ]


def test_a_clause_that_speaks_of_an_earlier_restriction_needs_a_ground() -> None:
    derived = replace(a_clause(), elements=(*a_clause().elements, Element("ground", BOTH)))
    named = replace(a_clause(), id="integrity.evasion-of-limits")
    message = "the clause speaks of an earlier restriction, but a decision need not name one"
    assert faults(derived) == [("needs_ground", message)]
    assert faults(named) == [("needs_ground", message)]
    assert faults(replace(derived, needs_ground=True)) == []


def test_a_derived_clause_has_the_element_that_the_earlier_restriction_is_in_force() -> None:
    assert faults(replace(a_clause(), needs_ground=True)) == [
        ("elements", "the clause needs an earlier decision, but no element says so")
    ]


def test_a_clause_of_the_law_names_the_law_or_asks_for_it() -> None:
    law = replace(a_clause(), ground=Ground.LAW)
    asked = Slot("legal_reference", Kind.TEXT, 500, required=True, titles=BOTH)
    assert faults(law) == [("ground", "a clause of the law names no law")]
    assert faults(replace(law, slots=(*law.slots, replace(asked, required=False)))) != []
    assert faults(replace(law, slots=(*law.slots, asked))) == []
    assert faults(replace(law, law_reference="Act 1, section 2")) == []


def test_a_file_cannot_give_automation_the_power_to_restrict() -> None:
    assert faults(replace(a_clause(), automation=Power.HOLD)) == [
        ("automation", "automation would restrict without a person")
    ]
    assert faults(replace(a_clause(), automation=Power.PROPOSE)) == []


@pytest.mark.parametrize("danger", [Urgent.CHILD_ABUSE, Urgent.PRIVATE_ADDRESS])
def test_material_that_must_not_be_copied_is_never_a_snapshot(danger: Urgent) -> None:
    clause = replace(a_clause(), urgent_category=danger)
    what = f"material of the category {danger} would be copied as evidence"
    assert faults(clause) == [("urgent_category", what)]
    assert faults(replace(clause, snapshot=Snapshot.NEVER)) == []


@pytest.mark.parametrize("part", ["titles", "rules", "whys"])
def test_every_text_exists_in_every_language(part: str) -> None:
    clause = changed(part, said(en="Only English"))
    assert [fault.what for fault in faults_of(clause)] == ["no text in 'fr'"]


@pytest.mark.parametrize("part", ["examples_in", "examples_out", "exceptions"])
def test_examples_and_exceptions_exist_in_every_language(part: str) -> None:
    clause = changed(part, (BOTH, said(fr="Seulement en français")))
    assert faults(clause) == [(part, 1, "no text in 'en'")]


def test_a_preset_names_only_what_exists() -> None:
    preset = Preset("loud", BOTH, ("silent",), "shout", ("counted", "sung"))
    assert faults(replace(a_clause(), presets=(preset,))) == [
        ("presets", 0, "elements", 0, "there is no element 'silent'"),
        ("presets", 0, "sentences", 1, "there is no sentence 'sung'"),
        ("presets", 0, "rung", "there is no rung 'shout'"),
    ]


def test_a_preset_proves_something_and_says_something() -> None:
    preset = Preset("loud", BOTH, (), "hide", ())
    clause = replace(a_clause(), presets=(preset,), sentences=())
    assert faults(clause) == [
        ("presets", 0, "elements", "the preset names no element"),
        ("presets", 0, "sentences", "the preset names no sentence"),
    ]


def test_a_sentence_takes_only_facts_that_a_moderator_can_fill_in_with_the_same_kind() -> None:
    wrong = Sentence("counted", said(en="{count:text} by {who:text}.", fr="{count:text} par {who:text}."))
    found = faults(replace(a_clause(), sentences=(wrong,)))
    assert ("sentences", 0, "en", "{count:text} is no slot of this clause") in found
    assert ("sentences", 0, "fr", "{who:text} is no slot of this clause") in found


def test_a_sentence_takes_the_same_facts_in_every_language() -> None:
    uneven = Sentence("counted", said(en="{count:number} times.", fr="Souvent."))
    assert faults(replace(a_clause(), sentences=(uneven,))) == [
        ("sentences", 0, "the languages do not take the same arguments")
    ]


def test_nothing_stands_there_twice() -> None:
    clause = a_clause()
    assert faults(replace(clause, elements=clause.elements * 2)) == [
        ("elements", 1, "id", "'loud' stands in elements twice")
    ]


def test_evidence_is_asked_for() -> None:
    assert faults(replace(a_clause(), evidence_needed=Evidence((), 0))) == [
        ("evidence_needed", "needed", "no evidence is asked for"),
        ("evidence_needed", "min_independent", "no item is needed"),
    ]
    strong = replace(a_clause(), evidence_needed=Evidence((BOTH,), 2, strong_suffices=True))
    assert faults(strong) == [
        ("evidence_needed", "strong_suffices", "one strong item would do, but nobody would have to name it")
    ]


@pytest.mark.parametrize("part", ["elements", "ladder", "examples_in", "examples_out"])
def test_a_clause_is_whole(part: str) -> None:
    clause = changed(part, ())
    assert f"the clause has no {part}" in [fault.what for fault in faults_of(clause)]


@pytest.mark.parametrize("id", ["noise", "Integrity.noise", "integrity.", "integrity.noise@1", "a.b"])
def test_a_clause_is_called_family_and_name(id: str) -> None:
    assert faults(replace(a_clause(), id=id)) == [("id", f"{id!r} is not a clause id")]


def test_a_slot_holds_facts_and_has_room_for_them() -> None:
    slots = (*a_clause().slots, Slot("word", Kind.WORD, 0, required=False, titles=BOTH))
    assert faults(replace(a_clause(), slots=slots)) == [
        ("slots", 1, "kind", "a slot cannot be a word"),
        ("slots", 1, "max_length", "nothing would fit into the slot"),
    ]


def test_a_fault_reads_as_a_place_and_a_sentence() -> None:
    found = faults_of(replace(a_clause(), ladder=(rung(Second.NEVER, Measure.LOCK),)))
    assert [str(fault) for fault in found] == ["ladder.0.second: one person alone would lock an account"]
    assert found[0].hint == "Write `second: always`, or `by-reach` if the measure is short."
