"""Turns what a database driver raises into one of Showcause's errors.

Triggers say which error they mean in their message: `showcause <code>: ...`. Everything else is told by the driver's
own number: SQLite's result code, PostgreSQL's SQLSTATE.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DataError, InterfaceError, OperationalError
from django.db import Error as DatabaseError

from showcause.domain.errors import (
    AlreadyExists,
    BadInput,
    Broken,
    IllegalStep,
    RecordCorrupt,
    ShowcauseError,
    StoreBusy,
    StoreFull,
    StoreUnusable,
)

UNKNOWN_OUTCOME = "If it was lost while committing, read the record again by its id before repeating."


@contextmanager
def told_as_ours() -> Iterator[None]:
    """Run the block; a driver's error leaves it as one of ours, the driver's as its cause."""
    try:
        yield
    except (DatabaseError, sqlite3.Error) as error:
        raise ours(error) from error


def ours(error: Exception) -> ShowcauseError:
    """Return the error that means the same to a caller as this driver's error."""
    driver = error.__cause__ or error
    said = _said_by_trigger(str(driver))
    if said is not None:
        return said
    if isinstance(driver, sqlite3.Error):
        return _from_sqlite(driver)
    return _from_postgresql(error, getattr(driver, "sqlstate", None))


def _said_by_trigger(text: str) -> ShowcauseError | None:
    first = text.splitlines()[0] if text else ""
    if not first.startswith("showcause "):
        return None
    code, _, rest = first.removeprefix("showcause ").partition(": ")
    match code:
        case "already-exists":
            return AlreadyExists(rest)
        case "illegal-step":
            return IllegalStep(rest)
        case _:
            return Broken(
                f"the database refused a write: {rest}",
                "Nothing was stored. This is a fault of the program or a hand in the database.",
            )


def _from_sqlite(error: sqlite3.Error) -> ShowcauseError:
    # Only the low byte tells the kind; the constraint kinds are told apart by the whole number.
    number = getattr(error, "sqlite_errorcode", 0)
    match number & 0xFF:
        case sqlite3.SQLITE_FULL:
            return StoreFull("the database is full")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusy("the database is locked by another writer")
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StoreUnusable(f"the database file cannot be used: {error}")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return RecordCorrupt(f"the database file is damaged: {error}")
        case sqlite3.SQLITE_CONSTRAINT if number in (
            sqlite3.SQLITE_CONSTRAINT_UNIQUE,
            sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        ):
            return AlreadyExists(f"already recorded ({error})")
        case sqlite3.SQLITE_TOOBIG | sqlite3.SQLITE_RANGE:
            return BadInput(f"a value does not fit: {error}")
        case _:
            return Broken(f"the database refused a write: {error}", "Nothing was stored.")


def _from_postgresql(error: Exception, state: str | None) -> ShowcauseError:
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    if state is None:
        if isinstance(error, DataError):  # the driver itself saw that the database could not hold it
            return BadInput(f"a value does not fit: {first}")
        if isinstance(error, OperationalError | InterfaceError):
            return StoreBusy(f"the database is not reachable: {first}", UNKNOWN_OUTCOME)
        return Broken(f"the database driver failed: {first}", "Nothing was stored.")
    if state == "23505":
        return AlreadyExists("already recorded (unique key)")
    if state in ("53100", "54000"):
        return StoreFull("the database is full")
    if state[:2] in ("08", "53", "57") or state in ("40001", "40P01", "55P03", "25006"):
        return StoreBusy(f"the database cannot answer now: {first}", UNKNOWN_OUTCOME)
    if state[:2] == "22":
        return BadInput(f"a value does not fit: {first}")
    return Broken(f"the database refused a write: {first}", "Nothing was stored.")


def lost_connection(error: Exception) -> bool:
    """Tell whether the connection that raised this must not be used again."""
    driver = error.__cause__ or error
    state = getattr(driver, "sqlstate", None)
    if isinstance(driver, sqlite3.Error):
        return False
    return isinstance(error, OperationalError | InterfaceError) and (
        state is None or state[:2] in ("08", "57")
    )
