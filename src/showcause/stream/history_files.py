"""One file of the history: some events of a platform as Parquet, one column a field, written once and read by anybody.

Columns `sequence`, `at` (the logical time in microseconds), `id`, and one for each field of the schema by its path,
typed as it is declared: DuckDB reads them as they are. Three more, whose names no field can have, are for Showcause:
`showcause:time` is when it happened on the platform, `showcause:sealed` whom it names, encrypted, and `showcause:body`
the event's own text where the columns would not give it back to the byte (it was taken under another declaration).

Keyed hashes stand in the columns as they stood in the log; no name does.
"""

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import duckdb

from showcause.rules.arriving import text_of
from showcause.rules.schema import Field, Schema, Type
from showcause.rules.sql import COLUMNS, literal, quoted

OWN: Final = ("sequence", "at", "id")
TIME, SEALED, BODY = "showcause:time", "showcause:sealed", "showcause:body"
BLOCK: Final = 16_384
"""Events of a row group: so many are read where one is asked for, some hundredths of a second."""
AT_ONCE: Final = 5_000
MEMORY: Final = "1GB"
"""What DuckDB may take of memory; nothing of an event is ever spilled to another file."""

_KINDS: Final = {Type.BOOL: bool, Type.INT: int, Type.FLOAT: float, Type.TEXT: str}

Taken: TypeAlias = tuple[int, int, bytes, bytes | None]
"""An event to be written: place, time, body, sealed."""
Row: TypeAlias = tuple[int, int, bytes, bytes | None]
"""An event as it was read: the same."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: how many events, how many of them with their text beside the columns, and the file's bytes."""

    rows: int
    whole: int
    bytes: int
    digest: str


def write(path: Path, schema: Schema, events: Iterable[Taken], about: Mapping[str, str]) -> Written:
    """Write events in their order to a file and flush it; `about` stands in its metadata."""
    fields = _columns(schema)
    with _opened() as db:
        types = [
            "BIGINT",
            "BIGINT",
            "VARCHAR",
            "BIGINT",
            "BLOB",
            "BLOB",
            *(COLUMNS[each.type] for each in fields),
        ]
        names = [*OWN, TIME, SEALED, BODY, *(each.path for each in fields)]
        described = ", ".join(f"{quoted(name)} {type_}" for name, type_ in zip(names, types, strict=True))
        db.execute(f"CREATE TABLE part ({described})")
        into = "INSERT INTO part SELECT " + ", ".join(f"unnest(?::{type_}[])" for type_ in types)
        rows = whole = 0
        split = _splitter(fields)
        for some in _batches(events, AT_ONCE):
            columns = [list(each) for each in zip(*map(split, some), strict=True)]
            whole += len(some) - columns[5].count(None)
            rows += len(some)
            db.execute(into, columns)
        db.execute(
            f"COPY (SELECT * FROM part ORDER BY sequence) TO {literal(str(path))} "  # noqa: S608  of checked parts
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {BLOCK}, KV_METADATA {{{_said(about)}}})"
        )
    return _finished(path, rows, whole)


def rewrite(path: Path, to: Path, without: Collection[int]) -> Written:
    """Write a file once more without some events, which then stand in no byte of it, and flush it."""
    with _opened() as db:
        db.execute("CREATE TABLE gone AS SELECT unnest(?::BIGINT[]) AS sequence", [sorted(without)])
        said = _said(_about(db, path))
        db.execute(
            f"COPY (SELECT * FROM {_file(path)} ANTI JOIN gone USING (sequence) ORDER BY sequence) "  # noqa: S608
            f"TO {literal(str(to))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {BLOCK}, KV_METADATA {{{said}}})"
        )
        [(rows, whole)] = db.execute(f"SELECT count(*), count({quoted(BODY)}) FROM {_file(to)}").fetchall()  # noqa: S608
    return _finished(to, rows, whole)


