"""What the comments' database refuses, whoever writes."""

import sqlite3
from pathlib import Path

import pytest

from showcause.comments import moving, posting
from showcause.comments.guards import guards
from showcause.comments.opening import open_section
from showcause.comments.states import COMMENT, CommentEvent, CommentState
from showcause.domain.errors import Broken, IllegalStep, Misconfigured, ShowcauseError, TriggersDiffer
from tests.comments.conftest import KEY, SETTINGS, Newsroom

TO_STATE = {
    CommentState.PUBLISHED: (),
    CommentState.HIDDEN: (CommentEvent.HIDE,),
    CommentState.DELETED: (CommentEvent.DELETE,),
    CommentState.ERASED: (CommentEvent.ERASE,),
}


def try_sql(newsroom: Newsroom, sql: str, *values: object) -> type[ShowcauseError] | None:
    """Run a statement and undo it; return the error with which it was refused."""
    try:
        with newsroom.section.changing() as run:
            run(sql, *values)
            raise InterruptedError
    except InterruptedError:
        return None
    except ShowcauseError as error:
        return type(error)


@pytest.mark.parametrize("state", TO_STATE)
def test_the_database_lets_a_comment_move_as_the_lifecycle_says_and_not_otherwise(
    newsroom: Newsroom, state: CommentState
) -> None:
    made = newsroom.post()
    with newsroom.section.changing() as run:
        run.lock_head()
        for event in TO_STATE[state]:
            moving.move(run, newsroom.now, made.id, event)
    sql = (
        "UPDATE {p}comment SET state = %s, text = CASE WHEN %s = 'erased' THEN '' ELSE text END WHERE seq = 1"
    )
    for to in CommentState:
        possible = to is state or (state, to) in COMMENT.pairs()
        assert (try_sql(newsroom, sql, to, to) is None) == possible, (state, to)


def test_places_marks_and_texts_do_not_change_behind_anybodys_back(newsroom: Newsroom) -> None:
    newsroom.post("Root.")
    made = newsroom.post("Said.")
    with newsroom.section.changing() as run:
        run("INSERT INTO {p}mark (comment, moment, kind, clause) VALUES (1, 0, 'hidden', 'a@1')")
        run("INSERT INTO {p}edit (comment, moment, former) VALUES (2, 0, 'Before.')")
        run.lock_head()
        moving.move(run, newsroom.now, made.id, CommentEvent.HIDE)
    for sql in (
        "DELETE FROM {p}comment", "DELETE FROM {p}author", "DELETE FROM {p}article", "DELETE FROM {p}head",
        "DELETE FROM {p}mark", "UPDATE {p}mark SET clause = 'b@1'", "UPDATE {p}edit SET former = ''",
        "UPDATE {p}head SET seq = 0", "UPDATE {p}comment SET text = 'Other.' WHERE seq = 2",
        "UPDATE {p}comment SET shown = 9 WHERE seq = 1", "UPDATE {p}comment SET parent = 1, root = 1 WHERE seq = 2",
        "UPDATE {p}comment SET created = 0 WHERE seq = 1", "UPDATE {p}comment SET id = 'x' WHERE seq = 1",
    ):  # fmt: skip
        assert try_sql(newsroom, sql) is Broken, sql
    assert try_sql(newsroom, "UPDATE {p}comment SET text = 'Other.' WHERE seq = 1") is None


def test_the_lifecycle_names_what_is_possible_instead(quick: Newsroom) -> None:
    made = quick.post()
    with pytest.raises(IllegalStep, match="possible: hide, delete, erase"), quick.section.changing() as run:
        moving.move(run, quick.now, made.id, CommentEvent.REFUSE)


def test_what_is_counted_follows_every_move(newsroom: Newsroom) -> None:
    root = newsroom.post("Root.")
    reply = newsroom.post("Reply.", by="Ben", to=root)

    def counted() -> tuple[int, int, int]:
        author = newsroom.section.rows("SELECT refused FROM {p}author WHERE id = %s", reply.author.id)[0][0]
        return newsroom.article().published, newsroom.read(root).replies, author

    def move(event: CommentEvent) -> tuple[int, int, int]:
        with newsroom.section.changing() as run:
            run.lock_head()
            moving.move(run, newsroom.now, reply.id, event)
        return counted()

    assert counted() == (2, 1, 0)
    assert move(CommentEvent.HIDE) == (1, 0, 1)
    assert move(CommentEvent.SHOW_AGAIN) == (2, 1, 0)
    assert move(CommentEvent.HIDE) == (1, 0, 1)
    assert move(CommentEvent.DELETE) == (1, 0, 1)
    posting.delete(newsroom.section, newsroom.now, newsroom.author(), root.id)
    assert counted() == (0, 0, 1)


def test_a_refusal_that_is_taken_back_counts_no_more(quick: Newsroom) -> None:
    made = quick.post(held="no-proof")
    with quick.section.changing() as run:
        run.lock_head()
        moving.move(run, quick.now, made.id, CommentEvent.REFUSE, "moderator")
        assert run("SELECT refused FROM author") == [(1,)]
        back = moving.move(run, quick.now, made.id, CommentEvent.PUBLISH)
        assert run("SELECT refused FROM author") == [(0,)]
    assert (back.shown, back.checked_by) == (1, "moderator")


def test_a_section_whose_guards_were_changed_is_not_opened(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/comments.db"
    open_section(url, "courrier", KEY, SETTINGS).close()
    open_section(url, "courrier", KEY, SETTINGS).close()
    with sqlite3.connect(tmp_path / "comments.db") as opened:
        opened.execute("DROP TRIGGER comment_update")
    with pytest.raises(TriggersDiffer, match="comment_update"):
        open_section(url, "courrier", KEY, SETTINGS)


def test_tables_of_another_version_are_not_opened(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/comments.db"
    open_section(url, "courrier", KEY, SETTINGS).close()
    with sqlite3.connect(tmp_path / "comments.db") as opened:
        opened.execute("UPDATE head SET version = 99")
    with pytest.raises(Misconfigured, match="99"):
        open_section(url, "courrier", KEY, SETTINGS)


@pytest.mark.postgres
def test_on_postgresql_no_table_is_emptied_at_once(postgres_database: str) -> None:
    newsroom = Newsroom(open_section(postgres_database, "courrier", KEY, SETTINGS))
    newsroom.post()
    for table in ("comment", "mark", "head", "author", "article"):
        assert try_sql(newsroom, f"TRUNCATE {{p}}{table} CASCADE") is Broken
    newsroom.section.close()


def test_both_databases_have_the_same_guards() -> None:
    assert set(guards("sqlite")) <= set(guards("postgresql"))
