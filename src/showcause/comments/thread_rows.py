"""Which rows a page of a thread reads: each query walks one index and stops early."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from showcause.comments import moving, reading
from showcause.comments.section import Run, marks
from showcause.comments.values import Article, Author, Comment, Order
from showcause.domain.errors import NotFound

PAGE: Final = 50
FOLDED: Final = 3
"""How many replies stand under a root before the rest is folded."""
MOST_REPLIES: Final = 50
MOST_OWN: Final = 50
SEEN: Final = "c.shown IS NOT NULL AND (c.state IN ('published', 'hidden') OR c.replies > 0)"
"""What everybody sees."""
_OWN: Final = (
    "c.state IN ('waiting', 'refused')"
    " AND c.author IN (SELECT no FROM {p}author WHERE person = %s) AND c.article = %s"
)


@dataclass(frozen=True, slots=True)
class By:
    """How an order reads: its columns, and what comes after a cursor."""

    columns: str
    beyond: str


ORDERS: Final = {
    Order.NEWEST: By("c.seq DESC", "c.seq < %s"),
    Order.OLDEST: By("c.seq", "c.seq > %s"),
    Order.ANSWERED: By("c.replies DESC, c.seq DESC", "(c.replies, c.seq) < (%s, %s)"),
}


def roots(run: Run, article: Article, by: By, start: tuple[int, ...]) -> list[Comment]:
    """Return one root more than a page has, after a cursor; pinned ones stand elsewhere."""
    beyond = f" AND {by.beyond}" if start else ""
    inner = f"c.article = %s AND c.root IS NULL AND c.pinned = 0 AND {SEEN}{beyond} ORDER BY {by.columns} LIMIT %s"
    return _read(run, inner, by.columns, article.no, *start, PAGE + 1)


def pinned(run: Run, article: Article) -> list[Comment]:
    """Return the pinned roots, the newest first."""
    inner = "c.article = %s AND c.pinned = 1 AND c.root IS NULL AND c.state IN ('published', 'hidden')"
    return _read(run, inner, "c.seq DESC", article.no)


def own(run: Run, article: Article, viewer: Author) -> list[Comment]:
    """Return what a viewer wrote here that nobody else sees, the newest fifty, in order."""
    inner = f"{_OWN} ORDER BY c.seq DESC LIMIT {MOST_OWN}"
    return _read(run, inner, "c.seq", viewer.person, article.no)


def own_below(run: Run, top: Comment, viewer: Author | None, start: int, end: int | None) -> list[Comment]:
    """Return a viewer's own below a root that nobody else sees, between two numbers."""
    if viewer is None:
        return []
    article = "(SELECT article FROM {p}comment WHERE seq = %s)"
    inner = f"{_OWN.replace('c.article = %s', 'c.article = ' + article)} AND c.root = %s AND c.seq > %s"
    values: list[Any] = [viewer.person, top.seq, top.seq, start]
    if end is not None:
        inner, values = inner + " AND c.seq < %s", [*values, end]
    return _read(run, inner + f" ORDER BY c.seq LIMIT {MOST_OWN}", "c.seq", *values)


def replies(run: Run, root: int, after: int, most: int) -> list[Comment]:
    """Return the first replies below a root after a number."""
    return _read(
        run, f"c.root = %s AND {SEEN} AND c.seq > %s ORDER BY c.seq LIMIT %s", "c.seq", root, after, most
    )


def before(run: Run, root: int, seq: int) -> list[Comment]:
    """Return the last replies below a root before a number, in order."""
    inner = f"c.root = %s AND {SEEN} AND c.seq < %s ORDER BY c.seq DESC LIMIT %s"
    return _read(run, inner, "c.seq", root, seq, MOST_REPLIES // 2)


def left(run: Run, root: int, after: int) -> int:
    """Count the replies below a root after a number that everybody sees."""
    # All from one index and the few that are gone from another, rather than every row.
    below = "SELECT COUNT(*) FROM {p}comment c WHERE c.root = %s AND c.seq > %s AND c.shown IS NOT NULL"
    [(places, gone)] = run(
        f"SELECT ({below}), ({below} AND c.state IN ('deleted', 'erased') AND c.replies = 0)",
        root, after, root, after,
    )  # fmt: skip
    return int(places - gone)


def first_replies(run: Run, roots: Sequence[int]) -> dict[int, list[Comment]]:
    """Return the first replies below each root, one more than are shown."""
    if not roots:
        return {}
    one = (
        f"SELECT * FROM (SELECT c.seq AS found FROM {{p}}comment c WHERE c.root = %s AND {SEEN}"
        f" ORDER BY c.seq LIMIT {FOLDED + 1}) s%s"
    )
    several = " UNION ALL ".join(one.replace("s%s", f"s{number}") for number in range(len(roots)))
    below = dict[int, list[Comment]]()
    if not (seqs := [seq for (seq,) in run(several, *roots)]):
        return below
    # Apart from the first statement: planners would join the wide rows to each of its fifty arms.
    sql = f"SELECT c.root, {reading.COMMENT} FROM {reading.COMMENTS} WHERE c.seq IN ({marks(seqs)}) ORDER BY c.seq"
    for top, *row in run(sql, *seqs):
        below.setdefault(top, []).append(reading.comment(tuple(row)))
    return below


def visible(run: Run, comment: str, viewer: Author | None) -> Comment:
    """Return a comment that a viewer may see. Raises: NotFound for any other, as if it were not there."""
    found = moving.read(run, comment)
    ours = (
        viewer is not None and found.author.person == viewer.person and found.state in ("waiting", "refused")
    )
    if ours or (found.shown is not None and (found.state in ("published", "hidden") or found.replies)):
        return found
    raise NotFound(f"there is no comment {comment[:32]}")


def head(run: Run, article: Article) -> tuple[int, int]:
    """Return the last publication in a thread, and how many comments are published in it."""
    last = "SELECT COALESCE(MAX(c.shown), 0) FROM {p}comment c WHERE c.article = %s AND c.shown IS NOT NULL"
    sql = f"SELECT ({last}), (SELECT published FROM {{p}}article WHERE no = %s)"
    [(upto, total)] = run(sql, article.no, article.no)
    return upto, total


def _read(run: Run, inner: str, order: str, *values: Any) -> list[Comment]:
    # The few numbers first, from one index; the wide rows after that.
    sql = (
        f"SELECT {reading.COMMENT} FROM (SELECT c.seq AS found FROM {{p}}comment c WHERE {inner}) f"
        f" JOIN {{p}}comment c ON c.seq = f.found {reading.JOINED} ORDER BY {order}"
    )
    return [reading.comment(row) for row in run(sql, *values)]