def read(path: Path, low: int, most: int | None = None) -> Iterator[Row]:
    """Yield the events of a file from a place on, in order; at most so many."""
    bound = "" if most is None else f" LIMIT {most}"
    yield from _selected(path, f"WHERE sequence >= {low} ORDER BY sequence{bound}")


def some(path: Path, sequences: Sequence[int]) -> Iterator[Row]:
    """Yield those events of a file that stand at some places, in order."""
    yield from _selected(path, f"WHERE sequence IN ({', '.join(map(str, sequences))}) ORDER BY sequence")


def _selected(path: Path, which: str) -> Iterator[Row]:
    with _opened() as db:
        found = db.execute(f"SELECT * FROM {_file(path)} {which}")  # noqa: S608  of checked parts
        joined = _joiner(tuple(name for name, *_ in found.description or ()))
        while rows := found.fetchmany(AT_ONCE):
            yield from map(joined, rows)


def about(path: Path) -> dict[str, str]:
    """Return what a file says of itself."""
    with _opened() as db:
        return _about(db, path)


def there(path: Path, sequences: Collection[int]) -> list[int]:
    """Return which events of some are in a file."""
    with _opened() as db:
        sql = f"SELECT sequence FROM {_file(path)} WHERE sequence IN (SELECT unnest(?::BIGINT[])) ORDER BY sequence"  # noqa: S608
        return [sequence for (sequence,) in db.execute(sql, [sorted(sequences)]).fetchall()]


def naming(path: Path, hashes: Collection[str], concerns: Callable[[bytes], bool]) -> list[int]:
    """Return the events of a file in a column of which stands one of some keyed hashes.

    Events whose text stands beside the columns are asked about one by one.
    """
    with _opened() as db:
        texts = [name for name, type_ in _described(db, path) if type_ == "VARCHAR" and name not in OWN]
        db.execute("CREATE TABLE wanted AS SELECT unnest(?::VARCHAR[]) AS value", [sorted(hashes)])
        stands = " OR ".join(f"{quoted(each)} IN (SELECT value FROM wanted)" for each in texts) or "FALSE"  # noqa: S608
        found = db.execute(f"SELECT sequence FROM {_file(path)} WHERE {stands}").fetchall()  # noqa: S608
        whole = db.execute(
            f"SELECT sequence, {quoted(BODY)} FROM {_file(path)} WHERE {quoted(BODY)} IS NOT NULL"  # noqa: S608
        ).fetchall()
        return sorted({each for (each,) in found} | {each for each, body in whole if concerns(body)})


def saying(path: Path, words: Collection[str]) -> list[int]:
    """Return the events of a file in a text of which stands one of some words, perhaps within a longer one."""
    with _opened() as db:
        texts = [quoted(name) for name, type_ in _described(db, path) if type_ == "VARCHAR"]
        # Its own text is looked through by whoever asks: bytes are compared there as they are written.
        places = [f"contains({each}, {literal(word)})" for each in texts for word in words]
        stands = " OR ".join([*places, f"{quoted(BODY)} IS NOT NULL"])
        found = db.execute(f"SELECT sequence FROM {_file(path)} WHERE {stands} ORDER BY sequence").fetchall()  # noqa: S608
        return [sequence for (sequence,) in found]


def fingerprint(path: Path) -> str:
    """Return the digest of a file's bytes. Raises: OSError."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Have a file or folder on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


# --- Events and rows -------------------------------------------------------------------------------------------------


def _columns(schema: Schema) -> list[Field]:
    """Return the fields that get a column: all but those that are named like one of the file's own."""
    return [each for each in schema if each.path not in OWN]


