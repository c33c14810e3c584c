"""Every connection behaves as the evidence in it demands, in every thread and in a forked child."""

import sqlite3
import threading
from pathlib import Path

import pytest
from django.db import connections

from showcause.domain.case import Case
from showcause.domain.errors import Misconfigured
from showcause.store.config import open_store
from showcause.store.database import PRAGMAS
from showcause.store.store import Store
from showcause.store.turns import Turns
from tests.crash.children import in_child
from tests.databases import IN_MEMORY, MASTER, fresh_memory
from tests.services.processes import PATIENCE
from tests.store.samples import NOW, plant


def settings_of(store: Store) -> dict[str, int | str]:
    """Return what the present thread's connection answers."""
    with store.read(), connections[store.database.alias].cursor() as cursor:
        return {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS}


def in_a_thread(store: Store) -> dict[str, int | str]:
    """Return what another thread's connection answers."""
    found: list[dict[str, int | str]] = []

    def look() -> None:
        found.append(settings_of(store))
        store.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return found[0]


def test_every_sqlite_connection_answers_the_settings_of_the_house(sqlite_store: Store) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "secure_delete": 1,
        "busy_timeout": 20_000,
    }
    assert settings_of(sqlite_store) == wanted
    assert in_a_thread(sqlite_store) == wanted
    sqlite_store.close()
    assert settings_of(sqlite_store) == wanted


def test_a_database_in_memory_differs_only_in_its_journal(memory_store: Store) -> None:
    assert settings_of(memory_store) == PRAGMAS | {"journal_mode": "memory"}


@pytest.mark.postgres
def test_postgresql_answers_only_when_a_commit_is_on_disk(postgres_store: Store) -> None:
    with postgres_store.read(), connections[postgres_store.database.alias].cursor() as cursor:
        assert cursor.execute("SHOW synchronous_commit").fetchone()[0] == "on"
        assert cursor.execute("SHOW timezone").fetchone()[0] == "UTC"
        assert cursor.execute("SHOW lock_timeout").fetchone()[0] == "20s"
        assert cursor.execute("SHOW idle_in_transaction_session_timeout").fetchone()[0] == "1min"


def test_a_transaction_takes_the_write_lock_at_once(sqlite_store: Store) -> None:
    other = sqlite3.connect(sqlite_store.url.removeprefix("sqlite:///"), timeout=0.05, isolation_level=None)
    with sqlite_store.transaction(NOW), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_threads_of_one_process_stand_in_line_instead_of_polling() -> None:
    turns, told = Turns(), []

    def second() -> None:
        with turns:
            told.append("second")

    thread = threading.Thread(target=second)
    with turns:
        thread.start()
        thread.join(timeout=0.05)
        told.append("first")
    thread.join(timeout=PATIENCE)
    assert told == ["first", "second"]


def test_a_reader_sees_one_moment_and_keeps_no_writer_out(durable_store: Store) -> None:
    with durable_store.transaction(NOW) as tx:
        plant(tx, Case)

    def write() -> None:
        with durable_store.transaction(NOW) as tx:
            plant(tx, Case)
        durable_store.close()

    thread = threading.Thread(target=write)
    with durable_store.read() as view:
        assert view.count(Case) == 1
        thread.start()
        thread.join(timeout=PATIENCE)
        assert not thread.is_alive()
        assert view.count(Case) == 1
        with durable_store.read() as again:
            assert again.count(Case) == 1
    with durable_store.read() as view:
        assert view.count(Case) == 2


def test_threads_take_turns_at_a_database_in_memory(memory_store: Store) -> None:
    def write() -> None:
        for _ in range(20):
            with memory_store.transaction(NOW) as tx:
                plant(tx, Case)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with memory_store.read() as view:
        assert view.count(Case) == 80


def test_a_child_that_was_forked_off_writes_through_a_connection_of_its_own(durable_store: Store) -> None:
    with durable_store.transaction(NOW) as tx:
        plant(tx, Case)

    def in_between() -> None:
        with durable_store.transaction(NOW) as tx:
            plant(tx, Case, id="c" * 32)

    in_child(in_between)
    with durable_store.transaction(NOW) as tx:
        plant(tx, Case)
        assert tx.count(Case) == 3


def test_two_stores_may_be_open_at_once(sqlite_store: Store) -> None:
    with fresh_memory() as other, other.transaction(NOW) as there:
        plant(there, Case)
        with sqlite_store.read() as here:
            assert (here.count(Case), there.count(Case)) == (0, 1)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://x/y",
        "sqlite:///relative.db",
        "sqlite:////nowhere/at/all/x.db",
        "postgresql://user@host",
        "nonsense",
    ],
)
def test_an_address_that_cannot_work_is_refused_with_a_reason(url: str) -> None:
    with pytest.raises(Misconfigured):
        open_store(url, IN_MEMORY, MASTER)


def test_a_master_key_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        open_store("sqlite:///:memory:", tmp_path / "keys.db", b"short")
