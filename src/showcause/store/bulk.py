# ruff: noqa: S608 - the only names put into SQL are those of our own tables and columns
"""The same writes as in `Tx`, for thousands of records at once: one campaign decision has up to 50,000 items.

Nothing is weaker here than one by one: the same rows, the same triggers, one journal line for each record. Only the
round trips are shared. A refusal of one row spoils the whole transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import connections

from showcause.domain.errors import Forgotten, NotFound, Stale
from showcause.domain.subject import Subject
from showcause.store import jobs, journal, mapper, rows, sealed
from showcause.store.failures import told_as_ours
from showcause.store.models import SealedRow
from showcause.store.tables import Table
from showcause.store.tx import Move, Tx
from showcause.store.view import View

R = TypeVar("R")
AT_ONCE = 400
"""How many rows share a statement: below every database's bound on parameters, for tables of up to 80 columns."""


def insert_all(tx: Tx, records: Sequence[R], *, verb: str, actor: str) -> None:
    """Store new records of one class, in this order, each with its journal line.

    Raises: AlreadyExists, IllegalStep; nothing of the transaction can be kept then.
    """
    if not records:
        return
    table = mapper.table_of(type(records[0]))
    given = [mapper.to_row(table, record) for record in records]
    with told_as_ours():
        rows.insert_all(tx.alias, table.model, given)
        journal.write_all(
            tx.alias,
            [
                journal.Line(
                    *(tx.now, verb, actor, table.kind, row["rid"], row["revision"]),
                    {name: f":{row[name]}" for name in table.machines},
                )
                for row in given
            ],
        )
    if "state" in table.machines:
        tx.moves.append(Move(table.kind, given[0]["rid"], "", str(given[0]["state"]), len(given)))


def update_all(tx: Tx, changed: Sequence[tuple[R, R]], *, verb: str, actor: str) -> None:
    """Change several records of one class, given as pairs of old and new, each with its journal line.

    The new ones have the next revision. Raises: Stale when one of them was changed by somebody else meanwhile;
    IllegalStep where no arrow leads.
    """
    if not changed:
        return
    table = mapper.table_of(type(changed[0][0]))
    columns = sorted(table.changes & set(table.columns))
    pairs = [(mapper.to_row(table, old), mapper.to_row(table, new)) for old, new in changed]
    with told_as_ours():
        _update(tx.alias, table, columns, pairs)
        journal.write_all(
            tx.alias,
            [
                journal.Line(
                    *(tx.now, verb, actor, table.kind, new["rid"], new["revision"]),
                    {n: f"{old[n]}:{new[n]}" for n in table.machines if old[n] != new[n]},
                )
                for old, new in pairs
            ],
        )
    before, after = pairs[0]
    if "state" in table.machines and before["state"] != after["state"]:
        states = (str(before["state"]), str(after["state"]))
        tx.moves.append(Move(table.kind, before["rid"], *states, len(pairs)))


def seal_all(tx: Tx, purpose: str, values: Sequence[tuple[str, Any]]) -> list[str]:
    """Store JSON values, each under its owner's key; return the sealed ids in the same order.

    `values` are pairs of owner and value. Raises: Forgotten, KeyMissing; TypeError when a value is not JSON.
    """
    made = [
        sealed.row_of(tx.keys, owner, purpose, value, now=tx.now, expires=None) for owner, value in values
    ]
    with told_as_ours():
        rows.insert_all(tx.alias, SealedRow, [vars(row) for row in made])
    return [row.id for row in made]


def unseal_all(view: View, ids: Sequence[str]) -> list[Any]:
    """Return sealed JSON values in the order of their ids; None where the owner was forgotten.

    Raises: NotFound, KeyMissing.
    """
    found: dict[str, Any] = {}
    for part in _parts(ids):
        with told_as_ours():
            held = list(SealedRow.objects.using(view.alias).filter(id__in=part).values())
        found |= {row["id"]: _value_in(view, row) for row in held}
    if missing := set(ids) - found.keys():
        raise NotFound(f"{len(missing)} sealed values are not there, among them {min(missing)}")
    return [found[id] for id in ids]


def find_all(view: View, cls: type[R], ids: Sequence[str]) -> dict[str, R]:
    """Return those of the records with these ids that exist, by id."""
    found: dict[str, R] = {}
    for part in _parts(ids):
        found |= {record.id: record for record in view.find(cls, id=part)}  # type: ignore[attr-defined]
    return found


def find_each(view: View, cls: type[R], name: str, values: Sequence[str], **also: Any) -> list[R]:
    """Return the records whose field has one of these values, and which are like `also` besides."""
    found: list[R] = []
    for part in _parts(values):
        equals: dict[str, Any] = {name: part, **also}
        found += view.find(cls, **equals)
    return found


def add_jobs(tx: Tx, kind: str, entries: Sequence[tuple[str, str, str]], *, due: datetime) -> None:
    """Add one job for each triple of key, record and lane; none may exist yet.

    Raises: AlreadyExists, BadInput.
    """
    if entries:
        with told_as_ours():
            jobs.add_all(tx, [(kind, *each) for each in entries], due=due)


def cancel_jobs(tx: Tx, keys: Sequence[str]) -> None:
    """Make waiting jobs void; those that are leased, ended or unknown stay as they are."""
    for part in _parts(keys):
        with told_as_ours():
            jobs.cancel_all(tx, part)


def owners_of(tx: Tx, subjects: Sequence[Subject]) -> list[str]:
    """Return the random owner ids of subjects, made with their keys on first use, which are flushed together."""
    return tx.keys.owners(["\x00".join((each.platform, each.kind, each.ref)) for each in subjects])


# --- inside ---


def _value_in(view: View, row: Mapping[str, Any]) -> Any:
    try:
        return sealed.value_in(view.keys, row)
    except Forgotten:
        return None


def _parts(ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for at in range(0, len(ids), AT_ONCE):
        yield tuple(ids[at : at + AT_ONCE])


def _update(
    alias: str,
    table: Table,
    columns: Sequence[str],
    pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> None:
    connection = connections[alias]
    names = {*columns, "body", "body_version", "revision"}
    fields = [f for f in table.model._meta.concrete_fields if f.name in names]
    puts = ", ".join(f'"{f.column}" = %s' for f in fields)
    values = [
        [*(f.get_db_prep_save(new[f.name], connection) for f in fields), old["rid"], old["revision"]]
        for old, new in pairs
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table.name} SET {puts} WHERE id = %s AND revision = %s", values)
        if cursor.rowcount != len(values):
            raise Stale(f"one of {len(values)} records of the kind {table.kind} was changed by somebody else")
