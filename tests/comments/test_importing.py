"""Comments of other systems are taken in once, keep their place and their time, and tell nobody an address."""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from showcause.comments import arriving_isso, articles, threads, validation
from showcause.comments.arriving import Arriving, ArrivingArticle, Misfit, Why
from showcause.comments.importing import Import, Imported
from showcause.comments.leaving import lines
from showcause.comments.states import CommentState
from showcause.comments.values import Held, Order
from tests.comments.conftest import SITE, Newsroom, fresh_id
from tests.comments.test_arriving import ISSO

PHARE = ArrivingArticle("wordpress-41", f"{SITE}/le-phare/", "Le phare", "Ville")
AT = 1_793_693_700_000_000


def arriving(source: str, parent: str | None = None, **given: object) -> Arriving:
    values = {
        "name": "Anna",
        "mail": "anna@reader.example",
        "text": f"Texte {source}",
        "created_at": AT,
    } | given
    return Arriving(source=source, parent=parent, article=values.pop("article", PHARE), **values)  # type: ignore[arg-type]


def take(
    newsroom: Newsroom, *found: Arriving | Misfit, kept: list[tuple[str, str]] | None = None
) -> Imported:
    contacts: list[tuple[str, str]] = [] if kept is None else kept

    def keep(some: Sequence[tuple[str, str]]) -> None:
        contacts.extend(some)

    return Import(newsroom.section, newsroom.now, fresh_id, "wordpress", "fr", keep).take(found)


def test_what_was_published_is_published_checked_and_in_its_place(newsroom: Newsroom) -> None:
    report = take(newsroom, arriving("1"), arriving("2", "1"), arriving("3", "2", name="Bo", mail=""))
    assert (report.new, report.known, report.waiting, report.moved) == (3, 0, 0, 0)
    article = articles.find(newsroom.section, PHARE.address)
    assert article is not None
    assert (article.title, article.part, article.published) == ("Le phare", "Ville", 3)
    [branch] = threads.page(newsroom.section, article, Order.OLDEST).branches
    assert branch.root.comment.text == "Texte 1"
    assert not branch.root.comment.unchecked
    assert [each.comment.text for each in branch.replies] == ["Texte 2", "Texte 3"]
    assert branch.replies[1].comment.parent == branch.replies[0].comment.id
    assert branch.root.comment.created_at.timestamp() * 1_000_000 == AT
    assert validation.waiting(newsroom.section, newsroom.now) == []


def test_the_pages_own_key_finds_what_was_imported_under_the_other_systems(quick: Newsroom) -> None:
    from_isso = ArrivingArticle("/la-greve/", f"{SITE}/la-greve/", "La grève")
    take(quick, arriving("1"), arriving("2", article=from_isso))
    for address, text in ((PHARE.address, "Texte 1"), (from_isso.address, "Texte 2")):
        article = quick.article("a-key-of-their-own", address=address)
        [branch] = threads.page(quick.section, article).branches
        assert branch.root.comment.text == text


def test_importing_again_changes_nothing(newsroom: Newsroom) -> None:
    take(newsroom, arriving("1"), arriving("2", "1"))
    before = list(lines(newsroom.section))
    report = take(newsroom, arriving("1"), arriving("2", "1"), arriving("3", "1"))
    assert (report.new, report.known) == (1, 2)
    assert list(lines(newsroom.section))[: len(before) - 2] == [
        {**each, "published": 3} if each["kind"] == "article" else each for each in before[:-2]
    ]


def test_what_waited_there_waits_here(newsroom: Newsroom) -> None:
    report = take(newsroom, arriving("1", waiting=True))
    assert (report.new, report.waiting) == (1, 1)
    [waiting] = validation.waiting(newsroom.section, newsroom.now)
    assert (waiting.comment.state, waiting.comment.held) == (CommentState.WAITING, Held.MODE)


def test_an_answer_to_what_does_not_fit_moves_up_and_is_counted(newsroom: Newsroom) -> None:
    report = take(
        newsroom, arriving("1"), arriving("2", "1", text="\u200b"), arriving("3", "2"), arriving("4", "99")
    )
    assert (report.new, report.moved, dict(report.misfits)) == (3, 2, {Why.EMPTY: 1})
    article = articles.find(newsroom.section, PHARE.address)
    assert article is not None
    first, second = threads.page(newsroom.section, article, Order.OLDEST).branches
    assert [each.comment.text for each in first.replies] == ["Texte 3"]
    assert second.root.comment.text == "Texte 4"


def test_articles_of_other_sites_do_not_come_in(newsroom: Newsroom) -> None:
    elsewhere = ArrivingArticle("wordpress-9", "https://elsewhere.example/x", "X")
    report = take(newsroom, arriving("1", article=elsewhere), Misfit("2", Why.SPAM))
    assert (report.new, dict(report.misfits)) == (0, {Why.NO_ARTICLE: 1, Why.SPAM: 1})
    assert report.first == [Misfit("1", Why.NO_ARTICLE), Misfit("2", Why.SPAM)]


def test_an_article_that_readers_met_before_is_found_by_its_address(newsroom: Newsroom) -> None:
    met = newsroom.article("phare", address=PHARE.address)
    take(newsroom, arriving("1"))
    assert articles.by_id(newsroom.section, met.id).published == 1


def test_addresses_are_handed_on_and_stand_nowhere_here(newsroom: Newsroom) -> None:
    kept: list[tuple[str, str]] = []
    take(newsroom, arriving("1"), arriving("2"), arriving("3", name="Bo", mail="no address"), kept=kept)
    [(author, mail)] = kept
    assert mail == "anna@reader.example"
    exported = json.dumps([*lines(newsroom.section)])
    assert author in exported
    assert "reader.example" not in exported
    assert "no address" not in exported


def test_nobody_becomes_an_imported_author_by_typing_the_address(newsroom: Newsroom) -> None:
    take(newsroom, arriving("1", mail="0@reader.example"))
    newcomer = newsroom.author(
        "Anna Roth"
    )  # the first that the newsroom makes has the address 0@reader.example
    assert newcomer.person == newcomer.no


def test_a_comment_without_a_name_gets_the_languages_word(newsroom: Newsroom) -> None:
    report = take(newsroom, arriving("1", name="  "))
    assert report.nameless == 1
    assert [each["name"] for each in lines(newsroom.section) if each["kind"] == "comment"] == ["Anonyme"]


def test_a_public_export_holds_what_readers_see_and_nothing_else(newsroom: Newsroom) -> None:
    take(newsroom, arriving("1"), arriving("2", text="noch nicht gelesen", waiting=True))
    whole, public = list(lines(newsroom.section)), list(lines(newsroom.section, public=True))
    assert [each["kind"] for each in whole] == ["section", "article", "author", "comment", "comment"]
    assert [each["kind"] for each in public] == ["section", "article", "comment"]
    assert "noch nicht gelesen" in json.dumps(whole)
    assert "noch nicht gelesen" not in json.dumps(public)


def test_isso_arrives_with_its_threads(newsroom: Newsroom, tmp_path: Path) -> None:
    file = tmp_path / "isso.db"
    with sqlite3.connect(file) as database:
        database.executescript(ISSO)
    database.close()
    found = arriving_isso.read(file, SITE)
    report = Import(newsroom.section, newsroom.now, fresh_id, "isso", "fr", lambda some: None).take(found)
    assert (report.new, report.waiting, sum(report.misfits.values())) == (2, 1, 2)
