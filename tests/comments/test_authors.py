"""Authors: guests, links, cookies, look-alikes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from showcause.comments import authors
from showcause.comments.look_alikes import look_alike, skeleton
from showcause.comments.values import Author, Held, Mode, NotTaken, Problem
from showcause.domain.errors import LinkEnded
from tests.comments.conftest import NOON, Newsroom, fresh_id


def guest(newsroom: Newsroom, name: str = "Anna Roth", mail: str = "anna@reader.example") -> Author:
    """Return a new guest."""
    return authors.guest(newsroom.section, newsroom.now, fresh_id, name, mail)


def confirm(newsroom: Newsroom, author: Author) -> Author:
    """Follow the link in the mail to an author."""
    token = authors.confirmation(newsroom.section, newsroom.now, author)
    return authors.confirm(newsroom.section, newsroom.now, token)


def test_whoever_types_a_known_address_is_a_new_author_until_the_link_is_followed(newsroom: Newsroom) -> None:
    known = confirm(newsroom, guest(newsroom))
    stranger = guest(newsroom, mail="Anna@Reader.example")
    assert stranger.person != known.person
    joined = confirm(newsroom, stranger)
    assert joined.id == known.id
    assert authors.by_id(newsroom.section, stranger.id).person == known.person
    assert confirm(newsroom, stranger) == joined


def test_of_one_person_everything_counts_together(newsroom: Newsroom) -> None:
    newsroom.settings(mode=Mode.TRUST, trust_after=2)
    newsroom.people["one"], newsroom.people["two"] = guest(newsroom), guest(newsroom)
    for name in ("one", "two"):
        newsroom.accept(newsroom.post(by=name))
        confirm(newsroom, newsroom.people[name])
    assert newsroom.post(by="two").checked_by == "trust"
    assert newsroom.post(by="one").checked_by == "trust"
    with newsroom.section.changing() as run:
        run(
            "INSERT INTO {p}standing VALUES ('account', %s, 'suspend', 0, 'k', 'c', NULL)",
            newsroom.people["one"].id,
        )
    with pytest.raises(NotTaken) as caught:
        newsroom.post(by="two")
    assert caught.value.problem is Problem.SUSPENDED


def test_a_cookie_gives_the_person_back_and_nothing_forged_does(quick: Newsroom) -> None:
    author = guest(quick)
    cookie = authors.cookie(quick.section, quick.now, author)
    assert authors.from_cookie(quick.section, quick.now, cookie) == author
    assert author.name not in cookie
    other = authors.cookie(quick.section, quick.now, guest(quick, "Ben"))
    link = authors.confirmation(quick.section, quick.now, author)
    for forged in ("", "x", cookie[:-1], cookie[:22] + other[22:], link, cookie + "A", "é" * 50):
        assert authors.from_cookie(quick.section, quick.now, forged) is None
    assert authors.from_cookie(quick.section, quick.now + timedelta(days=366), cookie) is None
    with quick.section.changing() as run:
        run("UPDATE author SET forgotten = 1 WHERE id = %s", author.id)
    assert authors.from_cookie(quick.section, quick.now, cookie) is None


def test_a_link_ends_after_a_week_and_is_for_nothing_else(quick: Newsroom) -> None:
    author = guest(quick)
    token = authors.confirmation(quick.section, quick.now, author)
    for now, text in (
        (quick.now + timedelta(days=8), token),
        (quick.now, authors.cookie(quick.section, NOON, author)),
    ):
        with pytest.raises(LinkEnded):
            authors.confirm(quick.section, now, text)


def test_the_address_stands_nowhere_in_the_database(newsroom: Newsroom) -> None:
    guest(newsroom)
    [row] = newsroom.section.rows("SELECT * FROM {p}author")
    assert not any("reader.example" in str(value) or "anna@" in str(value) for value in row)


@pytest.mark.parametrize(
    "mail", ["", "anna", "anna@", "a@b@c", "a" * 400 + "@reader.example", "anna@reader.example\nBcc: x"]
)
def test_an_address_that_is_none_is_refused(quick: Newsroom, mail: str) -> None:
    with pytest.raises(NotTaken) as caught:
        guest(quick, mail=mail)
    assert caught.value.problem is Problem.MAIL


@pytest.mark.parametrize(
    "name",
    [
        "La Rédaction",
        "la redaction",
        "LA RÉDACTION ",
        "Lа Rеdаctiоn",
        "L a - R e d a c t i o n",
        "1a Redact1on",
    ],
)
def test_nobody_writes_under_a_name_that_looks_like_the_newspaper(quick: Newsroom, name: str) -> None:
    with pytest.raises(NotTaken) as caught:
        guest(quick, name)
    assert caught.value.problem is Problem.STAFF_NAME


def test_whoever_looks_like_a_known_author_waits_and_the_desk_sees_like_whom(newsroom: Newsroom) -> None:
    known = confirm(newsroom, guest(newsroom))
    newsroom.people["known"] = known
    newsroom.people["alike"] = alike = guest(newsroom, "Аnnа R0th", "other@reader.example")
    assert newsroom.post(by="known").held is None
    assert newsroom.post(by="alike").held is Held.LOOK_ALIKE
    assert look_alike(newsroom.section, alike) == "Anna Roth"
    assert look_alike(newsroom.section, known) is None


def test_different_names_have_different_skeletons() -> None:
    names = (
        "Anna Roth",
        "Hanna Roth",
        "Anne Roth",
        "Jean Valjean",
        "Marie Curie",
        "Marcia",
        "Marda",
        "محمد",
        "王伟",
        "Ольга",
    )
    assert len({skeleton(name) for name in names}) == len(names)


def test_staff_has_one_author_for_each_name(quick: Newsroom) -> None:
    assert quick.staff("Le Courrier").id == quick.staff("Le Courrier").id
    with pytest.raises(NotTaken):
        guest(quick, "Le  Соurrier")


def test_those_who_come_at_once_are_each_a_person_of_their_own(newsroom: Newsroom) -> None:
    def come(number: int) -> tuple[Author, Author]:
        try:
            made = guest(newsroom, f"Reader {number}", f"{number}@reader.example")
            return made, authors.account(newsroom.section, newsroom.now, fresh_id, "u-1", "Mira Sol")
        finally:
            newsroom.section.close()

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(come, range(24)))
    guests = [each for each, _ in made]
    assert [each.name for each in guests] == [f"Reader {number}" for number in range(24)]
    assert len({each.person for each in guests}) == 24
    assert all(each.person == each.no for each in guests)
    assert len({account.id for _, account in made}) == 1
