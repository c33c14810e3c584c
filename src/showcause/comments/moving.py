"""Moves a comment to its next state, with all that is counted by it. The only way in which a state changes later.

Whoever calls holds the lock of the head: numbers of publication are given out here too.
"""

from datetime import datetime
from typing import Final

from showcause.comments import notices, reading
from showcause.comments.section import Run, micros
from showcause.comments.states import COMMENT, CommentEvent, CommentState
from showcause.comments.values import Comment
from showcause.domain.errors import NotFound

_AGAINST: Final = (CommentState.REFUSED, CommentState.HIDDEN)
_GONE: Final = (CommentState.DELETED, CommentState.ERASED)


def read(run: Run, comment: str) -> Comment:
    """Return a comment by its id. Raises: NotFound."""
    rows = run(f"SELECT {reading.COMMENT} FROM {reading.COMMENTS} WHERE c.id = %s", comment)
    if not rows:
        raise NotFound(f"there is no comment {comment[:32]}")
    return reading.comment(rows[0])


def move(run: Run, now: datetime, comment: str, event: CommentEvent, by: str | None = None) -> Comment:
    """Move a comment on; `by` says who looked at it, None keeps what stands there. What goes for good is emptied.

    Raises: NotFound; IllegalStep, naming what is possible instead.
    """
    before = read(run, comment)
    state = COMMENT.step(before.state, event)
    shown = before.shown
    if state is CommentState.PUBLISHED and shown is None:
        _, last = run.lock_head()
        shown = last + 1
        run("UPDATE {p}head SET shown = %s", shown)
    checked, gone = micros(now) if by else None, int(state in _GONE)
    run(
        "UPDATE {p}comment SET state = %s, shown = %s, checked = COALESCE(%s, checked),"
        " checked_by = COALESCE(%s, checked_by), aside = NULL, text = CASE WHEN %s = 1 THEN '' ELSE text END"
        " WHERE seq = %s",
        state, shown, checked, by, gone, before.seq,
    )  # fmt: skip
    if gone:
        _empty(run, before.seq)
    _count(run, before, state)
    if before.shown is None and shown is not None:
        notices.published(run, now, before.seq)
    return read(run, comment)


def _empty(run: Run, seq: int) -> None:
    run("UPDATE {p}comment SET pinned = 0, highlighted = 0, near = 0 WHERE seq = %s", seq)
    run("DELETE FROM {p}edit WHERE comment = %s", seq)
    run("DELETE FROM {p}band WHERE comment = %s", seq)


def _count(run: Run, before: Comment, state: CommentState) -> None:
    seen = (state is CommentState.PUBLISHED) - (before.state is CommentState.PUBLISHED)
    if seen:
        above = "(SELECT parent FROM {p}comment WHERE seq = %s), (SELECT root FROM {p}comment WHERE seq = %s)"
        run(
            f"UPDATE {{p}}comment SET replies = replies + %s WHERE seq IN ({above})",
            seen,
            before.seq,
            before.seq,
        )
        article = "(SELECT article FROM {p}comment WHERE seq = %s)"
        run(f"UPDATE {{p}}article SET published = published + %s WHERE no = {article}", seen, before.seq)
    if against := (state in _AGAINST) - (before.state in _AGAINST and state not in _GONE):
        run("UPDATE {p}author SET refused = refused + %s WHERE no = %s", against, before.author.person)
