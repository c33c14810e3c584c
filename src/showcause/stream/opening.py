"""The event log that belongs to a store: a file beside the main database, or a schema of its own on its server."""

from pathlib import Path
from typing import Final

from showcause.domain.errors import Unsupported
from showcause.store.events import EventLog
from showcause.store.keys import MEMORY
from showcause.store.store import Store
from showcause.stream.history import History
from showcause.stream.standing import standing

FILE: Final = "events.db"
FOLDER: Final = "history"
ERASURES: Final = "events.erased"
"""Beside the keys, and in no backup: which events were emptied."""


def open_beside(store: Store) -> EventLog:
    """Open the event log of a store; it is made on first use.

    Raises: EventsMissing where it is gone and was judged; Misconfigured, StoreBusy, StoreFull, StoreUnusable.
    """
    if not is_there(store):
        standing(store, None).check()
    return _open(store)


def open_incomplete(store: Store) -> EventLog:
    """Open the event log of a store, or make it, although events that were judged may be missing from it.

    Raises: as `open_beside`.
    """
    return _open(store)


def _open(store: Store) -> EventLog:
    on_server = store.database.vendor == "postgresql"
    url = store.url if on_server else f"sqlite:///{file_of(store) or ':memory:'}"
    keys, folder = store.keys.path, folder_of(store)
    return EventLog.open(
        url,
        secret(store, "names"),
        keys.with_name(ERASURES) if keys != MEMORY else None,
        (lambda log: History(log, folder, store.clock)) if folder is not None else None,
    )


def file_of(store: Store) -> Path | None:
    """Return the file in which a store's events are, None where they are on a server or in memory."""
    path = store.database.path
    return None if path is None else path.with_name(FILE)


def folder_of(store: Store) -> Path | None:
    """Return the folder of a store's history, None where nothing of it lies in files."""
    if store.database.path is not None:
        return store.database.path.with_name(FOLDER)
    keys = store.keys.path
    if keys == MEMORY or store.database.in_memory:
        return None
    # The database is on a server, and the history is not: it lies in the home folder, beside that of the keys.
    return (keys.parent if keys.parent.name == "keys" else keys).with_name(FOLDER)


def history_of(log: EventLog) -> History:
    """Return the history of a log. Raises: Unsupported where it has none."""
    if not isinstance(log.shelf, History):
        raise Unsupported("a log of events in memory has no history")
    return log.shelf


def is_there(store: Store) -> bool:
    """Tell whether a store may have events; on a server that is not asked."""
    file = file_of(store)
    return file is None or file.exists()


def secret(store: Store, purpose: str) -> bytes:
    """Return 32 bytes for one purpose of the events, which follow from the master key and stand nowhere."""
    return bytes.fromhex(store.keys.keyed_hash(f"showcause events {purpose}"))
