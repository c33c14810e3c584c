"""Who tries to pass for somebody else, or to slip something else under what the desk looked at."""

import base64
from datetime import timedelta

import pytest

from showcause.comments import attack, authors, newsroom, posting, token_keys, validation
from showcause.comments.look_alikes import look_alike
from showcause.comments.states import CommentState
from showcause.comments.values import Held, Mode, NotTaken, Problem
from showcause.domain.errors import Stale
from tests.comments.conftest import Newsroom, fresh_id


def confirm(quick: Newsroom, name: str) -> None:
    """Let somebody follow the link in their mail."""
    token = authors.confirmation(quick.section, quick.now, quick.author(name))
    quick.people[name] = authors.confirm(quick.section, quick.now, token)
    quick.now += timedelta(minutes=1)


def test_an_address_of_ones_own_makes_nobody_pass_for_whoever_had_the_name_before(newsroom: Newsroom) -> None:
    confirm(newsroom, "Anna Roth")
    confirm(newsroom, "Аnnа R0th")
    made = newsroom.post(by="Аnnа R0th")
    assert made.held is Held.LOOK_ALIKE
    assert look_alike(newsroom.section, newsroom.author("Аnnа R0th")) == "Anna Roth"
    assert newsroom.post(by="Anna Roth").held is None
    newsroom.accept(made)  # somebody saw it, with the note, and took it for a namesake
    assert newsroom.post(by="Аnnа R0th").held is None


def test_what_is_accepted_is_what_was_looked_at(quick: Newsroom) -> None:
    quick.settings(mode=Mode.BEFORE)
    made, other = quick.post("What the desk saw."), quick.post("Something else.")
    posting.edit(quick.section, quick.now, quick.author(), made.id, "What nobody saw.")
    with pytest.raises(Stale):
        validation.accept(quick.section, quick.now, made.id, "moderator", "What the desk saw.")
    seen = {made.id: "What the desk saw.", other.id: "Something else."}
    with pytest.raises(Stale):
        validation.accept_many(quick.section, quick.now, [other.id, made.id], "moderator", seen)
    assert {quick.read(each).state for each in (made, other)} == {CommentState.WAITING}


def test_what_is_being_refused_is_not_edited_until_that_was_undone(quick: Newsroom) -> None:
    quick.settings(mode=Mode.BEFORE)
    made = quick.post("An insult.")
    validation.set_aside(quick.section, [made.id], quick.now + timedelta(seconds=30))
    with pytest.raises(NotTaken) as caught:
        posting.edit(quick.section, quick.now, quick.author(), made.id, "Nothing of the kind.")
    assert caught.value.problem is Problem.TOO_LATE
    validation.back(quick.section, [made.id])
    assert posting.edit(quick.section, quick.now, quick.author(), made.id, "Milder.").text == "Milder."


def test_under_attack_those_whom_the_newsroom_trusts_are_read_first_too(quick: Newsroom) -> None:
    newsroom.trust(quick.section, quick.author().id, True)
    assert quick.post("Trusted.").state is CommentState.PUBLISHED
    attack.hold(quick.section, quick.now + timedelta(hours=1), "somebody")
    quick.now += timedelta(minutes=3)
    assert quick.post("Trusted as well.").state is CommentState.WAITING
    quick.now += timedelta(hours=1)
    assert quick.post("Trusted again.").state is CommentState.PUBLISHED


def test_what_was_got_by_a_forged_token_ends_with_the_leaked_key(newsroom: Newsroom) -> None:
    section, guest = newsroom.section, newsroom.author()
    author = authors.account(section, newsroom.now, fresh_id, "reader-7", "Léa Marin")
    stolen = authors.cookie(section, newsroom.now, author)
    kept = authors.cookie(section, newsroom.now, guest)
    key = token_keys.add(section, newsroom.now, base64.b64encode(b"\x01" * 32).decode())
    assert authors.from_cookie(section, newsroom.now, stolen) == author
    newsroom.now += timedelta(minutes=1)
    token_keys.retire(section, newsroom.now, key.kid)
    assert authors.from_cookie(section, newsroom.now, stolen) is None
    assert authors.from_cookie(section, newsroom.now, kept) == guest, "it came by no token"
    newsroom.now += timedelta(minutes=1)
    assert authors.from_cookie(section, newsroom.now, authors.cookie(section, newsroom.now, author)) == author
