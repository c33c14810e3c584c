"""Backtests by query: DuckDB over Parquet, for versions that read no counter, from the same tree as the function.

A file of history holds admitted events in columns `sequence`, `at` (microseconds), `id`, and one a field, by its path.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import duckdb

from showcause.casework.rulework.backtesting import AT_ONCE, Happened, Prepared, microseconds
from showcause.casework.rulework.trying import MOST_SAMPLED, Forecast
from showcause.domain.errors import BadInput
from showcause.rules import sql
from showcause.rules.folder import Loaded
from showcause.rules.schema import Schema

HELD: Final = ("sequence", "at", "id")
"""Columns besides the fields."""


def backtest_parquet(
    prepared: Prepared,
    files: Sequence[Path],
    since: datetime,
    until: datetime,
    tail: Iterable[Happened] | None = None,
) -> Forecast:
    """Return what a version without counters would have done, by one query a rule set over Parquet files.

    The files hold admitted events in columns `sequence`, `at` (microseconds), `id`, and one a field. With a `tail` they
    are those of the house's own history, where a field of today may be missing, and these events follow.

    Raises: BadInput for files of another form.
    """
    with duckdb.connect() as db:
        db.execute("SET threads = 1")
        schema = prepared.after.platform.schema
        _open(db, files, schema, microseconds(since), microseconds(until), tail)
        account = prepared.after.platform.account
        wanted = (prepared.own,) if prepared.own else prepared.touched
        degraded = _hits(db, "after", prepared.after, prepared.touched, account, wanted)
        _hits(db, "before", prepared.before, prepared.touched_before, account, ())
        [(first, last, events)] = db.execute(
            "SELECT coalesce(min(sequence), 0), coalesce(max(sequence), 0), count(*) FROM events"
        ).fetchall()
        of = f"rule IN ({', '.join(map(sql.literal, wanted))})" if wanted else "FALSE"
        hit = f"SELECT DISTINCT sequence FROM after WHERE {of}"  # noqa: S608  of checked parts
        sample = _ids(db, f"{hit} ORDER BY sequence LIMIT {MOST_SAMPLED}")
        named = db.execute(
            f"SELECT DISTINCT account FROM after WHERE account IS NOT NULL ORDER BY account LIMIT {MOST_SAMPLED}"  # noqa: S608
        ).fetchall()
        one = _one(db)
        return Forecast(
            prepared.whole, since, until, first, last, events,
            one(f"SELECT count(DISTINCT sequence) FROM after WHERE {of}"), degraded,  # noqa: S608
            one("SELECT count(DISTINCT account) FROM after"),
            one("SELECT count(*) FROM after ANTI JOIN before USING (sequence, rule)"),
            one("SELECT count(*) FROM before ANTI JOIN after USING (sequence, rule)"),
            one("SELECT count(*) FROM after SEMI JOIN before USING (sequence, rule)"),
            one("SELECT count(DISTINCT account) FROM after ANTI JOIN before USING (account)"),
            one("SELECT count(DISTINCT account) FROM before ANTI JOIN after USING (account)"),
            sample, tuple(str(each) for each, in named),
        )  # fmt: skip


def read_parquet(files: Sequence[Path], schema: Schema) -> Iterator[Happened]:
    """Yield the events of Parquet files in their order.

    Raises: BadInput for files of another form.
    """
    with duckdb.connect() as db:
        db.execute("SET threads = 1")
        _open(db, files, schema, -(2**62), 2**62)
        paths = [each.path for each in schema]
        columns = ", ".join(map(sql.quoted, (*HELD, *paths)))
        found = db.execute(f"SELECT {columns} FROM events ORDER BY sequence")  # noqa: S608  of checked parts
        while rows := found.fetchmany(AT_ONCE):
            for sequence, at, id_, *values in rows:
                event: dict[str, Any] = {group: {} for group in schema.groups}
                for each, value in zip(schema, values, strict=True):
                    (event if each.group is None else event[each.group])[each.key] = value
                yield Happened(sequence, at, str(id_), event)


def _open(
    db: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    schema: Schema,
    start: int,
    end: int,
    tail: Iterable[Happened] | None = None,
) -> None:
    names = ", ".join(sql.literal(str(each)) for each in files)
    read = f"read_parquet([{names}]{'' if tail is None else ', union_by_name = true, hive_partitioning = false'})"
    try:
        there = (
            None if tail is None else {name for name, *_ in db.execute(f"DESCRIBE FROM {read}").fetchall()}
        )
        fields = ", ".join(
            f"{sql.quoted(each.path) if there is None or each.path in there else 'NULL'}::{sql.COLUMNS[each.type]} "
            f"AS {sql.quoted(each.path)}"
            for each in schema
        )
        after = "" if tail is None else " UNION ALL BY NAME FROM tail"
        _take(db, schema, () if tail is None else tail)
        db.execute(
            f'CREATE VIEW events AS SELECT * FROM (SELECT sequence::BIGINT AS sequence, "at"::BIGINT AS "at", '  # noqa: S608
            f'id::VARCHAR AS id, {fields} FROM {read}{after}) WHERE "at" >= {start} AND "at" < {end}'
        )
    except duckdb.Error as error:
        raise BadInput(
            f"these files are no history of events: {str(error).splitlines()[0][:200]}",
            "They need columns sequence, at and id, and one for each field of the schema.",
        ) from None


def _take(db: duckdb.DuckDBPyConnection, schema: Schema, events: Iterable[Happened]) -> None:
    """Make a table of events that lie in no file."""
    types = ["BIGINT", "BIGINT", "VARCHAR", *(sql.COLUMNS[each.type] for each in schema)]
    names = [*HELD, *(each.path for each in schema)]
    described = ", ".join(f"{sql.quoted(name)} {type_}" for name, type_ in zip(names, types, strict=True))
    db.execute(f"CREATE TEMP TABLE tail ({described})")
    into = f"INSERT INTO tail SELECT {', '.join(f'unnest(?::{type_}[])' for type_ in types)}"
    rows = (
        (
            one.sequence,
            one.at,
            one.id,
            *((event if each.group is None else event[each.group])[each.key] for each in schema),
        )
        for one in events
        if (event := one.event) is not None
    )
    while some := list(islice(rows, AT_ONCE)):
        db.execute(into, [list(column) for column in zip(*some, strict=True)])


def _hits(
    db: duckdb.DuckDBPyConnection,
    table: str,
    loaded: Loaded,
    touched: Sequence[str],
    account: str | None,
    wanted: Sequence[str],
) -> int:
    """Make a table of hits (sequence, account, rule); return how often one of the wanted rules cannot know.

    Ids of events are looked up for the few that are named: reading them for all would cost as much as many a rule.
    """
    db.execute(f"CREATE TEMP TABLE {table} (sequence BIGINT, account VARCHAR, rule VARCHAR)")
    if not touched:
        return 0
    keep = ("sequence", *((account,) if account else ()))
    asked = sql.query(loaded.rule_set, loaded.platform.schema, "events", keep=keep)
    for name in asked.tables:
        held = loaded.rule_set.list_by_name[name]
        db.execute(
            f"CREATE OR REPLACE TEMP TABLE {sql.quoted(f'list:{name}')} (value {sql.COLUMNS[held.type]})"
        )
        db.execute(f"INSERT INTO {sql.quoted(f'list:{name}')} SELECT unnest(?)", [sorted(held.entries)])
    hit = " OR ".join(sql.column(each) for each in touched)
    unknown = " OR ".join(f"{sql.column(each)} IS NULL" for each in wanted) or "FALSE"
    who = sql.quoted(account) if account else "NULL"
    flags = ", ".join(f"{sql.column(each)} IS TRUE AS {sql.quoted(f'hit:{each}')}" for each in touched)
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE found AS SELECT sequence, {who} AS account, {flags}, ({unknown}) AS unknown "  # noqa: S608
        f"FROM ({asked.text}) WHERE ({hit}) IS NOT FALSE"
    )
    for each in touched:
        db.execute(
            f"INSERT INTO {table} SELECT sequence, account, {sql.literal(each)} FROM found "  # noqa: S608
            f"WHERE {sql.quoted(f'hit:{each}')}"
        )
    return _one(db)("SELECT count(*) FROM found WHERE unknown")


def _ids(db: duckdb.DuckDBPyConnection, which: str) -> tuple[str, ...]:
    """Return the platform's ids of some events, in their order."""
    chosen = [sequence for (sequence,) in db.execute(which).fetchall()]
    if not chosen:
        return ()
    wanted = ", ".join(map(str, chosen))
    found = db.execute(f"SELECT id FROM events WHERE sequence IN ({wanted}) ORDER BY sequence").fetchall()  # noqa: S608
    return tuple(str(each) for (each,) in found)


def _one(db: duckdb.DuckDBPyConnection) -> Callable[[str], int]:
    def one(text: str) -> int:
        [(found,)] = db.execute(text).fetchall()
        return int(found)

    return one
