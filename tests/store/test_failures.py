"""When the database is full, locked or gone, the caller is told which, and nothing is stored by half."""

import threading
from pathlib import Path

import pytest
from django.db import connections

from showcause.domain.case import Case
from showcause.domain.errors import BadInput, RecordCorrupt, StoreBusy, StoreFull
from showcause.domain.report import Report
from showcause.store.config import open_store
from showcause.store.logrows import LogState
from showcause.store.store import Store
from tests.databases import IN_MEMORY, MASTER, raw
from tests.store.samples import NOW, new_id, plant


def no_more_pages(store: Store) -> None:
    """Let the database grow no further, as a full disk would."""
    with connections[store.database.alias].cursor() as cursor:
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")


def more_pages(store: Store) -> None:
    with connections[store.database.alias].cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1000000")


def test_a_full_database_refuses_the_whole_transaction_and_recovers(sqlite_store: Store) -> None:
    with sqlite_store.transaction(NOW) as tx:
        first = plant(tx, Case)
    no_more_pages(sqlite_store)

    def fill() -> None:
        with sqlite_store.transaction(NOW) as tx:
            for _ in range(2000):
                plant(tx, Report)
                tx.job("act", new_id(), new_id(), due=NOW)

    with pytest.raises(StoreFull):
        fill()
    with sqlite_store.read() as view:
        assert view.find(Case) == [first]
        assert view.count(Report) == 0
        assert len(view.journal(first.id)) == 1
    assert sqlite_store.queries.counts()["job"] == {}
    more_pages(sqlite_store)
    with sqlite_store.transaction(NOW) as tx:
        plant(tx, Report)


def test_a_full_log_keeps_neither_leaf_nor_head(sqlite_store: Store) -> None:
    no_more_pages(sqlite_store)
    leaves = [(b"x" * 1000, bytes(32), new_id()) for _ in range(2000)]
    with pytest.raises(StoreFull), sqlite_store.transaction(NOW) as tx:
        tx.log.append(0, leaves, (), LogState(2000, bytes(32), b""))
    with sqlite_store.read() as view:
        assert view.log.state().size == 0
        assert view.log.leaf(0) is None


def test_a_file_that_is_no_database_is_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"this is no database, and it is long enough to be read as one" * 100)
    store = open_store(f"sqlite:///{path}", IN_MEMORY, MASTER)
    with pytest.raises(RecordCorrupt), store.read() as view:
        view.count(Case)
    store.close()


def test_a_database_that_may_not_be_written_is_unavailable(sqlite_store: Store) -> None:
    with sqlite_store.read(), connections[sqlite_store.database.alias].cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreBusy, match="readonly"), sqlite_store.transaction(NOW) as tx:
        plant(tx, Case)


@pytest.mark.postgres
def test_a_lost_connection_is_told_and_the_next_call_has_a_new_one(postgres_store: Store) -> None:
    with postgres_store.transaction(NOW) as tx:
        case = plant(tx, Case)

    def cut_in_the_middle() -> None:
        with postgres_store.transaction(NOW) as tx:
            plant(tx, Case)
            with raw(postgres_store) as database:
                database.run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            plant(tx, Case)

    with pytest.raises(StoreBusy):
        cut_in_the_middle()
    with postgres_store.read() as view:
        assert view.find(Case) == [case]


@pytest.mark.postgres
def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    store = open_store(f"postgresql://nobody@/nothing?host={tmp_path}", IN_MEMORY, MASTER)
    with pytest.raises(StoreBusy, match="not reachable"), store.transaction(NOW):
        pass
    with pytest.raises(StoreBusy), store.read() as view:
        view.count(Case)


@pytest.mark.postgres
def test_a_deadlock_is_told_to_try_again(postgres_store: Store) -> None:
    with postgres_store.transaction(NOW) as tx:
        one, two = plant(tx, Case), plant(tx, Case)
    together, told = threading.Barrier(2), []

    def take(first: Case, second: Case) -> None:
        try:
            with postgres_store.transaction(NOW) as tx:
                tx.get(Case, first.id)
                together.wait()
                tx.get(Case, second.id)
            told.append("done")
        except StoreBusy:
            told.append("busy")
        postgres_store.close()

    threads = [threading.Thread(target=take, args=pair) for pair in ((one, two), (two, one))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(told) == ["busy", "done"]


@pytest.mark.postgres
def test_a_character_that_postgresql_cannot_store_is_bad_input(postgres_store: Store) -> None:
    with pytest.raises(BadInput), postgres_store.transaction(NOW) as tx:
        plant(tx, Report, hint="a\x00b")
