# ruff: noqa: S608 - the only names put into SQL are those of our own tables and columns
"""The law as the databases hold it: what a row may never do, whichever program asks.

`rules()` says it once, as conditions under which a write is refused; `dialects.py` turns them into the triggers of both
databases. The arrows are not written into the triggers: they read the table `arrow`, which is filled from the
lifecycles. Triggers catch mistakes of code and of a hurried shell. Who may write to the file can drop them, and a
superuser of PostgreSQL can step over them: for that there is `schema.check`, and the public log.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Model

from showcause.domain.lifecycle import LIFECYCLES
from showcause.store import models as m
from showcause.store.tables import BY_RECORD, TABLES, Table, unique_keys

INSERT, UPDATE, DELETE = "INSERT", "UPDATE", "DELETE"
ALWAYS = "1 = 1"
DIFFERS = "<differs>"
"""Stands for each dialect's comparison that also tells null from a value."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A write is refused if this holds. `code` tells `failures.py` which error it means."""

    table: str
    event: str
    refused_if: str
    code: str
    message: str

    @property
    def said(self) -> str:
        """Return the trigger's whole message, as an SQL literal."""
        return "'" + f"showcause {self.code}: {self.message}".replace("'", "''") + "'"


def rules() -> list[Rule]:
    """Return every rule, grouped by table and event."""
    found = [rule for table in TABLES for rule in _of_records(table)]
    found += _append_only(m.JournalRow, "journal")
    found += [*_append_only(m.LogEntryRow, "log"), _no_gap()]
    found += _append_only(m.LogTileRow, "log")
    found += _of_log_state()
    found += _of_log_queue()
    found += _of_sealed()
    found += _of_jobs()
    found += _append_only(m.VerdictRow, "verdicts")
    found += _append_only(m.RuleSetRow, "rule sets")
    found += _of_streams()
    found += [
        Rule("arrow", event, ALWAYS, "protected", "the arrows are written by migrate alone")
        for event in (INSERT, UPDATE, DELETE)
    ]
    return sorted(found, key=lambda rule: (rule.table, rule.event))


def arrows() -> set[tuple[str, str, str]]:
    """Return the rows that `arrow` must hold: machine, old state, new state."""
    return {(name, old, new) for name, machine in LIFECYCLES.items() for old, new in machine.pairs()}


def _of_records(table: Table) -> Iterator[Rule]:
    name, kind = table.name, table.kind
    for column, machine in table.machines.items():
        start = LIFECYCLES[machine].start
        born = f"NEW.\"{column}\" <> '{start}'"
        yield Rule(name, INSERT, born, "illegal-step", f"a new {kind} has the {column} {start}")
        yield Rule(
            name,
            UPDATE,
            _no_arrow(column, machine),
            "illegal-step",
            f"no arrow leads there from this {column} of a {kind}",
        )
    yield from _taken(table.model, name, kind)
    yield Rule(name, INSERT, 'NEW."revision" <> 0', "broken", f"a new {kind} has revision 0")
    for column, record in table.points_to.items():
        there = f'SELECT 1 FROM {BY_RECORD[record].name} WHERE "id" = NEW."{column}"'
        nowhere = f'NEW."{column}" IS NOT NULL AND NOT EXISTS ({there})'
        for event in (INSERT, UPDATE) if column in table.changes else (INSERT,):
            yield Rule(name, event, nowhere, "broken", f"the {column} of a {kind} must exist")
    yield from _fixed(table)
    yield Rule(
        name,
        UPDATE,
        'NEW."revision" <> OLD."revision" + 1',
        "broken",
        f"a changed {kind} has the next revision",
    )
    for column in sorted(table.grows):
        yield Rule(
            name,
            UPDATE,
            f'NEW."{column}" < OLD."{column}"',
            "broken",
            f"the {column} of a {kind} never shrinks",
        )
    yield Rule(name, DELETE, ALWAYS, "protected", f"a {kind} is never deleted")


def _fixed(table: Table) -> Iterator[Rule]:
    columns = ["seq", "id", *(name for name in table.columns if name not in table.changes)]
    changed = " OR ".join(f'NEW."{name}" {DIFFERS} OLD."{name}"' for name in columns)
    yield Rule(table.name, UPDATE, changed, "protected", f"this field of a {table.kind} never changes")
    fixed = sorted(set(table.in_body) - table.changes)
    if len(fixed) == len(table.in_body):
        body = f'NEW."body" {DIFFERS} OLD."body" OR NEW."body_version" <> OLD."body_version"'
        yield Rule(table.name, UPDATE, body, "protected", f"the content of a {table.kind} never changes")
    elif fixed:
        # An older body may lack a field that its upgrade adds, so only bodies of one version are compared.
        parts = " OR ".join(f"<part {name}>" for name in fixed)
        body = f'NEW."body_version" = OLD."body_version" AND ({parts})'
        yield Rule(table.name, UPDATE, body, "protected", f"this content of a {table.kind} never changes")


