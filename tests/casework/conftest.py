"""A whole house for every test of the use cases, on SQLite in memory and, where it matters, on every database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from showcause.store.store import Store
from tests.databases import durable_store, memory_store, sqlite_store, store
from tests.house import House, opened_house

__all__ = ["durable_store", "memory_store", "sqlite_store", "store"]


@pytest.fixture
def house(memory_store: Store, tmp_path: Path) -> Iterator[House]:
    """A house with four people, its platform in enforce mode."""
    with opened_house(memory_store, tmp_path) as opened:
        yield opened


@pytest.fixture
def lone_house(memory_store: Store, tmp_path: Path) -> Iterator[House]:
    """A house with one person only."""
    with opened_house(memory_store, tmp_path, moderators=()) as opened:
        yield opened
