"""What the newsroom does to threads, noted with who did it: open, close, schedule, validation, pin, mark, trust.

None of it restricts one person's words: closing a thread or reading everything first holds for whoever writes there.
The note comes before the act, in the house's own journal, so that nothing is done by nobody.
"""

import hashlib
from datetime import datetime

from showcause.casework.ports import Ids
from showcause.casework.reading import person
from showcause.domain.newsroom import Article, Author, Comment
from showcause.domain.people import Moderator
from showcause.domain.permissions import Action, check_action
from showcause.domain.sentences import stamp
from showcause.store.journal import Code, Line
from showcause.store.tx import Tx
from showcause.store.view import View

KINDS = {Article: "article", Author: "author", Comment: "comment"}


def note(
    tx: Tx,
    now: datetime,
    ids: Ids,
    record: Article | Author | Comment,
    action: Action,
    by: str,
    what: str = "",
) -> Moderator:
    """Check that somebody may do something to a thread now, and note that they do; `what` is a code that says more.

    Raises: NotPermitted, IllegalStep.
    """
    who = person(tx, by)
    check_action(who, record, action, now)
    codes: dict[str, Code] = {"what": what} if what else {}
    tx.note(str(action).partition(" ")[2], who.id, record.id, KINDS[type(record)], **codes)
    return who


def note_part(tx: Tx, now: datetime, ids: Ids, part: str, by: str, mode: str) -> Moderator:
    """Check that somebody may say when the comments of a whole part are validated, and note that they do.

    Raises: NotPermitted.
    """
    who = person(tx, by)
    check_action(who, Article(part_id(part)), Action.ARTICLE_MODE, now)
    tx.note("mode", who.id, part_id(part), "part", what=mode or "section")
    return who


def part_id(part: str) -> str:
    """Return under which id the journal knows a part of the newspaper, whatever its name is."""
    return hashlib.sha256(part.encode()).hexdigest()[:32]


def span(opens: datetime | None, closes: datetime | None) -> str:
    """Return a schedule as the journal has it."""
    return "/".join(stamp(each) if each else ".." for each in (opens, closes))


def notes(view: View, record_id: str) -> list[Line]:
    """Return who did what to a thread, an author or a comment, the last first."""
    return list(reversed(view.journal(record_id)))
