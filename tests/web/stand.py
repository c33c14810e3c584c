"""A house with its pages open: the tests' house on a database in a file, Django's client, and a real HTTP server."""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.cache import cache as remembered
from django.test import Client

from showcause.casework.log import public_log
from showcause.casework.log.signing import sign_head
from showcause.casework.ports import Clock, Head, Ids, Platform
from showcause.casework.runner import Runner
from showcause.store.config import open_store
from showcause.store.store import Store
from showcause.web.application import build
from showcause.web.configuration import make_account_tables, serve_house
from showcause.web.house import House as Pages
from showcause.web.limits import BUCKETS
from tests.databases import IN_MEMORY, MASTER, sqlite_template
from tests.house import PLATFORM, House, fresh_id

if TYPE_CHECKING:
    from showcause.comments.section import Section

PEOPLE = ("bea", "cleo", "dan")


@cache
def pages_template() -> Path:
    """Return a migrated SQLite file with the tables of logins, made once for each process."""
    path = sqlite_template().with_name("pages.db")
    shutil.copyfile(sqlite_template(), path)
    store = open_store(f"sqlite:///{path}", IN_MEMORY, MASTER)
    make_account_tables(store.database.alias)
    store.close()
    with sqlite3.connect(path) as kept:
        kept.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@dataclass
class Served:
    """The tests' house as the pages see it; it signs in this process."""

    house: House
    stopped: dict[str, str] = field(default_factory=dict)
    differing: tuple[str, ...] = ()
    waking: Callable[[], object] = lambda: None
    comments: "Section | None" = None
    """The comment section; set by who tests with one."""

    @property
    def store(self) -> Store:
        return self.house.store

    @property
    def clock(self) -> Clock:
        return self.house.clock

    @property
    def ids(self) -> Ids:
        return fresh_id

    @property
    def runner(self) -> Runner:
        return self.house.runner

    @property
    def platforms(self) -> Mapping[str, Platform]:
        return {PLATFORM: self.house.platform}

    def section(self, name: str | None = None) -> "Section | None":
        found = self.comments
        return found if found is not None and name in (None, found.name) else None

    def signed_note(self) -> str:
        head = sign_head(self.house.store, self.house.signer)
        assert head is not None
        return head.note

    def last_signed(self) -> Head:
        return self.house.signer.last()

    def signed_at(self) -> datetime:
        return self.house.now

    def worked_at(self) -> datetime | None:
        return self.house.now

    def wake_judging(self) -> None:
        self.waking()

    def differing_verdicts(self) -> Sequence[str]:
        return self.differing

    def judging_stopped(self) -> Mapping[str, str]:
        return self.stopped


@dataclass
class Stand:
    """A house, its pages, and somebody who visits them. `address` is a real server's while `listening`."""

    house: House
    pages: Pages
    client: Client = field(default_factory=Client)

    @property
    def address(self) -> str:
        return self.pages.address

    def publish(self) -> None:
        """Let the public see the log as it is now, as the worker does once an hour."""
        head = sign_head(self.house.store, self.house.signer)
        assert head is not None
        signer = self.house.signer
        public_log.publish(self.house.store, self.pages.public, head, signer.verifier_key, self.house.now)


@contextmanager
def open_stand(
    folder: Path, people: tuple[str, ...] = PEOPLE, address: str = "http://localhost:8420"
) -> Iterator[Stand]:
    """Open a house whose pages are those of this process."""
    path = folder / "showcause.db"
    shutil.copyfile(pages_template(), path)
    store = open_store(f"sqlite:///{path}", IN_MEMORY, MASTER)
    home = House(store, folder, people, copied=True)
    public = folder / "public"
    public.mkdir(exist_ok=True)
    pages = Pages(Served(home), public, home.log_policy, b"p" * 32, address)
    serve_house(pages)
    BUCKETS._held.clear()
    # Limits refill by the house's clock, which stands still: no test depends on how fast a machine is.
    refilling, BUCKETS.clock = BUCKETS.clock, lambda: home.now.timestamp()
    remembered.clear()
    yield Stand(home, pages, Client(HTTP_HOST=address.partition("//")[2]))
    BUCKETS.clock = refilling
    store.close()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def listening(folder: Path, people: tuple[str, ...] = PEOPLE, port: int = 0) -> Iterator[Stand]:
    """Open a house whose pages a browser can reach, at a port of its own."""
    server = make_server("127.0.0.1", port, lambda *_: [], server_class=_Server, handler_class=_Quiet)
    address = f"http://localhost:{server.server_port}"
    with open_stand(folder, people, address) as stand:
        server.set_app(build(stand.pages))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield stand
        server.shutdown()
        thread.join()
    server.server_close()
