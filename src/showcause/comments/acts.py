"""What decisions do here, for the connector alone: measures that stand on authors and comments, and their marks.

Hiding a comment that nobody has seen refuses it; one that readers saw keeps its place, and the thread says under which
rule it was hidden. A limit lets an author write and has everything validated first. What is imposed twice stands once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from showcause.comments import besides, moving
from showcause.comments.section import Run, Section, micros, moment
from showcause.comments.states import CommentEvent, CommentState
from showcause.comments.values import MarkKind
from showcause.domain.errors import NotFound
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind

GONE: Final = (CommentState.DELETED, CommentState.ERASED)
PAGE: Final = 1_000
_AGAINST: Final = {
    CommentState.WAITING: (CommentEvent.REFUSE, MarkKind.REFUSED),
    CommentState.PUBLISHED: (CommentEvent.HIDE, MarkKind.HIDDEN),
}
_BACK: Final = {
    CommentState.REFUSED: (CommentEvent.PUBLISH, MarkKind.PUBLISHED_AFTER_ALL),
    CommentState.HIDDEN: (CommentEvent.SHOW_AGAIN, MarkKind.SHOWN_AGAIN),
}


@dataclass(frozen=True, slots=True)
class Why:
    """What a measure rests on: the order's key, and for the mark the rule and the decision's leaf.

    Both are empty for an act of the urgent lane, and for one by hand.
    """

    key: str
    clause: str = ""
    leaf: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A measure that stands."""

    kind: SubjectKind
    ref: str
    measure: Measure
    since: datetime


def impose(section: Section, now: datetime, subject: Subject, measure: Measure, why: Why) -> None:
    """Let a measure stand, with its effect, in one transaction. Harmless to repeat. Raises: NotFound."""
    sql = (
        "INSERT INTO {p}standing (kind, ref, measure, since, order_key, clause, leaf)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (kind, ref, measure) DO NOTHING"
    )
    row = (subject.kind, subject.ref, measure, micros(now), why.key, why.clause, why.leaf)
    with section.changing() as run:
        run.lock_head()
        _check_there(run, subject)
        run(sql, *row)
        if measure is Measure.HIDE:
            _turn(run, now, subject.ref, _AGAINST, why)


def free(section: Section, now: datetime, subject: Subject, measure: Measure, why: Why) -> None:
    """End a measure, whoever imposed it. Harmless to repeat."""
    with section.changing() as run:
        run.lock_head()
        sql = "DELETE FROM {p}standing WHERE kind = %s AND ref = %s AND measure = %s RETURNING clause, leaf"
        held = run(sql, subject.kind, subject.ref, measure)
        if held and measure is Measure.HIDE:
            clause, leaf = held[0]
            _turn(run, now, subject.ref, _BACK, Why(why.key, why.clause or clause, why.leaf or leaf))


def state_of(section: Section, subject: Subject) -> tuple[bool, frozenset[Measure]]:
    """Return whether the section knows a subject that is not gone, and the measures that stand on it."""
    with section.reading() as run:
        measures = run(
            "SELECT measure FROM {p}standing WHERE kind = %s AND ref = %s", subject.kind, subject.ref
        )
        return _is_there(run, subject), frozenset(Measure(each) for (each,) in measures)


def restricted(section: Section) -> Iterator[Standing]:
    """Yield every measure that stands."""
    sql = (
        "SELECT kind, ref, measure, since FROM {p}standing WHERE (kind, ref, measure) > (%s, %s, %s)"
        " ORDER BY kind, ref, measure LIMIT %s"
    )
    last = ("", "", "")
    while rows := section.rows(sql, *last, PAGE):
        for kind, ref, measure, since in rows:
            yield Standing(SubjectKind(kind), ref, Measure(measure), moment(since))
        last = tuple(rows[-1][:3])


def count(section: Section) -> int:
    """Return how many measures stand."""
    return int(section.rows("SELECT count(*) FROM {p}standing")[0][0])


def marks_of(section: Section, comment: str) -> list[tuple[str, str, str | None]]:
    """Return the marks of a comment, the oldest first: kind, rule, leaf."""
    sql = (
        "SELECT m.kind, m.clause, m.leaf FROM {p}mark m JOIN {p}comment c ON c.seq = m.comment WHERE c.id = %s"
        " ORDER BY m.no"
    )
    return [(kind, clause, leaf) for kind, clause, leaf in section.rows(sql, comment)]


def _turn(
    run: Run,
    now: datetime,
    comment: str,
    turns: dict[CommentState, tuple[CommentEvent, MarkKind]],
    why: Why,
) -> None:
    """Move a comment if it has not moved like that, and leave a mark; an answer beside one leaves none."""
    if besides.is_there(run, comment):
        besides.turn(run, now, comment, against=turns is _AGAINST)
        return
    before = moving.read(run, comment)
    if before.state not in turns:
        return
    event, mark = turns[before.state]
    moving.move(run, now, comment, event)
    run(
        "INSERT INTO {p}mark (comment, moment, kind, clause, leaf) VALUES (%s, %s, %s, %s, %s)",
        before.seq, micros(now), mark, why.clause, why.leaf,
    )  # fmt: skip


def _check_there(run: Run, subject: Subject) -> None:
    if not _is_there(run, subject):
        raise NotFound(
            "the section does not know the subject of this order", "Its author may have deleted it."
        )


def _is_there(run: Run, subject: Subject) -> bool:
    match subject.kind:
        case SubjectKind.ACCOUNT:
            sql = "SELECT 1 FROM {p}author WHERE id = %s AND forgotten IS NULL"
            return bool(run(sql, subject.ref))
        case SubjectKind.CONTENT:
            sql = "SELECT 1 FROM {p}comment WHERE id = %s AND state NOT IN (%s, %s)"
            return bool(run(sql, subject.ref, *GONE)) or besides.is_there(run, subject.ref)
        case SubjectKind.MEDIA | SubjectKind.SPACE:
            return False  # a section has none
