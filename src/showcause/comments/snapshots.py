"""What an author or a comment has now, for the record of before and after: plain values, personal text among them."""

from typing import Any, Final

from showcause.comments.section import Run, Section, moment
from showcause.comments.states import BesideState, CommentState
from showcause.domain.subject import Subject, SubjectKind

MOST_LISTED: Final = 1_000
"""How many of an author's newest comments are named one by one."""


def snapshot(section: Section, subject: Subject) -> dict[str, Any]:
    """Return what a subject has; empty for one that is not known.

    Of an author: name, which comments readers see, what the newsroom said of them. Of a comment: its text, where it
    stands, whether readers see it, and whether it was pinned or highlighted. Nothing that grows by itself.
    """
    with section.reading() as run:
        match subject.kind:
            case SubjectKind.ACCOUNT:
                return _of_author(run, subject.ref)
            case SubjectKind.CONTENT:
                return _of_comment(run, subject.ref)
            case SubjectKind.MEDIA | SubjectKind.SPACE:
                return {}


def _of_author(run: Run, author: str) -> dict[str, Any]:
    rows = run("SELECT no, name, kind, person, trusted FROM {p}author WHERE id = %s", author)
    if not rows:
        return {}
    no, name, kind, person, trusted = rows[0]
    sql = "SELECT id FROM {p}comment WHERE author = %s AND state = %s ORDER BY seq DESC LIMIT %s"
    seen = [id_ for (id_,) in run(sql, no, CommentState.PUBLISHED, MOST_LISTED)]
    told = {None: "", 0: "validated first", 1: "trusted"}[trusted]
    mail = run("SELECT replies_by_mail FROM {p}author WHERE no = %s", person)
    return {
        "name": name,
        "kind": kind,
        "comments": seen,
        "newsroom": told,
        "replies_by_mail": "yes" if mail and mail[0][0] else "",
    }


def _of_comment(run: Run, comment: str) -> dict[str, Any]:
    sql = (
        "SELECT c.text, c.state, k.address, c.created, c.pinned, c.highlighted FROM {p}comment c"
        " JOIN {p}article k ON k.no = c.article WHERE c.id = %s"
    )
    rows = run(sql, comment)
    if not rows:
        return _of_answer(run, comment)
    text, state, address, created, pinned, highlighted = rows[0]
    return {
        "text": text,
        "readers see it": "yes" if state == CommentState.PUBLISHED else "",
        "article": address,
        "written": moment(created).isoformat(timespec="seconds"),
        "pinned": "yes" if pinned else "",
        "highlighted": "yes" if highlighted else "",
    }


def _of_answer(run: Run, answer: str) -> dict[str, Any]:
    """Return what an answer beside a comment has: its text, whether readers see it, and what it answers."""
    sql = (
        "SELECT b.text, b.state, b.created, c.id FROM {p}beside b JOIN {p}comment c ON c.seq = b.comment"
        " WHERE b.id = %s"
    )
    rows = run(sql, answer)
    if not rows:
        return {}
    text, state, created, comment = rows[0]
    return {
        "text": text,
        "readers see it": "yes" if state == BesideState.PUBLISHED else "",
        "beside": comment,
        "written": moment(created).isoformat(timespec="seconds"),
    }
