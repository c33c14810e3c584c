"""What a clause is, who must agree to a rung, and that a digest notices every change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from showcause.domain.policy import (
    MANY_ACCOUNTS,
    Clause,
    Element,
    Evidence,
    Ground,
    Preset,
    Rung,
    Second,
    Sentence,
    Slot,
    default_second,
    digest,
    needs_second,
    phrases_of,
    said,
    say,
    slots_needed,
)
from showcause.domain.policy_checks import faults_of
from showcause.domain.restriction import Measure
from showcause.domain.sentences import Kind

BOTH = said(en="In English.", fr="En français.")


def rung(second: Second, measure: Measure = Measure.HIDE, name: str = "hide") -> Rung:
    return Rung(name, measure, timedelta(hours=24), second, BOTH)


def a_clause() -> Clause:
    return Clause(
        id="integrity.noise",
        version=1,
        titles=said(en="Noise", fr="Bruit"),
        rules=BOTH,
        whys=BOTH,
        elements=(Element("loud", BOTH),),
        ladder=(rung(Second.BY_REACH),),
        evidence_needed=Evidence((BOTH,)),
        ground=Ground.TERMS,
        category="STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
        keywords=("KEYWORD_OTHER",),
        presets=(Preset("loud", BOTH, ("loud",), "hide", ("counted",)),),
        slots=(Slot("count", Kind.NUMBER, 9, required=False, titles=BOTH),),
        sentences=(Sentence("counted", said(en="{count:number} times.", fr="{count:number} fois.")),),
        examples_in=(BOTH,),
        examples_out=(BOTH,),
    )


def test_a_decision_cites_a_clause_by_id_and_version() -> None:
    assert replace(a_clause(), version=3).ref == "integrity.noise@3"


def test_a_clause_speaks_both_languages() -> None:
    assert a_clause().texts == {"en": ("Noise", "In English."), "fr": ("Bruit", "En français.")}
    assert say(a_clause().titles, "fr") == "Bruit"
    with pytest.raises(KeyError):
        say(a_clause().titles, "de")


@pytest.mark.parametrize("measure", list(Measure))
def test_suspending_and_locking_take_two_people_unless_the_ladder_says_otherwise(measure: Measure) -> None:
    expected = Second.ALWAYS if measure in (Measure.SUSPEND, Measure.LOCK) else Second.BY_REACH
    assert default_second(measure) is expected


@pytest.mark.parametrize(
    "second,reach_high,accounts,expected",
    [
        (Second.NEVER, True, MANY_ACCOUNTS, False),
        (Second.BY_REACH, False, 1, False),
        (Second.BY_REACH, True, 1, True),
        (Second.BY_REACH, False, MANY_ACCOUNTS - 1, False),
        (Second.BY_REACH, False, MANY_ACCOUNTS, True),
        (Second.ALWAYS, False, 1, True),
    ],
)
def test_reach_or_the_number_of_accounts_hit_decides_when_a_second_person_must_approve(
    second: Second, reach_high: bool, accounts: int, expected: bool
) -> None:
    assert needs_second(rung(second), reach_high, accounts) is expected


def test_a_digest_is_the_same_for_the_same_clause_and_notices_a_changed_letter() -> None:
    changed = replace(a_clause(), rules=said(en="In English!", fr="En français."))
    longer = replace(a_clause(), ladder=(replace(rung(Second.BY_REACH), duration=timedelta(hours=25)),))
    assert digest(a_clause()) == digest(a_clause())
    assert len({digest(a_clause()), digest(changed), digest(longer)}) == 3


def test_a_digest_never_changes_between_releases() -> None:
    assert digest(a_clause()) == "d2bde432dd194cf2803de6d78ff247657a24d4850e001711fb52ab58c9a53a55"


def test_a_clause_brings_its_own_sentences_under_its_own_version() -> None:
    assert set(phrases_of(a_clause())) == {
        "clause.integrity.noise@1.title",
        "clause.integrity.noise@1.rule",
        "element.integrity.noise@1.loud",
        "why.integrity.noise@1.counted",
    }


def test_a_preset_asks_for_the_facts_that_its_sentences_name() -> None:
    clause = a_clause()
    assert [slot.id for slot in slots_needed(clause, clause.preset("loud"))] == ["count"]
    assert slots_needed(clause, None) == ()


def test_what_does_not_exist_is_not_found() -> None:
    clause = a_clause()
    assert (clause.rung("none"), clause.preset("none"), clause.slot("none")) == (None, None, None)
    assert clause.rung("hide") == clause.ladder[0]


def test_this_clause_has_no_fault() -> None:
    assert faults_of(a_clause()) == ()
