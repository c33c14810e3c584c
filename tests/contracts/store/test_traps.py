"""What a hurried hand or a wrong program could try in plain SQL, without our settings and without our code."""

import pytest

from showcause.domain.appeal import Appeal
from showcause.domain.case import Case
from showcause.domain.decision import Decision
from showcause.domain.lifecycle import AppealState
from showcause.domain.report import Report
from showcause.domain.restriction import Restriction
from showcause.domain.site import ConnectedPlatform
from showcause.domain.statement import Statement
from showcause.store.logrows import LogState
from showcause.store.store import Store
from showcause.store.tables import BY_RECORD, TABLES, Table
from tests.contracts.store.test_lifecycles import insert_like
from tests.databases import raw
from tests.store.samples import NOW, new_id, plant

ALL = [pytest.param(table, id=table.kind) for table in TABLES]
APPEND_ONLY = ("journal", "log_entry", "log_tile")


def a_leaf(store: Store) -> None:
    with store.transaction(NOW) as tx:
        leaves = [(b"leaf", bytes(32), new_id())]
        tx.log.append(0, leaves, [(0, 0, b"hashes", b"root")], LogState(1, b"root", b""))


def test_an_update_of_any_column_of_a_lodged_appeal_cannot_reverse_it(shared_store: Store) -> None:
    with shared_store.transaction(NOW) as tx:
        appeal = plant(tx, Appeal)
    with raw(shared_store) as database:
        change = (
            "UPDATE appeals SET reviewer = 'me', state = 'reversed', revision = revision + 1 WHERE id = ?"
        )
        assert "illegal-step" in database.refusal(change, appeal.id)


def test_replacing_a_row_by_its_id_is_refused_without_any_setting(sqlite_store: Store) -> None:
    with sqlite_store.transaction(NOW) as tx:
        appeal = plant(tx, Appeal)
    insert, *values = insert_like(BY_RECORD[Appeal], appeal.id, {"id": appeal.id, "revision": 0})
    for replacing in ("INSERT OR REPLACE", "REPLACE"):
        with raw(sqlite_store) as database:
            assert "already-exists" in database.refusal(insert.replace("INSERT", replacing, 1), *values)


def test_replacing_a_row_by_another_unique_key_is_refused_without_any_setting(sqlite_store: Store) -> None:
    with sqlite_store.transaction(NOW) as tx:
        appeal = plant(tx, Appeal)
        report = plant(tx, Report)
        decision = plant(tx, Decision)
        restriction = plant(tx, Restriction, number=7)
    for record in (appeal, report, decision, restriction):
        insert, *values = insert_like(BY_RECORD[type(record)], record.id, {"id": new_id(), "revision": 0})
        with raw(sqlite_store) as database:
            said = database.refusal(insert.replace("INSERT", "INSERT OR REPLACE", 1), *values)
            assert "already-exists" in said


def test_replacing_a_row_by_its_number_in_the_table_is_refused(sqlite_store: Store) -> None:
    with sqlite_store.transaction(NOW) as tx:
        case = plant(tx, Case)
    names = ", ".join(
        f'"{f.column}"' for f in BY_RECORD[Case].model._meta.concrete_fields if f.column != "id"
    )
    with raw(sqlite_store) as database:
        replacing = f'REPLACE INTO cases ("id", {names}) SELECT ?, {names} FROM cases WHERE id = ?'
        assert "already-exists" in database.refusal(replacing, new_id(), case.id)


def test_an_update_that_replaces_another_row_is_refused(sqlite_store: Store) -> None:
    with sqlite_store.transaction(NOW) as tx:
        first, second = plant(tx, Appeal), plant(tx, Appeal)
    with raw(sqlite_store) as database:
        for change in ("id = ?1", "seq = (SELECT seq FROM appeals WHERE id = ?1)"):
            sql = f"UPDATE OR REPLACE appeals SET {change}, revision = revision + 1 WHERE id = ?2"
            assert "protected" in database.refusal(sql, first.id, second.id)
        sql = "UPDATE OR REPLACE appeals SET decision = ?, person = ?, revision = revision + 1 WHERE id = ?"
        assert "protected" in database.refusal(sql, first.decision, first.person, second.id)
        assert database.run("SELECT count(*) FROM appeals") == [(2,)]


@pytest.mark.parametrize("manner", ["OR IGNORE", "OR REPLACE", "OR ROLLBACK", "OR FAIL", "OR ABORT"])
def test_no_manner_of_resolving_conflicts_gets_past_the_arrows(manner: str, sqlite_store: Store) -> None:
    with sqlite_store.transaction(NOW) as tx:
        appeal = plant(tx, Appeal)
    with raw(sqlite_store) as database:
        change = f"UPDATE {manner} appeals SET state = 'reversed', revision = revision + 1 WHERE id = ?"
        assert "illegal-step" in database.refusal(change, appeal.id)
        born = insert_like(BY_RECORD[Appeal], appeal.id, {"id": new_id(), "person": "x", "state": "reversed"})
        assert "illegal-step" in database.refusal(born[0].replace("INSERT", f"INSERT {manner}", 1), *born[1:])


