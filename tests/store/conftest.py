"""The stores that these tests run on."""

from tests.databases import durable_store, memory_store, postgres_store, shared_store, sqlite_store, store

__all__ = ["durable_store", "memory_store", "postgres_store", "shared_store", "sqlite_store", "store"]
