"""What people send to break a comment section, and what is kept of it."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.comments.likeness import bands
from showcause.comments.values import NotTaken, Problem
from showcause.comments.wording import MOST_ALIKE, MOST_LINES, MOST_MARKS, clean_name, clean_text
from tests.comments.conftest import Newsroom

LONGEST = 5_000
SCRIPT = '<script>alert("x")</script><img src=x onerror=alert(1)> [a](javascript:b) &amp; {{ 7 * 7 }}'


def clean(text: str) -> str:
    """Return what is kept of a text."""
    return clean_text(text, LONGEST)


def test_markup_and_scripts_are_words_like_others(newsroom: Newsroom) -> None:
    made = newsroom.post(SCRIPT)
    assert newsroom.read(made).text == SCRIPT


def test_quotes_and_statements_of_the_database_are_words_like_others(newsroom: Newsroom) -> None:
    text = "'; DROP TABLE comment; -- %s {p}comment ? :name $1 \\ 100% E'\\''"
    made = newsroom.post(text, form="'; DROP--")
    assert newsroom.read(made).text == text


def test_signs_that_turn_the_direction_of_writing_are_taken_out() -> None:
    assert clean("refund \u202egnp.exe\u202c now \u2066x\u2069 \u200f\u061c") == "refund gnp.exe now x"
    assert clean_name("Anna\u202e Roth") == "Anna Roth"


def test_writing_from_right_to_left_stays_as_it_is() -> None:
    for text in ("مرحبا بالعالم، هذا رائع", "שלום עולם", "می‌خواهم"):
        assert clean(text) == unicodedata.normalize("NFC", text)


def test_invisible_signs_and_controls_are_taken_out() -> None:
    assert clean("a\u200b\u00ad\u2060\ufeff\x00\x07\x1b[31mb\U000e0041") == "a[31mb"
    assert clean("one\r\ntwo\rthree\u2028four\tfive") == "one\ntwo\nthree\nfour five"


@pytest.mark.parametrize(
    "nothing", ["", " \n\t ", "\u200b\u200b", "\u202e", "\u3164", "\u0301\u0301", "\x00"]
)
def test_what_says_nothing_is_refused(nothing: str) -> None:
    with pytest.raises(NotTaken) as caught:
        clean(nothing)
    assert caught.value.problem is Problem.EMPTY


def test_a_comment_of_a_hundred_kilobytes_is_refused_with_the_bound(quick: Newsroom) -> None:
    with pytest.raises(NotTaken) as caught:
        quick.post("x" * 102_400)
    assert (caught.value.problem, caught.value.bound) == (Problem.TOO_LONG, LONGEST)
    assert "102400" in caught.value.message
    assert quick.post("x y " * (LONGEST // 4)).text


def test_storms_of_the_same_sign_or_of_pictures_are_cut_short() -> None:
    assert clean("W" + "o" * 400 + "w" + "!" * 90) == "W" + "o" * MOST_ALIKE + "w" + "!" * MOST_ALIKE
    pictures = "😀🎉👍🏽❤️" * 200
    kept = clean("Yes " + pictures + "end")
    assert kept.startswith("Yes 😀🎉👍🏽❤️")
    assert sum(unicodedata.category(sign) == "So" for sign in kept) == MOST_ALIKE
    assert kept.endswith("end")


def test_a_storm_of_colours_of_skin_keeps_the_machine_busy_no_longer_than_any_other() -> None:
    row = "".join("\U0001f3fb\U0001f3fc"[number % 2] for number in range(MOST_ALIKE))
    began = time.process_time()  # of this process alone: nothing else on the machine counts
    assert len(clean(f"{row}a" * (LONGEST // 21))) == 21 * (LONGEST // 21)
    assert len(clean("\U0001f3fb\U0001f3fc" * 2_000)) <= 2 * MOST_ALIKE
    assert time.process_time() - began < 2.0


def test_marks_that_are_heaped_on_a_letter_are_cut_short() -> None:
    kept = clean("H" + "\u0335\u0321\u0353" * 30 + "i")
    assert len(kept) <= 2 + MOST_MARKS
    assert clean("Tiếng Việt, naïve, हिन्दी") == "Tiếng Việt, naïve, हिन्दी"


def test_pictures_that_are_newer_than_the_program_stay() -> None:
    assert clean("\U0001fae8 \U0001fae9 \U0001fadf") == "\U0001fae8 \U0001fae9 \U0001fadf"
    assert clean("a\ufffeb\ufdd0c\U0001ffffd") == "abcd"


def test_a_thousand_lines_become_a_few() -> None:
    assert clean("a\n\n\n\n\nb") == "a\n\nb"
    assert clean("\n".join(str(number) for number in range(1_000))).count("\n") == MOST_LINES - 1


@given(st.text(alphabet=st.characters(codec="utf-16", categories=None), max_size=400))
def test_whatever_is_sent_is_taken_clean_or_refused_and_cleaning_twice_changes_nothing(text: str) -> None:
    try:
        kept = clean(text)
    except NotTaken:
        return
    assert clean(kept) == kept
    assert not any(
        (unicodedata.category(sign) in ("Cc", "Cs") and sign != "\n") or sign in "\u202e\u202d\u2066\u200b"
        for sign in kept
    )
    kept.encode("utf-8")
    bands(kept)


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "\u202e", "\u0301"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(NotTaken) as caught:
        clean_name(name)
    assert caught.value.problem is Problem.NAME


def test_a_name_is_one_line() -> None:
    assert clean_name("  Anna\n\tRoth\u2028Jr ") == "Anna Roth Jr"
