# ruff: noqa: S608 - the only names put into SQL are those of our own tables and columns
"""Inserting one row: a plain INSERT, its text made once for each table, because every change inserts two or three."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db import connections
from django.db.models import Field, Model


def insert(alias: str, model: type[Model], values: Mapping[str, Any]) -> None:
    """Insert one row, given the values of all fields but an automatic key."""
    connection = connections[alias]
    sql, fields = _statement(model)
    with connection.cursor() as cursor:
        cursor.execute(sql, [f.get_db_prep_save(values[f.name], connection) for f in fields])


@cache
def _statement(model: type[Model]) -> tuple[str, tuple["Field[Any, Any]", ...]]:
    fields = tuple(f for f in model._meta.concrete_fields if f.name != "seq")
    names = ", ".join(f'"{f.column}"' for f in fields)
    return f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({', '.join(['%s'] * len(fields))})", fields
