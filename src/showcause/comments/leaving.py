"""Takes everything out again: one JSON object a line, articles first, then authors, then comments in their order.

No e-mail address and nothing that finds one is in it: the section itself does not have them. What a reader of the site
may not see is only in an export for the newspaper's own keeping.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from showcause.comments import reading
from showcause.comments.places import places
from showcause.comments.section import Section, moment
from showcause.comments.thread_rows import SEEN
from showcause.comments.values import Article, Author, Comment, Place

AT_ONCE: Final = 500

Line = Mapping[str, Any]


def lines(section: Section, *, public: bool = False) -> Iterator[Line]:
    """Yield everything; with `public`, only what every reader sees. Raises: StoreBusy, StoreUnusable."""
    yield {"kind": "section", "name": section.name, "public": public, "version": 1}
    sql = f"SELECT {reading.ARTICLE} FROM {{p}}article k WHERE k.no > %s ORDER BY k.no LIMIT %s"
    for row in _paged(section, sql):
        yield _article(reading.article(row))
    if not public:
        sql = f"SELECT {reading.AUTHOR} FROM {{p}}author a WHERE a.no > %s ORDER BY a.no LIMIT %s"
        for row in _paged(section, sql):
            yield _author(reading.author(row))
    yield from _comments(section, public)


def _paged(section: Section, sql: str) -> Iterator[tuple[Any, ...]]:
    """Yield all rows, some hundred at a time, by the number that each begins with."""
    after = 0
    while some := section.rows(sql, after, AT_ONCE):
        yield from some
        after = some[-1][0]


def _comments(section: Section, public: bool) -> Iterator[Line]:
    seen = f" AND {SEEN}" if public else ""
    sql = f"SELECT {reading.COMMENT} FROM {reading.COMMENTS} WHERE c.seq > %s{seen} ORDER BY c.seq LIMIT %s"
    after = 0
    while True:
        with section.reading() as run:
            some = [reading.comment(row) for row in run(sql, after, AT_ONCE)]
            placed = places(run, some)
            edits = {} if public or not some else _edits(run, some)
        if not some:
            return
        after = some[-1].seq
        for place in placed:
            yield _public(place) if public else _whole(place, edits.get(place.comment.seq, []))


def _edits(run: Any, some: "list[Comment]") -> dict[int, list[Line]]:
    found = dict[int, list[Line]]()
    sql = (
        "SELECT comment, moment, former FROM {p}edit WHERE comment BETWEEN %s AND %s ORDER BY comment, moment"
    )
    for seq, at, former in run(sql, some[0].seq, some[-1].seq):
        found.setdefault(seq, []).append({"until": moment(at).isoformat(), "text": former})
    return found


def _article(article: Article) -> Line:
    return {
        "kind": "article", "id": article.id, "key": article.key, "address": article.address, "title": article.title,
        "part": article.part, "language": article.language, "created_at": article.created_at.isoformat(),
        "closed": article.closed, "published": article.published,
    }  # fmt: skip


def _author(author: Author) -> Line:
    return {
        "kind": "author", "id": author.id, "name": author.name, "account": author.kind,
        "created_at": author.created_at.isoformat(), "accepted": author.accepted, "refused": author.refused,
        "confirmed": author.confirmed_at is not None, "forgotten": author.forgotten_at is not None,
    }  # fmt: skip


def _public(place: Place) -> Line:
    comment = place.comment
    readable = comment.state == "published"
    return {
        "kind": "comment", "id": comment.id, "article": comment.article, "parent": comment.parent,
        "state": comment.state, "created_at": comment.created_at.isoformat(),
        "name": comment.author.name if readable else None, "text": comment.text if readable else None,
        "language": comment.language, "edited": comment.edited_at is not None, **_beside(place),
    }  # fmt: skip


def _whole(place: Place, edits: list[Line]) -> Line:
    comment = place.comment
    return {
        **_public(place), "text": comment.text, "name": comment.author.name, "author": comment.author.id,
        "again": comment.again, "held": comment.held, "pinned": comment.pinned,
        "highlighted": comment.highlighted, "checked_by": comment.checked_by,
        "checked_at": comment.checked_at.isoformat() if comment.checked_at else None, "edits": edits,
    }  # fmt: skip


def _beside(place: Place) -> Line:
    return {
        "marks": [
            {"kind": each.kind, "at": each.at.isoformat(), "clause": each.clause, "leaf": each.leaf}
            for each in place.marks
        ],
        "beside": [
            {
                "id": each.id,
                "kind": each.kind,
                "text": each.text,
                "name": each.name,
                "language": each.language,
                "created_at": each.created_at.isoformat(),
            }
            for each in place.beside
        ],
    }
