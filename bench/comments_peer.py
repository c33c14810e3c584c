"""The same comments in Isso, beside ours: `bench comments --peer isso`.

Isso (a comment server in Python, MIT) is installed from the package index into an environment that is thrown away, and
served as its own command serves it, on a SQLite file that is filled by its schema with the same number of comments, a
hundredth of them under one article. Both are asked over HTTP on this machine, one request at a time, for what both do:

- the first fifty roots of the busy article with their replies folded: Isso's JSON, our whole rendered page;
- a post that is acknowledged, of comments that differ;
- what a reader's browser fetches before it sees a comment: Isso's script, ours with style sheets and the page.

Not comparable: Isso's answer is JSON that its script still has to draw, ours is drawn; ours shows the first replies and
the marks of decisions. Isso counts replies on each read, and its tables have no index by thread: it is made for fewer
comments than these. It does not look for floods, look-alikes or suspended authors when it takes a post. Its flush is
SQLite's default. Both run with what they come with: Isso's command serves with one process and threads.
"""

import gzip
import http.client
import json
import os
import random
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from bench import comments_many, rows
from bench.rows import Row
from showcause.comments import articles, authors, forms
from showcause.comments.section import Section
from showcause.compose import Wiring, utc_now
from tests.services.processes import free_port

VERSION: Final = "0.13.0"
PACKAGES: Final = (f"isso=={VERSION}", "setuptools<81")
BUSY: Final = "/busy"
SHOWN: Final = 50
READS: Final = 100
POSTS: Final = 200
PATIENCE: Final = 60.0
FEWEST: Final = 5
SECONDS: Final = 45.0
"""After so many seconds no more requests of one kind are measured, if there were a few."""
STATIC: Final = Path(__file__).resolve().parents[1] / "src/showcause/web/static/showcause"
_LOT: Final = 20_000
_TABLES: Final = (
    "CREATE TABLE threads (id INTEGER PRIMARY KEY, uri VARCHAR(256) UNIQUE, title VARCHAR(256))",
    "CREATE TABLE comments (tid REFERENCES threads(id), id INTEGER PRIMARY KEY, parent INTEGER, created FLOAT NOT NULL,"
    " modified FLOAT, mode INTEGER, remote_addr VARCHAR, text VARCHAR, author VARCHAR, email VARCHAR, website VARCHAR,"
    " likes INTEGER DEFAULT 0, dislikes INTEGER DEFAULT 0, voters BLOB NOT NULL, notification INTEGER DEFAULT 0)",
    "CREATE TABLE preferences (key VARCHAR PRIMARY KEY, value VARCHAR)",
)
_CONFIG: Final = """
[general]
dbpath = {database}
host = http://courrier.example/
log-file = {log}
[server]
listen = http://127.0.0.1:{port}
[guard]
enabled = false
"""


def fill(source: sqlite3.Connection, file: Path) -> int:
    """Copy the comments of a section of ours that is on SQLite into a database of Isso; return how many."""
    target = sqlite3.connect(file)
    for statement in _TABLES:
        target.execute(statement)
    target.execute("PRAGMA user_version = 3")
    articles = source.execute("SELECT no, title FROM article")
    given = ((no, BUSY if no == 1 else f"/{no}", title) for no, title in articles)
    target.executemany("INSERT INTO threads VALUES (?, ?, ?)", given)
    comments = source.execute(
        "SELECT article, seq, root, created / 1e6, CASE state WHEN 'published' THEN 1 ELSE 2 END, text, author"
        " FROM comment ORDER BY seq"
    )
    count = 0
    while some := comments.fetchmany(_LOT):
        target.executemany(
            "INSERT INTO comments (tid, id, parent, created, mode, remote_addr, text, author, voters)"
            " VALUES (?, ?, ?, ?, ?, '127.0.0.0', ?, 'Reader ' || ?, x'00')",
            some,
        )
        count += len(some)
    target.commit()
    target.close()
    return count


def install(folder: Path) -> Path:
    """Install Isso into an environment of its own; return where its programs are."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
    subprocess.run(pip, check=True)
    return folder / "bin"


@contextmanager
def served(programs: Path, folder: Path, database: Path, port: int) -> Iterator[None]:
    """Serve a database with Isso's own command while the block runs."""
    config = folder / "isso.cfg"
    config.write_text(_CONFIG.format(database=database, port=port, log=folder / "isso.log"), encoding="utf-8")
    with (folder / "isso.out").open("wb") as out:
        command = [str(programs / "isso"), "-c", str(config), "run"]
        with subprocess.Popen(command, stdout=out, stderr=out, cwd=folder) as process:
            try:
                _wait(port)
                yield
            finally:
                process.terminate()