def test_an_upsert_of_an_existing_record_is_refused(shared_store: Store) -> None:
    with shared_store.transaction(NOW) as tx:
        appeal = plant(tx, Appeal)
    insert, *values = insert_like(BY_RECORD[Appeal], appeal.id, {"id": appeal.id, "revision": 0})
    upsert = f"{insert} ON CONFLICT (id) DO UPDATE SET state = 'withdrawn', revision = 1"
    with raw(shared_store) as database:
        assert "already-exists" in database.refusal(upsert, *values)


@pytest.mark.parametrize("table", ALL)
def test_no_record_is_ever_deleted(table: Table, shared_store: Store) -> None:
    with shared_store.transaction(NOW) as tx:
        plant(tx, table.record)
    with raw(shared_store) as database:
        assert "protected" in database.refusal(f"DELETE FROM {table.name}")


@pytest.mark.parametrize("table", ALL)
def test_what_may_not_change_does_not(table: Table, shared_store: Store) -> None:
    with shared_store.transaction(NOW) as tx:
        record = plant(tx, table.record)
    fixed = [name for name in table.columns if name not in table.changes]
    with raw(shared_store) as database:
        for name in (*fixed, "id"):
            other = "NULL" if name == "id" else other_value(table, name)
            sql = f'UPDATE {table.name} SET "{name}" = {other}, revision = revision + 1 WHERE id = ?'
            assert "protected" in database.refusal(sql, record.id), name


def other_value(table: Table, name: str) -> str:
    """Return an SQL expression for another value of a column's type."""
    kind = table.model._meta.get_field(name).get_internal_type()
    if kind in ("BigIntegerField", "IntegerField"):
        return f'COALESCE("{name}", 0) + 1'
    if kind == "BooleanField":
        return f'NOT "{name}"'
    if kind == "DateTimeField":
        return "'2001-01-01 00:00:00+00'"
    return "'another'"


@pytest.mark.parametrize(
    "table", [pytest.param(t, id=t.kind) for t in TABLES if not t.changes & set(t.in_body)]
)
def test_a_content_that_never_changes_does_not(table: Table, shared_store: Store) -> None:
    with shared_store.transaction(NOW) as tx:
        record = plant(tx, table.record)
    with raw(shared_store) as database:
        sql = f"UPDATE {table.name} SET body = ?, revision = revision + 1 WHERE id = ?"
        assert "never changes" in database.refusal(sql, '{"facts": "made up"}', record.id)


def test_one_part_of_a_body_is_fixed_while_another_may_change(shared_store: Store) -> None:
    with shared_store.transaction(NOW) as tx:
        statement = plant(tx, Statement, language="en")
    put = (
        "UPDATE statements SET body = json_set(body, '$.{0}', 'x'), revision = 1 WHERE id = ?"
        if shared_store.database.vendor == "sqlite"
        else "UPDATE statements SET body = jsonb_set(body, '{{{0}}}', '\"x\"'), revision = 1 WHERE id = ?"
    )
    with raw(shared_store) as database:
        assert "protected" in database.refusal(put.format("sentences"), statement.id)
        assert "protected" in database.refusal(put.format("language"), statement.id)
        database.passes(put.format("bounced_because"), statement.id)


@pytest.mark.parametrize("step", [0, 2, -1])
def test_a_change_counts_its_revision(step: int, shared_store: Store) -> None:
    with shared_store.transaction(NOW) as tx:
        case = plant(tx, Case)
    with raw(shared_store) as database:
        sql = "UPDATE cases SET tier = 3, revision = revision + ? WHERE id = ?"
        assert "next revision" in database.refusal(sql, step, case.id)
        database.passes(sql, 1, case.id)


def test_the_last_number_of_a_platform_never_shrinks(shared_store: Store) -> None:
    with shared_store.transaction(NOW) as tx:
        platform = plant(tx, ConnectedPlatform, last_number=7)
    sql = "UPDATE platforms SET last_number = ?, revision = revision + 1 WHERE id = ?"
    with raw(shared_store) as database:
        assert "never shrinks" in database.refusal(sql, 6, platform.id)
        database.passes(sql, 8, platform.id)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_append_only_is_neither_changed_nor_deleted(table: str, durable_store: Store) -> None:
    with durable_store.transaction(NOW) as tx:
        plant(tx, Case)
    a_leaf(durable_store)
    column = {"journal": "verb", "log_entry": "leaf_id", "log_tile": "level"}[table]
    with raw(durable_store) as database:
        assert database.run(f"SELECT count(*) > 0 FROM {table}")[0][0]
        assert "protected" in database.refusal(f"UPDATE {table} SET {column} = {column}")
        assert "protected" in database.refusal(f"DELETE FROM {table}")


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_append_only_is_not_replaced(table: str, sqlite_store: Store) -> None:
    with sqlite_store.transaction(NOW) as tx:
        plant(tx, Case)
    a_leaf(sqlite_store)
    with raw(sqlite_store) as database:
        assert "already-exists" in database.refusal(f"REPLACE INTO {table} SELECT * FROM {table}")


