"""The newest published comments, for feeds: of one article or of the whole section."""

from typing import Final

from showcause.comments import reading
from showcause.comments.section import Section
from showcause.comments.values import Article, Comment

MOST: Final = 30


def newest(
    section: Section, article: Article | None = None, most: int = MOST
) -> list[tuple[Comment, Article]]:
    """Return the last published comments with their articles, in the order of publication, the newest first."""
    where, values = ("c.article = %s AND ", (article.no,)) if article else ("", ())
    sql = (
        f"SELECT {reading.COMMENT}, {reading.ARTICLE} FROM {reading.COMMENTS}"
        f" WHERE {where}c.shown IS NOT NULL AND c.state = 'published' ORDER BY c.shown DESC LIMIT %s"
    )
    rows = section.rows(sql, *values, min(most, MOST))
    return [(reading.comment(row[:25]), reading.article(row[25:])) for row in rows]
