"""What one author wrote: for their own page, in whatever state it is; and what became of a form that is sent again."""

from dataclasses import dataclass
from typing import Final

from showcause.comments import reading
from showcause.comments.places import places
from showcause.comments.section import Section, marks
from showcause.comments.values import Article, Author, Comment, Place

PAGE: Final = 30
_COMMENT_COLUMNS: Final = reading.COMMENT.count(",") + 1


@dataclass(frozen=True, slots=True)
class Own:
    """A comment of one's own with its marks; `replaced` once a new version of a refused one was sent."""

    place: Place
    article: Article
    replaced: bool = False


def written(section: Section, author: Author, before: int | None = None, most: int = PAGE) -> list[Own]:
    """Return what a person wrote under any of their names, the newest first, before a number."""
    mine = "c.author IN (SELECT no FROM {p}author WHERE person = %s)"
    older = " AND c.seq < %s" if before is not None else ""
    values = [author.person] if before is None else [author.person, before]
    sql = (
        f"SELECT {reading.COMMENT}, {reading.ARTICLE} FROM {reading.COMMENTS}"
        f" WHERE {mine}{older} ORDER BY c.seq DESC LIMIT %s"
    )
    with section.reading() as run:
        rows = run(sql, *values, most)
        found = places(run, [reading.comment(row[:_COMMENT_COLUMNS]) for row in rows])
        again = run(
            f"SELECT g.id FROM {{p}}comment c JOIN {{p}}comment g ON g.seq = c.again"
            f" WHERE {mine} AND g.seq IN ({marks(rows)})",
            author.person,
            *(each.comment.seq for each in found),
        ) if rows else []  # fmt: skip
    replaced = {id_ for (id_,) in again}
    return [
        Own(place, reading.article(row[_COMMENT_COLUMNS:]), place.comment.id in replaced)
        for place, row in zip(found, rows, strict=True)
    ]


def written_as(section: Section, author: Author, most: int = 3) -> list[tuple[Comment, Article]]:
    """Return the last comments under this one name and address, whoever the person is, with their articles."""
    sql = (
        f"SELECT {reading.COMMENT}, {reading.ARTICLE} FROM {reading.COMMENTS}"
        " WHERE c.author = %s AND c.text <> '' ORDER BY c.seq DESC LIMIT %s"
    )
    rows = section.rows(sql, author.no, most)
    return [
        (reading.comment(row[:_COMMENT_COLUMNS]), reading.article(row[_COMMENT_COLUMNS:])) for row in rows
    ]


def of_form(section: Section, form: str) -> Comment | None:
    """Return the comment that a form made when it was sent before, None if it was not."""
    sql = f"SELECT {reading.COMMENT} FROM {reading.COMMENTS} WHERE c.form = %s"
    rows = section.rows(sql, form)
    return reading.comment(rows[0]) if rows else None
