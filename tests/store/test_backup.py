"""A backup is whole or refused, never overwrites, and does not bring back what was forgotten."""

import stat
from pathlib import Path

import pytest

from showcause.domain.case import Case
from showcause.domain.errors import AlreadyExists, BadInput, Forgotten, NotFound, RecordCorrupt, Unsupported
from showcause.domain.subject import Subject, SubjectKind
from showcause.store import backup, schema
from showcause.store.config import open_store
from showcause.store.events import EventLog, Offered
from showcause.store.keys import KeyStore
from showcause.store.store import Store
from tests.databases import IN_MEMORY, MASTER
from tests.store.samples import NOW, plant

JANE = Subject("demo", SubjectKind.ACCOUNT, "@jane:example.org")


def test_a_copy_made_while_others_write_is_whole(sqlite_store: Store, tmp_path: Path) -> None:
    with sqlite_store.transaction(NOW) as tx:
        case = plant(tx, Case)
    told: list[tuple[int, int | None]] = []
    with sqlite_store.transaction(NOW) as tx:
        plant(tx, Case)
        backup.back_up(
            sqlite_store, tmp_path / "copy", progress=lambda done, total: told.append((done, total))
        )
    backup.restore(tmp_path / "copy", tmp_path / "restored.db")
    restored = open_store(f"sqlite:///{tmp_path / 'restored.db'}", IN_MEMORY, MASTER)
    schema.check(restored)
    with restored.read() as view:
        assert view.find(Case) == [case]
    restored.close()
    assert told
    assert told[-1][0] == told[-1][1]
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600


def test_a_copy_of_the_events_is_of_one_moment_and_holds_up_no_writer(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'events.db'}"
    log = EventLog.open(url, bytes(32))
    offered = [Offered("plaza", f"{number}", None, b"{}") for number in range(2_000)]
    log.append(offered[:1_000], NOW)
    with log._changing() as run:  # somebody writes and is not done yet
        run("UPDATE {p}head SET moment = moment + 1")
        backup.back_up_events(tmp_path / "events.db", tmp_path / "copy")
    log.append(offered[1_000:], NOW)
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    with pytest.raises(AlreadyExists):
        backup.restore_events(tmp_path / "copy", tmp_path / "events.db")
    with pytest.raises(BadInput):
        backup.restore(tmp_path / "copy", tmp_path / "other.db")
    backup.restore_events(tmp_path / "copy", tmp_path / "again.db")
    again = EventLog.open(f"sqlite:///{tmp_path / 'again.db'}", bytes(32))
    assert again.head().sequence == len(again.read(0, 5_000)) == 1_000
    for each in (log, again):
        each.close()


def test_nothing_is_ever_overwritten(sqlite_store: Store, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("precious")
    with pytest.raises(AlreadyExists):
        backup.back_up(sqlite_store, taken)
    with pytest.raises(AlreadyExists):
        backup.back_up_keys(sqlite_store, taken)
    backup.back_up(sqlite_store, tmp_path / "copy")
    with pytest.raises(AlreadyExists):
        backup.restore(tmp_path / "copy", taken)
    assert taken.read_text() == "precious"
    (tmp_path / "new.db-wal").write_text("of an older database")
    with pytest.raises(AlreadyExists, match="-wal"):
        backup.restore(tmp_path / "copy", tmp_path / "new.db")


def test_a_damaged_or_foreign_copy_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        backup.restore(tmp_path / "missing", tmp_path / "new.db")
    backup.back_up(sqlite_store, tmp_path / "copy")
    whole = (tmp_path / "copy").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RecordCorrupt):
        backup.restore(tmp_path / "cut", tmp_path / "new.db")
    KeyStore(tmp_path / "keys.db", MASTER).backup(tmp_path / "foreign")
    with pytest.raises(BadInput):
        backup.restore(tmp_path / "foreign", tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()


def test_restored_keys_do_not_bring_back_who_was_forgotten(sqlite_store: Store, tmp_path: Path) -> None:
    home, copy = tmp_path / "home", tmp_path / "keys-copy"
    home.mkdir()
    sqlite_store.keys = KeyStore(home / "keys.db", MASTER)
    with sqlite_store.transaction(NOW) as tx:
        jane = tx.owner_of(JANE)
        sealed = tx.seal(jane, "facts", "words")
    backup.back_up_keys(sqlite_store, copy)
    sqlite_store.keys.forget(jane)
    sqlite_store.keys.close()
    for each in home.glob("keys.db*"):
        if each.name != "keys.db.erased":
            each.unlink()
    backup.restore_keys(copy, home / "keys.db")
    with sqlite_store.read() as view, pytest.raises(Forgotten):
        view.unseal(sealed)
    sqlite_store.keys.close()


def test_a_database_in_memory_has_no_backup(memory_store: Store, tmp_path: Path) -> None:
    with pytest.raises(Unsupported):
        backup.back_up(memory_store, tmp_path / "copy")


@pytest.mark.postgres
def test_postgresql_is_backed_up_by_its_own_tools(postgres_store: Store, tmp_path: Path) -> None:
    with pytest.raises(Unsupported) as refused:
        backup.back_up(postgres_store, tmp_path / "copy")
    assert "pg_dump" in refused.value.hint
