"""Reading a thread: pages of roots with their first replies, the rest of the replies, and what is new.

Everybody sees what was ever in the thread: published comments, the places of hidden ones, and of those that are gone
while others answer them. An author also sees their own that wait or were refused. Pages follow cursors, so the tenth
thousand costs what the first page does.
"""

from collections.abc import Sequence
from typing import Final

from showcause.comments import moving, thread_rows
from showcause.comments.places import places
from showcause.comments.section import Run, Section
from showcause.comments.thread_rows import FOLDED, MOST_REPLIES, PAGE
from showcause.comments.values import Article, Author, Branch, Comment, Order, ThreadPage
from showcause.domain.errors import BadInput

MOST_NEW: Final = 200


def page(
    section: Section,
    article: Article,
    order: Order = Order.NEWEST,
    after: str | None = None,
    viewer: Author | None = None,
) -> ThreadPage:
    """Return a page of a thread, from its beginning or after the cursor of the page before.

    Raises: BadInput for a cursor that is none.
    """
    by, start = thread_rows.ORDERS[order], _cursor(after, 2 if order is Order.ANSWERED else 1)
    with section.reading() as run:
        roots = thread_rows.roots(run, article, by, start)
        more, roots = len(roots) > PAGE, roots[:PAGE]
        end = _cursor_of(roots[-1], order) if more else None
        own = thread_rows.own(run, article, viewer) if viewer else []
        shown = _with_own(roots, [each for each in own if each.root is None], order, start, end)
        pinned = thread_rows.pinned(run, article) if after is None else []
        branches = _branches(run, [*pinned, *shown], [each for each in own if each.root])
        upto, total = thread_rows.head(run, article)
    first = len(pinned)
    return ThreadPage(tuple(branches[first:]), upto, total, tuple(branches[:first]), end)


def replies(section: Section, root: str, after: str | None = None, viewer: Author | None = None) -> Branch:
    """Return a root with the replies after a cursor. Raises: NotFound; BadInput for a cursor that is none."""
    [start] = _cursor(after, 1) or (0,)
    with section.reading() as run:
        top = thread_rows.visible(run, root, viewer)
        found = thread_rows.replies(run, top.seq, start, MOST_REPLIES + 1)
        more, found = len(found) > MOST_REPLIES, found[:MOST_REPLIES]
        last = found[-1].seq if found else start
        own = thread_rows.own_below(run, top, viewer, start, last if more else None)
        all_ = sorted([*found, *own], key=lambda each: each.seq)
        left = thread_rows.left(run, top.seq, last) if more else 0
        first, *rest = places(run, [top, *all_])
    return Branch(first, tuple(rest), left, str(last) if more else None)


def around(section: Section, comment: str, viewer: Author | None = None) -> Branch:
    """Return the branch in which a comment stands, with the replies around it: where its permalink leads.

    Raises: NotFound for one that this viewer cannot see.
    """
    with section.reading() as run:
        wanted = thread_rows.visible(run, comment, viewer)
        top = thread_rows.visible(run, wanted.root, viewer) if wanted.root else wanted
        before = thread_rows.before(run, top.seq, wanted.seq) if wanted.root else []
        found = thread_rows.replies(run, top.seq, wanted.seq if wanted.root else 0, MOST_REPLIES // 2)
        middle = [wanted] if wanted.root else []
        last = (found or middle or [top])[-1].seq
        left = thread_rows.left(run, top.seq, last)
        first, *rest = places(run, [top, *before, *middle, *found])
    return Branch(first, tuple(rest), left, str(last) if left else None)


def since(section: Section, article: Article, upto: int, viewer: Author | None = None) -> int:
    """Count what others published in a thread after a publication; at most two hundred are counted."""
    others = " AND c.author NOT IN (SELECT no FROM {p}author WHERE person = %s)" if viewer else ""
    sql = (
        "SELECT COUNT(*) FROM (SELECT c.shown FROM {p}comment c"
        f" WHERE c.article = %s AND c.shown > %s AND c.state = 'published'{others} LIMIT %s) n"
    )
    return int(section.rows(sql, article.no, upto, *([viewer.person] if viewer else []), MOST_NEW)[0][0])


def by_id(section: Section, comment: str) -> Comment:
    """Return a comment in whatever state, for the desk and its author. Raises: NotFound."""
    with section.reading() as run:
        return moving.read(run, comment)


def _branches(run: Run, roots: Sequence[Comment], own: Sequence[Comment]) -> list[Branch]:
    """Return each root with its first replies, and with those of the viewer's own that nobody else sees."""
    below = thread_rows.first_replies(run, [each.seq for each in roots if each.shown is not None])
    for each in roots:
        below.setdefault(each.seq, [])
    numbers = {each.id: each.seq for each in roots}
    for each in own:
        if (above := numbers.get(each.root or "")) is not None:
            below[above].append(each)
    by_seq = iter(places(run, [each for root in roots for each in (root, *below[root.seq])]))
    branches = list[Branch]()
    for root in roots:
        top, found = next(by_seq), [next(by_seq) for _ in below[root.seq]]
        public = [each for each in found if each.comment.shown is not None]
        folded = len(public) > FOLDED
        kept = [each for each in found if not folded or each is not public[FOLDED]]
        more = max(root.replies - FOLDED, 1) if folded else 0
        branches.append(
            Branch(top, tuple(kept), more, str(public[FOLDED - 1].comment.seq) if folded else None)
        )
    return branches


def _with_own(
    roots: Sequence[Comment], own: Sequence[Comment], order: Order, start: tuple[int, ...], end: str | None
) -> list[Comment]:
    """Put the viewer's own between the roots of a page, where they would stand."""
    last = _key(order, _cursor(end, len(start) or (2 if order is Order.ANSWERED else 1))) if end else None
    first = _key(order, start) if start else None

    def belongs(each: Comment) -> bool:
        key = _key(order, _values(each, order))
        return (first is None or key > first) and (last is None or key < last)

    found = [*roots, *(each for each in own if belongs(each))]
    return sorted(found, key=lambda each: _key(order, _values(each, order)))


def _values(comment: Comment, order: Order) -> tuple[int, ...]:
    return (comment.replies, comment.seq) if order is Order.ANSWERED else (comment.seq,)


def _key(order: Order, values: tuple[int, ...]) -> tuple[int, ...]:
    return values if order is Order.OLDEST else tuple(-each for each in values)


def _cursor_of(comment: Comment, order: Order) -> str:
    return ".".join(str(each) for each in _values(comment, order))


def _cursor(after: str | None, fields: int) -> tuple[int, ...]:
    if after is None:
        return ()
    values = after[:50].split(".")
    if len(values) != fields or not all(
        each.isascii() and each.isdigit() and len(each) < 19 for each in values
    ):
        raise BadInput("this is no place in the thread", "Open the thread again from its beginning.")
    return tuple(int(each) for each in values)
