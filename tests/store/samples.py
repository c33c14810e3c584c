"""Records for tests: one of any class, made from its types alone, so that a new field needs nothing here."""

import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any, TypeVar

from hypothesis import strategies as st

from showcause.domain.lifecycle import LIFECYCLES
from showcause.store.tables import BY_RECORD, Table
from showcause.store.tx import Tx

R = TypeVar("R")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


_NUMBERS = count(1)


def new_id() -> str:
    """Return an id that no other sample has."""
    return f"{next(_NUMBERS):032x}"


def example(cls: type[R], **given: Any) -> R:
    """Return a record in its start state; fields without a default get the plainest value of their type."""
    table = BY_RECORD[cls]
    hints = _hints(cls)
    starts = {column: LIFECYCLES[machine].start for column, machine in table.machines.items()}
    values = starts | given
    for each in fields(typing.cast(Any, cls)):
        if each.name not in values and each.default is MISSING and each.default_factory is MISSING:
            values[each.name] = _plain(hints[each.name])
    return cls(**values)


def plant(tx: Tx, cls: type[R], **given: Any) -> R:
    """Store an example together with the records that it has to point to."""
    for column, record in BY_RECORD[cls].points_to.items():
        if column not in given and _hints(cls)[column] is str:
            given[column] = typing.cast(Any, plant(tx, record)).id
    return tx.insert(example(cls, **given), verb="plant", actor="test")


def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _plain(hint: Any) -> Any:
    if is_dataclass(hint):
        hints = _hints(typing.cast(type, hint))
        return typing.cast(Any, hint)(
            **{f.name: _plain(hints[f.name]) for f in fields(hint) if f.default is MISSING}
        )
    if typing.get_origin(hint) is tuple:
        return ()
    if typing.get_origin(hint) is types.UnionType:
        return None
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return next(iter(hint))
    plain: dict[Any, Callable[[], Any]] = {
        str: new_id,
        int: lambda: 1,
        bool: lambda: False,
        datetime: lambda: NOW,
        timedelta: lambda: timedelta(1),
    }
    return plain[hint]()


# --- any record ---------------------------------------------------------------------------------------------------

# PostgreSQL stores no NUL and no surrogates; names and texts with either are refused at the edge.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
# Above every id that `new_id` plants beside it.
UNIQUE = st.integers(2**64, 2**128 - 1).map(lambda number: f"{number:032x}")
COUNT = st.integers(0, 2**31 - 1)


def records(cls: type[R], **given: Any) -> st.SearchStrategy[R]:
    """Return any value of a record's types; in its start state, with a new id, and pointing to nothing by itself."""
    table, hints = BY_RECORD[cls], _hints(cls)
    parts: dict[str, st.SearchStrategy[Any]] = {name: any_of(hint) for name, hint in hints.items()}
    for name in ("id", *(name for columns, _ in table.unique_keys for name in columns)):
        if hints[name] is str:
            parts[name] = UNIQUE
    parts |= {column: st.just(LIFECYCLES[machine].start) for column, machine in table.machines.items()}
    parts |= {column: st.none() for column in table.points_to if hints[column] is not str}
    parts |= {name: st.just(value) for name, value in given.items()}
    return st.builds(cls, **{**parts, "revision": st.just(0)})


def any_of(hint: Any) -> st.SearchStrategy[Any]:
    """Return any value of a type that records are made of."""
    origin = typing.get_origin(hint)
    if origin is types.UnionType:
        return st.one_of([any_of(each) for each in typing.get_args(hint)])
    if origin is tuple:
        return st.lists(any_of(typing.get_args(hint)[0]), max_size=2).map(tuple)
    if is_dataclass(hint):
        hints = _hints(typing.cast(type, hint))
        return st.builds(typing.cast(Any, hint), **{name: any_of(each) for name, each in hints.items()})
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(hint)
    known: dict[Any, st.SearchStrategy[Any]] = {
        str: TEXT,
        int: COUNT,
        bool: st.booleans(),
        types.NoneType: st.none(),
        datetime: st.timedeltas(timedelta(0), timedelta(80_000)).map(lambda since: EPOCH + since),
        timedelta: st.timedeltas(timedelta(0), timedelta(365_000)),
    }
    return known[hint]


def pointed_to(tx: Tx, table: Table) -> dict[str, str]:
    """Store what records of this table must point to; return the ids by column."""
    needed = {
        column: record for column, record in table.points_to.items() if _hints(table.record)[column] is str
    }
    return {column: typing.cast(Any, plant(tx, record)).id for column, record in needed.items()}
