"""Keys: flushed before they are used, useless without the master key, and gone when a person is forgotten."""

import os
import signal
import sqlite3
import stat
from pathlib import Path

import pytest

from showcause.domain.errors import Forgotten, KeyMissing, Misconfigured
from showcause.domain.subject import Subject, SubjectKind
from showcause.store.keys import KeyStore
from tests.databases import MASTER, fresh_sqlite
from tests.store.samples import NOW, new_id

JANE = Subject("demo", SubjectKind.ACCOUNT, "@jane:example.org")


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys.db", MASTER)


def everything_in(path: Path) -> bytes:
    """Return the bytes of a database and of all files beside it."""
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob(path.name + "*")))


def test_an_owner_is_found_again_by_who_opens_the_file_later(keys: KeyStore) -> None:
    owner = keys.owner("jane")
    keys.close()
    assert KeyStore(keys.path, MASTER).owner("jane") == owner
    assert keys.owner("john") != owner


def test_the_file_tells_neither_who_nor_which_key(keys: KeyStore) -> None:
    owner = keys.owner("jane@example.org")
    seed = keys.seed(owner, new_id(), "subject")
    content = everything_in(keys.path)
    assert owner.encode() in content
    assert b"jane" not in content
    assert seed not in content
    assert MASTER not in content


def test_the_file_is_for_its_owner_alone(keys: KeyStore) -> None:
    keys.owner("jane")
    keys.backup(keys.path.with_name("copy"))
    for path in (keys.path, keys.path.with_name("copy")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_master_key_is_refused_before_anything_is_written(keys: KeyStore) -> None:
    keys.owner("jane")
    keys.close()
    with pytest.raises(Misconfigured, match="another master key"):
        KeyStore(keys.path, bytes(32)).owner("john")
    assert KeyStore(keys.path, MASTER).has(keys.owner("jane"))


def test_seeds_differ_by_owner_leaf_and_slot_and_stay_the_same(keys: KeyStore) -> None:
    jane, john = keys.owner("jane"), keys.owner("john")
    leaf, other = new_id(), new_id()
    names = [
        (jane, leaf, "subject"),
        (john, leaf, "subject"),
        (jane, other, "subject"),
        (jane, leaf, "content"),
    ]
    seeds = [keys.seed(*name) for name in names]
    assert len(set(seeds)) == 4
    assert [keys.seed(*name) for name in names] == seeds
    assert {len(seed) for seed in seeds} == {32}


def test_forgetting_takes_texts_and_seeds_and_the_way_to_find_them(keys: KeyStore) -> None:
    jane = keys.owner("jane")
    nonce, sealed = keys.encrypt(jane, b"words", b"bound")
    keys.forget(jane)
    keys.forget(jane)
    with pytest.raises(Forgotten):
        keys.decrypt(jane, nonce, sealed, b"bound")
    with pytest.raises(Forgotten):
        keys.seed(jane, new_id(), "facts")
    assert keys.is_erased(jane)
    assert keys.owner("jane") != jane


def test_a_destroyed_key_stands_nowhere_in_the_files(keys: KeyStore) -> None:
    jane = keys.owner("jane")
    (wrapped,) = sqlite3.connect(keys.path).execute("SELECT wrapped FROM owner").fetchone()
    assert wrapped in everything_in(keys.path)
    keys.forget(jane)
    assert wrapped not in everything_in(keys.path)


def test_a_restored_backup_forgets_again(keys: KeyStore, tmp_path: Path) -> None:
    jane, john = keys.owner("jane"), keys.owner("john")
    copy = tmp_path / "copy"
    keys.backup(copy)
    keys.forget(jane)
    keys.close()
    for each in tmp_path.glob("keys.db*"):
        if each != keys.erasures:
            each.unlink()
    copy.rename(keys.path)
    restored = KeyStore(keys.path, MASTER)
    with pytest.raises(Forgotten):
        restored.seed(jane, new_id(), "facts")
    assert restored.has(john)
    assert jane not in [row[0] for row in sqlite3.connect(keys.path).execute("SELECT id FROM owner")]


def test_what_another_process_forgot_is_forgotten_here_at_once(keys: KeyStore) -> None:
    jane = keys.owner("jane")
    KeyStore(keys.path, MASTER).forget(jane)
    with pytest.raises(Forgotten):
        keys.seed(jane, new_id(), "facts")


def test_an_unknown_owner_is_an_alarm_and_not_an_erasure(keys: KeyStore) -> None:
    with pytest.raises(KeyMissing):
        keys.seed(new_id(), new_id(), "facts")


def test_two_processes_make_one_owner_of_one_person(keys: KeyStore) -> None:
    keys.owner("somebody")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, keys.owner("jane").encode())
        finally:
            os._exit(0)
    mine = keys.owner("jane")
    os.waitpid(child, 0)
    assert os.read(reading, 64).decode() == mine


@pytest.mark.crash
@pytest.mark.parametrize("committed", [True, False])
def test_a_kill_never_leaves_a_sealed_value_without_its_key(committed: bool, tmp_path: Path) -> None:
    """The child dies at once after the commit, or between sealing and the commit; the key is there either way."""
    with fresh_sqlite(tmp_path) as store:
        store.keys = KeyStore(tmp_path / "keys.db", MASTER)
        child = os.fork()
        if child == 0:
            with store.transaction(NOW) as tx:
                (tmp_path / "sealed").write_text(tx.seal(tx.owner_of(JANE), "facts", "words"))
                if not committed:
                    os.kill(os.getpid(), signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        owners = sqlite3.connect(tmp_path / "keys.db").execute("SELECT count(*) FROM owner").fetchone()
        assert owners == (1,)
        with store.read() as view:
            if committed:
                assert view.unseal((tmp_path / "sealed").read_text()) == "words"
        store.keys.close()


def test_a_key_is_on_disk_before_the_row_that_uses_it(tmp_path: Path) -> None:
    """Seen over other connections while the transaction is still open: the key is there, the row is not."""
    with fresh_sqlite(tmp_path) as store:
        store.keys = KeyStore(tmp_path / "keys.db", MASTER)
        with store.transaction(NOW) as tx:
            id = tx.seal(tx.owner_of(JANE), "facts", "words")
            seen = KeyStore(tmp_path / "keys.db", MASTER)
            assert seen.has(tx.owner_of_sealed(id))
            there = (
                sqlite3.connect(tmp_path / "showcause.db").execute("SELECT count(*) FROM sealed").fetchone()
            )
            assert there == (0,)
            seen.close()
        store.keys.close()
