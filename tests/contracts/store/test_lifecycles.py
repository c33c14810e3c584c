"""The arrows of every lifecycle hold against anybody's SQL, on both databases."""

from typing import Any

import pytest

from showcause.domain.lifecycle import LIFECYCLES
from showcause.store.store import Store
from showcause.store.tables import TABLES, Table
from tests.databases import Raw, raw
from tests.store.samples import NOW, new_id, plant

MACHINES = [
    pytest.param(table, column, machine, id=f"{table.kind}-{machine}")
    for table in TABLES
    for column, machine in table.machines.items()
]


def way_to(machine: str, state: str) -> list[str]:
    """Return the states on a shortest way from the start to a state, without the start."""
    arrows = LIFECYCLES[machine].pairs()
    ways: dict[str, list[str]] = {str(LIFECYCLES[machine].start): []}
    while state not in ways:
        ways |= {new: [*ways[old], new] for old, new in arrows if old in ways and new not in ways}
    return ways[state]


def move(database: Raw, table: Table, column: str, id: str, state: str) -> None:
    database.run(f"UPDATE {table.name} SET {column} = ?, revision = revision + 1 WHERE id = ?", state, id)


@pytest.mark.parametrize("table, column, machine", MACHINES)
def test_no_sql_moves_a_state_where_no_arrow_leads(
    table: Table, column: str, machine: str, shared_store: Store
) -> None:
    states = [str(state) for state in LIFECYCLES[machine].turn]
    arrows = LIFECYCLES[machine].pairs()
    with shared_store.transaction(NOW) as tx:
        ids = {state: plant(tx, table.record).id for state in states}
    with raw(shared_store) as database:
        for state in states:
            for step in way_to(machine, state):
                move(database, table, column, ids[state], step)
    change = f"UPDATE {table.name} SET {column} = ?, revision = revision + 1 WHERE id = ?"
    with raw(shared_store) as database:
        for old in states:
            for new in (*(state for state in states if state != old), "nonsense", ""):
                if (old, new) in arrows:
                    database.passes(change, new, ids[old])
                else:
                    assert "illegal-step" in database.refusal(change, new, ids[old]), (old, new)


@pytest.mark.parametrize("table, column, machine", MACHINES)
def test_no_sql_bears_a_row_in_another_state_than_the_start(
    table: Table, column: str, machine: str, shared_store: Store
) -> None:
    with shared_store.transaction(NOW) as tx:
        known = plant(tx, table.record)
    others = [str(state) for state in LIFECYCLES[machine].turn if state != LIFECYCLES[machine].start]
    with raw(shared_store) as database:
        for state in (*others, "nonsense"):
            born = insert_like(table, known.id, {"id": new_id(), column: state})
            assert "illegal-step" in database.refusal(*born)


def insert_like(table: Table, id: str, new: dict[str, object]) -> tuple[Any, ...]:
    """Return an INSERT of a row like another one, with some other values."""
    columns = [f.column for f in table.model._meta.concrete_fields if f.column != "seq"]
    values = ", ".join("?" if name in new else f'"{name}"' for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    given = [new[name] for name in columns if name in new]
    return f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {table.name} WHERE id = ?", *given, id
