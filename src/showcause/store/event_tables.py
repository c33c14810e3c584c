"""The tables of the event log, in a database or schema of their own, and what guards them.

An event's row is never deleted and changes once at most: when its people are forgotten, what it said goes, and its
place, its time and the digest that commits to it stay.
"""

from typing import Final

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
  CHECK ((body IS NULL) = (salt IS NULL))){strict};
CREATE TABLE IF NOT EXISTS {p}snapshot (
  seq {key}, registry TEXT NOT NULL, erased {number} NOT NULL, digest TEXT NOT NULL, state {bytes} NOT NULL){strict};
CREATE TABLE IF NOT EXISTS {p}import (
  name TEXT PRIMARY KEY, place {number} NOT NULL, line {number} NOT NULL){strict};
INSERT INTO {p}head (one, version, seq, moment, erased)
  SELECT 1, {version}, 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM {p}head)
"""
_REFUSED: Final = {
    ("event", "DELETE"): ("TRUE", "an event is never deleted"),
    ("event", "UPDATE"): (
        "NEW.seq <> OLD.seq OR NEW.moment <> OLD.moment OR NEW.platform <> OLD.platform OR NEW.name <> OLD.name"
        " OR NEW.digest <> OLD.digest OR NEW.body IS NOT NULL OR NEW.happened IS NOT NULL OR NEW.sealed IS NOT NULL",
        "an event changes only when it is emptied",
    ),
    ("head", "DELETE"): ("TRUE", "the head of the events is never deleted"),
    ("head", "UPDATE"): (
        "NEW.seq < OLD.seq OR NEW.moment < OLD.moment OR NEW.erased < OLD.erased",
        "the head of the events never goes back",
    ),
}


def statements(vendor: str) -> list[str]:
    """Return what makes the tables, where they are not there yet."""
    names = _COLUMNS[vendor] | {"p": PREFIX[vendor], "version": str(VERSION)}
    first = ["CREATE SCHEMA IF NOT EXISTS showcause_events"] if vendor == "postgresql" else []
    return first + [each.strip() for each in _TABLES.format(**names).split(";\n")]


def guards(vendor: str) -> dict[str, list[str]]:
    """Return the triggers by name: the statements that make each anew."""
    make = _sqlite if vendor == "sqlite" else _postgresql
    made = {f"{table}_{event.lower()}": make(table, event) for table, event in _REFUSED}
    if vendor == "postgresql":
        made |= {f"{table}_truncate": _truncate(table) for table in ("event", "head")}
    return made


def _sqlite(table: str, event: str) -> list[str]:
    refused, said = _REFUSED[table, event]
    name = f"{table}_{event.lower()}"
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {refused} BEGIN "
        f"SELECT RAISE(ABORT, 'showcause protected: {said}'); END",
    ]


def _postgresql(table: str, event: str) -> list[str]:
    refused, said = _REFUSED[table, event]
    last = "OLD" if event == "DELETE" else "NEW"
    return _function(table, event, f"IF {refused} THEN {_raise(said)} END IF; RETURN {last};", "ROW")


def _truncate(table: str) -> list[str]:
    return _function(table, "TRUNCATE", f"{_raise(f'{table} is never emptied')} RETURN NULL;", "STATEMENT")


def _function(table: str, event: str, body: str, each: str) -> list[str]:
    name = f"showcause_events.{table}_{event.lower()}"
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard$ BEGIN {body} END $guard$",
        f"CREATE OR REPLACE TRIGGER {table}_{event.lower()} BEFORE {event} ON showcause_events.{table} "
        f"FOR EACH {each} EXECUTE FUNCTION {name}()",
    ]


def _raise(said: str) -> str:
    return f"RAISE EXCEPTION USING MESSAGE = 'showcause protected: {said}';"
