"""What the newsroom does besides validating, and what the desk reads: on each database."""

import pytest

from showcause.comments import newsroom as room
from showcause.comments import validation
from showcause.comments.states import CommentState
from showcause.comments.values import Held, Mode, WaitingFilter
from showcause.domain.errors import IllegalStep, NotFound
from tests.comments.conftest import Newsroom

OFFER = "Earn 4,000 a week from home, places are few, write to us before midnight!"


def test_up_to_three_comments_of_a_thread_are_pinned(newsroom: Newsroom) -> None:
    made = [newsroom.post(f"Word {word}") for word in ("a", "b", "c", "d")]
    elsewhere = newsroom.post("Word e", under="gare")
    for each in (*made[:3], elsewhere, made[0]):
        room.pin(newsroom.section, each.id, True)
    with pytest.raises(IllegalStep, match="3 comments are pinned"):
        room.pin(newsroom.section, made[3].id, True)
    room.pin(newsroom.section, made[0].id, False)
    room.pin(newsroom.section, made[3].id, True)
    assert [newsroom.read(each).pinned for each in made] == [False, True, True, True]


def test_only_what_readers_see_is_pinned_or_marked_and_no_answer_is_pinned(newsroom: Newsroom) -> None:
    made = newsroom.post("Word")
    answer = newsroom.post("Another", to=made)
    waiting = newsroom.post("Third", held=Held.NO_PROOF)
    with pytest.raises(IllegalStep):
        room.pin(newsroom.section, answer.id, True)
    for act in (room.pin, room.highlight):
        with pytest.raises(IllegalStep):
            act(newsroom.section, waiting.id, True)
        with pytest.raises(NotFound):
            act(newsroom.section, "0" * 32, True)
    room.highlight(newsroom.section, answer.id, True)
    assert newsroom.read(answer).highlighted


def test_trust_holds_for_everything_that_one_person_writes(newsroom: Newsroom) -> None:
    newsroom.settings(mode=Mode.BEFORE)
    author = newsroom.author()
    assert room.trust(newsroom.section, author.id, True).trusted is True
    assert newsroom.post("At once.").state is CommentState.PUBLISHED
    assert room.trust(newsroom.section, author.id, None).trusted is None
    assert newsroom.post("Later.").state is CommentState.WAITING


def test_the_copies_of_a_flood_that_wait_are_read_together(newsroom: Newsroom) -> None:
    newsroom.settings(mode=Mode.BEFORE)
    made = [newsroom.post(f"{OFFER}{'!' * (n % 2)}", by=f"Seller {n}") for n in range(5)]
    newsroom.post("Something that nobody else has ever written about the tram.")
    near = newsroom.read(made[0]).near
    assert [copy.id for copy in room.copies(newsroom.section, newsroom.now, near)] == [
        each.id for each in made
    ]
    assert room.alike(newsroom.section, newsroom.now, near, 5) == (5, [OFFER, f"{OFFER}!"])
    validation.set_aside(newsroom.section, [made[0].id], newsroom.now.replace(hour=23))
    validation.accept(newsroom.section, newsroom.now, made[1].id, "m" * 32)
    assert room.alike(newsroom.section, newsroom.now, near, 1)[0] == 3
    assert room.copies(newsroom.section, newsroom.now, 0) == []
    spared = validation.waiting(newsroom.section, newsroom.now, WaitingFilter(spared=(near,)))
    assert [each.comment.near for each in spared] == [0]


def test_the_queue_is_narrowed_to_a_reason_and_to_known_authors(newsroom: Newsroom) -> None:
    newsroom.settings(mode=Mode.BEFORE)
    known = newsroom.post("First.")
    validation.accept(newsroom.section, newsroom.now, known.id, "m" * 32)
    again, fresh = newsroom.post("Second."), newsroom.post("Third.", by="Ben Olu", held=Held.NO_PROOF)
    for wanted, found in (
        (WaitingFilter(known=True), [again.id]),
        (WaitingFilter(known=False), [fresh.id]),
        (WaitingFilter(held=Held.NO_PROOF), [fresh.id]),
        (WaitingFilter(held=Held.MODE), [again.id]),
    ):
        assert [
            each.comment.id for each in validation.waiting(newsroom.section, newsroom.now, wanted)
        ] == found
        assert validation.count(newsroom.section, newsroom.now, wanted) == len(found)


def test_articles_and_parts_have_their_numbers(newsroom: Newsroom) -> None:
    port = newsroom.article("phare", part="Port")
    town = newsroom.article("gare", part="Ville")
    checked = newsroom.post("First.", under="phare")
    validation.accept(newsroom.section, newsroom.now, checked.id, "m" * 32)
    newsroom.post("Second.", under="phare")
    newsroom.post("Third.", under="phare", held=Held.NO_PROOF)
    newsroom.post("Fourth.", under="gare")
    port, town = newsroom.article("phare"), newsroom.article("gare")
    numbers = room.numbers_of(newsroom.section, [port, town])
    assert (numbers[port.id].published, numbers[port.id].unchecked, numbers[port.id].waiting) == (2, 1, 1)
    assert numbers[town.id].published == 1
    assert room.numbers_of(newsroom.section, []) == {}
    parts = {each.name: each for each in room.parts(newsroom.section)}
    assert parts["Port"].numbers == numbers[port.id]
    assert (parts["Ville"].articles, parts["Ville"].mode) == (1, None)


def test_any_comment_can_be_looked_at_as_the_desk_has_those_that_wait(newsroom: Newsroom) -> None:
    made = newsroom.post("Word")
    answer = newsroom.post("Another", to=made)
    found = room.waiting_of(newsroom.section, newsroom.read(answer))
    assert (found.comment.id, found.parent and found.parent.id) == (answer.id, made.id)
    assert found.author.id == newsroom.author().id