def _splitter(fields: Sequence[Field]) -> Callable[[Taken], tuple[Any, ...]]:
    """Return what makes the columns of an event."""
    joined = _joiner((*OWN, TIME, SEALED, BODY, *(each.path for each in fields)))
    parts = [(each.group, each.key, _KINDS[each.type]) for each in fields]

    def split(each: Taken) -> tuple[Any, ...]:
        sequence, at, body, sealed = each
        id_, time, values = _parts(body, parts)
        row = (sequence, at, id_, time, sealed, None, *values)
        # What the columns do not give back to the byte is kept as it is: its digest commits to each byte.
        return row if joined(row)[2] == body else (*row[:5], body, *values)

    return split


def _parts(body: bytes, parts: Sequence[tuple[str | None, str, type]]) -> tuple[str, int | None, list[Any]]:
    """Return id, time and the value of each column of an event; None where it has no such value of this type."""
    values = list[Any]()
    try:
        read = json.loads(body)
        data, id_, time = read["data"], str(read["id"]), read["time"]
        for group, key, kind in parts:
            holder = data if group is None else data.get(group)
            value = holder.get(key) if type(holder) is dict else None
            values.append(value if type(value) is kind else None)
        return id_, time, values
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", None, [None] * len(parts)


def _joiner(names: tuple[str, ...]) -> Callable[[tuple[Any, ...]], Row]:
    """Return what makes an event of a row with these columns."""
    place = {name: at for at, name in enumerate(names)}
    own = [place[each] for each in (*OWN, TIME, SEALED, BODY)]
    sequence, at, id_, time, sealed, body = own
    order = _order(tuple(each for each in names if place[each] not in own))
    paths = [(group, [(key, place[path]) for key, path in inside]) for group, inside in order]

    def joined(row: tuple[Any, ...]) -> Row:
        if row[body] is not None:
            return row[sequence], row[at], row[body], row[sealed]
        data = dict[str, Any]()
        for group, inside in paths:
            values = {key: value for key, where in inside if (value := row[where]) is not None}
            if group is None:
                data.update(values)
            elif values:
                data[group] = values
        return row[sequence], row[at], text_of(row[id_], row[time], data), row[sealed]

    return joined


@lru_cache(maxsize=64)
def _order(paths: tuple[str, ...]) -> list[tuple[str | None, list[tuple[str, str]]]]:
    """Return paths as the canonical text has them: a group's keys together, and everything by its name."""
    groups = dict[str, list[tuple[str, str]]]()
    for path in sorted(paths):
        name, _, key = path.partition(".")
        groups.setdefault(name, []).append((key, path))
    return [
        (name, inside) if inside[0][0] else (None, [(name, name)]) for name, inside in sorted(groups.items())
    ]


def _batches(events: Iterable[Taken], most: int) -> Iterator[list[Taken]]:
    some = list[Taken]()
    for each in events:
        some.append(each)
        if len(some) == most:
            yield some
            some = []
    if some:
        yield some


# --- DuckDB ----------------------------------------------------------------------------------------------------------


def _opened() -> duckdb.DuckDBPyConnection:
    db = duckdb.connect(config={"threads": 1, "temp_directory": "", "memory_limit": MEMORY})
    db.execute("SET enable_progress_bar = false")
    return db


def _file(path: Path) -> str:
    return f"read_parquet({literal(str(path))}, hive_partitioning = false)"


def _about(db: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    found = db.execute(f"SELECT key, value FROM parquet_kv_metadata({literal(str(path))})").fetchall()  # noqa: S608
    return {key.decode(): value.decode() for key, value in found}


def _said(about: Mapping[str, str]) -> str:
    return ", ".join(f"{quoted(key)}: {literal(value)}" for key, value in about.items())


def _described(db: duckdb.DuckDBPyConnection, path: Path) -> list[tuple[str, str]]:
    found = db.execute(f"DESCRIBE SELECT * FROM {_file(path)}").fetchall()  # noqa: S608  of checked parts
    return [(name, type_) for name, type_, *_ in found]


def _finished(path: Path, rows: int, whole: int) -> Written:
    path.chmod(0o600)
    flush(path)
    return Written(rows, whole, path.stat().st_size, fingerprint(path))
