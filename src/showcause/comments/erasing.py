"""Forgetting by law: an author's words, names and hashes go for good; the places stay, so that replies stand.

It is told apart from moderation and from deleting: the thread says that something was erased, and no rule and no
decision. Who was erased stands in a list of ids that is in no backup and is replayed over an older copy.
"""

import os
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from showcause.comments import besides, moving
from showcause.comments.section import Run, Section, marks, micros
from showcause.comments.states import CommentEvent, CommentState
from showcause.domain.subject import Subject, SubjectKind

AT_ONCE: Final = 200
"""How many comments one transaction erases: readers and writers get a turn in between."""
_EMPTIED: Final = (
    "name = '', skeleton = '', mail = NULL, outside = NULL, confirmed = NULL, trusted = NULL, replies_by_mail = 0,"
    " accepted = 0, refused = 0, forgotten = %s"
)


def forget(section: Section, now: datetime, subject: Subject) -> int:
    """Erase an author with all that they wrote, or one comment; return how many rows were emptied. May be repeated.

    An author is the person: everything written from the same confirmed address or account goes.
    """
    match subject.kind:
        case SubjectKind.ACCOUNT:
            return _forget_author(section, now, subject.ref)
        case SubjectKind.CONTENT:
            there = _still_there(section, [subject.ref])[1]
            return _forget_comments(section, now, there) if there else 0
        case SubjectKind.MEDIA | SubjectKind.SPACE:
            return 0


def forget_for_good(section: Section, now: datetime, subject: Subject, listed: Path | None) -> int:
    """Name a subject in the list of the erased, then erase it; return how many rows were emptied. May be repeated."""
    if listed is not None and (ids := concerned(section, subject)):
        list_erased(listed, ids)  # first: after a crash the list is replayed
    return forget(section, now, subject)


def concerned(section: Section, subject: Subject) -> list[str]:
    """Return the ids under which a subject stands here, erased or not; empty for one that never was here."""
    match subject.kind:
        case SubjectKind.ACCOUNT:
            sql = "SELECT id FROM {p}author WHERE person = (SELECT person FROM {p}author WHERE id = %s)"
        case SubjectKind.CONTENT:
            sql = "SELECT id FROM {p}comment WHERE id = %s UNION ALL SELECT id FROM {p}beside WHERE id = %s"
            return [id_ for (id_,) in section.rows(sql, subject.ref, subject.ref)]
        case SubjectKind.MEDIA | SubjectKind.SPACE:
            return []
    return [id_ for (id_,) in section.rows(sql, subject.ref)]


def list_erased(path: Path, ids: Iterable[str]) -> None:
    """Add ids to the list of the erased; then they are on the disk."""
    # A line begins with its break: half a line of before, after a power cut, spoils no other.
    opened = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(opened, "w", encoding="ascii") as out:
        out.write("".join(f"\n{each}" for each in ids))
        out.flush()
        os.fsync(opened)


def replay(section: Section, now: datetime, path: Path) -> int:
    """Erase again whoever the list names, after an older copy was put back; return how many rows were emptied."""
    listed = path.read_text(encoding="ascii").split() if path.exists() else []
    found = 0
    for at in range(0, len(listed), AT_ONCE):
        part = listed[at : at + AT_ONCE]
        again = _still_there(section, part)
        for author in again[0]:
            found += _forget_author(section, now, author)
        found += _forget_comments(section, now, again[1]) if again[1] else 0
    return found


def _still_there(section: Section, ids: Sequence[str]) -> tuple[list[str], list[str]]:
    among = f"id IN ({marks(ids)})"
    with section.reading() as run:
        authors = run(f"SELECT id FROM {{p}}author WHERE forgotten IS NULL AND {among}", *ids)
        comments = run(
            f"SELECT id FROM {{p}}comment WHERE state <> '{CommentState.ERASED}' AND {among} UNION ALL"
            f" SELECT id FROM {{p}}beside WHERE state <> '{CommentState.ERASED}' AND {among}",
            *(*ids, *ids),
        )
    return [id_ for (id_,) in authors], [id_ for (id_,) in comments]


def _forget_author(section: Section, now: datetime, author: str) -> int:
    sql = (
        "SELECT no, id, forgotten FROM {p}author WHERE person = (SELECT person FROM {p}author WHERE id = %s)"
    )
    same = section.rows(sql, author)
    numbers = [no for no, *_ in same]
    if not numbers:
        return 0
    # First nobody can write any more under these names; then what they wrote goes, in turns.
    with section.changing() as run:
        run.lock_head()
        _forget_rows(run, now, numbers, [id_ for _, id_, _ in same])
    emptied = sum(forgotten is None for *_, forgotten in same)
    wrote = f"SELECT id FROM {{p}}comment WHERE state <> %s AND author IN ({marks(numbers)}) LIMIT {AT_ONCE}"
    while comments := [id_ for (id_,) in section.rows(wrote, CommentState.ERASED, *numbers)]:
        emptied += _forget_comments(section, now, comments)
    settle(section)
    return emptied


def _forget_rows(run: Run, now: datetime, numbers: list[int], ids: list[str]) -> None:
    among = marks(numbers)
    besides.erase(run, "author", numbers)
    run(f"DELETE FROM {{p}}inbox WHERE author IN ({among})", *numbers)
    run(f"DELETE FROM {{p}}notice WHERE author IN ({among})", *numbers)
    run(f"DELETE FROM {{p}}standing WHERE kind = 'account' AND ref IN ({marks(ids)})", *ids)
    run(f"UPDATE {{p}}author SET {_EMPTIED} WHERE no IN ({among})", micros(now), *numbers)


def _forget_comments(section: Section, now: datetime, comments: Collection[str]) -> int:
    among = marks(comments)
    with section.changing() as run:
        run.lock_head()
        sql = f"SELECT id FROM {{p}}comment WHERE state <> %s AND id IN ({among})"
        there = [id_ for (id_,) in run(sql, CommentState.ERASED, *comments)]
        answers = besides.erase(run, "id", comments)
        for each in there:
            moving.move(run, now, each, CommentEvent.ERASE)
        if there:
            about = f"comment IN (SELECT seq FROM {{p}}comment WHERE id IN ({marks(there)}))"
            run(f"DELETE FROM {{p}}notice WHERE {about}", *there)
        if gone := [*there, *answers]:
            run(f"DELETE FROM {{p}}standing WHERE kind = 'content' AND ref IN ({marks(gone)})", *gone)
    settle(section)
    return len(there) + len(answers)


def settle(section: Section) -> None:
    """Write everything into the file itself, so that nothing overwritten lies on beside it."""
    if section.database.vendor == "sqlite":
        section.rows("PRAGMA wal_checkpoint(TRUNCATE)")
