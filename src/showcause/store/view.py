"""Reading: records by id and by the values of their fields, all from one moment of the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import connections
from django.db.models import QuerySet

from showcause.domain.errors import NotFound
from showcause.store import jobs, journal, mapper, rows, sealed
from showcause.store.failures import told_as_ours
from showcause.store.keys import KeyStore
from showcause.store.logrows import LogRows
from showcause.store.models import Record
from showcause.store.tables import Table

R = TypeVar("R")
COMPARISONS = ("lt", "lte", "gt", "gte")
SEVERAL = (tuple, list, set, frozenset)


@dataclass(slots=True)
class View:
    """Reads, all from one moment of the database."""

    alias: str
    keys: KeyStore
    now: datetime

    @property
    def postgres(self) -> bool:
        """Tell whether this is PostgreSQL, where rows have to be locked one by one."""
        return bool(connections[self.alias].vendor == "postgresql")

    @property
    def log(self) -> LogRows:
        """Return the rows of the log."""
        return LogRows(self.alias)

    def get(self, cls: type[R], id: str) -> R:
        """Return the record with this id; in a writing transaction nobody else changes it until the end.

        Raises: NotFound.
        """
        table = mapper.table_of(cls)
        with told_as_ours():
            row = rows.select(self.alias, table.model, id, lock=self._locks(table))
        if row is None:
            raise NotFound(f"there is no {table.kind} {id}")
        return mapper.to_record(table, cls, row)

    def find(self, cls: type[R], *, limit: int | None = None, **equals: Any) -> list[R]:
        """Return the records whose fields equal these values, oldest first.

        A list, tuple or set means: any of these. `field__lt`, `__lte`, `__gt`, `__gte` compare; None finds null.
        """
        return self._find(cls, equals, newest=False, limit=limit)

    def first(self, cls: type[R], **equals: Any) -> R | None:
        """Return the oldest record that `find` would find, or None."""
        found = self.find(cls, limit=1, **equals)
        return found[0] if found else None

    def last(self, cls: type[R], **equals: Any) -> R | None:
        """Return the newest record that `find` would find, or None."""
        found = self._find(cls, equals, newest=True, limit=1)
        return found[0] if found else None

    def count(self, cls: type, **equals: Any) -> int:
        """Return how many records `find` would find."""
        table = mapper.table_of(cls)
        with told_as_ours():
            return self._rows(table).filter(**_conditions(table, equals)).count()

    def journal(self, record_id: str) -> list[journal.Line]:
        """Return the journal's lines about a record, oldest first."""
        with told_as_ours():
            return journal.lines(self.alias, record_id)

    def count_lines(self, since: datetime, until: datetime) -> dict[tuple[str, str], int]:
        """Return how many lines the journal has by (kind, verb), from a moment up to but without another."""
        with told_as_ours():
            return journal.count(self.alias, since, until)

    def noted(self, kind: str, verb: str, since: datetime) -> set[str]:
        """Return the ids of the records of a kind that have a line with this verb since a moment."""
        with told_as_ours():
            return journal.records(self.alias, kind, verb, since)

    def find_job(self, key: str) -> jobs.Job | None:
        """Return the job with this key, whatever its state, or None."""
        with told_as_ours():
            return jobs.find(self.alias, key)

    def keyed_hash(self, text: str) -> str:
        """Return a digest (hex) of a text that only this house can compute."""
        return self.keys.keyed_hash(text)

    def unseal(self, id: str) -> Any:
        """Return a sealed JSON value.

        Raises: NotFound, Forgotten, KeyMissing.
        """
        with told_as_ours():
            return sealed.unseal(self.alias, self.keys, id)

    def owner_of_sealed(self, id: str) -> str:
        """Return the owner whose key opens a sealed value.

        Raises: NotFound.
        """
        with told_as_ours():
            return sealed.owner_of_sealed(self.alias, id)

    # --- inside ---

    def _locks(self, table: Table) -> bool:
        return False

    def _rows(self, table: Table) -> QuerySet[Record]:
        return table.model._default_manager.using(self.alias)

    def _find(self, cls: type[R], equals: Mapping[str, Any], *, newest: bool, limit: int | None) -> list[R]:
        table = mapper.table_of(cls)
        conditions = _conditions(table, equals)
        plain = _plain(conditions)
        with told_as_ours():
            if plain is not None:
                found = rows.find(self.alias, table.model, plain, newest=newest, limit=limit)
            else:
                several = self._rows(table).filter(**conditions).order_by("-seq" if newest else "seq")
                found = list(several.values(*_READ, *table.columns)[:limit])
        return [mapper.to_record(table, cls, row) for row in found]


def _conditions(table: Table, equals: Mapping[str, Any]) -> dict[str, Any]:
    conditions: dict[str, Any] = {}
    for name, value in equals.items():
        field_name, _, comparison = name.partition("__")
        where = _where(table, field_name)
        if comparison and comparison not in COMPARISONS:
            raise TypeError(f"find() compares with {', '.join(COMPARISONS)}, not {comparison}")
        if comparison:
            conditions[f"{where}__{comparison}"] = mapper.column(value)
        elif isinstance(value, SEVERAL):
            conditions[f"{where}__in"] = [mapper.column(each) for each in value]
        elif value is None and not where.startswith("body__"):
            conditions[f"{where}__isnull"] = True
        else:
            conditions[where] = mapper.column(value)
    return conditions


_READ = ("rid", "revision", "body", "body_version")
_SQL = {"": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def _plain(conditions: Mapping[str, Any]) -> list[rows.Condition] | None:
    """Return conditions for plain SQL; None where only the ORM knows how: a field of the body."""
    plain: list[rows.Condition] = []
    for name, value in conditions.items():
        column, _, comparison = name.partition("__")
        if column == "body" or (value is None and comparison != "isnull"):
            return None
        match comparison:
            case "in":
                plain.append((column, "IN", [each for each in value if each is not None]))
            case "isnull":
                plain.append((column, "IS NULL", None))
            case _:
                plain.append((column, _SQL[comparison], value))
    return plain


def _where(table: Table, name: str) -> str:
    if name in ("id", "revision"):
        return "rid" if name == "id" else name
    if name in table.columns:
        return name
    if name in table.in_body:
        return f"body__{name}"
    raise TypeError(f"a {table.kind} has no field {name!r}")
