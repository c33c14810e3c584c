"""Copies of the database, of the events and of the keys, and putting them back.

The two go separately and to different places: whoever holds both, and the master key, can read everything. The copy
of the database may be kept as long as the records; the copy of the keys only briefly, because it holds the keys of
people who were forgotten since. The lists of erasures and the signer's file belong to no backup: they are what tells a
restored database that the world has moved on.

Database and events go together, **the database first**. It says up to which event was judged, and that event has to be
in the copy of the log: events that came meanwhile are judged once more after a loss, while events that were judged
and are gone are missing from the explanation of what was decided.
"""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from showcause.domain.errors import AlreadyExists, BadInput, NotFound, RecordCorrupt, Unsupported
from showcause.store.failures import told_as_ours
from showcause.store.store import Store

Progress = Callable[[int, int | None], None]

PAGES_AT_A_TIME = 1024
"""How much is copied before writers get a turn."""

AT_ONCE = -1
"""All pages in one step."""
BESIDE = ("-wal", "-shm", "-journal")
MAIN, EVENTS, COMMENTS = ("log_state", "arrow"), ("head", "event"), ("article", "comment")
"""The tables by which each database is known."""


def back_up(store: Store, to: Path, progress: Progress | None = None) -> None:
    """Write a consistent copy of the database to a new file while the service goes on.

    `progress` is told the pages done and of how many.

    Raises: Unsupported for PostgreSQL and databases in memory; AlreadyExists when the file is there; StoreBusy,
    StoreFull.
    """
    path = _file_of(store)
    _copy(path, to, progress)
    _check_copy(to, MAIN)


def back_up_events(events: Path, to: Path) -> None:
    """Write a consistent copy of the log of events to a new file while more come; the database was copied before.

    Raises: AlreadyExists when the file is there; StoreBusy, StoreFull.
    """
    # In one step: a copy in many begins anew whenever somebody writes, and events may come without a pause. Who writes
    # does not wait for it, because a reader holds up nobody.
    _copy(events, to, None, AT_ONCE)
    _check_copy(to, EVENTS)


def back_up_comments(comments: Path, to: Path) -> None:
    """Write a consistent copy of the comment section to a new file while people write; the database was copied before.

    Raises: AlreadyExists when the file is there; StoreBusy, StoreFull.
    """
    _copy(comments, to, None, AT_ONCE)  # in one step: see `back_up_events`
    _check_copy(to, COMMENTS)


def back_up_keys(store: Store, to: Path) -> None:
    """Write a copy of the keys to a new file. Keep it briefly and away from the database's copy.

    Raises: AlreadyExists when the file is there; StoreBusy, StoreFull.
    """
    _refuse_existing(to)
    store.keys.backup(to)
    _flush(to)


def restore(copy: Path, to: Path, progress: Progress | None = None) -> None:
    """Put a copy of the database at `to`, where no database may be; then open it, `check` it and look at the log.

    Raises: NotFound without the copy; RecordCorrupt when it is damaged; BadInput when it is something else;
    AlreadyExists when a database is at `to`; StoreFull.
    """
    _put_back(copy, to, MAIN, progress)


def restore_events(copy: Path, to: Path, progress: Progress | None = None) -> None:
    """Put a copy of the log of events at `to`, where none may be; opened, it forgets who was forgotten since.

    Raises: as `restore`.
    """
    _put_back(copy, to, EVENTS, progress)


def restore_comments(copy: Path, to: Path) -> None:
    """Put a copy of the comment section at `to`, where none may be; opened, it forgets who was forgotten since.

    Raises: as `restore`.
    """
    _put_back(copy, to, COMMENTS, None)


def _put_back(copy: Path, to: Path, tables: tuple[str, str], progress: Progress | None) -> None:
    if not copy.is_file():
        raise NotFound(f"there is no backup {copy}", "Name the file that `showcause backup` wrote.")
    _check_copy(copy, tables)
    _refuse_existing(to)
    for end in BESIDE:
        if to.with_name(to.name + end).exists():
            raise AlreadyExists(
                f"{to.name}{end} of an earlier database is still there", "Move it away, and keep it."
            )
    half = to.with_name(to.name + ".restoring")
    half.unlink(missing_ok=True)
    _copy(copy, half, progress)
    half.rename(to)
    _flush(to.parent)


def restore_keys(copy: Path, to: Path) -> None:
    """Put a copy of the keys at `to`; who was forgotten meanwhile is forgotten again as soon as it is opened.

    Raises: NotFound, RecordCorrupt, AlreadyExists, StoreFull.
    """
    if not copy.is_file():
        raise NotFound(f"there is no backup {copy}")
    _refuse_existing(to)
    _copy(copy, to, None)


def _file_of(store: Store) -> Path:
    if store.database.vendor == "postgresql":
        raise Unsupported(
            "Showcause does not copy a PostgreSQL database",
            "Use `pg_dump --format=custom` or base backups, and `showcause backup --keys` for the keys.",
        )
    if store.database.path is None:
        raise Unsupported("a database in memory has no backup")
    return store.database.path


def _copy(path: Path, to: Path, progress: Progress | None, pages: int = PAGES_AT_A_TIME) -> None:
    _refuse_existing(to)
    os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with told_as_ours():
            _copy_pages(path, to, progress, pages)
    except BaseException:
        to.unlink(missing_ok=True)
        raise
    _flush(to)
    _flush(to.parent)


def _copy_pages(path: Path, to: Path, progress: Progress | None, pages: int) -> None:
    source = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=20)
    target = sqlite3.connect(to)
    try:
        source.backup(
            target,
            pages=pages,
            progress=lambda _, left, total: progress(total - left, total) if progress else None,
        )
    finally:
        target.close()
        source.close()


def _check_copy(copy: Path, tables: tuple[str, str]) -> None:
    """Check that a file is a whole database of ours."""
    try:
        opened = sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)
        try:
            answer = opened.execute("PRAGMA integrity_check(1)").fetchone()[0]
            known = opened.execute(
                "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN (?, ?)", tables
            ).fetchone()[0]
        finally:
            opened.close()
    except sqlite3.DatabaseError as error:
        raise RecordCorrupt(
            f"{copy.name} is not a whole database: {error}", "Take another backup."
        ) from error
    if answer != "ok":
        raise RecordCorrupt(f"{copy.name} is damaged: {answer}", "Take another backup.")
    if known != 2:
        raise BadInput(f"{copy.name} is a database, but not of Showcause")


def _refuse_existing(to: Path) -> None:
    if to.exists():
        raise AlreadyExists(
            f"{to} exists", "Choose a new name, or move the file away first; nothing was overwritten."
        )


def _flush(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
