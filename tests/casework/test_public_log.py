"""The public log: by the hour, whole at every moment, and never two histories."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from showcause.casework.log import ledger, public_log
from showcause.casework.log.publishing import leaf_with_document
from showcause.casework.log.signing import SignedHead
from showcause.domain.errors import Fenced, LogInconsistent, NotFound
from showcause.domain.site import Setting
from showcause.store.store import Store
from showcause.transparency.audit import Report, audit
from showcause.transparency.export import files_of
from showcause.transparency.kinds import Kind
from tests.databases import fresh_sqlite, raw
from tests.logbook import Book, opened_book, secret


@pytest.fixture
def book(sqlite_store: Store, tmp_path: Path) -> Iterator[Book]:
    (tmp_path / "signer").mkdir()
    yield from opened_book(sqlite_store, tmp_path / "signer")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "public").mkdir()
    return tmp_path / "public"


def publish(book: Book, folder: Path) -> bool:
    return public_log.publish(book.store, folder, book.sign(), book.signer.verifier_key, book.clock())


def public_size(folder: Path) -> int:
    head = public_log.published(folder)
    return head.size if head else 0


def audited(book: Book, folder: Path) -> Report:
    return audit(public_log.reader(folder), book.policy)


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_the_folder_of_a_published_log_can_be_audited_by_a_stranger(book: Book, folder: Path) -> None:
    book.write(700)
    assert publish(book, folder)
    report = audited(book, folder)
    assert report.faults == []
    assert report.entries == 700


@pytest.mark.parametrize("steps", [(1, 1, 1), (255, 1, 1), (256, 256), (300, 300, 300), (3, 700, 1)])
def test_step_by_step_it_has_the_same_files_as_all_at_once(
    book: Book, folder: Path, steps: tuple[int, ...]
) -> None:
    for n in steps:
        book.write(n)
        assert publish(book, folder)
        assert audited(book, folder).faults == []
        book.clock.go(hours=1)
    wanted = dict(files_of(book.data(), book.sign().note))
    wanted["key"] = book.signer.verifier_key.encode() + b"\n"
    assert files_in(folder) == wanted


def test_the_public_head_advances_once_in_an_hour_of_the_clock(book: Book, folder: Path) -> None:
    book.clock.now = datetime(2026, 3, 2, 10, 0, 30, tzinfo=UTC)
    seen = []
    for _ in range(15):
        book.write(1)
        publish(book, folder)
        seen.append(public_size(folder))
        book.clock.go(minutes=10)
    assert seen == [1, 1, 1, 1, 1, 1, 7, 7, 7, 7, 7, 7, 13, 13, 13]


def test_a_decision_after_a_quiet_time_does_not_tell_its_minute(book: Book, folder: Path) -> None:
    book.write(1)
    for _ in range(30):
        publish(book, folder)
        book.clock.go(minutes=10)
    book.clock.now = datetime(2026, 3, 2, 21, 0, 5, tzinfo=UTC)
    publish(book, folder)
    book.clock.now = datetime(2026, 3, 2, 21, 4, tzinfo=UTC)
    book.write(1)
    assert not publish(book, folder)
    assert public_size(folder) == 1
    book.clock.now = datetime(2026, 3, 2, 22, 0, 5, tzinfo=UTC)
    assert publish(book, folder)
    assert public_size(folder) == 2
    assert (folder / "checkpoint").stat().st_mtime == book.clock.now.timestamp()


def test_the_interval_is_a_setting(book: Book, folder: Path) -> None:
    book.write(1)
    with book.store.transaction(book.clock()) as tx:
        tx.insert(Setting("0" * 32, "public-interval", "60", book.clock(), "ada"), verb="set", actor="ada")
    assert publish(book, folder)
    book.write(1)
    book.clock.go(seconds=20)
    assert not publish(book, folder)
    book.clock.go(seconds=40)
    assert publish(book, folder)


def test_a_clock_that_goes_back_publishes_nothing(folder: Path) -> None:
    (folder / "checkpoint").write_text("")
    now = datetime(2026, 3, 2, 10, tzinfo=UTC)
    os.utime(folder / "checkpoint", (now.timestamp(), now.timestamp()))
    assert not public_log.is_due(folder, now - timedelta(hours=5), timedelta(hours=1))
    assert public_log.is_due(folder, now + timedelta(hours=1), timedelta(hours=1))


def test_finer_heads_are_nowhere_in_the_folder(book: Book, folder: Path) -> None:
    book.write(300)
    publish(book, folder)
    later = book.write(20)
    publish(book, folder)
    everything = b"".join(files_in(folder).values())
    assert not any(each.hash in everything or each.data in everything for each in later)


def test_documents_are_public_with_their_leaf_and_not_before(book: Book, folder: Path) -> None:
    book.write(1)
    publish(book, folder)
    with book.store.transaction(book.clock()) as tx:
        about = secret("about").hex()[:32]
        document = leaf_with_document(
            tx,
            book.clock(),
            lambda: secret("id").hex()[:32],
            Kind.SETTING,
            {"name": "tier"},
            about=about,
            by=None,
            event="x",
        )
        ledger.append(tx)
    publish(book, folder)
    assert not (folder / "doc").exists()
    book.clock.go(hours=1)
    publish(book, folder)
    assert (folder / f"doc/{document.digest}.json").read_text() == '{"name":"tier"}'


def test_a_lost_or_changed_file_is_made_again_from_the_rows(book: Book, folder: Path) -> None:
    book.write(700)
    publish(book, folder)
    before = files_in(folder)
    (folder / "tile/0/001").unlink()
    (folder / "tile/entries/000").write_bytes(b"forged")
    shutil.rmtree(folder / "tile/1")
    assert audited(book, folder).faults != []
    assert public_log.rebuild(book.store, folder, book.signer.verifier_key) == 3
    assert files_in(folder) == before
    assert public_log.rebuild(book.store, folder, book.signer.verifier_key) == 0


def test_nothing_is_rebuilt_before_the_first_public_head(book: Book, folder: Path) -> None:
    with pytest.raises(NotFound):
        public_log.rebuild(book.store, folder, book.signer.verifier_key)


def test_nothing_is_rebuilt_from_rows_that_do_not_carry_the_public_head(
    book: Book, folder: Path, tmp_path: Path
) -> None:
    book.write(5)
    publish(book, folder)
    before = files_in(folder)
    (tmp_path / "other").mkdir()
    with fresh_sqlite(tmp_path / "other") as other, pytest.raises(LogInconsistent):
        public_log.rebuild(other, folder, book.signer.verifier_key)
    assert files_in(folder) == before


def test_the_public_never_sees_a_second_history(book: Book, folder: Path) -> None:
    book.write(5)
    publish(book, folder)
    before = files_in(folder)
    book.clock.go(hours=2)
    for size in (3, 5, 9):
        other = SignedHead(size, secret("another root"), "note")
        with pytest.raises(Fenced, match="public has seen"):
            public_log.publish(book.store, folder, other, book.signer.verifier_key, book.clock())
    assert files_in(folder) == before


def test_rows_that_are_missing_leave_the_older_public_head_whole(book: Book, folder: Path) -> None:
    book.write(5)
    publish(book, folder)
    book.write(600)
    head = book.sign()
    with raw(book.store) as db:
        for (name,) in db.run(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'log_entry'"
        ):
            db.run(f"DROP TRIGGER {name}")
        db.run("DELETE FROM log_entry WHERE idx = 100")
    book.clock.go(hours=1)
    with pytest.raises((LogInconsistent, Fenced)):
        public_log.publish(book.store, folder, head, book.signer.verifier_key, book.clock())
    assert public_size(folder) == 5
    assert audited(book, folder).faults == []


def test_a_crash_before_the_checkpoint_is_made_good_by_the_next_call(book: Book, folder: Path) -> None:
    book.write(300)
    publish(book, folder)
    kept = (folder / "checkpoint").read_bytes(), (folder / "checkpoint").stat().st_mtime
    book.clock.go(hours=1)
    book.write(300)
    publish(book, folder)
    finished = files_in(folder)
    (folder / "checkpoint").write_bytes(kept[0])
    os.utime(folder / "checkpoint", (kept[1], kept[1]))
    (folder / "tile/0/002.p/88.new").write_bytes(b"half")
    assert public_size(folder) == 300
    assert publish(book, folder)
    assert files_in(folder) == finished
