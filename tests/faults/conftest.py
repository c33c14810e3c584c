"""Houses on databases that can be locked, stopped, filled and put back: files and a real server, never memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from showcause.store.store import Store
from tests.databases import durable_store, postgres_store, sqlite_store
from tests.house import House, opened_house

__all__ = ["durable_store", "postgres_store", "sqlite_store"]


@pytest.fixture
def house(durable_store: Store, tmp_path: Path) -> Iterator[House]:
    """A house with four people, on each durable database in turn."""
    with opened_house(durable_store, tmp_path) as opened:
        yield opened


@pytest.fixture
def file_house(sqlite_store: Store, tmp_path: Path) -> Iterator[House]:
    """A house with four people on a SQLite file."""
    with opened_house(sqlite_store, tmp_path) as opened:
        yield opened
