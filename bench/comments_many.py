"""A comment section as large as one wants, written in bulk: the stage of `bench comments`.

One article has a hundredth of all comments; they lie scattered between those of all others, which is the worst for a
reader. A third of all are roots; few roots have many replies. Some wait, some were hidden by a decision.
"""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from showcause.comments.section import Run, Section, micros

BUSY_PART: Final = 100
"""One comment in so many stands under the busy article."""
HIDDEN_PART: Final = 199
START: Final = micros(datetime(2026, 1, 1, tzinfo=UTC))
LOT: Final = 20_000
WORDS: Final = (
    "mayor", "strike", "tram", "school", "bridge", "river", "water", "council", "budget", "market", "square", "ticket",
    "evening", "morning", "letter", "reader", "station", "bakery", "museum", "garden", "traffic", "winter", "summer",
)  # fmt: skip
_ARTICLE: Final = ("no", "id", "name", "address", "title", "part", "language", "created")
_AUTHOR: Final = ("no", "id", "person", "name", "skeleton", "kind", "created", "confirmed", "accepted")
_COMMENT: Final = (
    "seq", "id", "article", "parent", "root", "author", "text", "language", "created", "state", "shown", "held",
    "checked", "checked_by", "form",
)  # fmt: skip
_INDEXES: Final = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = 'comment'",
    "postgresql": "SELECT schemaname || '.' || indexname, indexdef FROM pg_indexes WHERE tablename = 'comment'"
    " AND indexdef NOT LIKE 'CREATE UNIQUE%'",
}


def fill(section: Section, count: int, seed: int = 7) -> None:
    """Write `count` comments by a twentieth of authors under a two hundredth of articles; the first is the busy one."""
    draw = random.Random(seed)
    authors, articles = max(count // 20, 10), max(count // 200, 2)
    with section.changing() as run:
        indexes = run(_INDEXES[run.vendor])
        for name, _ in indexes:
            run(f"DROP INDEX {name}")
        _put(run, "article", _ARTICLE, _articles(draw, articles))
        _put(run, "author", _AUTHOR, _authors(draw, authors))
        _put(run, "comment", _COMMENT, _comments(draw, count, articles, authors))
        for _, made in indexes:
            run(made)
    with section.changing() as run:
        _count(run, count)
    with section.connected() as connection:
        Run(connection)("ANALYZE")


def _articles(draw: random.Random, count: int) -> Iterator[tuple[Any, ...]]:
    for no in range(1, count + 1):
        address = f"https://courrier.example/{no}"
        yield no, _id(draw), f"article-{no}", address, f"Article {no}", f"part-{no % 9}", "en", START


def _authors(draw: random.Random, count: int) -> Iterator[tuple[Any, ...]]:
    for no in range(1, count + 1):
        yield no, _id(draw), no, f"Reader {no}", f"reader {no}", "guest", START, START, 3


def _comments(draw: random.Random, count: int, articles: int, authors: int) -> Iterator[tuple[Any, ...]]:
    """Give comments in their order: each answers one of the last under its article, or none."""
    last, shown = dict[int, list[tuple[int, int]]](), 0
    for seq in range(1, count + 1):
        article = 1 if seq % BUSY_PART == 0 else draw.randrange(2, articles + 1)
        there = last.setdefault(article, [])
        parent, root = (
            (None, None)
            if not there or draw.random() < 1 / 3
            else there[int(draw.betavariate(1, 6) * len(there))]
        )
        seen = seq <= count - 100 and draw.random() > 0.005
        if seen:
            shown += 1
            there.append((seq, root or seq))
        at, state = START + seq * 20_000_000, "published" if seen else "waiting"
        text = " ".join(draw.choices(WORDS, k=draw.randrange(5, 70)))
        yield (
            seq, _id(draw), article, parent, root, draw.randrange(1, authors + 1), text, "en", at, state,
            shown if seen else None, "mode", at + 60_000_000 if seen else None, "moderator" if seen else None,
            f"f{seq}",
        )  # fmt: skip


def _count(run: Run, count: int) -> None:
    run("UPDATE {p}head SET seq = %s, shown = (SELECT MAX(shown) FROM {p}comment)", count)
    run("UPDATE {p}comment SET state = 'hidden' WHERE state = 'published' AND MOD(seq, %s) = 0", HIDDEN_PART)
    run(
        "UPDATE {p}article SET published = (SELECT COUNT(*) FROM {p}comment c WHERE c.article = no"
        " AND c.shown IS NOT NULL AND c.state = 'published')"
    )
    answers = "SELECT {column} AS above, COUNT(*) AS n FROM {p}comment WHERE {which} AND state = 'published' GROUP BY 1"
    for column, which in (("root", "root IS NOT NULL"), ("parent", "parent <> root")):
        sql = answers.replace("{column}", column).replace("{which}", which)
        run(f"UPDATE {{p}}comment SET replies = f.n FROM ({sql}) f WHERE seq = f.above")
    run(
        "INSERT INTO {p}mark (comment, moment, kind, clause, leaf)"
        " SELECT seq, created, 'hidden', 'comments.insult@1', id FROM {p}comment WHERE state = 'hidden'"
    )


def _put(run: Run, table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    given, marks = iter(rows), ", ".join(["%s"] * len(columns))
    while lot := list(islice(given, LOT)):
        run.many(f"INSERT INTO {{p}}{table} ({', '.join(columns)}) VALUES ({marks})", lot)


def _id(draw: random.Random) -> str:
    return f"{draw.getrandbits(128):032x}"
