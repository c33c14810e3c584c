"""Posting, editing and deleting: what an author does with their own words.

A comment is on the disk before anybody is told that it was taken. Those who post at the same time share one flush.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from showcause.casework.ports import Ids
from showcause.comments import articles, moving
from showcause.comments.beginning import TRUST
from showcause.comments.likeness import bands
from showcause.comments.look_alikes import look_alike
from showcause.comments.section import Run, Section, micros, moment
from showcause.comments.states import CommentEvent, CommentState
from showcause.comments.values import Author, Comment, Draft, Edit, Held, Incoming, NotTaken, Problem
from showcause.comments.wording import clean_text
from showcause.domain.errors import BadInput

MOST_FORM: Final = 64


def post(section: Section, now: datetime, ids: Ids, draft: Draft) -> Comment:
    """Take a comment and return it: in the thread or waiting. The same form gives the same comment again.

    Raises: NotTaken for a text, author, article or place that is not taken; StoreBusy, StoreFull, and then nothing
    was stored and the same form may be sent again.
    """
    if not 0 < len(draft.form) <= MOST_FORM:
        raise BadInput(f"the key of a form has 1 to {MOST_FORM} characters")
    articles.check_open(draft.article, now)
    text = clean_text(draft.text, section.settings.longest)
    held = draft.held or (Held.LOOK_ALIKE if look_alike(section, draft.author) else None)
    [answer] = section.line.through([Incoming(replace(draft, text=text, held=held), ids(), now, bands(text))])
    if isinstance(answer, NotTaken):
        raise answer
    return answer


def edit(section: Section, now: datetime, author: Author, comment: str, text: str) -> Comment:
    """Change what a comment says, within the window and as long as nobody has judged it; what it said is kept.

    Raises: NotFound; NotTaken for somebody else's comment, a window that is over, or a text that is not taken.
    """
    clean = clean_text(text, section.settings.longest)
    with section.changing() as run:
        run.lock_head()
        before = _own(run, author, comment)
        check_editable(section, now, before)
        if before.aside_until is not None and now < before.aside_until:
            raise NotTaken(Problem.TOO_LATE, "this comment is being decided on, and is not edited meanwhile")
        if clean == before.text:
            return before
        if _is_judged(run, before):
            raise NotTaken(Problem.TOO_LATE, "this comment was judged and is not edited any more")
        run(
            "INSERT INTO {p}edit (comment, moment, former) VALUES (%s, %s, %s)",
            before.seq,
            micros(now),
            before.text,
        )
        run("UPDATE {p}comment SET text = %s, edited = %s WHERE seq = %s", clean, micros(now), before.seq)
        return moving.read(run, comment)


def check_editable(section: Section, now: datetime, comment: Comment) -> None:
    """Do nothing if its author may edit a comment now. Raises: NotTaken; `bound` says how many seconds they could."""
    window = section.settings.edit_window
    checked = comment.checked_at is not None and comment.checked_by != TRUST
    in_time = now - comment.created_at <= window
    if checked or not in_time or comment.state not in (CommentState.WAITING, CommentState.PUBLISHED):
        raise NotTaken(
            Problem.TOO_LATE,
            "this comment is not edited any more",
            "Answer it with another one.",
            int(window.total_seconds()),
        )


def delete(section: Section, now: datetime, author: Author, comment: str) -> Comment:
    """Take away one's own words for good. The place stays where others have answered.

    Raises: NotFound; NotTaken for somebody else's comment; IllegalStep for one that is gone.
    """
    with section.changing() as run:
        run.lock_head()
        before = _own(run, author, comment)
        if before.state is CommentState.DELETED:
            return before
        return moving.move(run, now, comment, CommentEvent.DELETE)


def history(section: Section, comment: str) -> list[Edit]:
    """Return what a comment said before its edits, the oldest first."""
    sql = (
        "SELECT e.moment, e.former FROM {p}edit e JOIN {p}comment c ON c.seq = e.comment"
        " WHERE c.id = %s ORDER BY e.moment"
    )
    return [Edit(moment(at), former) for at, former in section.rows(sql, comment)]


def _own(run: Run, author: Author, comment: str) -> Comment:
    found = moving.read(run, comment)
    if found.author.person != author.person:
        raise NotTaken(Problem.NOT_YOURS, "only whoever wrote a comment changes it")
    return found


def _is_judged(run: Run, comment: Comment) -> bool:
    sql = (
        "SELECT 1 FROM {p}judged WHERE comment = %s UNION ALL SELECT 1 FROM {p}mark WHERE comment = %s"
        " UNION ALL SELECT 1 FROM {p}standing WHERE kind = 'content' AND ref = %s LIMIT 1"
    )
    return bool(run(sql, comment.seq, comment.seq, comment.id))
