"""Rows to records and back. One mapper for all: a record's table says which of its fields are columns.

The body is JSON: enumerations by value, times in ISO 8601 (UTC), durations in microseconds. An older body is lifted
version by version through its table's `upgrades`, and is written in the new form only when the record changes.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar, get_args, get_origin

from cattrs import Converter

from showcause.domain.errors import BadInput, RecordCorrupt
from showcause.store.tables import BY_RECORD, Body, Table

R = TypeVar("R")
MICROSECOND = timedelta(microseconds=1)


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise BadInput("a time without a zone cannot be stored")
    return value.astimezone(UTC)


def _time(value: str | datetime, _: type) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _converter() -> Converter:
    made = Converter(forbid_extra_keys=True, detailed_validation=False)
    made.register_unstructure_hook(datetime, lambda value: _aware(value).isoformat())
    made.register_structure_hook(datetime, _time)
    made.register_unstructure_hook(timedelta, lambda value: value // MICROSECOND)
    # Plain text: drivers and JSON must never see an enumeration.
    made.register_unstructure_hook(StrEnum, lambda value: value.value)
    made.register_structure_hook(timedelta, lambda value, _: timedelta(microseconds=value))
    made.register_structure_hook_factory(_is_several, lambda cls: _several(made, cls))
    return made


def _is_several(cls: Any) -> bool:
    return get_origin(cls) is tuple and get_args(cls)[1:] == (...,)


def _several(converter: Converter, cls: Any) -> Callable[[Any, Any], tuple[Any, ...]]:
    """Return what reads a `tuple[X, ...]`; it looks up once how an X is read, not for each."""
    one = get_args(cls)[0]
    read = converter.get_structure_hook(one)
    return lambda values, _: tuple([read(each, one) for each in values])


CONVERTER = _converter()


def table_of(cls: type) -> Table:
    """Return the table of a record class.

    Raises: TypeError for anything that is not a record.
    """
    try:
        return BY_RECORD[cls]
    except KeyError:
        raise TypeError(f"{cls.__name__} has no table") from None


def column(value: object) -> Any:
    """Return a field's value as a column holds it: times as they are, everything else plain."""
    return _aware(value) if isinstance(value, datetime) else CONVERTER.unstructure(value)


def body_of(table: Table, record: object) -> Body:
    """Return the fields of a record that have no column, as JSON values."""
    return {name: CONVERTER.unstructure(getattr(record, name)) for name in table.in_body}


def to_row(table: Table, record: Any) -> dict[str, Any]:
    """Return the values of a record's row, by field of the model, without `seq`."""
    row = {name: column(getattr(record, name)) for name in table.columns}
    row |= {"rid": record.id, "revision": record.revision, "body": body_of(table, record)}
    return row | {"body_version": table.version}


def to_record(table: Table, cls: type[R], row: Mapping[str, Any]) -> R:
    """Return the record that a row holds.

    Raises: RecordCorrupt when the row is not one, or was written by a newer program.
    """
    body = current_body(table, row["body"], row["body_version"], row["rid"])
    columns = {name: row[name] for name in table.columns}
    try:
        return CONVERTER.structure({**body, **columns, "id": row["rid"], "revision": row["revision"]}, cls)
    except Exception as error:
        raise RecordCorrupt(
            f"the {table.kind} {row['rid']} cannot be read ({type(error).__name__})"
        ) from error


def current_body(table: Table, body: Body, version: int, rid: str) -> Body:
    """Return a body lifted to the version that this program writes.

    Raises: RecordCorrupt for a version that this program does not know.
    """
    if not 1 <= version <= table.version:
        raise RecordCorrupt(
            f"the {table.kind} {rid} has body version {version}; this program knows up to {table.version}",
            "It was written by a newer Showcause: run that version, or restore a backup made with this one.",
        )
    for step in range(version, table.version):
        body = table.upgrades[step](body)
    return body
