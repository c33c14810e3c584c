"""What tests of events share: an intake beside a fresh store, and lines to send."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from showcause.store.config import open_store
from showcause.stream.intake import Intake
from showcause.stream.opening import open_beside
from tests.databases import (
    MASTER,
    POSTGRES,
    fresh_memory,
    fresh_postgres,
    fresh_sqlite,
    postgres_template,
    sqlite_template,
)

if TYPE_CHECKING:
    from tests.services.postgres import PostgresServer


@pytest.fixture
def intake() -> Iterator[Intake]:
    """An intake in memory."""
    with fresh_memory() as store:
        yield Intake(store, open_beside(store))


@pytest.fixture(params=["sqlite", POSTGRES])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Intake]:
    """An intake on each database that others can open too."""
    fresh = (
        fresh_postgres(request.getfixturevalue("postgres_server"))
        if request.param == "postgres"
        else fresh_sqlite(tmp_path)
    )
    with fresh as store:
        opened = Intake(store, open_beside(store))
        yield opened
        opened.log.close()


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[Intake]:
    """An intake in files."""
    with fresh_sqlite(tmp_path) as store:
        opened = Intake(store, open_beside(store))
        yield opened
        opened.log.close()


@pytest.fixture(params=["sqlite", POSTGRES])
def lasting(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Intake]:
    """An intake on each database, whose keys and history are files as those of an installation."""
    keys = tmp_path / "keys" / "keys.db"
    keys.parent.mkdir()
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        name = server.create(template=postgres_template(server))
        store = open_store(server.dsn(name), keys, MASTER)
    else:
        (tmp_path / "main.db").write_bytes(sqlite_template().read_bytes())
        store = open_store(f"sqlite:///{tmp_path / 'main.db'}", keys, MASTER)
    opened = Intake(store, open_beside(store))
    yield opened
    opened.log.close()
    store.close()
    store.keys.close()
    if request.param == "postgres":
        server.drop(name)
