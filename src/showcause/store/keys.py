"""Keys of people, in a database of their own, so that forgetting a person is destroying one row.

Each owner has one random key, wrapped by the master key, which lives in neither database. Texts are sealed and leaf
seeds derived with it. The order that matters: a key is committed and flushed before the first row that needs it is
written elsewhere; an erasure is written to a list beside the file, flushed, before the key goes. That list is no part
of any backup and is replayed whenever the file is opened, so a restored backup forgets again.
"""

import hashlib
import hmac
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from showcause.domain.errors import Forgotten, KeyMissing, Misconfigured
from showcause.store.failures import told_as_ours

MEMORY = Path(":memory:")
NONCE = 12
SCHEMA = """
CREATE TABLE IF NOT EXISTS owner
  (id TEXT PRIMARY KEY, lookup BLOB NOT NULL UNIQUE, wrapped BLOB NOT NULL, created TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL);
"""
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"


@dataclass(slots=True)
class KeyStore:
    """The keys of all owners. Safe to use from several threads and processes; a forked child opens the file anew."""

    path: Path
    master: bytes = field(repr=False)
    _connection: sqlite3.Connection | None = None
    _pid: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _inherited: list[sqlite3.Connection] = field(default_factory=list)
    _erased_in_memory: set[str] = field(default_factory=set)
    _wrap: AESGCM = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.master) != 32:
            raise Misconfigured("the master key must have 32 bytes", "Run `showcause init`; it makes one.")
        self._wrap = AESGCM(self._derived(b"wrap"))

    @property
    def erasures(self) -> Path:
        """Return the list of forgotten owners: one id a line, never shortened, kept out of every backup."""
        return self.path.with_name(self.path.name + ".erased")

    def owner(self, lookup: str) -> str:
        """Return the owner id of what `lookup` names; made, and its key flushed, on first use.

        Only a keyed digest of `lookup` is stored, and it dies with the owner.
        """
        digest = hmac.digest(self._derived(b"lookup"), lookup.encode(), "sha256")
        with self._use() as connection:
            return self._known(connection, digest) or self._make(connection, digest)

    def known(self, lookup: str) -> str | None:
        """Return the owner id of what `lookup` names, None if there is none; nothing is made."""
        digest = hmac.digest(self._derived(b"lookup"), lookup.encode(), "sha256")
        with self._use() as connection:
            return self._known(connection, digest)

    def owners(self, lookups: Iterable[str]) -> list[str]:
        """Return the owner ids of what each of `lookups` names; new keys are flushed together, once."""
        secret = self._derived(b"lookup")
        digests = [hmac.digest(secret, lookup.encode(), "sha256") for lookup in lookups]
        with self._use() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                made = [self._known(connection, each) or self._make(connection, each) for each in digests]
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # a full disk may have ended it already
                    connection.execute("ROLLBACK")
                raise
        return made

    def new_owner(self) -> str:
        """Make an owner that nothing looks up; its key is flushed."""
        with self._use() as connection:
            return self._make(connection, secrets.token_bytes(32))

    def has(self, owner: str) -> bool:
        """Tell whether the owner's key exists."""
        with self._use() as connection:
            return connection.execute("SELECT 1 FROM owner WHERE id = ?", (owner,)).fetchone() is not None

    def keyed_hash(self, text: str) -> str:
        """Return a digest (hex) of a text that only this house can compute: a key to find things by."""
        return hmac.digest(self._derived(b"hash"), text.encode(), "sha256").hex()

    def encrypt(self, owner: str, plaintext: bytes, bound_to: bytes) -> tuple[bytes, bytes]:
        """Return (nonce, ciphertext), AES-256-GCM under the owner's key, bound to the given bytes.

        Raises: Forgotten, KeyMissing.
        """
        nonce = secrets.token_bytes(NONCE)
        return nonce, AESGCM(self._of(owner, b"sealed")).encrypt(nonce, plaintext, bound_to)

    def decrypt(self, owner: str, nonce: bytes, ciphertext: bytes, bound_to: bytes) -> bytes:
        """Return what was encrypted.

        Raises: Forgotten, KeyMissing (also when key and ciphertext do not belong together).
        """
        try:
            return AESGCM(self._of(owner, b"sealed")).decrypt(nonce, ciphertext, bound_to)
        except InvalidTag:
            raise KeyMissing(f"what owner {owner} sealed does not open with the key that is here") from None

    def seed(self, owner: str, leaf: str, slot: str) -> bytes:
        """Return the 32-byte seed of one slot of one leaf; gone for ever with the owner's key.

        Raises: Forgotten, KeyMissing.
        """
        return self._of(owner, b"seed\x00" + leaf.encode() + b"\x00" + slot.encode())

    def forget(self, owner: str) -> None:
        """Destroy the owner's key, and with it all that it sealed and every seed. Final; may be repeated."""
        self._list_erasure(owner)
        with self._use() as connection:
            connection.execute("DELETE FROM owner WHERE id = ?", (owner,))
            # Without this the key would stand in the write-ahead log until somebody else writes.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def is_erased(self, owner: str) -> bool:
        """Tell whether this owner was forgotten."""
        return owner in self._erased()

    def erased(self) -> frozenset[str]:
        """Return the ids of all owners who were forgotten."""
        return frozenset(self._erased())

    def backup(self, to: Path) -> None:
        """Write a copy of the keys to a new file, readable by its owner alone. Keep it briefly: it undoes erasures
        for whoever has it and the master key but not the list of erasures."""
        os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        copy = sqlite3.connect(to)
        try:
            with self._use() as connection:
                connection.backup(copy)
        finally:
            copy.close()

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None and self._pid == os.getpid() and self.path != MEMORY:
                self._connection.close()
                self._connection = None

    # --- inside ---

    def _of(self, owner: str, purpose: bytes) -> bytes:
        with self._use() as connection:
            found = connection.execute("SELECT wrapped FROM owner WHERE id = ?", (owner,)).fetchone()
        if found is None:
            if self.is_erased(owner):
                raise Forgotten(f"the key of owner {owner} was destroyed")
            raise KeyMissing(f"there is no key of owner {owner}")
        wrapped = bytes(found[0])
        try:
            key = self._wrap.decrypt(wrapped[:NONCE], wrapped[NONCE:], owner.encode())
        except InvalidTag:
            raise KeyMissing(f"the key of owner {owner} does not open with this master key") from None
        return _expand(key, b"showcause/v1 " + purpose)

    def _known(self, connection: sqlite3.Connection, digest: bytes) -> str | None:
        found = connection.execute("SELECT id FROM owner WHERE lookup = ?", (digest,)).fetchone()
        return str(found[0]) if found else None

    def _make(self, connection: sqlite3.Connection, lookup: bytes) -> str:
        owner, nonce = secrets.token_hex(16), secrets.token_bytes(NONCE)
        key = self._wrap.encrypt(nonce, secrets.token_bytes(32), owner.encode())
        row = (owner, lookup, nonce + key, datetime.now(UTC).date().isoformat())
        connection.execute("INSERT INTO owner VALUES (?, ?, ?, ?) ON CONFLICT (lookup) DO NOTHING", row)
        # Another process may have been first: theirs stands.
        return str(connection.execute("SELECT id FROM owner WHERE lookup = ?", (lookup,)).fetchone()[0])

    def _derived(self, purpose: bytes) -> bytes:
        return _expand(self.master, b"showcause/v1 master " + purpose)

    @contextmanager
    def _use(self) -> Iterator[sqlite3.Connection]:
        if self._pid not in (0, os.getpid()):
            # Another thread of the parent may have held the lock when this child was forked off.
            self._lock = threading.RLock()
        with self._lock, told_as_ours():
            yield self._opened()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None and self._pid == os.getpid():
            return self._connection
        if self._connection is not None:
            self._inherited.append(self._connection)
        if self.path != MEMORY:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        # Autocommit: every statement is a transaction of its own and is flushed before it returns.
        opened = sqlite3.connect(self.path, timeout=20, isolation_level=None, check_same_thread=False)
        opened.executescript(PRAGMAS + SCHEMA)
        self._check_master(opened)
        for owner in self._erased():
            opened.execute("DELETE FROM owner WHERE id = ?", (owner,))
        self._connection, self._pid = opened, os.getpid()
        return opened

    def _check_master(self, connection: sqlite3.Connection) -> None:
        mark = self._derived(b"mark")
        connection.execute("INSERT INTO meta VALUES ('master', ?) ON CONFLICT DO NOTHING", (mark,))
        there = connection.execute("SELECT value FROM meta WHERE name = 'master'").fetchone()[0]
        if not hmac.compare_digest(bytes(there), mark):
            connection.close()
            raise Misconfigured(
                f"the key file {self.path.name} belongs to another master key",
                "Give the master key that was made together with this file; nothing was changed.",
            )

    def _list_erasure(self, owner: str) -> None:
        if self.path == MEMORY:
            self._erased_in_memory.add(owner)
            return
        with self.erasures.open("a", encoding="ascii") as out:
            out.write(owner + "\n")
            out.flush()
            os.fsync(out.fileno())
        folder = os.open(self.erasures.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _erased(self) -> set[str]:
        if self.path == MEMORY or not self.erasures.exists():
            return self._erased_in_memory
        return set(self.erasures.read_text(encoding="ascii").split())


def _expand(key: bytes, info: bytes) -> bytes:
    """Return HKDF-SHA256 without a salt, 32 bytes. Source: RFC 5869.

    In two calls of the standard library: every leaf needs a dozen of these, a campaign tens of thousands.
    """
    return hmac.digest(hmac.digest(bytes(32), key, "sha256"), info + b"\x01", "sha256")


def fingerprint(key: bytes) -> str:
    """Return a short name of a key, for messages."""
    return hashlib.sha256(b"showcause/v1 fingerprint\x00" + key).hexdigest()[:16]
