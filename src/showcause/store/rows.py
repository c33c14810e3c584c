# ruff: noqa: S608 - the only names put into SQL are those of our own tables and columns
"""One row at a time, in plain SQL: what every use case does most, and what an ORM makes slow.

The text of a statement is made once for each table. Values pass through the model's own fields, so that a column is
written and read the same way here and in a queryset.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from django.db import connections
from django.db.models import Field, Model

Fields = tuple["Field[Any, Any]", ...]
Condition = tuple[str, str, Any]
"""A field, a comparison of SQL (`=`, `<`, `<=`, `>`, `>=`, `IN`, `IS NULL`), and a value, or several for `IN`."""


def insert(alias: str, model: type[Model], values: Mapping[str, Any]) -> None:
    """Insert one row, given the values of all fields but an automatic key."""
    connection = connections[alias]
    sql, fields = _insertion(model)
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            [
                values[f.name]
                if f.get_internal_type() in AS_THEY_ARE
                else f.get_db_prep_save(values[f.name], connection)
                for f in fields
            ],
        )


def insert_all(alias: str, model: type[Model], several: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows in this order, each given as in `insert`."""
    connection = connections[alias]
    sql, fields = _insertion(model)
    plain = [(f.name, f.get_internal_type() in AS_THEY_ARE, f) for f in fields]
    values = [
        [
            row[name] if as_is else field.get_db_prep_save(row[name], connection)
            for name, as_is, field in plain
        ]
        for row in several
    ]
    with connection.cursor() as cursor:
        cursor.executemany(sql, values)


AS_THEY_ARE = ("TextField", "CharField", "IntegerField", "BigIntegerField", "BooleanField")
"""Types of columns whose values every driver takes as they are."""


def update(alias: str, model: type[Model], id: str, revision: int, values: Mapping[str, Any]) -> bool:
    """Change the record's row if it still has this revision; return whether it had."""
    connection = connections[alias]
    fields = [f for f in model._meta.concrete_fields if f.name in values]
    changes = ", ".join(f'"{f.column}" = %s' for f in fields)
    given = [f.get_db_prep_save(values[f.name], connection) for f in fields]
    sql = f'UPDATE {model._meta.db_table} SET {changes} WHERE "id" = %s AND "revision" = %s'
    with connection.cursor() as cursor:
        cursor.execute(sql, [*given, id, revision])
        return bool(cursor.rowcount)


def select(alias: str, model: type[Model], id: str, *, lock: bool) -> dict[str, Any] | None:
    """Return the row of the record with this id by field, or None; `lock` keeps other writers from it (PostgreSQL)."""
    sql, fields = _selection(model)
    with connections[alias].cursor() as cursor:
        cursor.execute(f"{sql} FOR NO KEY UPDATE" if lock else sql, [id])
        row = cursor.fetchone()
    return row and {f.name: _read(f, value) for f, value in zip(fields, row, strict=True)}


def find(
    alias: str, model: type[Model], where: Sequence[Condition], *, newest: bool, limit: int | None
) -> list[dict[str, Any]]:
    """Return the rows that meet all conditions, by field, the oldest first or the newest."""
    if any(compared == "IN" and not value for _, compared, value in where):
        return []
    connection = connections[alias]
    shape = tuple((name, how, len(value) if how == "IN" else how != "IS NULL") for name, how, value in where)
    sql, fields = _search(model, shape, newest, limit is not None)
    given: list[Any] = []
    for name, how, value in where:
        field = model._meta.get_field(name)
        given += [
            field.get_db_prep_save(each, connection)  # type: ignore[union-attr]  # no relations here
            for each in (value if how == "IN" else () if how == "IS NULL" else (value,))
        ]
    with connection.cursor() as cursor:
        cursor.execute(sql, given if limit is None else [*given, limit])
        found = cursor.fetchall()
    return [{f.name: _read(f, value) for f, value in zip(fields, row, strict=True)} for row in found]


def exists(alias: str, model: type[Model], name: str, value: str) -> bool:
    """Tell whether a row has this text in this field."""
    column = model._meta.get_field(name).column  # type: ignore[union-attr]  # no relations here
    with connections[alias].cursor() as cursor:
        cursor.execute(f'SELECT 1 FROM {model._meta.db_table} WHERE "{column}" = %s LIMIT 1', [value])
        return cursor.fetchone() is not None


@lru_cache(maxsize=2_048)
def _search(
    model: type[Model], shape: tuple[tuple[str, str, int], ...], newest: bool, limited: bool
) -> tuple[str, Fields]:
    """Return the statement that finds rows by conditions of this shape: field, comparison, how many values."""
    fields = _fields(model)
    columns = {f.name: f'"{f.column}"' for f in fields}
    sql = f"SELECT {', '.join(columns.values())} FROM {model._meta.db_table}"
    if shape:
        sql += " WHERE " + " AND ".join(_condition(columns[name], how, count) for name, how, count in shape)
    sql += ' ORDER BY "seq" DESC' if newest else ' ORDER BY "seq"'
    return sql + (" LIMIT %s" if limited else ""), fields


def _condition(column: str, how: str, count: int) -> str:
    if how == "IN":
        return f"{column} IN ({', '.join(['%s'] * count)})"
    return f"{column} {how}" if how == "IS NULL" else f"{column} {how} %s"


def _fields(model: type[Model]) -> Fields:
    return tuple(f for f in model._meta.concrete_fields if f.name != "seq")


@cache
def _insertion(model: type[Model]) -> tuple[str, Fields]:
    fields = _fields(model)
    names = ", ".join(f'"{f.column}"' for f in fields)
    return f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({', '.join(['%s'] * len(fields))})", fields


@cache
def _selection(model: type[Model]) -> tuple[str, Fields]:
    fields = _fields(model)
    names = ", ".join(f'"{f.column}"' for f in fields)
    return f'SELECT {names} FROM {model._meta.db_table} WHERE "id" = %s', fields


def _read(field: "Field[Any, Any]", value: Any) -> Any:
    """Return a column's value as a queryset would; SQLite knows no zones and no truth values."""
    match field.get_internal_type():
        case "JSONField" if isinstance(value, str):
            return json.loads(value)
        case "DateTimeField" if value is not None:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        case "BooleanField" if value is not None:
            return bool(value)
        case _:
            return value
