"""A whole house for the tests of the guarantees; on a file where the test looks at the files from outside."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from showcause.store.store import Store
from tests.databases import memory_store, sqlite_store
from tests.house import House, opened_house

__all__ = ["memory_store", "sqlite_store"]


@pytest.fixture
def house(memory_store: Store, tmp_path: Path) -> Iterator[House]:
    """A house with four people on a database in memory."""
    with opened_house(memory_store, tmp_path) as opened:
        yield opened


@pytest.fixture
def file_house(sqlite_store: Store, tmp_path: Path) -> Iterator[House]:
    """A house with four people on a file below `tmp_path`."""
    with opened_house(sqlite_store, tmp_path) as opened:
        yield opened


@pytest.fixture
def lone_house(memory_store: Store, tmp_path: Path) -> Iterator[House]:
    """A house with one person only."""
    with opened_house(memory_store, tmp_path, moderators=()) as opened:
        yield opened
