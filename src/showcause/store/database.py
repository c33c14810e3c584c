"""Where the database is and how every connection to it behaves.

Each opened store gets a Django alias of its own, so that one process may hold several (tests do; `restore` compares
two).
"""

import itertools
import os
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from showcause.domain.errors import Misconfigured

BUSY_SECONDS = 20
"""How long a writer waits for another before the caller is told to come back."""

PRAGMAS: dict[str, int | str] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "secure_delete": 1,
    "busy_timeout": BUSY_SECONDS * 1000,
}
"""What every SQLite connection must answer. FULL (2): a commit survives a power cut. `recursive_triggers`: REPLACE
fires delete triggers. `secure_delete`: what was erased is overwritten."""

SESSION = {
    "synchronous_commit": "on",
    "timezone": "UTC",
    "lock_timeout": f"{BUSY_SECONDS}s",
    "idle_in_transaction_session_timeout": "60s",
}
"""What every PostgreSQL session asks for. A transaction makes no calls outside, so one that idles for a minute hangs,
and its locks must not stop the house."""

_aliases = itertools.count(1)


@dataclass(slots=True)
class Database:
    """One registered database: its Django alias, and the connection that all threads share if it lives in memory."""

    url: str
    alias: str
    vendor: str
    in_memory: bool
    path: Path | None
    _pid: int = field(default_factory=os.getpid)
    _shared: BaseDatabaseWrapper | None = None
    _abandoned: list[BaseDatabaseWrapper] = field(default_factory=list)

    @classmethod
    def at(cls, url: str) -> "Database":
        """Register the database at `url` under a new alias.

        Raises: Misconfigured.
        """
        alias = f"store-{next(_aliases)}"
        conf, path = _settings_for(url, alias)
        databases: dict[str, dict[str, Any]] = {
            "default": {"ENGINE": "django.db.backends.dummy"},
            alias: conf,
        }
        connections.settings[alias] = connections.configure_settings(databases)[alias]
        vendor = "sqlite" if conf["ENGINE"].endswith("sqlite3") else "postgresql"
        return cls(url, alias, vendor, vendor == "sqlite" and path is None, path)

    def connection(self) -> BaseDatabaseWrapper:
        """Return this thread's connection; a forked child gets a new one and leaves its parent's alone."""
        if self._pid != os.getpid():
            self._after_fork()
        if not self.in_memory:
            return connections[self.alias]
        if self._shared is None:
            self._shared = connections[self.alias]
            self._shared.inc_thread_sharing()
        connections[self.alias] = self._shared
        return self._shared

    def close(self) -> None:
        """Close this thread's connection; the next use opens another. A database in memory ends with it."""
        connection = self.connection()
        if self.in_memory:
            # Django keeps databases in memory open for ever; without this each would stay until the process ends.
            BaseDatabaseWrapper.close(connection)
            self._shared = None
        else:
            connection.close()

    def _after_fork(self) -> None:
        # Closing an inherited SQLite connection could checkpoint under the parent's feet: it is kept and never used.
        inherited = getattr(connections._connections, self.alias, None)  # type: ignore[attr-defined]
        if inherited is not None:
            self._abandoned.append(inherited)
            delattr(connections._connections, self.alias)  # type: ignore[attr-defined]
        self._shared, self._pid = None, os.getpid()


def _settings_for(url: str, alias: str) -> tuple[dict[str, Any], Path | None]:
    parts = urllib.parse.urlsplit(url)
    match parts.scheme:
        case "sqlite":
            return _sqlite(url.removeprefix("sqlite:///"), alias, url)
        case "postgresql" | "postgres":
            return _postgresql(parts), None
        case _:
            raise Misconfigured(f"the database url {parts.scheme}: is neither sqlite: nor postgresql:")


def _sqlite(name: str, alias: str, url: str) -> tuple[dict[str, Any], Path | None]:
    path = None if name == ":memory:" else Path(name)
    if path is not None and (not path.is_absolute() or not url.startswith("sqlite:///")):
        raise Misconfigured("a sqlite url needs an absolute path: sqlite:////var/lib/showcause/showcause.db")
    if path is not None and not path.parent.is_dir():
        raise Misconfigured(f"the folder {path.parent} of the database does not exist")
    # busy_timeout is set by `timeout`; the rest belongs to each connection and is said again on each.
    pragmas = "".join(f"PRAGMA {name}={value};" for name, value in PRAGMAS.items() if name != "busy_timeout")
    options = {"transaction_mode": "IMMEDIATE", "timeout": BUSY_SECONDS, "init_command": pragmas}
    name = str(path) if path else f"file:{alias}?mode=memory&cache=private"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": None,
        "OPTIONS": options,
    }, path


def _postgresql(parts: urllib.parse.SplitResult) -> dict[str, Any]:
    query = dict(urllib.parse.parse_qsl(parts.query))
    name = parts.path.lstrip("/")
    if not name:
        raise Misconfigured("the postgresql url names no database")
    told = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
    options: dict[str, Any] = {"options": told, "connect_timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": urllib.parse.unquote(name),
        "USER": urllib.parse.unquote(parts.username or query.get("user", "")),
        "PASSWORD": urllib.parse.unquote(parts.password or ""),
        "HOST": query.get("host") or urllib.parse.unquote(parts.hostname or ""),
        "PORT": str(query.get("port") or parts.port or ""),
        "CONN_MAX_AGE": None,
        "OPTIONS": options,
    }
