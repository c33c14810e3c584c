"""What a witness remembers: its own keys, the logs that it watches, the last tree that it cosigned, and every fork.

Keys and state are one file on purpose. A witness that lost its memory and kept its key could be shown an older log and
would sign it: then the key has to be retired, and with one file it is gone anyway.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from showcause.transparency.encoding import MAX_SIZE
from showcause.transparency.errors import Malformed
from showcause.transparency.keys import KeyKind, SigningKey, VerifierKey, parse_verifier_key
from showcause.transparency.note import parse_note

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS own (kind INTEGER PRIMARY KEY, name TEXT NOT NULL, seed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS log (origin TEXT NOT NULL, key TEXT NOT NULL UNIQUE, url TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL,
  note TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fork (seq INTEGER PRIMARY KEY, origin TEXT NOT NULL, note TEXT NOT NULL UNIQUE,
  known TEXT NOT NULL, why TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS pending (origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
  note TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (origin, size));
CREATE TABLE IF NOT EXISTS stored (origin TEXT PRIMARY KEY, entries INTEGER NOT NULL);
"""
PRAGMAS: Final = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;"
MOST_FORKS: Final = 1_000
"""How many forks are kept of one log; the first are worth the most, since each already proves it."""
MOST_PENDING: Final = 64
"""How many checkpoints of one log a mirror remembers beside the newest, for uploads that began before it."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One log that is watched: its name, the keys that it may sign with, and where its files are (empty: unknown)."""

    origin: str
    keys: tuple[VerifierKey, ...]
    url: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The largest tree of a log that was cosigned: with the log's signatures and ours, and when (POSIX seconds)."""

    size: int
    root: bytes
    note: str
    at: int


@dataclass(frozen=True, slots=True)
class Fork:
    """A checkpoint that the log signed and that does not continue what it had signed before: evidence."""

    seq: int
    origin: str
    note: str
    known: str
    why: str
    at: int


