"""The stores that these tests run on, and the sites in them."""

import pytest

from showcause.store.store import Store
from tests.casework import sites
from tests.casework.sites import Site
from tests.databases import memory_store, sqlite_store, store

__all__ = ["memory_store", "sqlite_store", "store"]


@pytest.fixture
def empty_site(sqlite_store: Store) -> Site:
    """A store in which nothing was founded."""
    return Site(sqlite_store)


@pytest.fixture
def site(sqlite_store: Store) -> Site:
    """A founded site with one person, Ada."""
    return sites.found(sqlite_store)


@pytest.fixture
def two(sqlite_store: Store) -> Site:
    """A founded site with two people, Ada and Ben."""
    return sites.staffed(sqlite_store)
