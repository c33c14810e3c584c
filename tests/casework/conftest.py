"""A whole house for every test of the use cases, on SQLite in memory and, where it matters, on every database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from showcause.store.store import Store
from tests.casework import sites
from tests.casework.sites import Site
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


@pytest.fixture
def empty_site(sqlite_store: Store) -> Site:
    """A store in which nothing was founded."""
    return Site(sqlite_store)


@pytest.fixture
def site(sqlite_store: Store) -> Site:
    """A founded site with one person, Ada, and no platform."""
    return sites.found(sqlite_store)


@pytest.fixture
def two(sqlite_store: Store) -> Site:
    """A founded site with two people, Ada and Ben, and no platform."""
    return sites.staffed(sqlite_store)
