"""Making the tables, and refusing to run on tables that do not hold the law.

SQLite changes a table by building a new one, and the old one's triggers silently go with it. So every migration ends
with making all triggers anew, and every start compares what is there with what the code says.
"""

import hashlib
import os
from typing import Any

from django.core.management import call_command
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from showcause.domain.errors import Misconfigured, TriggersDiffer
from showcause.store import dialects
from showcause.store.database import Database
from showcause.store.failures import told_as_ours
from showcause.store.rules import arrows
from showcause.store.store import Store

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a log without leaves (RFC 6962, section 2.1)."""


def migrate(target: Store | str) -> None:
    """Bring tables, arrows and triggers to what this program needs; harmless to repeat.

    `target` is an opened store, or the url of one (which is then closed again).

    Raises: StoreBusy, StoreFull, Misconfigured.
    """
    database = Database.at(target) if isinstance(target, str) else target.database
    if database.path is not None:
        # SQLite would make it readable for everybody; its companions take over the mode.
        os.close(os.open(database.path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = database.connection()
    with told_as_ours():
        call_command("migrate", "store", database=database.alias, verbosity=0, interactive=False)
        with transaction.atomic(using=database.alias, durable=True):
            _make_guards(connection)
    if isinstance(target, str):
        database.close()


def check(store: Store) -> None:
    """Compare tables, arrows and triggers with the code.

    Raises: Misconfigured when migrations are missing; TriggersDiffer when the law is not held as the code has it.
    """
    connection = store.database.connection()
    with told_as_ours():
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(
            [key for key in executor.loader.graph.leaf_nodes() if key[0] == "store"]
        )
        if missing:
            raise Misconfigured(f"the database lacks {len(missing)} migrations", "Run `showcause migrate`.")
        there, wanted = _guards_there(connection), _guards_wanted(connection)
        there_arrows = {tuple(row) for row in _all(connection, "SELECT machine, src, dst FROM arrow")}
    _refuse_difference("trigger", set(there.items()) ^ set(wanted.items()))
    _refuse_difference("arrow", {("-".join(arrow), "") for arrow in there_arrows ^ arrows()})


def _refuse_difference(what: str, differing: set[tuple[str, str]]) -> None:
    names = sorted({name for name, _ in differing})
    if names:
        raise TriggersDiffer(f"{len(names)} {what}s differ from the law in the code: {', '.join(names[:5])}")


def _make_guards(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for statement in _drop_all(connection):
            cursor.execute(statement)
        cursor.execute("DELETE FROM arrow")
        cursor.executemany("INSERT INTO arrow (machine, src, dst) VALUES (%s, %s, %s)", sorted(arrows()))
        head = "SELECT 1, 0, %s, %s, 0, %s WHERE NOT EXISTS (SELECT 1 FROM log_state)"
        cursor.execute(
            f"INSERT INTO log_state (id, size, root, peaks, generation, fenced) {head}",
            [EMPTY_ROOT, b"", False],
        )
        for statement in _create_all(connection):
            cursor.execute(statement)


def _drop_all(connection: BaseDatabaseWrapper) -> list[str]:
    if connection.vendor == "sqlite":
        names = _all(connection, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return [f'DROP TRIGGER "{name}"' for (name,) in names]
    names = _all(connection, f"{_PG_FUNCTIONS} AND p.proname LIKE 'showcause\\_%%'")
    others = _all(connection, f"{_PG_TRIGGERS} AND p.proname NOT LIKE 'showcause\\_%%'")
    # CASCADE takes the function's triggers along.
    return [f"DROP FUNCTION {name}() CASCADE" for (name,) in names] + [
        f'DROP TRIGGER "{name}" ON "{table}"' for name, table, *_ in others
    ]


def _create_all(connection: BaseDatabaseWrapper) -> list[str]:
    if connection.vendor == "sqlite":
        return list(dialects.sqlite().values())
    return [statement for guard in dialects.postgresql().values() for statement in guard.statements]


def _guards_there(connection: BaseDatabaseWrapper) -> dict[str, str]:
    if connection.vendor == "sqlite":
        return dict(_all(connection, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return {name: _shape(*rest) for name, *rest in _all(connection, _PG_TRIGGERS)}


def _guards_wanted(connection: BaseDatabaseWrapper) -> dict[str, str]:
    if connection.vendor == "sqlite":
        return dialects.sqlite()
    guards = dialects.postgresql().values()
    return {g.name: _shape(g.table, _TYPES[g.event], "O", g.name, g.body) for g in guards}


def _shape(table: str, kind: int, enabled: str, function: str, body: str) -> str:
    return f"{table} {kind} {enabled} {function} {body}"


_TYPES = {"INSERT": 7, "UPDATE": 19, "DELETE": 11, "TRUNCATE": 34}
"""PostgreSQL's bits of a BEFORE trigger: 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate."""

_PG_TRIGGERS = """
SELECT t.tgname, c.relname, t.tgtype::int, t.tgenabled::text, p.proname, p.prosrc
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND n.nspname = current_schema()"""

_PG_FUNCTIONS = """
SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = current_schema()"""


def _all(connection: BaseDatabaseWrapper, query: str) -> list[Any]:
    with connection.cursor() as cursor:
        # Without parameters the driver leaves percent signs alone.
        cursor.execute(query.replace("%%", "%"))
        return list(cursor.fetchall())
