"""A program refuses to run on tables that do not hold the law, and `migrate` makes them hold it again."""

import sqlite3
import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections, models

from showcause.domain.appeal import Appeal
from showcause.domain.case import Case
from showcause.domain.errors import Misconfigured, TriggersDiffer
from showcause.store import schema
from showcause.store.config import open_store
from showcause.store.models import AppealRow
from showcause.store.rules import arrows, rules
from showcause.store.store import Store
from showcause.store.tables import TABLES
from tests.databases import IN_MEMORY, MASTER, raw
from tests.store.samples import NOW, plant


def tamper(store: Store, sql: str) -> None:
    with raw(store) as database:
        database.run(sql)


def test_a_migrated_database_passes(store: Store) -> None:
    schema.check(store)


def test_a_new_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'new.db'}", IN_MEMORY, MASTER)
    schema.migrate(store)
    with store.transaction(NOW) as tx:
        plant(tx, Case)
        assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("new.db*")} == {0o600}
    store.close()


def test_the_models_and_the_migrations_say_the_same() -> None:
    said = StringIO()
    call_command("makemigrations", "store", "--check", "--dry-run", stdout=said)
    assert "No changes" in said.getvalue()


def test_migrating_again_changes_nothing(durable_store: Store) -> None:
    with durable_store.transaction(NOW) as tx:
        case = plant(tx, Case)
    schema.migrate(durable_store)
    schema.check(durable_store)
    with durable_store.read() as view:
        assert view.get(Case, case.id) == case


def test_a_database_that_was_never_migrated_is_refused() -> None:
    store = open_store("sqlite:///:memory:", IN_MEMORY, MASTER)
    with pytest.raises(Misconfigured, match="migrations"):
        schema.check(store)
    store.close()


def test_a_dropped_trigger_is_noticed_and_made_again(durable_store: Store) -> None:
    sqlite = durable_store.database.vendor == "sqlite"
    tamper(
        durable_store,
        "DROP TRIGGER appeals_delete" if sqlite else "DROP TRIGGER showcause_appeals_delete ON appeals",
    )
    with pytest.raises(TriggersDiffer, match="appeals_delete"):
        schema.check(durable_store)
    schema.migrate(durable_store)
    schema.check(durable_store)


def test_a_trigger_that_was_softened_is_noticed(sqlite_store: Store) -> None:
    tamper(sqlite_store, "DROP TRIGGER journal_delete")
    tamper(sqlite_store, "CREATE TRIGGER journal_delete BEFORE DELETE ON journal BEGIN SELECT 1; END")
    with pytest.raises(TriggersDiffer, match="journal_delete"):
        schema.check(sqlite_store)


def test_a_trigger_that_is_not_ours_is_noticed_and_removed(durable_store: Store) -> None:
    if durable_store.database.vendor == "sqlite":
        tamper(durable_store, "CREATE TRIGGER spy AFTER INSERT ON journal BEGIN SELECT 1; END")
    else:
        tamper(
            durable_store,
            "CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        )
        tamper(
            durable_store, "CREATE TRIGGER spy AFTER INSERT ON journal FOR EACH ROW EXECUTE FUNCTION spy()"
        )
    with pytest.raises(TriggersDiffer, match="spy"):
        schema.check(durable_store)
    schema.migrate(durable_store)
    schema.check(durable_store)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE appeals DISABLE TRIGGER showcause_appeals_update",
        "CREATE OR REPLACE FUNCTION showcause_appeals_update() RETURNS trigger LANGUAGE plpgsql "
        "AS 'BEGIN RETURN NEW; END'",
    ],
)
def test_a_disabled_or_hollowed_trigger_of_postgresql_is_noticed(change: str, postgres_store: Store) -> None:
    tamper(postgres_store, change)
    with pytest.raises(TriggersDiffer, match="appeals_update"):
        schema.check(postgres_store)
    schema.migrate(postgres_store)
    schema.check(postgres_store)


def test_an_arrow_too_many_or_too_few_is_noticed(durable_store: Store) -> None:
    sqlite = durable_store.database.vendor == "sqlite"
    off = "DROP TRIGGER arrow_{0}" if sqlite else "ALTER TABLE arrow DISABLE TRIGGER showcause_arrow_{0}"
    on = "ALTER TABLE arrow ENABLE TRIGGER showcause_arrow_{0}"
    for event, change in (
        ("insert", "INSERT INTO arrow (machine, src, dst) VALUES ('appeal', 'lodged', 'reversed')"),
        ("delete", "DELETE FROM arrow WHERE machine = 'case' AND src = 'held'"),
    ):
        with raw(durable_store) as database:
            kept = (
                database.run("SELECT sql FROM sqlite_master WHERE name = ?", f"arrow_{event}")
                if sqlite
                else [(on,)]
            )
            database.run(off.format(event))
            database.run(change)
            database.run(kept[0][0].format(event))
        with pytest.raises(TriggersDiffer, match="arrow"):
            schema.check(durable_store)
        schema.migrate(durable_store)
        schema.check(durable_store)


def test_a_rebuilt_table_has_silently_lost_its_triggers(durable_store: Store) -> None:
    """What a migration with AlterField does: on SQLite the table is built anew and its triggers go with the old one."""
    with durable_store.transaction(NOW) as tx:
        appeal = plant(tx, Appeal)
    connection = connections[durable_store.database.alias]
    old, new = AppealRow._meta.get_field("reference"), models.TextField(default="", db_default="")
    new.set_attributes_from_name("reference")
    new.model = AppealRow
    with connection.schema_editor() as editor:
        editor.alter_field(AppealRow, old, new)
    change = "UPDATE appeals SET state = 'reversed', revision = revision + 1 WHERE id = ?"
    if durable_store.database.vendor == "sqlite":
        with raw(durable_store) as database:
            database.passes(change, appeal.id)
        with pytest.raises(TriggersDiffer, match="appeals"):
            schema.check(durable_store)
    schema.migrate(durable_store)
    schema.check(durable_store)
    with raw(durable_store) as database:
        assert "illegal-step" in database.refusal(change, appeal.id)


def test_every_table_of_ours_is_guarded() -> None:
    tables = {table.name for table in TABLES}
    machinery = {"journal", "sealed", "jobs", "log_entry", "log_tile", "log_state", "log_queue", "arrow"}
    stream = {"verdicts", "rule_sets", "streams"}
    assert {rule.table for rule in rules()} == tables | machinery | stream


def test_the_arrows_of_the_database_are_those_of_the_law(sqlite_store: Store) -> None:
    assert sqlite_store.database.path is not None
    opened = sqlite3.connect(sqlite_store.database.path)
    assert set(opened.execute("SELECT machine, src, dst FROM arrow")) == arrows()
    opened.close()
    assert ("appeal", "under-review", "reversed") in arrows()
    assert ("appeal", "lodged", "reversed") not in arrows()
