"""The tables of the event log, in a database or schema of their own, and what guards them.

An event's row is never deleted. What it said goes when it was moved to a file of the history, and the salt with which
its digest commits to that goes when its people are forgotten; its place, its time and the digest stay. Every start
compares the guards that are there with these.
"""

from collections.abc import Sequence
from typing import Any, Final

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from showcause.domain.errors import Misconfigured, TriggersDiffer

VERSION: Final = 1
PREFIX: Final = {"sqlite": "", "postgresql": "showcause_events."}
"""What stands before a table's name: on PostgreSQL the tables have a schema of their own."""

_COLUMNS: Final = {
    "sqlite": {"number": "INTEGER", "bytes": "BLOB", "key": "INTEGER PRIMARY KEY", "strict": " STRICT"},
    "postgresql": {"number": "BIGINT", "bytes": "BYTEA", "key": "BIGINT PRIMARY KEY", "strict": ""},
}
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS {p}head (
  one {key} CHECK (one = 1), version {number} NOT NULL, seq {number} NOT NULL, moment {number} NOT NULL,
  erased {number} NOT NULL){strict};
CREATE TABLE IF NOT EXISTS {p}event (
  seq {key}, moment {number} NOT NULL UNIQUE, platform TEXT NOT NULL, name {bytes} NOT NULL UNIQUE,
  happened {number}, salt {bytes}, digest {bytes} NOT NULL, body {bytes}, sealed {bytes},
  CHECK (body IS NULL OR salt IS NOT NULL)){strict};
CREATE TABLE IF NOT EXISTS {p}piece (
  platform TEXT NOT NULL, after {number} NOT NULL, last {number} NOT NULL, first_at {number} NOT NULL,
  last_at {number} NOT NULL, schema TEXT NOT NULL, file TEXT NOT NULL UNIQUE, digest {bytes} NOT NULL,
  bytes {number} NOT NULL, rows {number} NOT NULL, whole {number} NOT NULL, written {number} NOT NULL,
  emptied {number} NOT NULL, forgotten {number} NOT NULL, rewritten {number}, left_at {number},
  PRIMARY KEY (platform, after)){strict};
CREATE TABLE IF NOT EXISTS {p}due (what TEXT PRIMARY KEY, since {number} NOT NULL){strict};
CREATE TABLE IF NOT EXISTS {p}snapshot (
  seq {number} NOT NULL, registry TEXT PRIMARY KEY, erased {number} NOT NULL, digest TEXT NOT NULL,
  state {bytes} NOT NULL){strict};
CREATE TABLE IF NOT EXISTS {p}asked (
  seq {key}, until {number} NOT NULL){strict};
CREATE TABLE IF NOT EXISTS {p}import (
  name TEXT PRIMARY KEY, place {number} NOT NULL, line {number} NOT NULL){strict};
INSERT INTO {p}head (one, version, seq, moment, erased)
  SELECT 1, {version}, 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM {p}head)
