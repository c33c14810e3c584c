"""The comment section at a size that no local newspaper reaches: pages of a busy thread, and posts per second.

    python -m bench.comments [--count N] [--postgres] [--peer isso]

The section has a million comments, a hundredth of them under one article. A page is read as a view reads it: roots,
first replies, marks, the reader's own. Aim: 95 in 100 within 30 ms on the server, on both databases. A post counts once
it is on the disk; sixteen readers post at the same time.
"""

import argparse
import random
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench import comments_many, rows
from bench.rows import Row
from showcause.comments import articles, authors, posting, threads, validation
from showcause.comments.opening import open_section
from showcause.comments.section import Section
from showcause.comments.values import Article, Author, Draft, Mode, Order, SectionSettings

COUNT: Final = 1_000_000
AIM_MS: Final = 30.0
READS: Final = 300
WRITERS: Final = 16
POSTS: Final = 4_000
SETTINGS: Final = SectionSettings(origins=("https://courrier.example",), mode=Mode.AFTER)
NOW: Final = datetime(2027, 1, 1, tzinfo=UTC)


@dataclass
class Stage:
    """A filled section, its busy article, and somebody who reads there and has written before."""

    section: Section
    article: Article
    reader: Author
    draw: random.Random

    def seqs(self, condition: str, most: int = 2_000) -> list[tuple[str, int]]:
        """Return ids and numbers of comments under the busy article."""
        sql = f"SELECT id, seq FROM {{p}}comment WHERE article = %s AND {condition} ORDER BY id LIMIT %s"
        return [(id_, seq) for id_, seq in self.section.rows(sql, self.article.no, most)]


def stage(section: Section, count: int) -> Stage:
    """Fill a section, and return it with what the measurements need."""
    comments_many.fill(section, count)
    article = articles.find(section, "article-1")
    assert article is not None
    sql = "SELECT a.id FROM {p}comment c JOIN {p}author a ON a.no = c.author WHERE c.article = %s LIMIT 1"
    reader = authors.by_id(section, section.rows(sql, article.no)[0][0])
    return Stage(section, article, reader, random.Random(11))


def reads(on: Stage, runs: int) -> Iterator[Row]:
    """Measure what readers and the desk read."""
    section, article, draw = on.section, on.article, on.draw
    roots = on.seqs("root IS NULL AND shown IS NOT NULL")
    deep, long = (
        on.seqs("root IS NOT NULL AND shown IS NOT NULL"),
        on.seqs("root IS NULL AND replies > 20", 50),
    )
    [(last,)] = section.rows("SELECT shown FROM {p}head")
    for order in Order:
        yield _read(
            section, f"page, {order}", lambda order=order: threads.page(section, article, order), runs
        )
    for case, read in (
        ("page, anywhere in the thread",
         lambda: threads.page(section, article, Order.OLDEST, str(draw.choice(roots)[1]), on.reader)),
        ("page, of whoever wrote in it", lambda: threads.page(section, article, viewer=on.reader)),
        ("fragment, replies", lambda: threads.replies(section, draw.choice(long or roots)[0])),
        ("fragment, what is new", lambda: threads.since(section, article, last - draw.randrange(50_000), on.reader)),
        ("permalink", lambda: threads.around(section, draw.choice(deep)[0])),
        ("desk, the next hundred", lambda: validation.waiting(section, NOW)),
        ("desk, the estimate", lambda: validation.estimate(section, NOW)),
    ):  # fmt: skip
        yield _read(section, case, read, runs)


def posts(on: Stage, count: int) -> Row:
    """Measure posts of different comments by many at once under the busy article, each on the disk."""
    took = list[float]()

    def write(writer: int) -> None:
        draw = random.Random(writer)
        for _ in range(count // WRITERS):
            text, began = " ".join(draw.choices(comments_many.WORDS, k=30)), time.perf_counter()
            draft = Draft(on.article, on.reader, text, secrets.token_hex(16))
            posting.post(on.section, NOW, lambda: secrets.token_hex(16), draft)
            took.append(time.perf_counter() - began)
        on.section.close()

    before, start = on.section.commits, time.perf_counter()
    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    seconds, flushes = time.perf_counter() - start, on.section.commits - before
    return rows.row("comments", f"posts by {WRITERS} at once", len(took) / seconds, None, database=_name(on.section),
                    flushes=flushes, **rows.latencies(took))  # fmt: skip


def _read(section: Section, case: str, read: Callable[[], object], runs: int) -> Row:
    read()
    took = list[float]()
    for _ in range(runs):
        began = time.perf_counter()
        read()
        took.append(time.perf_counter() - began)
    p95 = round(sorted(took)[len(took) * 95 // 100] * 1000, 2)
    return rows.row("comments", case, len(took) / sum(took), None, database=_name(section), p95_ms=p95,
                    aim_ms=AIM_MS, in_aim=p95 <= AIM_MS, **rows.latencies(took))  # fmt: skip


def _name(section: Section) -> str:
    return section.database.vendor


def measured(url: str, count: int, runs: int = READS, sent: int = POSTS) -> Iterator[Row]:
    """Fill a section in an empty database, and measure it."""
    began = time.perf_counter()
    section = open_section(url, "courrier", secrets.token_bytes(32), SETTINGS)
    on = stage(section, count)
    seconds = time.perf_counter() - began
    yield rows.row(
        "comments", "the stage, in bulk", count / seconds, None, database=_name(section), comments=count
    )
    yield from reads(on, runs)
    yield posts(on, sent)
    section.close()


@contextmanager
def durable_postgres() -> Iterator[str]:
    """Start a PostgreSQL of its own that flushes as one in service does; give the address of an empty database."""
    from tests.services.postgres import running_postgres

    with running_postgres(("-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB")) as server:
        yield server.dsn(server.create())


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one row a case."""
    parser = argparse.ArgumentParser(prog="bench comments", description="Measure the comment section.")
    parser.add_argument("--count", type=int, default=COUNT, help="how many comments [%(default)s]")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL too, which is started for it")
    told = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        for row in measured(f"sqlite:///{Path(folder)}/comments.db", told.count):
            rows.show(row)
    if told.postgres:
        with durable_postgres() as url:
            for row in measured(url, told.count):
                rows.show(row)


if __name__ == "__main__":
    from showcause.store.standalone import configure

    configure()
    main()
