"""Fresh stores for tests: a copy of a migrated template, so that one costs milliseconds and none is ever emptied.

`store` runs a test on a SQLite file, on SQLite in memory and on PostgreSQL; `durable_store` leaves memory out, for
tests that look at the database from outside with `Raw`; `sqlite_store` and `memory_store` are one of them.
"""

import atexit
import functools
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from showcause.store import schema
from showcause.store.config import open_store
from showcause.store.store import Store

if TYPE_CHECKING:
    from tests.services.postgres import PostgresServer

MASTER = bytes(range(32))
IN_MEMORY = Path(":memory:")


@functools.cache
def sqlite_template() -> Path:
    """Return a migrated SQLite file, made once for each process; never open it, copy it."""
    folder = Path(tempfile.mkdtemp(prefix="showcause-template-"))
    atexit.register(_remove, folder, os.getpid())
    path = folder / "template.db"
    store = open_store(f"sqlite:///{path}", IN_MEMORY, MASTER)
    schema.migrate(store)
    store.close()
    return path


def _remove(folder: Path, maker: int) -> None:
    # A victim forked from the maker must not take the folder with it when it ends.
    if os.getpid() == maker:
        shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def postgres_template(server: "PostgresServer") -> str:
    """Return the name of a migrated database of this server."""
    name = server.create()
    store = open_store(server.dsn(name), IN_MEMORY, MASTER)
    schema.migrate(store)
    store.close()
    return name


@contextmanager
def fresh_sqlite(folder: Path) -> Iterator[Store]:
    """Open a fresh store in a file below `folder`, its keys in memory."""
    path = folder / "showcause.db"
    shutil.copyfile(sqlite_template(), path)
    store = open_store(f"sqlite:///{path}", IN_MEMORY, MASTER)
    yield store
    store.close()


@contextmanager
def fresh_memory() -> Iterator[Store]:
    """Open a fresh store in memory."""
    store = open_store("sqlite:///:memory:", IN_MEMORY, MASTER)
    template = sqlite3.connect(sqlite_template())
    connection = store.database.connection()
    connection.ensure_connection()
    template.backup(connection.connection)
    template.close()
    yield store
    store.close()


@contextmanager
def fresh_postgres(server: "PostgresServer") -> Iterator[Store]:
    """Open a fresh store in a database of its own on a real server."""
    name = server.create(template=postgres_template(server))
    store = open_store(server.dsn(name), IN_MEMORY, MASTER)
    yield store
    store.close()
    server.drop(name)


POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


def _opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "postgres":
        with fresh_postgres(request.getfixturevalue("postgres_server")) as opened:
            yield opened
    elif request.param == "memory":
        with fresh_memory() as opened:
            yield opened
    else:
        with fresh_sqlite(tmp_path) as opened:
            yield opened


@pytest.fixture(params=["sqlite", "memory", POSTGRES])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A fresh store on each database in turn."""
    yield from _opened(request, tmp_path)


@pytest.fixture(params=["sqlite", POSTGRES])
def durable_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A fresh store on each database that others can open too."""
    yield from _opened(request, tmp_path)


@pytest.fixture(scope="session", params=["sqlite", POSTGRES])
def shared_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store on each database for many tests: for those that only add rows of their own, or undo all they try."""
    yield from _opened(request, tmp_path_factory.mktemp("shared"))


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """A fresh store in a SQLite file."""
    with fresh_sqlite(tmp_path) as opened:
        yield opened


@pytest.fixture
def postgres_store(postgres_server: "PostgresServer") -> Iterator[Store]:
    """A fresh store on PostgreSQL; mark the test `postgres`."""
    with fresh_postgres(postgres_server) as opened:
        yield opened


@pytest.fixture
def memory_store() -> Iterator[Store]:
    """A fresh store in memory: the fastest."""
    with fresh_memory() as opened:
        yield opened


@dataclass
class Raw:
    """The database as somebody with a shell sees it: no Django, no settings of ours, any SQL."""

    connection: Any
    mark: str

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement, `?` marking values; return its rows."""
        cursor = self.connection.execute(sql.replace("?", self.mark), values)
        return list(cursor.fetchall()) if cursor.description else []

    def refusal(self, sql: str, *values: Any) -> str:
        """Run a statement that must be refused by one of our triggers; return its message, undo everything."""
        self.run("SAVEPOINT attempt")
        try:
            self.run(sql, *values)
        except (sqlite3.Error, psycopg.Error) as error:
            message = str(error).splitlines()[0]
            assert message.startswith("showcause "), f"refused, but not by a trigger: {message}"
            return message
        finally:
            self.run("ROLLBACK TO attempt")
        raise AssertionError(f"the database let it pass: {sql} {values}")

    def passes(self, sql: str, *values: Any) -> None:
        """Run a statement that must pass, and undo it."""
        self.run("SAVEPOINT attempt")
        self.run(sql, *values)
        self.run("ROLLBACK TO attempt")


@contextmanager
def raw(store: Store) -> Iterator[Raw]:
    """Open a store's database from outside, in one transaction that is committed at the end."""
    if store.database.vendor == "postgresql":
        with psycopg.connect(store.url) as connection:
            yield Raw(connection, "%s")
        return
    assert store.database.path is not None
    # Every setting of the connection stays as SQLite has it: REPLACE fires no delete trigger here.
    opened = sqlite3.connect(store.database.path, isolation_level=None)
    opened.execute("BEGIN")
    try:
        yield Raw(opened, "?")
        opened.execute("COMMIT")
    finally:
        opened.close()
