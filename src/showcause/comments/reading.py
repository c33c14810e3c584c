"""From rows to values: which columns a comment, an article and an author are read from, in which order."""

from typing import Any, Final

from showcause.comments.section import moment, moment_or_none
from showcause.comments.states import CommentState
from showcause.comments.values import Article, Author, AuthorKind, Byline, Comment, Held, Mode

COMMENT: Final = (
    "c.seq, c.id, k.id, a.no, a.id, a.name, a.kind, a.person, c.text, c.language, c.created, c.state, p.id, r.id,"
    " g.id, c.shown, c.held, c.edited, c.checked, c.checked_by, c.aside, c.replies, c.pinned, c.highlighted, c.near"
)
NAMED: Final = "JOIN {p}article k ON k.no = c.article JOIN {p}author a ON a.no = c.author"
JOINED: Final = (
    NAMED + " LEFT JOIN {p}comment p ON p.seq = c.parent LEFT JOIN {p}comment r ON r.seq = c.root"
    " LEFT JOIN {p}comment g ON g.seq = c.again"
)
COMMENTS: Final = "{p}comment c " + JOINED
"""`c` is the comment, `k` its article, `a` its author."""
ARTICLE: Final = (
    "k.no, k.id, k.name, k.address, k.title, k.part, k.language, k.created, k.mode, k.opens, k.closes, k.closed,"
    " k.published"
)
AUTHOR: Final = (
    "a.no, a.id, a.name, a.kind, a.person, a.created, a.confirmed, a.accepted, a.refused, a.trusted,"
    " a.replies_by_mail, a.forgotten"
)
PERSON: Final = AUTHOR.replace("a.", "w.")


def comment(row: tuple[Any, ...]) -> Comment:
    """Return the comment of a row of `COMMENT`."""
    (seq, id_, article, author_no, author_id, name, kind, person, text, language, created, state, parent, root,
     again, shown, held, edited, checked, by, aside, replies, pinned, highlighted, near) = row  # fmt: skip
    return Comment(
        seq, id_, article, Byline(author_no, author_id, name, AuthorKind(kind), person), text, language,
        moment(created), CommentState(state), parent, root, again, shown, Held(held) if held else None,
        moment_or_none(edited), moment_or_none(checked), by, moment_or_none(aside), replies, bool(pinned),
        bool(highlighted), near,
    )  # fmt: skip


def article(row: tuple[Any, ...]) -> Article:
    """Return the article of a row of `ARTICLE`."""
    no, id_, key, address, title, part, language, created, mode, opens, closes, closed, published = row
    return Article(
        no, id_, key, address, title, part, language, moment(created), Mode(mode) if mode else None,
        moment_or_none(opens), moment_or_none(closes), bool(closed), published,
    )  # fmt: skip


def author(row: tuple[Any, ...]) -> Author:
    """Return the author of a row of `AUTHOR`."""
    no, id_, name, kind, person, created, confirmed, accepted, refused, trusted, by_mail, forgotten = row
    return Author(
        no, id_, name, AuthorKind(kind), person, moment(created), moment_or_none(confirmed), accepted, refused,
        None if trusted is None else bool(trusted), bool(by_mail), moment_or_none(forgotten),
    )  # fmt: skip
