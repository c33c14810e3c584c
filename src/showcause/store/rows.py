# ruff: noqa: S608 - the only names put into SQL are those of our own tables and columns
"""One row at a time, in plain SQL: what every use case does most, and what an ORM makes slow.

The text of a statement is made once for each table. Values pass through the model's own fields, so that a column is
written and read the same way here and in a queryset.
"""

import json
from collections.abc import Callable, Mapping, Sequence
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


def insert_plain(alias: str, model: type[Model], several: Sequence[Sequence[Any]]) -> None:
    """Insert rows in this order, each the values of all fields but an automatic key as the driver takes them.

    JSON is given as its text. This is for rows of which there are very many.
    """
    with connections[alias].cursor() as cursor:
        cursor.executemany(_insertion(model)[0], several)


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
    sql = _selection(model)
    with connections[alias].cursor() as cursor:
        cursor.execute(f"{sql} FOR NO KEY UPDATE" if lock else sql, [id])
        row = cursor.fetchone()
    return row and read(model, [row])[0]


def find(
    alias: str, model: type[Model], where: Sequence[Condition], *, newest: bool, limit: int | None
) -> list[dict[str, Any]]:
    """Return the rows that meet all conditions, by field, the oldest first or the newest."""
    if any(compared == "IN" and not value for _, compared, value in where):
        return []
    connection = connections[alias]
    shape = tuple((name, how, len(value) if how == "IN" else how != "IS NULL") for name, how, value in where)
    sql = _search(model, shape, newest, limit is not None)
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
    return read(model, found)


def page(alias: str, model: type[Model], after: int, count: int) -> list[tuple[Any, ...]]:
    """Return so many rows, oldest first, from behind a place on; each begins with its place, the rest is for `read`."""
    columns = ", ".join(f'"{f.column}"' for f in _fields(model))
    sql = f'SELECT "seq", {columns} FROM {model._meta.db_table} WHERE "seq" > %s ORDER BY "seq" LIMIT %s'
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, [after, count])
        return list(cursor.fetchall())


def read(model: type[Model], found: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Return rows by field, each value as a queryset would. No database is asked."""
    names, readers = _reading(model)
    made = [dict(zip(names, row, strict=True)) for row in found]
    for row in made:
        for name, reader in readers:
            row[name] = reader(row[name])
    return made


def exists(alias: str, model: type[Model], name: str, value: str) -> bool:
    """Tell whether a row has this text in this field."""
    column = model._meta.get_field(name).column  # type: ignore[union-attr]  # no relations here
    with connections[alias].cursor() as cursor:
        cursor.execute(f'SELECT 1 FROM {model._meta.db_table} WHERE "{column}" = %s LIMIT 1', [value])
        return cursor.fetchone() is not None


@lru_cache(maxsize=2_048)
def _search(model: type[Model], shape: tuple[tuple[str, str, int], ...], newest: bool, limited: bool) -> str:
    """Return the statement that finds rows by conditions of this shape: field, comparison, how many values."""
    fields = _fields(model)
    columns = {f.name: f'"{f.column}"' for f in fields}
    sql = f"SELECT {', '.join(columns.values())} FROM {model._meta.db_table}"
    if shape:
        sql += " WHERE " + " AND ".join(_condition(columns[name], how, count) for name, how, count in shape)
    sql += ' ORDER BY "seq" DESC' if newest else ' ORDER BY "seq"'
    return sql + (" LIMIT %s" if limited else "")


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
def _selection(model: type[Model]) -> str:
    names = ", ".join(f'"{f.column}"' for f in _fields(model))
    return f'SELECT {names} FROM {model._meta.db_table} WHERE "id" = %s'


@cache
def _reading(model: type[Model]) -> tuple[tuple[str, ...], tuple[tuple[str, Callable[[Any], Any]], ...]]:
    """Return the names of the fields in their order, and those whose values have to be read."""
    kinds = [(f.name, f.get_internal_type()) for f in _fields(model)]
    return tuple(name for name, _ in kinds), tuple(
        (name, READERS[kind]) for name, kind in kinds if kind in READERS
    )


def _json(value: Any) -> Any:
    """As `json.loads`, which takes nearly twice as long over the short texts that bodies are."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    made, end = _DECODE(text)
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return made


_DECODE = json.JSONDecoder().raw_decode


def _moment(value: Any) -> Any:
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _truth(value: Any) -> Any:
    return None if value is None else bool(value)


READERS: Mapping[str, Callable[[Any], Any]] = {
    "JSONField": _json, "DateTimeField": _moment, "BooleanField": _truth,
}  # fmt: skip
"""How a column's value is read where drivers give it plain: SQLite knows no zones and no truth values."""
