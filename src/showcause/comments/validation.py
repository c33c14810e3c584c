"""Validation: what waits to be read by the desk, and accepting it. Refusing is a decision and not made here."""

import statistics
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from showcause.comments import moving, reading
from showcause.comments.look_alikes import LIKE
from showcause.comments.section import Run, Section, marks, micros
from showcause.comments.states import CommentEvent, CommentState
from showcause.comments.values import Comment, Estimate, Waiting, WaitingFilter
from showcause.domain.errors import IllegalStep, Stale

MOST: Final = 100
ALL: Final = WaitingFilter()
LOOKED_AT: Final = 100
"""Of how many validated comments the waiting time is taken."""
FEWEST: Final = 5
"""Of fewer nobody can say."""
_KNOWN: Final = "CASE WHEN w.accepted > 0 THEN 1 ELSE 0 END = %s"


def waiting(section: Section, now: datetime, wanted: WaitingFilter = ALL, most: int = MOST) -> list[Waiting]:
    """Return comments that nobody has checked yet, the oldest first; those set aside are left out until then."""
    where, values = _where(wanted)
    sql = (
        f"SELECT {LIKE}, {reading.COMMENT}, {reading.ARTICLE}, {reading.PERSON} FROM {reading.COMMENTS}"
        f" JOIN {{p}}author w ON w.no = a.person WHERE {where} AND (c.aside IS NULL OR c.aside <= %s)"
        " ORDER BY c.seq LIMIT %s"
    )
    with section.reading() as run:
        rows = run(sql, *values, micros(now), min(most, MOST))
        parents = _parents(run, [row[13] for row in rows if row[13]])
        floods = _floods(run, {row[25] for row in rows if row[25]})
    return [_waiting(row, parents, floods) for row in rows]


def count(section: Section, now: datetime, wanted: WaitingFilter = ALL) -> int:
    """Count what `waiting` would list."""
    where, values = _where(wanted)
    sql = (
        f"SELECT COUNT(*) FROM {{p}}comment c {reading.NAMED} JOIN {{p}}author w ON w.no = a.person"
        f" WHERE {where} AND (c.aside IS NULL OR c.aside <= %s)"
    )
    return int(section.rows(sql, *values, micros(now))[0][0])


def accept(section: Section, now: datetime, comment: str, by: str, text: str | None = None) -> Comment:
    """Publish a waiting comment, or note that a published one was checked. `by` is the moderator's id.

    Raises: NotFound; IllegalStep for one that was refused, hidden or taken away meanwhile; Stale for one that does not
    say `text`, which is what was looked at, any more.
    """
    return accept_many(section, now, [comment], by, {} if text is None else {comment: text})[0]


def accept_many(
    section: Section, now: datetime, comments: Sequence[str], by: str, texts: Mapping[str, str] | None = None
) -> list[Comment]:
    """Accept several in one transaction: all or none. `texts` is what was looked at, by id. Raises: as `accept`."""
    with section.changing() as run:
        run.lock_head()
        return [_accept(run, now, each, by, (texts or {}).get(each)) for each in comments]


def set_aside(section: Section, comments: Sequence[str], until: datetime) -> None:
    """Keep comments out of the queue until a moment, while what was decided of them can still be undone."""
    _aside(section, comments, micros(until))


def back(section: Section, comments: Sequence[str]) -> None:
    """Put comments that were set aside back into the queue."""
    _aside(section, comments, None)


def estimate(section: Section, now: datetime) -> Estimate:
    """Return how many wait and how long the last ones really waited; no median where too few were validated."""
    sql = (
        "SELECT checked - created FROM {p}comment WHERE held IS NOT NULL AND checked IS NOT NULL"
        " ORDER BY checked DESC LIMIT %s"
    )
    with section.reading() as run:
        [(waiting_now,)] = run("SELECT COUNT(*) FROM {p}comment WHERE state = 'waiting'")
        waited = [took for (took,) in run(sql, LOOKED_AT)]
    median = timedelta(microseconds=statistics.median(waited)) if len(waited) >= FEWEST else None
    return Estimate(waiting_now, median, len(waited))


def _accept(run: Run, now: datetime, comment: str, by: str, text: str | None) -> Comment:
    before = moving.read(run, comment)
    if text is not None and text != before.text:
        raise Stale(
            "its author changed this comment in the moment in which it was accepted", "Look at it again."
        )
    if before.state is CommentState.WAITING:
        after = moving.move(run, now, comment, CommentEvent.PUBLISH, by)
    elif before.state is not CommentState.PUBLISHED:
        raise IllegalStep(f"a comment that is {before.state} cannot be accepted")
    elif before.checked_at is not None:
        return before
    else:
        sql = "UPDATE {p}comment SET checked = %s, checked_by = %s WHERE seq = %s"
        run(sql, micros(now), by, before.seq)
        after = moving.read(run, comment)
    run("UPDATE {p}author SET accepted = accepted + 1 WHERE no = %s", before.author.person)
    return after


def _aside(section: Section, comments: Sequence[str], until: int | None) -> None:
    if comments:
        with section.changing() as run:
            run(f"UPDATE {{p}}comment SET aside = %s WHERE id IN ({marks(comments)})", until, *comments)


def _where(wanted: WaitingFilter) -> tuple[str, list[Any]]:
    states = "(c.state = 'waiting'{or})"
    also = " OR (c.state = 'published' AND c.checked IS NULL)" if wanted.unchecked else ""
    conditions, values = [states.replace("{or}", also), "c.seq > %s"], list[Any]([wanted.after])
    for condition, value in (
        ("k.id = %s", wanted.article),
        ("k.part = %s", wanted.part),
        ("a.id = %s", wanted.author),
        ("c.near = %s AND c.near <> 0", wanted.near),
        ("c.held = %s", wanted.held),
        (_KNOWN, None if wanted.known is None else int(wanted.known)),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if wanted.spared:
        conditions.append(f"c.near NOT IN ({marks(wanted.spared)})")
        values += wanted.spared
    return " AND ".join(conditions), values


def _parents(run: Run, ids: Sequence[str]) -> dict[str, Comment]:
    if not ids:
        return {}
    sql = f"SELECT {reading.COMMENT} FROM {reading.COMMENTS} WHERE c.id IN ({marks(ids)})"
    return {each.id: each for each in map(reading.comment, run(sql, *ids))}


def _floods(run: Run, nears: set[int]) -> dict[int, int]:
    wanted = sorted(nears)
    sql = (
        f"SELECT near, COUNT(*) FROM {{p}}comment WHERE near IN ({marks(wanted)}) AND near <> 0 GROUP BY near"
    )
    return dict(run(sql, *wanted)) if wanted else {}


def _waiting(row: tuple[Any, ...], parents: dict[str, Comment], floods: dict[int, int]) -> Waiting:
    look_alike, *rest = row
    row = tuple(rest)
    comment, article, author = (
        reading.comment(row[:25]),
        reading.article(row[25:38]),
        reading.author(row[38:]),
    )
    parent = parents.get(comment.parent or "")
    return Waiting(comment, article, author, parent, floods.get(comment.near, 1), look_alike)