"""
_AROUND: Final = {
    "sqlite": ((), ()),
    # What a server finds out for its plans would be values of these columns, in a table that nobody can empty.
    "postgresql": (
        ("CREATE SCHEMA IF NOT EXISTS showcause_events",),
        (
            "ALTER TABLE showcause_events.event ALTER COLUMN body SET STATISTICS 0",
            "ALTER TABLE showcause_events.snapshot ALTER COLUMN state SET STATISTICS 0",
        ),
    ),
}
_REFUSED: Final = {
    ("event", "DELETE"): ("TRUE", "an event is never deleted"),
    ("event", "UPDATE"): (
        "NEW.seq <> OLD.seq OR NEW.moment <> OLD.moment OR NEW.platform <> OLD.platform OR NEW.name <> OLD.name"
        " OR NEW.digest <> OLD.digest OR NEW.body IS NOT NULL OR NEW.happened IS NOT NULL OR NEW.sealed IS NOT NULL"
        " OR (NEW.salt IS NOT NULL AND (OLD.salt IS NULL OR NEW.salt <> OLD.salt))",
        "an event changes only when it is emptied",
    ),
    ("piece", "DELETE"): ("TRUE", "a piece of the history is never deleted"),
    ("piece", "UPDATE"): (
        "NEW.platform <> OLD.platform OR NEW.after <> OLD.after OR NEW.last <> OLD.last OR NEW.rows > OLD.rows"
        " OR NEW.forgotten < OLD.forgotten OR (OLD.left_at IS NOT NULL AND NEW.left_at IS NULL)",
        "a piece of the history never gets more than it had",
    ),
    ("head", "DELETE"): ("TRUE", "the head of the events is never deleted"),
    ("head", "UPDATE"): (
        "NEW.seq < OLD.seq OR NEW.moment < OLD.moment OR NEW.erased < OLD.erased",
        "the head of the events never goes back",
    ),
}


class Run:
    """Runs statements on one connection; `{p}` stands for what goes before a table's name."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.vendor, self._connection = str(connection.vendor), connection
        self._prefix = PREFIX[self.vendor]

    def __call__(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql.replace("{p}", self._prefix), values or None)
            return list(cursor.fetchall()) if cursor.description else []

    def many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run one statement for each row."""
        with self._connection.cursor() as cursor:
            cursor.executemany(sql.replace("{p}", self._prefix), rows)


def prepare(connection: BaseDatabaseWrapper, alias: str) -> None:
    """Make the tables and guards where there are none, and check those that are there.

    Raises: Misconfigured for tables of another version; TriggersDiffer for guards that are not these.
    """
    run = Run(connection)
    if not run(_IS_MADE[run.vendor]):
        with transaction.atomic(using=alias, durable=True):
            _make(run)
    [(version,)] = run("SELECT version FROM {p}head")
    if version != VERSION:
        raise Misconfigured(
            f"the event log is of version {version}; this program knows {VERSION}",
            "Install the program that made it, or a newer one.",
        )
    there, wanted = (
        dict(run(_GUARDS_THERE[run.vendor])),
        {name: each[0] for name, each in guards(run.vendor).items()},
    )
    if differing := sorted(name for name, _ in set(there.items()) ^ set(wanted.items())):
        raise TriggersDiffer(
            f"guards of the event log differ from the law in the code: {', '.join(dict.fromkeys(differing))}",
            "Somebody changed the event log by hand. Keep it as it is, and compare it with what others hold.",
        )


def _make(run: Run) -> None:
    if run.vendor == "postgresql":
        run("SELECT pg_advisory_xact_lock(hashtextextended('showcause events', 0))")
        if run(_IS_MADE[run.vendor]):
            return  # another process was first
    for statement in statements(run.vendor):
        run(statement)
    for _, *made in guards(run.vendor).values():
        for statement in made:
            run(statement)


_IS_MADE: Final = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE name = 'head'",
    "postgresql": "SELECT 1 WHERE to_regclass('showcause_events.head') IS NOT NULL",
}
_GUARDS_THERE: Final = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT t.tgname::text, p.prosrc FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_proc p ON p.oid = t.tgfoid "
    "WHERE n.nspname = 'showcause_events' AND NOT t.tgisinternal AND t.tgenabled = 'O'",
}


def statements(vendor: str) -> list[str]:
    """Return what makes the tables, where they are not there yet."""
    names = _COLUMNS[vendor] | {"p": PREFIX[vendor], "version": str(VERSION)}
    first, last = _AROUND[vendor]
    return [*first, *(each.strip() for each in _TABLES.format(**names).split(";\n")), *last]


def guards(vendor: str) -> dict[str, list[str]]:
    """Return the triggers by name: how the database shows each, and the statements that make it."""
    make = _sqlite if vendor == "sqlite" else _postgresql
    made = {f"{table}_{event.lower()}": make(table, event) for table, event in _REFUSED}
    if vendor == "postgresql":
        made |= {f"{table}_truncate": _truncate(table) for table in ("event", "head", "piece")}
    return made


def _sqlite(table: str, event: str) -> list[str]:
    refused, said = _REFUSED[table, event]
    name = f"{table}_{event.lower()}"
    made = (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {refused} BEGIN "
        f"SELECT RAISE(ABORT, 'showcause protected: {said}'); END"
    )
    return [made, made]


def _postgresql(table: str, event: str) -> list[str]:
    refused, said = _REFUSED[table, event]
    last = "OLD" if event == "DELETE" else "NEW"
    return _function(table, event, f"IF {refused} THEN {_raise(said)} END IF; RETURN {last};", "ROW")


def _truncate(table: str) -> list[str]:
    return _function(table, "TRUNCATE", f"{_raise(f'{table} is never emptied')} RETURN NULL;", "STATEMENT")


def _function(table: str, event: str, body: str, each: str) -> list[str]:
    name = f"showcause_events.{table}_{event.lower()}"
    source = f" BEGIN {body} END "
    return [
        source,
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard${source}$guard$",
        f"CREATE OR REPLACE TRIGGER {table}_{event.lower()} BEFORE {event} ON showcause_events.{table} "
        f"FOR EACH {each} EXECUTE FUNCTION {name}()",
    ]


def _raise(said: str) -> str:
    return f"RAISE EXCEPTION USING MESSAGE = 'showcause protected: {said}';"