class Memory:
    """One file. Safe between threads and between processes."""

    def __init__(self, path: Path) -> None:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.executescript(PRAGMAS + SCHEMA)
        self._turn = threading.RLock()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Keep every other writer out while the block runs; all of it is flushed to the disk, or none."""
        with self._turn:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk may have ended it already
                    self._connection.execute("ROLLBACK")
                raise

    # --- ourselves ------------------------------------------------------------------------------------------

    def name_ourselves(self, name: str, kinds: Sequence[KeyKind], random: bytes) -> None:
        """Take a name and make keys, once; the same name again changes nothing.

        `random` are 32 fresh random bytes for each kind.

        Raises: Malformed when this memory has another name already.
        """
        with self.changing():
            known = self._rows("SELECT DISTINCT name FROM own")
            if known and known != [(name,)]:
                raise Malformed(
                    f"this memory belongs to {known[0][0]}", "A witness keeps its name; take another folder."
                )
            for at, kind in enumerate(kinds):
                key = SigningKey(name, kind, random[32 * at : 32 * at + 32])
                self._connection.execute("INSERT OR IGNORE INTO own VALUES (?, ?, ?)", (kind, name, key.seed))

    @property
    def keys(self) -> tuple[SigningKey, ...]:
        """Return our own keys, Ed25519 first."""
        rows = self._rows("SELECT name, kind, seed FROM own ORDER BY kind")
        return tuple(SigningKey(name, KeyKind(kind), seed) for name, kind, seed in rows)

    # --- the logs -------------------------------------------------------------------------------------------

    def watch(self, key: str, url: str = "") -> Watched:
        """Watch the log of a verifier key, or another key of a log that is watched already.

        Raises: Malformed.
        """
        parsed = parse_verifier_key(key)
        with self.changing():
            self._connection.execute(
                "INSERT INTO log VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET url = excluded.url",
                (parsed.name, str(parsed), url),
            )
        return next(each for each in self.watched() if each.origin == parsed.name)

    def drop(self, key: str) -> None:
        """Believe a key no more, because the log ended it; what was seen and kept under it stays. Harmless to repeat.

        Raises: Malformed for the only key of a log: without any, it would not be watched.
        """
        parsed = parse_verifier_key(key)
        with self.changing():
            if self.keys_of(parsed.name) == (parsed,):
                raise Malformed(
                    f"this is the only key of {parsed.name} that is known here",
                    "Add the one that signs now: --log.",
                )
            self._connection.execute("DELETE FROM log WHERE key = ?", (str(parsed),))

    def watched(self) -> list[Watched]:
        """Return the logs that are watched, by name."""
        found: dict[str, list[tuple[VerifierKey, str]]] = {}
        for origin, key, url in self._rows("SELECT origin, key, url FROM log ORDER BY origin, rowid"):
            found.setdefault(origin, []).append((parse_verifier_key(key), url))
        return [
            Watched(origin, tuple(key for key, _ in several), next((url for _, url in several if url), ""))
            for origin, several in found.items()
        ]

    def keys_of(self, origin: str) -> tuple[VerifierKey, ...]:
        """Return the keys that a log may sign with; none when it is not watched."""
        rows = self._rows("SELECT key FROM log WHERE origin = ? ORDER BY rowid", origin)
        return tuple(parse_verifier_key(key) for (key,) in rows)

    def seen(self, origin: str) -> Seen | None:
        """Return the largest tree of a log that was cosigned."""
        rows = self._rows("SELECT size, root, note, at FROM seen WHERE origin = ?", origin)
        return Seen(*rows[0]) if rows else None

    def keep(self, origin: str, seen: Seen) -> None:
        """Keep a tree as the largest, which no longer is evidence of a fork; call it while `changing`."""
        text = parse_note(seen.note).text
        self._connection.execute(
            "DELETE FROM fork WHERE origin = ?1 AND substr(note, 1, length(?2)) = ?2", (origin, text)
        )
        self._connection.execute(
            "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)",
            (origin, seen.size, seen.root, seen.note, seen.at),
        )

    # --- of a mirror only ---------------------------------------------------------------------------------------

    def keep_pending(self, origin: str, seen: Seen) -> None:
        """Keep a tree as the largest, and remember it after larger ones came; call it while `changing`."""
        self.keep(origin, seen)
        self._connection.execute(
            "INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?, ?)",
            (origin, seen.size, seen.root, seen.note, seen.at),
        )
        self._connection.execute(
            "DELETE FROM pending WHERE origin = ?1 AND size <= (SELECT size FROM pending WHERE origin = ?1"
            " ORDER BY size DESC LIMIT 1 OFFSET ?2)",
            (origin, MOST_PENDING),
        )

    def pending_at(self, origin: str, size: int) -> Seen | None:
        """Return the tree of a size that a log was shown with, if it is remembered."""
        sql = "SELECT size, root, note, at FROM pending WHERE origin = ? AND size = ?"
        rows = self._rows(sql, origin, size) if size <= MAX_SIZE else []
        return Seen(*rows[0]) if rows else None

    def stored(self, origin: str) -> int | None:
        """Return how many entries of a log, from the first on, are on the disk; None when nobody ever counted."""
        rows = self._rows("SELECT entries FROM stored WHERE origin = ?", origin)
        return int(rows[0][0]) if rows else None

    def keep_stored(self, origin: str, entries: int) -> None:
        """Write down how many entries of a log are on the disk, flushed."""
        with self.changing():
            self._connection.execute("INSERT OR REPLACE INTO stored VALUES (?, ?)", (origin, entries))

    # --- evidence -----------------------------------------------------------------------------------------------

    def keep_fork(self, origin: str, note: str, known: str, why: str, at: int) -> None:
        """Keep the evidence of a fork; call it while `changing`."""
        if self._rows("SELECT count(*) FROM fork WHERE origin = ?", origin)[0][0] < MOST_FORKS:
            sql = "INSERT OR IGNORE INTO fork (origin, note, known, why, at) VALUES (?, ?, ?, ?, ?)"
            self._connection.execute(sql, (origin, note, known, why, at))

    def forks(self, origin: str | None = None) -> list[Fork]:
        """Return the evidence of forks, oldest first, of one log or of all."""
        sql = "SELECT seq, origin, note, known, why, at FROM fork"
        rows = self._rows(f"{sql} WHERE origin = ?", origin) if origin else self._rows(f"{sql} ORDER BY seq")
        return [Fork(*row) for row in rows]

    def _rows(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]  # a row is of any types
        with self._turn:
            return self._connection.execute(sql, values).fetchall()