def _wait(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            ask(port, "GET", "/?uri=/nothing")
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def ask(
    port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Send one request on a connection of its own; return status, headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body or None, headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def isso(folder: Path, programs: Path, reads: int = READS, posts: int = POSTS) -> Iterator[Row]:
    """Measure both on the section that `measured` left below a folder, one after the other; see above."""
    site = Wiring().open(folder / "site")
    section = site.section()
    assert section is not None
    assert section.database.path is not None
    with sqlite3.connect(section.database.path) as source:
        count = fill(source, folder / "isso.db")
    ours, page = own(folder / "site", section, reads, posts)
    site.close()
    port = free_port()
    with served(programs, folder, folder / "isso.db", port):
        peer = theirs(port, reads, posts)
    yield compared(f"read of a thread, of {count} comments", ours["read"], peer["read"])
    yield compared("post", ours["post"], peer["post"])
    yield weights(programs, STATIC, page)


def own(home: Path, section: Section, reads: int, posts: int) -> tuple[dict[str, list[float]], bytes]:
    """Measure our pages over HTTP, as they are served: seconds of each read and post; and the page."""
    article = articles.find(section, "article-1")
    assert article is not None
    [(id_,)] = section.rows("SELECT a.id FROM {p}author a ORDER BY a.no LIMIT 1")
    port, now = free_port(), utc_now()
    path, here = f"/comments/f/{article.id}", f"http://127.0.0.1:{port}"
    cookie = authors.cookie(section, now, authors.by_id(section, id_))
    # Limits are by visitor, and are not what is measured: each request comes from another one.
    os.environ["SHOWCAUSE_PROXIES"] = "1"

    def read(number: int) -> bytes:
        answer = ask(port, "GET", path, headers=_visitor(number))
        _expect(answer, 200)
        return answer[2]

    def post(number: int) -> None:
        slip = forms.issue(section, utc_now() - timedelta(seconds=30), article)
        told = urlencode({"slip": slip, "text": words(number), "lang": "en"}).encode()
        sent = {
            "Origin": here,
            "Cookie": f"comments={cookie}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        _expect(ask(port, "POST", path, told, sent | _visitor(number)), 302)

    with Wiring().pages(home, "127.0.0.1", port):
        _wait(port)
        page = read(0)
        taken = {
            "read": repeated(read, reads),
            "post": repeated(post, posts),
        }
    return taken, page


def _visitor(number: int) -> dict[str, str]:
    return {"X-Forwarded-For": f"10.0.{number // 250}.{number % 250 + 1}"}


def theirs(port: int, reads: int = READS, posts: int = POSTS) -> dict[str, list[float]]:
    """Measure Isso: seconds of each read of the busy thread, and of each post under it."""
    page, thread = f"/?uri={BUSY}&limit={SHOWN}&nested_limit=5", f"/new?uri={BUSY}"
    return {
        "read": repeated(lambda _: _expect(ask(port, "GET", page), 200), reads),
        "post": repeated(lambda number: _expect(_post(port, thread, number), 201, 202), posts),
    }


def _post(port: int, path: str, number: int) -> tuple[int, dict[str, str], bytes]:
    told = {"text": words(number), "author": "Reader"}
    return ask(port, "POST", path, json.dumps(told).encode(), {"Content-Type": "application/json"})


def words(number: int) -> str:
    """Return a comment that is like no other."""
    draw = random.Random(number)
    return " ".join(draw.choices(comments_many.WORDS, k=30)) + f" {secrets.token_hex(4)}"


def _expect(answer: tuple[int, dict[str, str], bytes], *statuses: int) -> None:
    assert answer[0] in statuses, answer


def repeated(run: Callable[[int], object], count: int) -> list[float]:
    """Return the seconds that each of so many requests took, or of fewer where they take long."""
    taken, end = list[float](), time.monotonic() + SECONDS
    while len(taken) < count and (len(taken) < FEWEST or time.monotonic() < end):
        number = len(taken)
        taken.append(_timed(lambda: run(number)))  # noqa: B023
    return taken


def _timed(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def compared(case: str, ours: list[float], peer: list[float]) -> Row:
    """Return a row that says both, and how many times as long theirs took."""
    middle = {name: sorted(each)[len(each) // 2] for name, each in (("ours", ours), ("isso", peer))}
    last = {name: sorted(each)[len(each) * 95 // 100] for name, each in (("ours", ours), ("isso", peer))}
    return rows.row(
        "comments", f"beside isso {VERSION}, {case}", 1 / middle["ours"], None,
        ours_ms=_ms(middle["ours"]), isso_ms=_ms(middle["isso"]), ours_p95_ms=_ms(last["ours"]),
        isso_p95_ms=_ms(last["isso"]), isso_times=round(middle["isso"] / middle["ours"], 2),
        requests=(len(ours), len(peer)),
    )  # fmt: skip


def weights(programs: Path, static: Path, page: bytes) -> Row:
    """Return what a reader's browser fetches before it sees a comment, packed as servers send it."""
    [script] = programs.parent.glob("lib/python*/site-packages/isso/js/embed.min.js")
    own = [static / name for name in ("embed.js", "comments.js", "comments.css", "look.css")]
    packed: dict[str, Any] = {each.name: _packed(each.read_bytes()) for each in own}
    return rows.row("comments", f"beside isso {VERSION}, weights packed", 0, None) | {
        "ours": packed | {"page": _packed(page)}, "ours_script": packed["embed.js"] + packed["comments.js"],
        "isso_script": _packed(script.read_bytes()),
    }  # fmt: skip


def _packed(content: bytes) -> int:
    return len(gzip.compress(content, mtime=0))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
