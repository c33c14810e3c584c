"""Group commit: together in one transaction, apart in what becomes of each."""

import asyncio
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from showcause.casework.log import signing
from showcause.casework.log.fsck import KnownHead, fsck
from showcause.casework.log.grouping import Closed, GroupWriter, Written
from showcause.casework.ports import Ids
from showcause.domain.errors import AlreadyExists, BadInput, ClockBehind, Fenced
from showcause.domain.site import Setting
from showcause.store.store import Store
from showcause.store.tx import Tx
from showcause.transparency.checkpoint import parse_checkpoint
from showcause.transparency.policy import evaluate
from tests.logbook import Book, leaf, opened_book


@pytest.fixture
def book(store: Store, tmp_path: Path) -> Iterator[Book]:
    """A log on each database in turn."""
    (tmp_path / "signer").mkdir()
    yield from opened_book(store, tmp_path / "signer")


def writer_of(book: Book) -> GroupWriter:
    return GroupWriter(book.store, book.signer, lambda: secrets.token_hex(16), book.clock)


def put(
    tx: Tx, now: datetime, ids: Ids, name: str, *, fails: type[Exception] | None = None, drafts: int = 1
) -> str:
    """A use case: one record and some leaves; or, having written them, a refusal."""
    record = tx.insert(Setting(ids(), name, "1", now, "ada"), verb="set", actor="ada")
    for at in range(drafts):
        tx.draft(leaf(f"{name} {at}"))
    if fails is not None:
        raise fails(f"{name} is refused")
    return record.id


def names(book: Book) -> set[str]:
    with book.store.read() as view:
        return {each.name for each in view.find(Setting)}


def test_everybody_gets_the_place_of_their_leaf_under_a_signed_head(book: Book) -> None:
    answers: dict[str, Written[None]] = {}
    with writer_of(book) as writer:

        def submitter(name: str) -> None:
            for at in range(5):
                each = leaf(f"{name} {at}")
                answers[each.id] = writer.submit_leaves([each]).wait()

        threads = [threading.Thread(target=submitter, args=(f"thread {n}",)) for n in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert book.size == 60
    with book.store.read() as view:
        for id_, answer in answers.items():
            assert answer.head is not None
            assert view.log.index_of(id_) == answer.index
            assert (answer.index or 0) < evaluate(book.policy, answer.head.note).checkpoint.size
    last = KnownHead("signer", book.signer.last())
    assert fsck(book.store, [last], records=False).sound


def test_what_waits_shares_one_transaction_and_one_signature(book: Book) -> None:
    writer = writer_of(book)
    tickets = [writer.submit(put, f"name {n}", drafts=n) for n in range(4)]
    with writer:
        answers = [ticket.wait() for ticket in tickets]
    assert [answer.index for answer in answers] == [None, 0, 1, 3]
    assert {answer.head.size if answer.head else 0 for answer in answers} == {6}
    with book.store.read() as view:
        assert view.log.state().generation == 1


def test_a_refused_use_case_is_undone_alone(book: Book) -> None:
    writer = writer_of(book)
    good = [writer.submit(put, "first"), writer.submit(put, "third", drafts=2)]
    bad = [
        writer.submit(put, "second", fails=BadInput),
        writer.submit(put, "fourth", fails=ZeroDivisionError),
    ]
    last = writer.submit(put, "fifth")
    with writer:
        assert [ticket.wait().index for ticket in good] == [0, 1]
        with pytest.raises(BadInput, match="second is refused"):
            bad[0].wait()
        with pytest.raises(ZeroDivisionError):
            bad[1].wait()
        assert last.wait().index == 3
    assert names(book) == {"first", "third", "fifth"}
    assert book.size == 4


def test_a_lone_use_case_that_fails_stores_nothing_and_the_writer_goes_on(book: Book) -> None:
    with writer_of(book) as writer:
        with pytest.raises(ZeroDivisionError):
            writer.submit(put, "bad", fails=ZeroDivisionError).wait()
        assert writer.submit(put, "good").wait().index == 0
    assert names(book) == {"good"}


def test_a_leaf_that_comes_twice_harms_nobody_else(book: Book) -> None:
    writer = writer_of(book)
    same = leaf("same")
    tickets = [
        writer.submit_leaves([leaf("a")]),
        writer.submit_leaves([same]),
        writer.submit_leaves([leaf("b"), same]),
    ]
    more = writer.submit(put, "c")
    with writer:
        assert [ticket.wait().index for ticket in tickets[:2]] == [0, 1]
        with pytest.raises(AlreadyExists):
            tickets[2].wait()
        assert more.wait().index == 2
    assert names(book) == {"c"}
    assert book.size == 3


def test_coroutines_are_answered_in_their_loop(book: Book) -> None:
    async def together(writer: GroupWriter) -> list[Written[None] | Written[str] | BaseException]:
        calls = [writer.write_leaves([leaf(f"leaf {n}")]) for n in range(20)]
        bad = writer.write(put, "bad", fails=BadInput)
        return [
            *await asyncio.gather(*calls),
            *await asyncio.gather(bad, writer.write(put, "x"), return_exceptions=True),
        ]

    # The loop gets a thread of its own: a browser's may be running in this one.
    with writer_of(book) as writer, ThreadPoolExecutor(1) as fresh:
        *written, refused, last = fresh.submit(lambda: asyncio.run(together(writer))).result()
    indexes = [each.index for each in (*written, last) if isinstance(each, Written)]
    assert sorted(each for each in indexes if each is not None) == list(range(21))
    assert isinstance(refused, BadInput)


def test_while_signing_pauses_what_was_committed_stands_and_says_that_it_is_unsigned(book: Book) -> None:
    book.write(1)
    book.sign()
    book.clock.go(minutes=-5)
    with writer_of(book) as writer:
        answer = writer.submit(put, "kept").wait()
    assert (answer.index, answer.head) == (1, None)
    assert isinstance(answer.unsigned, ClockBehind)
    assert names(book) == {"kept"}


def test_behind_a_fence_it_waits_without_a_place(book: Book) -> None:
    book.write(1)
    book.sign()
    signing.fence(book.store)
    with writer_of(book) as writer:
        answer = writer.submit(put, "kept").wait()
    assert (answer.index, answer.head) == (None, None)
    assert isinstance(answer.unsigned, Fenced)
    with book.store.read() as view:
        assert view.log.queued() == 1


def test_closing_finishes_what_waits_and_takes_nothing_more(book: Book) -> None:
    writer = writer_of(book)
    tickets = [writer.submit_leaves([leaf(f"leaf {n}")]) for n in range(50)]
    with writer:
        pass
    assert [ticket.wait().index for ticket in tickets] == list(range(50))
    with pytest.raises(Closed):
        writer.submit_leaves([leaf("late")])
    head = book.sign()
    assert (head.size, parse_checkpoint(head.note.split("\n\n")[0] + "\n").size) == (50, 50)


def test_another_writer_of_the_same_log_is_no_harm(book: Book) -> None:
    with writer_of(book) as writer:
        for n in range(5):
            writer.submit_leaves([leaf(f"mine {n}")]).wait()
            book.write(2, f"theirs {n}")
    assert book.sign().size == 15
    assert fsck(book.store, [KnownHead("signer", book.signer.last())], records=False).sound
