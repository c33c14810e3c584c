"""Forms that are signed, and articles that move, open and close."""

from datetime import timedelta

import pytest

from showcause.comments import articles, forms
from showcause.comments.opening import open_section
from showcause.comments.values import Mode, NotTaken, Numbers, Problem
from showcause.domain.errors import NotFound
from tests.comments.conftest import KEY, SETTINGS, SITE, Newsroom, fresh_id

MINUTE = timedelta(minutes=1)


def check(newsroom: Newsroom, form: str, after: timedelta = MINUTE, under: str = "strike") -> str:
    """Return the key of a form that is sent some time later."""
    return forms.check(newsroom.section, newsroom.now + after, form, newsroom.article(under))


def problem_of(newsroom: Newsroom, form: str, after: timedelta = MINUTE, under: str = "strike") -> Problem:
    """Return why a form is not taken."""
    with pytest.raises(NotTaken) as caught:
        check(newsroom, form, after, under)
    return caught.value.problem


def test_a_form_that_is_sent_twice_has_one_key_and_two_forms_have_two(quick: Newsroom) -> None:
    one, other = (forms.issue(quick.section, quick.now, quick.article()) for _ in range(2))
    assert check(quick, one) == check(quick, one) != check(quick, other)


def test_forged_old_and_quick_forms_are_told_apart(quick: Newsroom) -> None:
    form = forms.issue(quick.section, quick.now, quick.article())
    first, last = "B" if form.startswith("A") else "A", "BA" if form.endswith("AA") else "AA"
    for forged in ("", "x", form[:-2] + last, first + form[1:], form + "AAAA", "é", "=" * 99, "A" * 10_000):
        assert problem_of(quick, forged) is Problem.FORM_FORGED
    assert problem_of(quick, form, under="other") is Problem.FORM_FORGED
    assert problem_of(quick, form, timedelta(hours=25)) is Problem.FORM_TOO_OLD
    assert problem_of(quick, form, timedelta(seconds=1)) is Problem.FORM_TOO_QUICK


def test_a_form_of_another_section_is_forged(quick: Newsroom) -> None:
    other = Newsroom(open_section("sqlite:///:memory:", "gazette", KEY, SETTINGS))
    other.article()
    form = forms.issue(other.section, quick.now, quick.article())
    assert problem_of(quick, form) is Problem.FORM_FORGED
    other.section.close()


def test_an_article_with_a_key_is_found_whatever_its_address_is(newsroom: Newsroom) -> None:
    first = newsroom.article("strike", address=f"{SITE}/old", title="Strike")
    assert newsroom.article("strike", address=f"{SITE}/new?x=1#c").id == first.id
    moved = articles.correct(newsroom.section, first, address=f"{SITE}/new", title="The strike")
    assert (moved.address, moved.title, moved.key) == (f"{SITE}/new", "The strike", "strike")
    for name in ("strike", f"{SITE}/old", f"{SITE}/new"):
        found = articles.find(newsroom.section, name)
        assert found is not None
        assert found.id == first.id


def test_an_article_without_a_key_is_found_by_all_its_addresses(newsroom: Newsroom) -> None:
    first = newsroom.article("", address=f"{SITE}/old")
    articles.correct(newsroom.section, first, address=f"{SITE}/new")
    assert newsroom.article("", address=f"{SITE}/new").id == first.id
    assert newsroom.article("", address=f"{SITE}/old#top").id == first.id


def test_what_a_reader_says_of_a_known_article_changes_nothing(quick: Newsroom) -> None:
    first = quick.article("strike", title="Strike", part="news")
    again = quick.article(
        "strike", address=f"{SITE}/elsewhere", title="Buy now", part="free-for-all", language="fr"
    )
    assert again == first
    said = quick.article("strike", address=f"{SITE}/moved", title="Strike ends", vouched=True)
    assert (said.id, said.title, said.part, said.address) == (
        first.id,
        "Strike ends",
        "news",
        f"{SITE}/moved",
    )


def test_nobody_takes_the_address_of_another_article(quick: Newsroom) -> None:
    first = quick.article("", address=f"{SITE}/a")
    taker = quick.article("taker", address=f"{SITE}/b")
    articles.correct(quick.section, taker, address=f"{SITE}/a")
    assert quick.article("", address=f"{SITE}/a").id == first.id


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/a", "javascript:alert(1)", "//courrier.example/a", "http://courrier.example/a", "",
     "https://courrier.example.evil.example/", "https://courrier.example:444/", "https://a@courrier.example/",
     "https://courrier.example@evil.example/", "https://[", "https://courrier.example\\@evil.example/"],
)  # fmt: skip
def test_only_addresses_of_the_newspapers_own_sites_are_taken(quick: Newsroom, address: str) -> None:
    with pytest.raises(NotTaken) as caught:
        quick.article("a", address=address)
    assert caught.value.problem is Problem.UNKNOWN_SITE
    assert articles.listed(quick.section) == []


def test_articles_are_listed_by_part_and_by_how_much_is_said_under_them(quick: Newsroom) -> None:
    quick.article("match", part="sport")
    quick.article("vote", part="news")
    quick.post(under="match")
    assert [each.key for each in articles.listed(quick.section)] == ["vote", "match"]
    assert [each.key for each in articles.listed(quick.section, order="commented")] == ["match", "vote"]
    assert [each.key for each in articles.listed(quick.section, part="news")] == ["vote"]
    assert articles.parts(quick.section) == ["news", "sport"]
    with pytest.raises(NotFound):
        articles.by_id(quick.section, fresh_id())


def test_the_numbers_of_an_article_a_part_and_the_whole(newsroom: Newsroom) -> None:
    newsroom.article("match", part="sport")
    newsroom.post(under="match")
    newsroom.accept(newsroom.post(under="match"))
    articles.set_mode(newsroom.section, newsroom.article("match"), Mode.BEFORE)
    newsroom.post(under="match")
    newsroom.post(under="strike")
    wanted = Numbers(waiting=1, published=2, unchecked=1)
    assert articles.numbers(newsroom.section, article=newsroom.article("match")) == wanted
    assert articles.numbers(newsroom.section, part="sport") == wanted
    assert articles.numbers(newsroom.section) == Numbers(waiting=1, published=3, unchecked=2)