def _no_arrow(column: str, machine: str) -> str:
    known = f'"machine" = \'{machine}\' AND "src" = OLD."{column}" AND "dst" = NEW."{column}"'
    return f'NEW."{column}" {DIFFERS} OLD."{column}" AND NOT EXISTS (SELECT 1 FROM arrow WHERE {known})'


def _taken(model: type[Model], name: str, what: str) -> Iterator[Rule]:
    """Yield one rule a key: SQLite's REPLACE silently removes the row that it conflicts with, on any unique key."""
    primary = str(model._meta.pk.column)
    keys = [((primary,), "")]
    if any(f.column == "id" for f in model._meta.concrete_fields) and primary != "id":
        keys.append((("id",), ""))
    for columns, condition in (*keys, *unique_keys(model)):
        same = " AND ".join(f'"{column}" = NEW."{column}"' for column in columns)
        where = f"{same} AND {condition}" if condition else same
        there = f"EXISTS (SELECT 1 FROM {name} WHERE {where})"
        yield Rule(
            name,
            INSERT,
            there,
            "already-exists",
            f"a row of the {what} with the same {' and '.join(columns)} exists",
        )


def _append_only(model: type[Model], what: str) -> list[Rule]:
    name = model._meta.db_table
    return [
        *_taken(model, name, what),
        Rule(name, UPDATE, ALWAYS, "protected", f"the {what} is never changed"),
        Rule(name, DELETE, ALWAYS, "protected", f"nothing is deleted from the {what}"),
    ]


def _no_gap() -> Rule:
    gap = 'NEW."idx" <> 0 AND NOT EXISTS (SELECT 1 FROM log_entry WHERE "idx" = NEW."idx" - 1)'
    return Rule("log_entry", INSERT, gap, "broken", "the log has no gaps")


def _of_log_state() -> list[Rule]:
    back = 'NEW."size" < OLD."size" OR NEW."id" <> OLD."id" OR NEW."generation" <> OLD."generation" + 1'
    return [
        *_taken(m.LogStateRow, "log_state", "head of the log"),
        Rule(
            "log_state",
            UPDATE,
            back,
            "broken",
            "the log never shrinks, and each change of its head is counted",
        ),
        Rule("log_state", DELETE, ALWAYS, "protected", "the head of the log is never deleted"),
    ]


def _of_log_queue() -> list[Rule]:
    return [
        *_taken(m.LogQueueRow, "log_queue", "waiting leaves"),
        Rule("log_queue", UPDATE, ALWAYS, "protected", "a waiting leaf is never changed"),
    ]


def _of_sealed() -> list[Rule]:
    return [
        *_taken(m.SealedRow, "sealed", "sealed store"),
        Rule("sealed", UPDATE, _not_emptied(), "protected", "a sealed value is never changed, only emptied"),
    ]


def _not_emptied() -> str:
    """Return when an update of a sealed value does anything but empty it, for a person who was forgotten."""
    fixed = ("id", "owner", "purpose", "created", "expires")
    changed = " OR ".join(f'NEW."{name}" {DIFFERS} OLD."{name}"' for name in fixed)
    return f'length(NEW."nonce") <> 0 OR length(NEW."ciphertext") <> 0 OR {changed}'


def _of_streams() -> list[Rule]:
    back = (
        f'NEW."sequence" < OLD."sequence" OR NEW."erased" < OLD."erased" OR NEW."name" {DIFFERS} OLD."name"'
    )
    return [
        *_taken(m.StreamRow, "streams", "streams"),
        Rule("streams", UPDATE, back, "protected", "a stream of events never goes back"),
        Rule("streams", DELETE, ALWAYS, "protected", "the place of a stream is never deleted"),
    ]


def _of_jobs() -> list[Rule]:
    fixed = ("seq", "kind", "key", "record", "lane")
    changed = " OR ".join(f'NEW."{name}" {DIFFERS} OLD."{name}"' for name in fixed)
    return [
        *_taken(m.JobRow, "jobs", "jobs"),
        Rule("jobs", INSERT, "NEW.\"state\" <> 'ready'", "broken", "a new job is ready"),
        Rule("jobs", UPDATE, "OLD.\"state\" <> 'ready'", "broken", "a job that ended stays as it is"),
        Rule("jobs", UPDATE, changed, "protected", "what a job is for never changes"),
        Rule(
            "jobs",
            DELETE,
            "OLD.\"state\" IN ('ready', 'dead')",
            "protected",
            "a job that did not end well is kept",
        ),
    ]
