"""What happens to a reader's comment, on the comment section itself: refused, contested, given back, forgotten."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from showcause.casework import author_contacts, forgetting, hearing, lodging, orphans, reading, urgent
from showcause.comments import acts, inbox
from showcause.comments.states import CommentState
from showcause.comments.values import Mode
from showcause.domain.errors import StillNeeded
from showcause.domain.lifecycle import ServiceState
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.urgent import UrgentEntry
from showcause.store.store import Store
from tests.databases import durable_store, sqlite_store
from tests.house import House, opened_house
from tests.newspaper import NAME, Newspaper, newspaper_on

__all__ = ["durable_store", "sqlite_store"]

INSULT = "You are all fools."


@pytest.fixture
def house(sqlite_store: Store, tmp_path: Path) -> Iterator[House]:
    with opened_house(sqlite_store, tmp_path) as opened:
        yield opened


@pytest.fixture
def paper(house: House) -> Iterator[Newspaper]:
    """A newspaper that validates first, in a house that sends no mail."""
    with newspaper_on(house) as opened:
        yield opened


def test_a_refused_comment_is_never_public_and_its_author_is_told_why(paper: Newspaper) -> None:
    author = paper.author()
    comment = paper.write(author, f"Good morning. {INSULT}")
    decision = paper.refuse(comment, INSULT)
    assert paper.read(comment).state is CommentState.REFUSED
    assert acts.marks_of(paper.section, comment.id) == [("refused", "comments.insult@1", decision.leaf)]
    assert paper.house.statement_of(decision).state is ServiceState.SERVED
    [letter] = inbox.of(paper.section, author)
    assert INSULT in letter.text
    assert "Good morning" not in letter.text


def test_after_an_appeal_the_comment_is_published_and_the_mark_says_so(paper: Newspaper) -> None:
    comment = paper.write(paper.author(), INSULT)
    decision = paper.refuse(comment)
    appeal = paper.house.run(lodging.lodge, decision.reference, "I quoted the mayor.")
    paper.house.run(hearing.claim, appeal.id, "dan")
    paper.house.run(hearing.reverse, appeal.id, "dan", "It was a quotation.")
    paper.house.wait(seconds=1)
    paper.house.wait(seconds=1)
    assert paper.read(comment).state is CommentState.PUBLISHED
    kinds = [kind for kind, *_ in acts.marks_of(paper.section, comment.id)]
    assert kinds == ["refused", "published-after-all"]


def test_a_comment_that_readers_saw_is_hidden_with_the_rule_and_the_decision(house: House) -> None:
    with newspaper_on(house, mode=Mode.AFTER) as paper:
        comment = paper.write(paper.author(), INSULT)
        decision = paper.refuse(comment)
        assert paper.read(comment).state is CommentState.HIDDEN
        assert acts.marks_of(paper.section, comment.id) == [("hidden", "comments.insult@1", decision.leaf)]
        assert paper.platform.gate.memory.gaps() == []


def test_danger_is_hidden_at_once_and_shown_again_when_somebody_else_lifts_it(house: House) -> None:
    with newspaper_on(house, mode=Mode.AFTER) as paper:
        comment = paper.write(paper.author(), "I know where to find you.")
        token = house.urgent_token("bea", Urgent.THREAT_TO_LIFE)
        paper.platform.urgent(token, Urgent.THREAT_TO_LIFE, paper.content(comment), Measure.HIDE)
        assert paper.read(comment).state is CommentState.HIDDEN
        assert acts.marks_of(paper.section, comment.id) == [("hidden", "", None)]
        house.worker.enter_urgent(NAME)
        house.run(urgent.lift, house.all(UrgentEntry)[0].id, "cleo")
        house.wait(seconds=1)
        assert paper.read(comment).state is CommentState.PUBLISHED


def test_who_gave_an_address_is_written_to_and_never_told_to_confirm_it_on_the_page(house: House) -> None:
    with newspaper_on(house) as paper:
        author = paper.author()
        link = "https://courrier.example/comments/confirm/secret"
        given = (paper.account(author), "nora@reader.example", "en", link)
        house.run(author_contacts.introduce, *given)
        house.wait(seconds=1)
        assert inbox.of(paper.section, author) == [], (
            "whoever typed somebody else's address would read it here"
        )


def test_a_comment_that_stays_refused_does_not_keep_its_author_from_being_forgotten(paper: Newspaper) -> None:
    house, author = paper.house, paper.author()
    comment = paper.write(author, INSULT)
    decision = paper.refuse(comment)
    with house.store.read() as view:
        record = forgetting.named(view, paper.account(author))
    given = (house.runner, house.worker.world.platforms, record, "ada")
    with pytest.raises(StillNeeded, match="they may appeal"):
        forgetting.forget(*given)
    house.wait(days=190)
    forgetting.forget(*given)
    assert paper.read(comment).state is CommentState.ERASED
    assert paper.platform.state_of(paper.content(comment)).measures == frozenset()
    house.run(orphans.scan, NAME, list(paper.platform.restricted()))
    assert house.worker.run_due() == 0
    assert house.restrictions_of(decision) != [], "the record stays, and opens for nobody"


def everything(house: House) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the house, and on a server every row of every table of both."""
    for file in house.folder.rglob("*"):
        if file.is_file():
            yield file.name, file.read_bytes()
    if house.store.database.vendor == "postgresql":
        with psycopg.connect(house.store.url) as connection:
            names = connection.execute(
                "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
                " WHERE schemaname IN ('public', 'showcause_comments')"
            ).fetchall()
            for (name,) in names:
                rows = connection.execute(f"SELECT t::text FROM {name} AS t").fetchall()
                yield name, "\n".join(row[0] for row in rows).encode()


def test_forgetting_an_author_takes_their_words_out_of_both_databases(
    durable_store: Store, tmp_path: Path
) -> None:
    words = (b"perambulating marmalade", b"nora@reader.example", b"Nora Weiss")
    with opened_house(durable_store, tmp_path) as house, newspaper_on(house) as paper:
        author = paper.author()
        comment = paper.write(author, "perambulating marmalade")
        given = (paper.account(author), "nora@reader.example", "en", "https://courrier.example/c")
        house.run(author_contacts.introduce, *given)
        house.wait(days=1)
        before = [each for _, each in everything(house)]
        assert [any(word in data for data in before) for word in words] == [True, False, True]
        with house.store.read() as view:
            record = forgetting.named(view, paper.account(author))
            assert reading.subject_of(view, record) == paper.account(author)
        forgetting.forget(house.runner, house.worker.world.platforms, record, "ada")
        assert paper.read(comment).state is CommentState.ERASED
        for name, data in everything(house):
            assert [word for word in words if word in data] == [], name
        assert author.id in (house.folder / "comments.erased").read_text()
