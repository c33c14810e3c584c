"""Answers of people who are written about without being readers here: a reply or a correction beside a comment.

Whoever answers is an author like any other, with a name and an address of which a keyed hash is kept. An answer always
waits for somebody of the newspaper; refusing it restricts its author and comes in by the connector, as for a comment.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from showcause.casework.ports import Ids
from showcause.comments.section import Run, Section, marks, micros, moment, moment_or_none
from showcause.comments.states import BESIDE, BesideEvent, BesideState
from showcause.comments.values import Answer, AuthorKind, BesideKind, Byline, NotTaken, Problem
from showcause.comments.wording import clean_text
from showcause.domain.errors import NotFound

LONGEST: Final = 2_000
"""An answer is as long as it needs to be beside a comment; a longer one belongs in a letter to the newspaper."""
MOST_BESIDE: Final = 20
"""So many answers wait or stand beside one comment at most."""
MOST: Final = 50
_ROW: Final = (
    "b.no, b.id, c.id, a.no, a.id, a.name, a.kind, a.person, b.kind, b.text, b.language, b.state, b.created, b.checked"
    " FROM {p}beside b JOIN {p}comment c ON c.seq = b.comment JOIN {p}author a ON a.no = b.author"
)


def write(
    section: Section,
    now: datetime,
    ids: Ids,
    *,
    author: int,
    comment: str,
    kind: BesideKind,
    text: str,
    language: str,
    form: str,
) -> Answer:
    """Take an answer beside a comment; it waits. The same form gives the same answer again. `author` is their number.

    Raises: NotTaken for a text that is not taken, and where too many stand there already; NotFound for a comment that
    readers do not see.
    """
    clean = clean_text(text, LONGEST)
    with section.changing() as run:
        run.lock_head()
        if known := run("SELECT id FROM {p}beside WHERE form = %s", form):
            return _read(run, known[0][0])
        seen = run("SELECT seq FROM {p}comment WHERE id = %s AND state = 'published'", comment)
        if not seen:
            raise NotFound("readers do not see this comment, so nothing stands beside it")
        [(there,)] = run(
            "SELECT COUNT(*) FROM {p}beside WHERE comment = %s AND state IN ('waiting', 'published')",
            seen[0][0],
        )
        if there >= MOST_BESIDE:
            raise NotTaken(Problem.ENOUGH, "so many answers stand beside this comment that no more are taken")
        id_ = ids()
        run(
            "INSERT INTO {p}beside (id, comment, author, kind, text, language, state, created, form)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            id_, seen[0][0], author, kind, clean, language, BESIDE.start, micros(now), form,
        )  # fmt: skip
        return _read(run, id_)


def by_id(section: Section, answer: str) -> Answer:
    """Return an answer in whatever state. Raises: NotFound."""
    with section.reading() as run:
        return _read(run, answer)


def of_form(section: Section, form: str) -> Answer | None:
    """Return the answer that a form was taken for; None for one that was not sent yet."""
    rows = section.rows(f"SELECT {_ROW} WHERE b.form = %s", form)
    return _answer(rows[0]) if rows else None


def waiting(section: Section, now: datetime, most: int = MOST) -> list[Answer]:
    """Return the answers that nobody has looked at, the oldest first; those set aside are left out until then."""
    sql = f"SELECT {_ROW} WHERE b.state = 'waiting' AND (b.aside IS NULL OR b.aside <= %s) ORDER BY b.no LIMIT %s"
    return [_answer(row) for row in section.rows(sql, micros(now), most)]


def count(section: Section, now: datetime) -> int:
    """Count what `waiting` would list."""
    sql = "SELECT COUNT(*) FROM {p}beside b WHERE b.state = 'waiting' AND (b.aside IS NULL OR b.aside <= %s)"
    return int(section.rows(sql, micros(now))[0][0])


def accept(section: Section, now: datetime, answer: str, by: str) -> Answer:
    """Publish an answer beside its comment. Raises: NotFound; IllegalStep for one that does not wait."""
    with section.changing() as run:
        run.lock_head()
        return move(run, now, answer, BesideEvent.PUBLISH, by)


def set_aside(section: Section, answer: str, until: datetime | None) -> None:
    """Keep an answer out of the list until a moment, while its refusal can still be undone; None puts it back."""
    with section.changing() as run:
        run("UPDATE {p}beside SET aside = %s WHERE id = %s", None if until is None else micros(until), answer)


# --- for the connector and for forgetting: inside their transactions --------------------------------------------


def is_there(run: Run, answer: str) -> bool:
    """Tell whether there is an answer of this id that is not erased."""
    return bool(run("SELECT 1 FROM {p}beside WHERE id = %s AND state <> 'erased'", answer))


def turn(run: Run, now: datetime, answer: str, *, against: bool) -> None:
    """Refuse an answer, or publish a refused one after all. Harmless to repeat."""
    rows = run("SELECT state FROM {p}beside WHERE id = %s", answer)
    event = BesideEvent.REFUSE if against else BesideEvent.PUBLISH
    wanted = BesideState.REFUSED if against else BesideState.PUBLISHED
    if rows and rows[0][0] not in (wanted, BesideState.ERASED):
        move(run, now, answer, event)


def move(run: Run, now: datetime, answer: str, event: BesideEvent, by: str | None = None) -> Answer:
    """Move an answer on; `by` says who looked at it. Raises: NotFound; IllegalStep."""
    before = _read(run, answer)
    run(
        "UPDATE {p}beside SET state = %s, aside = NULL, checked = %s, checked_by = COALESCE(%s, checked_by)"
        " WHERE id = %s",
        BESIDE.step(before.state, event), micros(now), by, answer,
    )  # fmt: skip
    return _read(run, answer)


def erase(run: Run, column: str, values: Collection[Any]) -> list[str]:
    """Empty the answers of these authors (`author`), or those of these ids (`id`); return their ids."""
    sql = (
        "UPDATE {p}beside SET state = 'erased', text = '', checked_by = NULL WHERE state <> 'erased'"
        f" AND {column} IN ({marks(values)}) RETURNING id"
    )
    return [id_ for (id_,) in run(sql, *values)]


def _read(run: Run, answer: str) -> Answer:
    rows = run(f"SELECT {_ROW} WHERE b.id = %s", answer)
    if not rows:
        raise NotFound(f"there is no answer {answer[:32]}")
    return _answer(rows[0])


def _answer(row: tuple[Any, ...]) -> Answer:
    (
        _,
        id_,
        comment,
        author_no,
        author,
        name,
        author_kind,
        person,
        kind,
        text,
        language,
        state,
        at,
        checked,
    ) = row
    by = Byline(author_no, author, name, AuthorKind(author_kind), person)
    return Answer(
        id_,
        comment,
        by,
        BesideKind(kind),
        text,
        language,
        BesideState(state),
        moment(at),
        moment_or_none(checked),
    )
