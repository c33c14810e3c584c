"""Opens a comment section: makes its tables where there are none, and checks the guards of those that are there."""

import os
from functools import partial
from typing import Final

from django.db import transaction

from showcause.comments import newcomers, writing
from showcause.comments.guards import guards
from showcause.comments.newcomers import Newcomer
from showcause.comments.section import Run, Section
from showcause.comments.tables import SCHEMA, VERSION, statements
from showcause.comments.values import Author, Comment, Incoming, NotTaken, SectionSettings
from showcause.domain.errors import Misconfigured, TriggersDiffer
from showcause.store.database import Database
from showcause.store.line import Line

MOST_AT_ONCE: Final = 500
"""How many comments one transaction takes at most."""
FILE: Final = "comments.db"
"""Beside the embedded main database."""
_IS_MADE: Final = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE name = 'head'",
    "postgresql": f"SELECT 1 WHERE to_regclass('{SCHEMA}.head') IS NOT NULL",
}
_GUARDS_THERE: Final = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT t.tgname::text, p.prosrc FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_proc p ON p.oid = t.tgfoid "
    f"WHERE n.nspname = '{SCHEMA}' AND NOT t.tgisinternal AND t.tgenabled = 'O'",
}


def open_section(url: str, name: str, key: bytes, settings: SectionSettings | None = None) -> Section:
    """Open the section `name` in the database at an url as `open_store` takes it; it is made where there is none.

    `key`: 32 secret bytes that stand in no database. Every part of the settings has a default.

    Raises: Misconfigured for tables of another version; TriggersDiffer when guards were changed; StoreBusy, StoreFull.
    """
    database = Database.at(url)
    if database.path is not None:
        os.close(os.open(database.path, os.O_CREAT | os.O_RDWR, 0o600))
    section = Section(database, name, key, settings or SectionSettings())
    section.line_up(
        Line[Incoming, Comment | NotTaken](partial(writing.write, section), MOST_AT_ONCE),
        Line[Newcomer, Author](partial(newcomers.write, section), MOST_AT_ONCE),
    )
    _prepare(section)
    return section


def _prepare(section: Section) -> None:
    with section.connected() as connection:
        run = Run(connection)
        if not run(_IS_MADE[run.vendor]):
            with transaction.atomic(using=section.database.alias, durable=True):
                _make(run)
        [(version,)] = run("SELECT version FROM {p}head")
        if version != VERSION:
            raise Misconfigured(
                f"the comments are of version {version}; this program knows {VERSION}",
                "Install the program that made them, or a newer one.",
            )
        _check_guards(run)


def _check_guards(run: Run) -> None:
    there = dict(run(_GUARDS_THERE[run.vendor]))
    wanted = {name: each[0] for name, each in guards(run.vendor).items()}
    if differing := sorted(name for name, _ in set(there.items()) ^ set(wanted.items())):
        raise TriggersDiffer(
            f"guards of the comments differ from the law in the code: {', '.join(dict.fromkeys(differing))}",
            "Somebody changed the comments' database by hand. Keep it as it is, and compare it with a backup.",
        )


def _make(run: Run) -> None:
    if run.vendor == "postgresql":
        run("SELECT pg_advisory_xact_lock(hashtextextended('showcause comments', 0))")
        if run(_IS_MADE[run.vendor]):
            return  # another process was first
    for statement in statements(run.vendor):
        run(statement)
    for _, *made in guards(run.vendor).values():
        for statement in made:
            run(statement)
