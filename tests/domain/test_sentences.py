"""Sentences are strict about their arguments, and speak English and French as people write them."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.domain.errors import BadInput
from showcause.domain.sentences import (
    MAX_ITEMS,
    MAX_TEXT,
    Kind,
    faults_of_book,
    hidden_characters,
    missing_parts,
    placeholders,
    render,
    stamp,
)

BOOK = {kind: {"en": f"{{it:{kind}}}", "fr": f"{{it:{kind}}}"} for kind in Kind} | {
    "cat": {"en": "a cat", "fr": "un chat"},
    "dog": {"en": "a dog", "fr": "un chien"},
    "quote": {"en": "They said: “{it:text}”", "fr": "On a dit : « {it:text} » !"},
    "english-only": {"en": "Only here."},
}


def say(kind: str, value: Any, language: str = "en") -> str:
    return render(BOOK, kind, {"it": value}, language)


@pytest.mark.parametrize(
    "kind,value,english,french",
    [
        ("minute", "2026-11-22T14:05:59Z", "22 November 2026 at 14:05 UTC", "22 novembre 2026 à 14 h 05 UTC"),
        ("minute", "2027-03-01T00:00:00Z", "1 March 2027 at 0:00 UTC", "1er mars 2027 à 0 h 00 UTC"),
        ("day", "2026-08-01", "1 August 2026", "1er août 2026"),
        ("duration", 259_200, "3 days", "3 jours"),
        ("duration", 86_400 + 3_600, "1 day and 1 hour", "1 jour et 1 heure"),
        ("duration", 5_400, "1 hour and 30 minutes", "1 heure et 30 minutes"),
        (
            "duration",
            90_061,
            "1 day, 1 hour, 1 minute and 1 second",
            "1 jour, 1 heure, 1 minute et 1 seconde",
        ),
        ("number", 0, "0", "0"),
        ("number", 12_345_678, "12,345,678", "12\u202f345\u202f678"),
        ("list", ["one"], "one", "one"),
        ("list", ("one", "two"), "one and two", "one et two"),
        ("list", ("one", "two", "three"), "one, two and three", "one, two et three"),
        ("word", "cat", "a cat", "un chat"),
        ("words", ("cat", "dog"), "a cat and a dog", "un chat et un chien"),
    ],
)
def test_facts_are_written_as_each_language_writes_them(
    kind: str, value: Any, english: str, french: str
) -> None:
    assert (say(kind, value, "en"), say(kind, value, "fr")) == (english, french)


def test_french_marks_do_not_begin_a_line_and_the_quoted_words_stay_untouched() -> None:
    assert say("quote", "quoi ?", "fr") == "On a dit\u00a0: «\u00a0quoi ?\u00a0»\u00a0!"


@pytest.mark.parametrize(
    "kind,value",
    [
        ("minute", "2026-11-22 14:05"),
        ("minute", "2026-11-22T14:05:00+01:00"),
        ("minute", "2026-13-22T14:05:00Z"),
        ("minute", 5),
        ("day", "22 November"),
        ("duration", 0),
        ("duration", "3"),
        ("number", -1),
        ("number", True),
        ("number", 1.5),
        ("list", ()),
        ("list", "abc"),
        ("list", ("a", 2)),
        ("list", ("a",) * (MAX_ITEMS + 1)),
        ("text", ""),
        ("text", " \n "),
        ("text", None),
        ("text", "x" * (MAX_TEXT + 1)),
        ("text", "pay \u202eereh\u202c"),
        ("text", "bell\a"),
        ("word", "horse"),
        ("word", "quote"),
        ("words", ("cat", "horse")),
    ],
)
def test_an_argument_of_the_wrong_kind_length_or_characters_is_refused(kind: str, value: Any) -> None:
    with pytest.raises(BadInput):
        say(kind, value)


def test_a_sentence_takes_exactly_its_arguments() -> None:
    with pytest.raises(BadInput, match="sentence 'quote' lacks 'it', does not take 'that'"):
        render(BOOK, "quote", {"that": "x"}, "en")
    with pytest.raises(BadInput, match="'cat' does not take 'it'"):
        render(BOOK, "cat", {"it": "x"}, "en")


def test_what_nobody_wrote_is_not_said() -> None:
    with pytest.raises(BadInput, match="there is no sentence 'horse'"):
        render(BOOK, "horse", {}, "en")
    with pytest.raises(BadInput, match="there is no sentence 'english-only' in 'fr'"):
        render(BOOK, "english-only", {}, "fr")


@given(st.text(alphabet="ab{}:textun ", min_size=1).filter(str.strip))
def test_an_argument_is_never_read_as_a_template(value: str) -> None:
    assert say("text", value) == value


def test_a_moment_is_stamped_in_utc_whatever_zone_it_came_in() -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert stamp(noon.astimezone(timezone(timedelta(hours=2)))) == "2026-11-22T12:00:00Z"


def test_invisible_characters_are_named() -> None:
    assert hidden_characters("a\u202eb\x00\t\n\U000e0041") == ("U+0000", "U+202E", "U+E0041")


def test_a_book_says_the_same_in_every_language() -> None:
    book = {
        "one": {"en": "At {when:minute}", "fr": "Le {when:day}"},
        "two": {"en": "Hello"},
        "three": {"en": "{a:noise} {b", "fr": "{a:noise} {b"},
    }
    assert faults_of_book(book, ("en", "fr")) == (
        "one: the languages do not take the same arguments",
        "two: no text in 'fr'",
        "three (en): argument 'a' has the unknown kind 'noise'",
        "three (en): a brace that is no argument; write {name:kind}",
        "three (fr): argument 'a' has the unknown kind 'noise'",
        "three (fr): a brace that is no argument; write {name:kind}",
    )


def test_placeholders_come_sorted_and_once() -> None:
    assert placeholders("{b:text} {a:day} {b:text}") == (("a", "day"), ("b", "text"))


COMPLETE = (
    "measure.hide", "territory.everywhere", "duration.open", "facts.item", "origin.own", "detection.none",
    "automation.none", "terms.ground", "why.integrity.spam@1.counted", "decided.two", "works.hide", "redress.court",
)  # fmt: skip


def test_a_statement_with_every_part_of_article_17_3_lacks_nothing() -> None:
    assert missing_parts(COMPLETE) == ()
    assert missing_parts([*COMPLETE[:7], "law.ground", *COMPLETE[8:]]) == ()


@pytest.mark.parametrize("left_out", COMPLETE)
def test_a_statement_without_one_part_is_incomplete(left_out: str) -> None:
    found = missing_parts(set(COMPLETE) - {left_out})
    group = left_out.split(".")[0]
    assert found == (("d law", "e terms") if group == "terms" else found[:1])
    assert group in found[-1]
