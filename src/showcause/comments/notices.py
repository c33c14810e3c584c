"""The outbox of notices: who is to be told by mail that somebody answered them, or that their comment was published.

Only authors whose address is confirmed and who asked for it are in it. It holds numbers and no text: a letter names
the article and leads to the thread, so that no words lie in a mailbox after they were hidden, and nobody can insult
somebody by mail. What happens under one article within an hour is one letter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from showcause.casework.ports import Ids
from showcause.comments.section import Run, Section, marks, micros
from showcause.comments.tokens import opened, signed
from showcause.comments.values import Author

BETWEEN: Final = timedelta(hours=1)
"""From one letter about an article to the next to the same person: a lively thread fills no mailbox."""
OLD: Final = timedelta(days=7)
"""What could not be told so long is no news any more."""
KEPT: Final = timedelta(days=30)
"""How long it is remembered which letter was the last: one that comes back later stops nothing."""
AT_ONCE: Final = 50
STOP_LIVES: Final = timedelta(days=3_650)
_STOP: Final = "quiet"
_WANTS: Final = (
    "w.replies_by_mail = 1 AND w.confirmed IS NOT NULL AND w.mail IS NOT NULL AND w.forgotten IS NULL"
)
_INSERT: Final = "INSERT INTO {p}notice (kind, comment, author, state, created) "
_REPLY: Final = (
    _INSERT + "SELECT 'reply', c.seq, w.no, 'waiting', %s FROM {p}comment c"
    " JOIN {p}author b ON b.no = c.author JOIN {p}comment p ON p.seq = c.parent"
    " JOIN {p}author a ON a.no = p.author JOIN {p}author w ON w.no = a.person"
    f" WHERE b.person <> w.no AND {_WANTS} AND c.seq IN "
)
_PUBLISHED: Final = (
    _INSERT + "SELECT 'published', c.seq, w.no, 'waiting', %s FROM {p}comment c"
    f" JOIN {{p}}author a ON a.no = c.author JOIN {{p}}author w ON w.no = a.person WHERE {_WANTS} AND c.seq = %s"
    " ON CONFLICT DO NOTHING"
)
_DUE: Final = (
    "SELECT n.author, c.article, MIN(n.no) AS first FROM {p}notice n JOIN {p}comment c ON c.seq = n.comment"
    " WHERE n.state = 'waiting' AND NOT EXISTS (SELECT 1 FROM {p}notice b JOIN {p}comment d ON d.seq = b.comment"
    " WHERE b.author = n.author AND d.article = c.article AND b.handed > %s)"
    " GROUP BY n.author, c.article ORDER BY first LIMIT %s"
)
_TAKEN: Final = (
    "SELECT n.letter, w.id, k.title, n.kind, c.id, COALESCE(p.language, c.language),"
    " (SELECT l.letter FROM {p}notice l WHERE l.author = n.author AND l.state = 'sent'"
    " ORDER BY l.handed DESC LIMIT 1)"
    " FROM {p}notice n JOIN {p}author w ON w.no = n.author JOIN {p}comment c ON c.seq = n.comment"
    " JOIN {p}article k ON k.no = c.article LEFT JOIN {p}comment p ON p.seq = c.parent AND n.kind = 'reply'"
    " WHERE n.state = 'taken' ORDER BY n.no"
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What one letter tells an author of one article: ids of replies to them, and of comments of theirs.

    `letter` is the letter's id, the same however often it is handed over; `before` that of the last one before it.
    """

    letter: str
    author: str
    title: str
    language: str
    replies: tuple[str, ...]
    published: tuple[str, ...]
    before: str | None


def replied(run: Run, now: datetime, seqs: Sequence[int]) -> None:
    """Note that those who are answered by comments that were just published are to be told."""
    if seqs:
        run(f"{_REPLY}({marks(seqs)}) ON CONFLICT DO NOTHING", micros(now), *seqs)


def published(run: Run, now: datetime, seq: int) -> None:
    """Note that a comment that had waited was published: its author is to be told, and whoever it answers."""
    run(_PUBLISHED, micros(now), seq)
    replied(run, now, [seq])


def take(section: Section, now: datetime, ids: Ids) -> list[Bundle]:
    """Return what is to be told now, and what was taken before without being handed over."""
    due = (micros(now - BETWEEN), AT_ONCE)
    if not section.rows(_DUE, *due) and not section.rows(
        "SELECT 1 FROM {p}notice WHERE state = 'taken' LIMIT 1"
    ):
        return []
    with section.changing() as run:
        run.lock_head()
        _drop(run, now)
        for author, article, _ in run(_DUE, *due):
            run(
                "UPDATE {p}notice SET state = 'taken', handed = %s, letter = %s WHERE state = 'waiting'"
                " AND author = %s AND comment IN (SELECT seq FROM {p}comment WHERE article = %s)",
                micros(now), ids(), author, article,
            )  # fmt: skip
        return list(_bundles(run))


def handed(section: Section, letter: str) -> None:
    """Note that a letter was handed over; it is not handed over again."""
    with section.changing() as run:
        run("UPDATE {p}notice SET state = 'sent' WHERE letter = %s", letter)


def wanted(section: Section, author: Author) -> bool:
    """Tell whether the person is told by mail."""
    sql = "SELECT replies_by_mail FROM {p}author WHERE no = %s"
    return bool(section.rows(sql, author.person)[0][0])


def stop(section: Section, author: str) -> list[str]:
    """Tell a person nothing more by mail; return the ids of all their authors. Harmless to repeat."""
    with section.changing() as run:
        run.lock_head()
        person = "(SELECT person FROM {p}author WHERE id = %s)"
        same = [
            (no, id_) for no, id_ in run(f"SELECT no, id FROM {{p}}author WHERE person = {person}", author)
        ]
        numbers = [no for no, _ in same]
        if numbers:
            run(f"UPDATE {{p}}author SET replies_by_mail = 0 WHERE no IN ({marks(numbers)})", *numbers)
            run(f"DELETE FROM {{p}}notice WHERE author IN ({marks(numbers)})", *numbers)
    return [id_ for _, id_ in same]


def stop_token(section: Section, now: datetime, author: str) -> str:
    """Return the token of the link that stops an author's letters; it opens nothing else."""
    return signed(section, _STOP, author, now + STOP_LIVES)


def of_stop_token(section: Section, now: datetime, token: str) -> str:
    """Return whose letters a link stops. Raises: LinkEnded."""
    return opened(section, _STOP, token, now)


def _drop(run: Run, now: datetime) -> None:
    """Drop what is not to be told any more: hidden or deleted meanwhile, not wanted any more, or too old."""
    run(
        "DELETE FROM {p}notice AS n WHERE n.state = 'waiting' AND (n.created < %s"
        " OR NOT EXISTS (SELECT 1 FROM {p}comment c WHERE c.seq = n.comment AND c.state = 'published')"
        f" OR NOT EXISTS (SELECT 1 FROM {{p}}author w WHERE w.no = n.author AND {_WANTS}))",
        micros(now - OLD),
    )
    run("DELETE FROM {p}notice WHERE state = 'sent' AND handed < %s", micros(now - KEPT))


def _bundles(run: Run) -> Iterator[Bundle]:
    found = dict[str, list[tuple[str, ...]]]()
    for letter, *rest in run(_TAKEN):
        found.setdefault(letter, []).append(tuple(rest))
    for letter, rows in found.items():
        author, title, _, _, language, before = rows[0]
        of = {kind: tuple(row[3] for row in rows if row[2] == kind) for kind in ("reply", "published")}
        yield Bundle(letter, author, title, language, of["reply"], of["published"], before)
