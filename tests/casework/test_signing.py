"""Signing after the commit: what is signed was committed, and a database that went back is never signed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from showcause.casework.log import ledger, signing
from showcause.casework.log.signing import sign_head
from showcause.casework.log.tree import Nodes
from showcause.casework.ports import Head
from showcause.domain.errors import AlreadyExists, ClockBehind, Fenced, LogInconsistent, StoreBusy
from showcause.store.store import Store
from showcause.store.tx import Tx
from showcause.transparency import merkle
from showcause.transparency.checkpoint import parse_checkpoint
from showcause.transparency.policy import evaluate
from tests.databases import fresh_sqlite, raw
from tests.logbook import Book, leaf, opened_book, secret


@pytest.fixture
def book(store: Store, tmp_path: Path) -> Iterator[Book]:
    """A log on each database in turn."""
    (tmp_path / "signer").mkdir()
    yield from opened_book(store, tmp_path / "signer")


@pytest.fixture
def filed(sqlite_store: Store, tmp_path: Path) -> Iterator[Book]:
    """A log in a SQLite file."""
    (tmp_path / "signer").mkdir()
    yield from opened_book(sqlite_store, tmp_path / "signer")


def copied(store: Store, to: Path) -> Path:
    """Copy a database as a backup does."""
    with raw(store) as db:
        db.connection.execute("COMMIT")
        db.connection.execute("VACUUM INTO ?", (str(to),))
        db.connection.execute("BEGIN")
    return to


def restore(store: Store, backup: Path) -> None:
    """Put a backup in the place of a database."""
    assert store.database.path is not None
    store.close()
    for name in (store.database.path, *store.database.path.parent.glob(store.database.path.name + "-*")):
        name.unlink()
    shutil.copyfile(backup, store.database.path)


def test_an_empty_log_has_no_signed_head(book: Book) -> None:
    assert sign_head(book.store, book.signer) is None


def test_the_signed_head_is_the_root_over_the_committed_leaves(book: Book) -> None:
    book.write(1)
    book.write(300)
    book.write(5)
    head = book.sign()
    hashes = [merkle.leaf_hash(data) for data in book.data()]
    assert (head.size, head.root) == (306, merkle.root_of(hashes))
    assert evaluate(book.policy, head.note).checkpoint.root == head.root


def test_each_head_continues_the_one_before_it(book: Book) -> None:
    sizes = []
    for n in (1, 1, 254, 1, 300, 65, 1000):
        book.write(n)
        sizes.append(book.sign().size)
    assert sizes == [1, 2, 256, 257, 557, 622, 1622]
    assert book.signer.last().size == 1622


def test_signing_again_gives_the_same_note(book: Book) -> None:
    book.write(3)
    assert book.sign() == book.sign()


def test_what_was_rolled_back_is_never_signed(book: Book) -> None:
    book.write(3)
    with pytest.raises(AlreadyExists):
        write_twice(book, "never")
    assert book.sign().size == 3


def on_disk(store: Store) -> Head:
    """Return the head as another program finds it on the disk."""
    with raw(store) as db:
        [(size, root)] = db.run("SELECT size, root FROM log_state")
    return Head(size, bytes(root))


def test_the_signer_is_never_ahead_of_the_database(filed: Book) -> None:
    for n in (3, 300, 1):
        filed.write(n)
        filed.sign()
        assert filed.signer.last() == on_disk(filed.store)
        filed.write(2)
        assert filed.signer.last().size < on_disk(filed.store).size


def test_a_restored_backup_is_fenced_and_nothing_is_signed(filed: Book, tmp_path: Path) -> None:
    filed.write(5)
    filed.sign()
    backup = copied(filed.store, tmp_path / "backup.db")
    filed.write(2)
    signed = filed.sign()
    restore(filed.store, backup)
    for _ in range(2):
        with pytest.raises(Fenced):
            filed.sign()
    assert filed.fenced
    assert filed.signer.last() == Head(signed.size, signed.root)


def test_the_message_of_a_fence_says_what_to_do(filed: Book, tmp_path: Path) -> None:
    filed.write(5)
    backup = copied(filed.store, tmp_path / "backup.db")
    filed.write(2)
    filed.sign()
    restore(filed.store, backup)
    with pytest.raises(Fenced, match="5 entries, but 7 were signed") as refused:
        filed.sign()
    assert "log unfence" in refused.value.hint


def test_a_restored_backup_that_grew_past_the_signed_size_is_fenced_too(filed: Book, tmp_path: Path) -> None:
    filed.write(5)
    backup = copied(filed.store, tmp_path / "backup.db")
    filed.write(2, "lost")
    filed.sign()
    restore(filed.store, backup)
    filed.write(20, "other")
    with pytest.raises(Fenced, match="does not continue"):
        filed.sign()
    assert filed.fenced
    assert filed.signer.last().size == 7


def test_while_fenced_leaves_wait_without_a_place_and_none_is_lost(book: Book) -> None:
    book.write(3)
    book.sign()
    signing.fence(book.store)
    signing.fence(book.store)
    waiting = book.write(4) + book.write(2)
    assert book.size == 3
    with pytest.raises(Fenced):
        book.sign()
    with book.store.read() as view:
        assert view.log.queued() == 6
        assert [view.log.index_of(each.id) for each in waiting] == [None] * 6


def write_twice(book: Book, name: str) -> None:
    with book.store.transaction() as tx:
        tx.draft(leaf(name))
        ledger.append(tx)
        tx.drafts.append(leaf("another"))
        ledger.append(tx)


def unfence(tx: Tx, book: Book) -> int:
    """Run the verb as the runner does."""
    drained = signing.unfence(tx, book.clock(), lambda: "0" * 32, book.signer)
    ledger.append(tx)
    return drained


def test_after_a_newer_database_was_put_back_what_waited_is_appended_in_order(book: Book) -> None:
    before = book.write(3)
    book.sign()
    signing.fence(book.store)
    waiting = book.write(260) + book.write(2)
    with book.store.transaction() as tx:
        assert unfence(tx, book) == 262
    assert not book.fenced
    after = book.write(1)
    assert book.data() == [each.data for each in before + waiting + after]
    head = book.sign()
    assert head.root == merkle.root_of(merkle.leaf_hash(data) for data in book.data())
    with book.store.read() as view:
        assert view.log.queued() == 0


def test_a_log_that_is_still_behind_stays_fenced(filed: Book, tmp_path: Path) -> None:
    filed.write(5)
    backup = copied(filed.store, tmp_path / "backup.db")
    filed.write(2)
    filed.sign()
    restore(filed.store, backup)
    with pytest.raises(Fenced):
        filed.sign()
    filed.write(1)
    with pytest.raises(Fenced, match="still does not continue"), filed.store.transaction() as tx:
        unfence(tx, filed)
    assert filed.fenced
    with filed.store.read() as view:
        assert view.log.queued() == 1


def test_the_queue_is_not_drained_while_the_log_is_fenced(book: Book) -> None:
    book.write(1)
    signing.fence(book.store)
    book.write(1)
    with pytest.raises(Fenced), book.store.transaction() as tx:
        signing.drain(tx, book.clock(), lambda: "0" * 32)


def test_a_database_that_was_put_back_whole_needs_no_unfencing(filed: Book, tmp_path: Path) -> None:
    filed.write(5)
    old = copied(filed.store, tmp_path / "old.db")
    filed.write(2)
    filed.sign()
    newest = copied(filed.store, tmp_path / "new.db")
    restore(filed.store, old)
    with pytest.raises(Fenced):
        filed.sign()
    restore(filed.store, newest)
    filed.write(1)
    assert filed.sign().size == 8


def test_a_pausing_clock_does_not_fence_the_log(book: Book) -> None:
    book.write(3)
    book.sign()
    book.write(1)
    book.clock.go(minutes=-1)
    with pytest.raises(ClockBehind):
        book.sign()
    assert not book.fenced
    book.clock.go(minutes=1)
    assert book.sign().size == 4


def test_a_changed_root_is_not_signed(filed: Book) -> None:
    filed.write(3)
    filed.sign()
    filed.write(1)
    with raw(filed.store) as db:
        db.run("UPDATE log_state SET root = ?, generation = generation + 1", secret("forged"))
    with pytest.raises(LogInconsistent):
        filed.sign()
    assert filed.signer.last().size == 3


def test_a_head_whose_rows_do_not_carry_it_is_not_signed(filed: Book) -> None:
    """Root and right edge were forged together; the rows below them still prove what was signed."""
    filed.write(3)
    filed.sign()
    filed.write(2)
    forged = merkle.Peaks().append(secret("forged", n) for n in range(5))
    with raw(filed.store) as db:
        change = "UPDATE log_state SET root = ?, peaks = ?, generation = generation + 1"
        db.run(change, forged.root(), forged.to_bytes())
    with pytest.raises(Fenced, match="does not continue"):
        filed.sign()


def test_two_databases_under_one_signer_are_two_histories(filed: Book, tmp_path: Path) -> None:
    filed.write(3)
    filed.sign()
    (tmp_path / "other").mkdir()
    with fresh_sqlite(tmp_path / "other") as other:
        with other.transaction() as tx:
            for name in "abcd":
                tx.draft(leaf(name))
            ledger.append(tx)
        with pytest.raises(Fenced):
            sign_head(other, filed.signer)
    assert filed.sign().size == 3


def test_remembered_nodes_are_those_of_the_rows(book: Book) -> None:
    nodes = Nodes()
    for n in (5, 300, 40, 400):
        book.write(n)
        with book.store.read() as view:
            read = nodes.reader(view.log)
            size = view.log.state().size
            assert merkle.root_at(size, read) == view.log.state().root
            assert merkle.root_at(size - 3, read) == merkle.root_at(size - 3, Nodes().reader(view.log))


def test_a_store_that_does_not_answer_leaves_the_signer_where_it_was(filed: Book) -> None:
    filed.write(3)
    head = filed.sign()
    filed.store.close()
    assert filed.store.database.path is not None
    hidden = filed.store.database.path.rename(filed.store.database.path.with_name("hidden"))
    filed.store.database.path.mkdir()
    with pytest.raises(StoreBusy):
        filed.sign()
    filed.store.database.path.rmdir()
    hidden.rename(filed.store.database.path)
    assert filed.signer.last().size == head.size == parse_checkpoint(head.note.split("\n\n")[0] + "\n").size
