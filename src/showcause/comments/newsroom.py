"""What the newsroom does with comments besides validating them: pin, mark, trust; and what the desk reads of one flood.

Who did it is the caller's to note: this room knows no names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from showcause.comments import articles, moving, reading, threads
from showcause.comments.look_alikes import look_alike
from showcause.comments.places import places
from showcause.comments.section import Section, marks, micros
from showcause.comments.states import CommentState
from showcause.comments.values import Article, Author, Comment, MarkKind, Mode, Numbers, Waiting
from showcause.domain.errors import IllegalStep, NotFound

MOST_COPIES: Final = 50_000
"""As many as one campaign decision takes."""
MOST_PINNED: Final = 3


@dataclass(frozen=True, slots=True)
class Copy:
    """One comment of a flood that still waits for somebody's look. `author` is the id of who wrote it."""

    id: str
    author: str
    text: str
    language: str
    state: CommentState
    checked: bool


def author(section: Section, author_id: str) -> Author:
    """Return an author by their id. Raises: NotFound."""
    rows = section.rows(f"SELECT {reading.AUTHOR} FROM {{p}}author a WHERE a.id = %s", author_id)
    if not rows:
        raise NotFound("there is no such author")
    return reading.author(rows[0])


_ALIKE: Final = (
    "FROM {p}comment c JOIN {p}author a ON a.no = c.author WHERE c.near = %s AND c.near <> 0"
    " AND (c.aside IS NULL OR c.aside <= %s)"
    " AND (c.state = 'waiting' OR (c.state = 'published' AND c.checked IS NULL))"
)


def alike(section: Section, now: datetime, near: int, most: int) -> tuple[int, list[str]]:
    """Return how many comments of a flood nobody has looked at yet, and up to `most` of their different texts."""
    if not near:
        return 0, []
    with section.reading() as run:
        [(count,)] = run(f"SELECT COUNT(*) {_ALIKE}", near, micros(now))
        texts = run(
            f"SELECT c.text {_ALIKE} GROUP BY c.text ORDER BY MIN(c.seq) LIMIT %s", near, micros(now), most
        )
    return count, [text for (text,) in texts]


def copies(section: Section, now: datetime, near: int) -> list[Copy]:
    """Return the comments of one flood that nobody has looked at yet, the oldest first, without those set aside."""
    if not near:
        return []
    sql = f"SELECT c.id, a.id, c.text, c.language, c.state, c.checked {_ALIKE} ORDER BY c.seq LIMIT %s"
    return [
        Copy(id_, who, text, language, CommentState(state), checked is not None)
        for id_, who, text, language, state, checked in section.rows(sql, near, micros(now), MOST_COPIES)
    ]


def pin(section: Section, comment: str, pinned: bool) -> None:
    """Let a comment stand before all others of its thread, or not any more.

    Raises: NotFound; IllegalStep for an answer, for what readers do not see, and for a fourth one.
    """
    with section.changing() as run:
        run.lock_head()
        found = moving.read(run, comment)
        if pinned:
            _check_pinnable(found)
            sql = (
                "SELECT COUNT(*) FROM {p}comment c JOIN {p}article k ON k.no = c.article"
                " WHERE k.id = %s AND c.pinned = 1"
            )
            [(there,)] = run(sql, found.article)
            if there >= MOST_PINNED and not found.pinned:
                raise IllegalStep(
                    f"{MOST_PINNED} comments are pinned here already", "Take one of them down first."
                )
        run("UPDATE {p}comment SET pinned = %s WHERE seq = %s", int(pinned), found.seq)


def _check_pinnable(comment: Comment) -> None:
    if comment.root is not None:
        raise IllegalStep("an answer is not pinned: without what it answers nobody understands it")
    if comment.state is not CommentState.PUBLISHED:
        raise IllegalStep(f"the comment is {comment.state}; only what readers see is pinned")


def highlight(section: Section, comment: str, highlighted: bool) -> None:
    """Give a comment the editors' mark, or take it away.

    Raises: NotFound; IllegalStep for what readers do not see.
    """
    with section.changing() as run:
        run.lock_head()
        found = moving.read(run, comment)
        if highlighted and found.state is not CommentState.PUBLISHED:
            raise IllegalStep(f"the comment is {found.state}; only what readers see is marked")
        run("UPDATE {p}comment SET highlighted = %s WHERE seq = %s", int(highlighted), found.seq)


