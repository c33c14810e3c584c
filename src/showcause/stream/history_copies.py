"""Copies of the history's files, and putting them back.

A file never changes, so a copy of it is good for ever, or until somebody in it is forgotten: then the log names another
file in its place. A file that comes back loses who was forgotten since, because the log's own rows say so; and where
only the older file is left, it is taken if it gives back all that the log still commits to.
"""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import duckdb

from showcause.domain.errors import AlreadyExists
from showcause.store.event_pieces import Piece
from showcause.store.events import commits
from showcause.stream import history_files
from showcause.stream.history import PART, History, renamed


def named_in(copy: Path) -> dict[str, str]:
    """Return the files that a copy of the log of events names, with the digest of each."""
    opened = sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)
    try:
        rows = opened.execute("SELECT file, digest FROM piece WHERE left_at IS NULL").fetchall()
    finally:
        opened.close()
    return {file: digest.hex() for file, digest in rows}


def named_now(history: History) -> dict[str, str]:
    """Return the files that the log names now, with the digest of each."""
    return {each.file: each.digest for each in history.log.pieces() if each.left_at is None}


def copy_out(folder: Path, to: Path, files: Mapping[str, str]) -> list[str]:
    """Copy files of the history to another folder, and return which are missing or damaged.

    Those that are there already are left as they are: a file never changes.

    Raises: AlreadyExists for another file of the same name.
    """
    missing = []
    for file, digest in files.items():
        target = to / file
        if target.exists():
            if history_files.fingerprint(target) != digest:
                raise AlreadyExists(
                    f"{target} is another file", "Choose a new folder; nothing was overwritten."
                )
        elif not _copied(folder / file, target, digest):
            missing.append(file)
    return missing


def put_back(history: History, copies: Path) -> list[str]:
    """Put back from copies what the log names and is not there; return which files are still missing."""
    missing = []
    with history.alone():
        for piece in history.log.pieces():
            if piece.left_at is None and not history.is_whole(piece):
                if _copied(copies / piece.file, history.path_of(piece), piece.digest):
                    purge(history, piece)
                elif not _adopted(history, piece, copies):
                    missing.append(piece.file)
        history.tell()
    return missing


def purge(history: History, piece: Piece) -> int:
    """Take out of a piece's file what the log says is forgotten; return how many events that were."""
    gone = _forgotten(history, piece)
    return history.drop(gone) if gone else 0


def _adopted(history: History, piece: Piece, copies: Path) -> bool:
    """Put back an older copy of a file, of before somebody in it was forgotten; False if there is none that is whole.

    It is written without them, and believed only if it gives back every event that the log still commits to.
    """
    path, gone = copies / piece.file, _forgotten(history, piece)
    for old in sorted(path.parent.glob(f"{path.name.rsplit('.', 2)[0]}.*.parquet")):
        part = history.path_of(piece).with_name(f"{old.name}{PART}")
        _make_folders(part.parent)
        try:
            written = history_files.rewrite(old, part, gone)
            if _gives_back(history, piece, part):
                file = renamed(piece.file, written.digest)
                history.put(part, history.folder / file)
                history.replace(piece, file, written)
                return True
        except duckdb.Error:
            continue  # no file of ours, or a damaged one
        finally:
            part.unlink(missing_ok=True)
    return False


def _gives_back(history: History, piece: Piece, path: Path) -> bool:
    """Tell whether a file has every event of a piece that is not forgotten, as the log commits to it, and no other."""
    sql = (
        "SELECT seq, salt, digest FROM {p}event "
        "WHERE seq > %s AND seq <= %s AND platform = %s AND salt IS NOT NULL ORDER BY seq"
    )
    held = history.log.ask(sql, piece.after, piece.last, piece.platform)
    rows = list(history_files.read(path, 0))
    return len(rows) == len(held) and all(
        row[0] == seq and commits(bytes(salt), bytes(digest), piece.platform, row[2])
        for row, (seq, salt, digest) in zip(rows, held, strict=True)
    )


def _forgotten(history: History, piece: Piece) -> list[int]:
    sql = "SELECT seq FROM {p}event WHERE seq > %s AND seq <= %s AND platform = %s AND salt IS NULL"
    return [seq for (seq,) in history.log.ask(sql, piece.after, piece.last, piece.platform)]


def _copied(path: Path, to: Path, digest: str) -> bool:
    """Copy a file that has a digest; False if it is missing or another."""
    _make_folders(to.parent)
    part = to.with_name(f"{to.name}{PART}")
    try:
        shutil.copyfile(path, part)
        part.chmod(0o600)
        if history_files.fingerprint(part) != digest:
            return False
        history_files.flush(part)
        part.rename(to)
        history_files.flush(to.parent)
    except FileNotFoundError:
        return False
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
    return True


def _make_folders(folder: Path) -> None:
    old = os.umask(0o077)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    finally:
        os.umask(old)
