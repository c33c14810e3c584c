"""What `bench comments` measures: readings, whole answers, posts, weights."""

import gzip
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import comments_many, rows
from bench.rows import Row
from bench.stand import run
from showcause.comments import articles, authors, posting, threads, validation
from showcause.comments.section import Section
from showcause.comments.values import Article, Author, Draft, Order
from showcause.compose import Wiring

if TYPE_CHECKING:
    from showcause.compose import Site

AIM_MS: Final = 30.0
READS: Final = 300
WRITERS: Final = 16
POSTS: Final = 4_000
ADDRESS: Final = "http://localhost:8000"
FOUNDING: Final = (
    ("init", "--origin", "bench.example/comments", "--contact", "desk@bench.example", "--operator", "ada"),
    (
        "connect",
        "comments",
        "courrier",
        "--origin",
        "https://courrier.example",
        "--validation",
        "after",
        "--as",
        "ada",
    ),
)
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
        yield _read(section, f"page, {order}", partial(threads.page, section, article, order), runs)
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


def pages(on: Stage, site: "Site", runs: int) -> Iterator[Row]:
    """Measure whole answers: through Django, its middleware and templates, as the server gives them."""
    from django.test import Client

    from showcause.compose.pages import house_of
    from showcause.web.configuration import serve_house

    serve_house(house_of(site, ADDRESS))
    reader, home = Client(HTTP_HOST="localhost"), f"/comments/f/{on.article.id}"
    deep = on.seqs("root IS NOT NULL AND shown IS NOT NULL")

    def get(path: str) -> bytes:
        # Another visitor each time: limits are by visitor, and are not what is measured.
        answer = reader.get(path, REMOTE_ADDR=f"10.{on.draw.randrange(256)}.{on.draw.randrange(256)}.1")
        assert answer.status_code == 200, (path, answer.status_code)
        return bytes(answer.content)

    cases: tuple[tuple[str, Callable[[], bytes]], ...] = (
        ("rendered, frame", lambda: get(home)),
        ("rendered, oldest first", lambda: get(f"{home}?order=oldest")),
        (
            "rendered, permalink",
            lambda: get(f"/comments/a/{on.article.id}?comment={on.draw.choice(deep)[0]}"),
        ),
        ("rendered, number of new ones", lambda: get(f"{home}/news?upto=1")),
    )
    for case, read in cases:
        yield _read(on.section, case, read, runs) | _weight(read())


def weights() -> Row:
    """Weigh the script and the style that a reader's browser fetches, as they are and packed."""
    static = Path(__file__).resolve().parents[1] / "src/showcause/web/static/showcause"
    found = {each.name: each.read_bytes() for each in sorted(static.glob("comments*")) if each.is_file()}
    return rows.row("comments", "weights in bytes", 0, None) | {
        name: _weight(content) for name, content in found.items()
    }


def _weight(content: bytes) -> Row:
    return {"bytes": len(content), "packed": len(gzip.compress(content, mtime=0))}


def posts(on: Stage, count: int) -> Iterator[Row]:
    """Measure posts of different comments by many at once under the busy article, and its page meanwhile."""
    took, seen, over = list[float](), list[float](), threading.Event()

    def write(writer: int) -> None:
        draw = random.Random(writer)
        for _ in range(count // WRITERS):
            text = " ".join(draw.choices(comments_many.WORDS, k=30))
            draft = Draft(on.article, on.reader, text, secrets.token_hex(16))
            took.append(_seconds(lambda: posting.post(on.section, NOW, lambda: secrets.token_hex(16), draft)))  # noqa: B023
        on.section.close()

    def read() -> None:
        while not over.is_set():
            seen.append(_seconds(lambda: threads.page(on.section, on.article)))
        on.section.close()

    before, start = on.section.commits, time.perf_counter()
    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for each in (reader, *writers):
        each.start()
    for each in writers:
        each.join()
    seconds, flushes = time.perf_counter() - start, on.section.commits - before
    over.set()
    reader.join()
    named = {"database": _name(on.section)}
    yield (
        rows.row("comments", "page, newest, meanwhile", len(seen) / seconds, None)
        | named
        | rows.latencies(seen)
    )
    yield (
        rows.row("comments", f"posts by {WRITERS} at once", len(took) / seconds, None, flushes=flushes)
        | named
        | (rows.latencies(took))
    )


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _read(section: Section, case: str, read: Callable[[], object], runs: int) -> Row:
    read()
    cpu = time.process_time()
    took = [_seconds(read) for _ in range(runs)]
    p95, own = round(sorted(took)[len(took) * 95 // 100] * 1000, 2), (time.process_time() - cpu) / runs
    return rows.row(
        "comments", case, len(took) / sum(took), None, database=_name(section), p95_ms=p95, aim_ms=AIM_MS,
        in_aim=p95 <= AIM_MS, own_cpu_ms=round(own * 1000, 2), **rows.latencies(took),
    )  # fmt: skip


def _name(section: Section) -> str:
    return section.database.vendor


def measured(folder: Path, database: str, count: int, runs: int = READS, sent: int = POSTS) -> Iterator[Row]:
    """Found a site, fill its section, and measure it. `database`: the address of an empty one, or nothing."""
    began, wiring = time.perf_counter(), Wiring()
    for command in FOUNDING:
        more = ("--database", database) if database and command[0] == "init" else ()
        run(wiring, folder / "site", (*command, *more))
    site = wiring.open(folder / "site")
    section = site.section()
    assert section is not None
    on = stage(section, count)
    seconds = time.perf_counter() - began
    yield rows.row(
        "comments", "the stage, in bulk", count / seconds, None, database=_name(section), comments=count
    )
    yield from reads(on, runs)
    yield from pages(on, site, runs)
    yield from posts(on, sent)
    section.close()
    site.close()