def trust(section: Section, author_id: str, trusted: bool | None) -> Author:
    """Say that an author's comments need no validation, that all of them do, or nothing; it holds for the person.

    Raises: NotFound.
    """
    found = author(section, author_id)
    value = None if trusted is None else int(trusted)
    with section.changing() as run:
        run(
            "UPDATE {p}author SET trusted = %s WHERE no = %s OR person = %s",
            value,
            found.person,
            found.person,
        )
    return author(section, author_id)


def waiting_of(section: Section, comment: Comment) -> Waiting:
    """Return a comment, in whatever state, as the desk has those that wait. Raises: NotFound."""
    found, wrote = articles.by_id(section, comment.article), _person(section, comment.author.person)
    parent = threads.by_id(section, comment.parent) if comment.parent else None
    return Waiting(comment, found, wrote, parent, 1, look_alike(section, wrote))


@dataclass(frozen=True, slots=True)
class Former:
    """What an author's refused comment said, and under which rule it was refused; empty where nothing says so."""

    text: str
    clause: str


def former(section: Section, comment: Comment) -> Former | None:
    """Return the refused comment that this one was sent instead of; None where it was sent for itself."""
    if comment.again is None:
        return None
    with section.reading() as run:
        [place] = places(run, [moving.read(run, comment.again)])
    clauses = [mark.clause for mark in place.marks if mark.kind is MarkKind.REFUSED]
    return Former(place.comment.text, clauses[-1] if clauses else "")


def _person(section: Section, no: int) -> Author:
    [row] = section.rows(f"SELECT {reading.AUTHOR} FROM {{p}}author a WHERE a.no = %s", no)
    return reading.author(row)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the newspaper: its articles and comments in numbers; `mode` None follows the section."""

    name: str
    articles: int
    mode: Mode | None
    numbers: Numbers


def parts(section: Section) -> list[Part]:
    """Return the parts of the newspaper with their numbers."""
    with section.reading() as run:
        sums = run(
            "SELECT k.part, COUNT(*), SUM(k.published), (SELECT p.mode FROM {p}part p WHERE p.name = k.part)"
            " FROM {p}article k GROUP BY k.part ORDER BY k.part"
        )
        counts = {what: dict(run(_BY_PART.replace("{what}", _WHAT[what]))) for what in _WHAT}
    return [
        Part(name, many, Mode(mode) if mode else None, _numbers(counts, name, int(published or 0)))
        for name, many, published, mode in sums
    ]


def numbers_of(section: Section, found: Sequence[Article]) -> dict[str, Numbers]:
    """Return the numbers of several articles, by their ids."""
    if not found:
        return {}
    nos = [each.no for each in found]
    with section.reading() as run:
        sql = _BY_ARTICLE.replace("{nos}", marks(nos))
        counts = {what: dict(run(sql.replace("{what}", _WHAT[what]), *nos)) for what in _WHAT}
    return {each.id: _numbers(counts, each.no, each.published) for each in found}


_WHAT: Final = {
    "waiting": "c.state = 'waiting'",
    "unchecked": "c.state = 'published' AND c.checked IS NULL",
    "hidden": "c.state IN ('hidden', 'refused') AND c.state = 'hidden'",
    "refused": "c.state IN ('hidden', 'refused') AND c.state = 'refused'",
}
"""Each is a condition of an index of its own, so that nothing counts what was published and checked."""
_BY_PART: Final = (
    "SELECT k.part, COUNT(*) FROM {p}comment c JOIN {p}article k ON k.no = c.article"
    " WHERE {what} GROUP BY k.part"
)
_BY_ARTICLE: Final = (
    "SELECT c.article, COUNT(*) FROM {p}comment c WHERE {what} AND c.article IN ({nos}) GROUP BY c.article"
)


def _numbers(counts: Mapping[str, Mapping[Any, int]], key: Any, published: int) -> Numbers:
    return Numbers(published=published, **{what: int(by.get(key, 0)) for what, by in counts.items()})
