"""Floods: many comments that say nearly the same."""

import random
from datetime import timedelta

import pytest

from showcause.comments import floods, validation
from showcause.comments.floods import HELD_FROM, SLOTS
from showcause.comments.likeness import ALIKE, bands, normal_form, pieces, resemblance
from showcause.comments.states import CommentState
from showcause.comments.values import Comment, Held, WaitingFilter
from tests.comments.conftest import Newsroom

OFFER = "Earn 4,000 a week from home, see https://win.example/a1 before midnight, places are few!"
WORDS = (
    "mayor", "strike", "tram", "school", "bridge", "river", "water", "council", "budget", "market", "square", "ticket",
    "evening", "morning", "letter", "reader", "station", "bakery", "museum", "garden", "traffic", "winter", "summer",
    "concert", "league", "goal", "captain", "engine", "harbour", "library",
)  # fmt: skip


def test_a_text_is_like_itself_with_other_numbers_signs_case_and_links() -> None:
    altered = (
        "EARN 9.500 a WEEK from home — see http://www.win.example/zz?k=7 before midnight; places are few"
    )
    assert normal_form(OFFER) == normal_form(altered)
    assert bands(OFFER) == bands(altered)
    assert len(bands(OFFER)) == 6


def test_short_texts_are_never_a_flood() -> None:
    assert bands("Bravo et merci !") == ()


@pytest.mark.parametrize("seed", range(5))
def test_nearly_equal_texts_share_a_band_and_different_ones_resemble_little(seed: int) -> None:
    chance = random.Random(seed)
    shared = 0
    for _ in range(40):
        words = chance.choices(WORDS, k=30)
        one = " ".join(words)
        words[chance.randrange(30)] = "elsewhere"
        other = " ".join(words)
        assert resemblance(pieces(one), pieces(other)) > ALIKE
        shared += bool(set(bands(one)) & set(bands(other)))
        stranger = " ".join(chance.choices(WORDS, k=30))
        assert resemblance(pieces(one), pieces(stranger)) < ALIKE
    assert shared >= 38


def test_a_flood_is_one_group_and_waits_from_its_fifth_comment(newsroom: Newsroom) -> None:
    made = [newsroom.post(f"{OFFER} {number}", by=f"Seller {number % 3}") for number in range(7)]
    other = newsroom.post("Something that nobody else has ever written about the tram.")
    assert [each.state is CommentState.PUBLISHED for each in made] == [
        number < HELD_FROM - 1 for number in range(7)
    ]
    assert {each.held for each in made[HELD_FROM - 1 :]} == {Held.FLOOD}
    assert {newsroom.read(each).near for each in made} == {made[0].seq}
    assert newsroom.read(other).near == 0
    listed = validation.waiting(newsroom.section, newsroom.now, WaitingFilter(near=made[0].seq))
    assert [each.flood for each in listed] == [7] * 7


def test_a_flood_that_comes_at_once_is_one_group_too(quick: Newsroom) -> None:
    drafts = [quick.incoming(f"{OFFER} {number}") for number in range(6)]
    made = quick.section.line.through(drafts)
    assert {quick.read(each).near for each in made} == {1}
    assert [each.held for each in made if isinstance(each, Comment)] == [None] * 4 + [Held.FLOOD] * 2


def test_what_was_said_a_day_ago_begins_no_flood(quick: Newsroom) -> None:
    quick.post(OFFER)
    quick.now += timedelta(days=1, minutes=1)
    assert quick.post(OFFER).near == 0
    assert quick.post(OFFER).near == 2


def test_nobody_makes_a_comparison_long(quick: Newsroom) -> None:
    chance = random.Random(1)
    for _ in range(40):
        quick.section.line.through([quick.incoming(" ".join(chance.choices(WORDS[:12], k=30)))])
    [(most,)] = quick.section.rows("SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM band GROUP BY band)")
    assert 1 < most <= SLOTS


def test_the_newspaper_itself_is_never_held(quick: Newsroom) -> None:
    quick.people["Redaction"] = quick.staff("Redaction")
    made = [quick.post(OFFER, by="Redaction") for _ in range(6)]
    assert {each.state for each in made} == {CommentState.PUBLISHED}


def test_counting_a_flood_reads_no_comment_that_is_in_none(quick: Newsroom) -> None:
    told = [str(row[-1]) for row in quick.section.rows(f"EXPLAIN QUERY PLAN {floods._COUNT}", 1, 5)]
    assert any("comment_near" in each for each in told)
