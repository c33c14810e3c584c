"""The event log that belongs to a store: a file beside the main database, or a schema of its own on its server."""

from typing import Final

from showcause.store.events import EventLog
from showcause.store.keys import MEMORY
from showcause.store.store import Store

FILE: Final = "events.db"
ERASURES: Final = "events.erased"
"""Beside the keys, and in no backup: which events were emptied."""


def open_beside(store: Store) -> EventLog:
    """Open the event log of a store; it is made on first use.

    Raises: Misconfigured, StoreBusy, StoreFull, StoreUnusable.
    """
    database = store.database
    if database.vendor == "postgresql":
        url = store.url
    elif database.path is None:
        url = "sqlite:///:memory:"
    else:
        url = f"sqlite:///{database.path.with_name(FILE)}"
    keys = store.keys.path
    return EventLog.open(url, secret(store, "names"), keys.with_name(ERASURES) if keys != MEMORY else None)


def is_there(store: Store) -> bool:
    """Tell whether a store may have events; on a server that is not asked."""
    path = store.database.path
    return path is None or path.with_name(FILE).exists()


def secret(store: Store, purpose: str) -> bytes:
    """Return 32 bytes for one purpose of the events, which follow from the master key and stand nowhere."""
    return bytes.fromhex(store.keys.keyed_hash(f"showcause events {purpose}"))