def test_the_log_has_no_gap_and_its_head_never_goes_back(durable_store: Store) -> None:
    a_leaf(durable_store)
    insert = "INSERT INTO log_entry (idx, leaf_id, hash, leaf) SELECT ?, ?, hash, leaf FROM log_entry"
    with raw(durable_store) as database:
        assert "no gaps" in database.refusal(insert, 2, new_id())
        database.passes(insert, 1, new_id())
        for change in ("size = 0, generation = generation + 1", "size = 5", "size = 5, generation = 0"):
            assert "never shrinks" in database.refusal(f"UPDATE log_state SET {change}")
        assert "protected" in database.refusal("DELETE FROM log_state")


def test_a_job_that_ended_is_not_revived_and_its_purpose_does_not_change(durable_store: Store) -> None:
    with durable_store.transaction(NOW) as tx:
        tx.job("act", "one", new_id(), due=NOW)
        tx.job("act", "two", new_id(), due=NOW)
        tx.cancel_job("two")
    with raw(durable_store) as database:
        assert "stays as it is" in database.refusal("UPDATE jobs SET state = 'ready' WHERE key = 'two'")
        assert "protected" in database.refusal("UPDATE jobs SET record = 'x' WHERE key = 'one'")
        assert "protected" in database.refusal("DELETE FROM jobs WHERE key = 'one'")


def test_a_sealed_value_is_not_changed(shared_store: Store) -> None:
    with shared_store.transaction(NOW) as tx:
        id = tx.seal(tx.keys.owner("somebody"), "facts", {"said": "something"})
    with raw(shared_store) as database:
        assert "protected" in database.refusal("UPDATE sealed SET owner = ? WHERE id = ?", new_id(), id)


def test_the_arrows_themselves_are_not_written_by_hand(shared_store: Store) -> None:
    new_arrow = "INSERT INTO arrow (machine, src, dst) VALUES ('appeal', 'lodged', 'reversed')"
    with raw(shared_store) as database:
        assert "protected" in database.refusal(new_arrow)
        assert "protected" in database.refusal("UPDATE arrow SET dst = 'reversed' WHERE machine = 'appeal'")
        assert "protected" in database.refusal("DELETE FROM arrow")


@pytest.mark.postgres
def test_no_protected_table_is_truncated(postgres_store: Store) -> None:
    with raw(postgres_store) as database:
        rows = database.run(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        # Replies to repeated requests are kept for a day and then dropped: they prove nothing.
        tables = sorted(name for (name,) in rows if name not in ("django_migrations", "replies"))
        assert {"journal", "log_entry", "appeals", "arrow"} <= set(tables)
        for table in tables:
            assert "never emptied" in database.refusal(f"TRUNCATE {table} CASCADE")


def test_a_row_born_reversed_is_refused_and_a_lodged_one_is_not(shared_store: Store) -> None:
    with shared_store.transaction(NOW) as tx:
        appeal = plant(tx, Appeal)
    fresh = {"id": new_id(), "person": "another", "revision": 0}
    with raw(shared_store) as database:
        born = insert_like(BY_RECORD[Appeal], appeal.id, fresh | {"state": str(AppealState.REVERSED)})
        assert "illegal-step" in database.refusal(*born)
        database.passes(*insert_like(BY_RECORD[Appeal], appeal.id, fresh))


def test_without_the_triggers_these_attacks_would_succeed(sqlite_store: Store) -> None:
    """The tests above prove something only if the database would otherwise let it pass."""
    with sqlite_store.transaction(NOW) as tx:
        appeal = plant(tx, Appeal)
    with raw(sqlite_store) as database:
        for (name,) in database.run("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            database.run(f'DROP TRIGGER "{name}"')
        database.run("UPDATE appeals SET state = 'reversed' WHERE id = ?", appeal.id)
        insert, *values = insert_like(BY_RECORD[Appeal], appeal.id, {"id": new_id()})
        database.run(insert.replace("INSERT", "INSERT OR REPLACE", 1), *values)
        database.run("DELETE FROM journal")
        assert database.run("SELECT count(*) FROM appeals WHERE id = ?", appeal.id) == [(0,)]
        assert database.run("SELECT count(*) FROM journal") == [(0,)]
