"""The EU's codes: what the package ships, and which keyword goes with which category."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from showcause.dsa.vocabulary import faults_of_codes, vocabulary
from tools.vocabulary import OUTPUT, main, vocabulary_of

FACTS = "SHOWCAUSE_FACTS"
OTHER = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
SCAMS = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"


def what(category: str, keywords: tuple[str, ...], other: str | None = None) -> list[tuple[object, ...]]:
    return [(*fault.where, fault.what) for fault in faults_of_codes(category, keywords, other)]


def test_the_schema_of_july_2025_has_16_categories_and_69_keywords() -> None:
    codes = vocabulary()
    assert (len(codes.categories), len(codes.keywords), len(codes.territories)) == (16, 69, 30)
    assert (len(codes.content_types), len(codes.languages)) == (8, 184)


def test_every_keyword_belongs_to_exactly_one_category_to_all_or_to_none() -> None:
    codes = vocabulary()
    of_one = [keyword for keywords in codes.keywords_of_category.values() for keyword in keywords]
    rest = {*codes.keywords_of_every_category, *codes.keywords_withdrawn}
    assert len(of_one) == len(set(of_one)) == 67
    assert set(of_one) | rest == set(codes.keywords)
    assert set(codes.keywords_of_category) <= set(codes.categories)


def test_greece_is_gr_as_a_territory_and_el_as_a_language() -> None:
    assert "GR" in vocabulary().territories
    assert "EL" not in vocabulary().territories
    assert vocabulary().languages["EL"].startswith("Greek")


def test_the_source_and_the_licence_stand_in_the_file() -> None:
    codes = vocabulary()
    assert codes.source.startswith("github.com/")
    assert len(codes.commit) == 40
    assert "CC BY 4.0" in codes.licence


def test_a_clause_needs_a_category_and_a_keyword_of_it() -> None:
    assert what(SCAMS, ("KEYWORD_PHISHING",)) == []
    assert what("SPAM", ("KEYWORD_PHISHING",)) == [
        ("category", "'SPAM' is no category of the EU's vocabulary")
    ]
    assert what(SCAMS, ()) == [("keywords", "the clause has no keyword")]
    assert what(SCAMS, ("KEYWORD_HATE_SPEECH",)) == [
        ("keywords", 0, f"KEYWORD_HATE_SPEECH is not a keyword of {SCAMS}")
    ]
    assert what(SCAMS, ("KEYWORD_PHISHING", "SPAM")) == [
        ("keywords", 1, "'SPAM' is no keyword of the EU's vocabulary")
    ]


def test_the_left_over_keyword_stalking_must_not_be_used() -> None:
    assert all(what(category, ("KEYWORD_STALKING",)) for category in vocabulary().categories)


def test_keyword_other_needs_words_and_words_need_keyword_other() -> None:
    assert what(OTHER, ("KEYWORD_OTHER",), "Spam") == []
    assert what(OTHER, ("KEYWORD_OTHER",)) == [("keywords", "KEYWORD_OTHER says nothing by itself")]
    assert what(OTHER, ("KEYWORD_NUDITY",), "Spam") == [
        ("keyword_other", "the text would be dropped without KEYWORD_OTHER")
    ]
    assert what(OTHER, ("KEYWORD_OTHER",), "x" * 501) == [("keyword_other", "501 characters; at most 500")]


def some_facts() -> dict[str, Any]:
    tables = (
        "STATEMENT_CATEGORIES", "KEYWORDS", "DECISION_VISIBILITIES", "DECISION_MONETARIES", "DECISION_PROVISIONS",
        "DECISION_ACCOUNTS", "DECISION_GROUNDS", "CONTENT_TYPES", "SOURCE_TYPES", "AUTOMATED_DECISIONS", "LANGUAGES",
    )  # fmt: skip
    return {
        "_about": {"source": "somewhere", "commit": "c0ffee", "commit_date": "2026-06-24"},
        "enums": {table: {f"{table}_A": "A"} for table in tables} | {"EEA_COUNTRIES": ["AT"]},
        "category_to_keywords": {"STATEMENT_CATEGORIES_A": ["KEYWORDS_A"]},
    }


def test_the_tool_writes_what_the_facts_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts, output = tmp_path / "facts.json", tmp_path / "new" / "vocabulary.json"
    facts.write_text(json.dumps(some_facts()))
    assert main([str(facts), str(output)]) == 0
    assert json.loads(output.read_text()) == vocabulary_of(some_facts())
    assert json.loads(output.read_text())["commit"] == "c0ffee"
    assert main([]) == 2
    assert "Run: python tools/vocabulary.py" in capsys.readouterr().err


def test_the_shipped_vocabulary_is_what_the_full_facts_give() -> None:
    folder = os.environ.get(FACTS)
    if not folder:
        pytest.skip(f"not run: further facts: {FACTS} names no folder")
    facts = json.loads((Path(folder) / "dsa" / "sor_schema_facts.json").read_text(encoding="utf-8"))
    assert json.loads(OUTPUT.read_text(encoding="utf-8")) == vocabulary_of(facts)
