"""Comments from Isso: its own database file, which is also its only export, opened for reading alone.

Isso keeps two tables that matter: `threads` with the path of each page, and `comments` with a mode: 1 for accepted, 2
for one that waits, 4 for one that was deleted while others answer it. Network addresses, votes and websites that it
keeps are not read.

Source: Isso 0.12 and 0.13, `comments.db`.
"""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

from showcause.comments.arriving import Arriving, ArrivingArticle, Misfit, Why, plain, tidy
from showcause.domain.errors import BadInput

_ACCEPTED, _WAITING, _DELETED = 1, 2, 4
_MAGIC: Final = b"SQLite format 3\x00"
_SELECT: Final = """
SELECT c.id, c.parent, c.created, c.modified, c.mode, c.text, c.author, c.email, t.uri, t.title
FROM comments c LEFT JOIN threads t ON t.id = c.tid ORDER BY c.tid, c.id
"""

Progress = Callable[[int, int], None]


def read(file: Path, site: str, progress: Progress = lambda done, of: None) -> Iterator[Arriving | Misfit]:
    """Yield every comment of an Isso database, article by article, those that are answered before their answers.

    `site` is the address of the newspaper's site, to which the paths in the database belong.

    Raises: BadInput when the file is no database of Isso.
    """
    with file.open("rb") as opened:
        if opened.read(len(_MAGIC)) != _MAGIC:
            raise BadInput(f"{file.name} is no SQLite database", "Isso's is named in its [general] dbpath.")
    database = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    try:
        [(whole,)] = database.execute("SELECT count(*) FROM comments")
        for done, row in enumerate(database.execute(_SELECT), 1):
            yield _comment(row, site)
            if done % 1_000 == 0:
                progress(done, whole)
        progress(whole, whole)
    except sqlite3.Error as error:
        raise BadInput(f"{file.name} is no database of Isso: {error}", "Name its comments.db.") from None
    finally:
        database.close()


def _comment(row: tuple[Any, ...], site: str) -> Arriving | Misfit:
    source, parent, created, modified, mode, text, name, mail, uri, title = row
    words = plain(text) if isinstance(text, str) and "<" in text else tidy(str(text or ""))
    if mode == _DELETED:
        return Misfit(str(source), Why.DELETED)
    if not isinstance(uri, str):
        return Misfit(str(source), Why.NO_ARTICLE)
    if mode not in (_ACCEPTED, _WAITING) or not isinstance(created, int | float):
        return Misfit(str(source), Why.UNREADABLE)
    if not words:
        return Misfit(str(source), Why.EMPTY)
    return Arriving(
        source=str(source),
        parent=None if parent is None else str(parent),
        article=ArrivingArticle(uri, urljoin(site, uri), str(title or "").strip()),
        name=str(name or "").strip(),
        mail=str(mail or "").strip(),
        text=words,
        created_at=round(created * 1_000_000),
        edited_at=round(modified * 1_000_000) if isinstance(modified, int | float) else None,
        waiting=mode == _WAITING,
    )
