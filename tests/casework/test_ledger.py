"""Leaves joining the tree: whatever the groups in which they come, rows, tiles and head are those of the whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from showcause.casework.log import ledger
from showcause.casework.log.fsck import fsck
from showcause.casework.log.tree import rows_of, rows_since
from showcause.domain.errors import AlreadyExists, LogInconsistent
from showcause.store.logrows import LogState
from showcause.store.store import Store
from showcause.transparency import merkle
from showcause.transparency.tiles import subtree_root
from tests.databases import fresh_memory
from tests.logbook import Book, leaf, opened_book, secret

MANY = [leaf(f"leaf {at}") for at in range(1400)]


@pytest.fixture
def book(store: Store, tmp_path: Path) -> Iterator[Book]:
    """A log on each database in turn."""
    (tmp_path / "signer").mkdir()
    yield from opened_book(store, tmp_path / "signer")


def append(store: Store, leaves: list[ledger.Encoded]) -> int | None:
    with store.transaction() as tx:
        tx.drafts.extend(leaves)
        return ledger.append(tx)


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(1, 520), min_size=1, max_size=6))
def test_groups_of_any_size_make_the_same_tree(sizes: list[int]) -> None:
    total = min(sum(sizes), len(MANY))
    with fresh_memory() as store:
        start = 0
        for size in sizes:
            group = MANY[start : start + size]
            assert append(store, group) == (start if group else None)
            start += len(group)
        hashes = [each.hash for each in MANY[:total]]
        with store.read() as view:
            state = view.log.state()
            assert (state.size, state.root) == (total, merkle.root_of(hashes))
            assert merkle.Peaks.from_bytes(state.peaks) == merkle.Peaks().append(hashes)
            for n in range(total // 256):
                part = hashes[n * 256 : n * 256 + 256]
                assert view.log.tile(0, n) == b"".join(part)
                assert view.log.tile_roots(0, n, n + 1) == [subtree_root(part)]
            assert view.log.tile(0, total // 256) is None
        assert fsck(store, records=False).sound


def test_without_drafts_nothing_happens(book: Book) -> None:
    assert append(book.store, []) is None
    assert book.size == 0


def test_a_leaf_id_is_given_once_and_the_whole_transaction_falls(book: Book) -> None:
    append(book.store, MANY[:3])
    with pytest.raises(AlreadyExists):
        append(book.store, [MANY[5], MANY[1]])
    assert book.size == 3
    assert append(book.store, MANY[3:6]) == 3


def test_a_right_edge_of_another_size_is_an_alarm() -> None:
    peaks = merkle.Peaks().append([secret(1), secret(2)])
    for state in (
        LogState(3, peaks.root(), peaks.to_bytes()),
        LogState(2, peaks.root(), peaks.to_bytes()[:-1]),
        LogState(2, peaks.root(), b""),
    ):
        with pytest.raises(LogInconsistent):
            ledger.peaks_of(state)
    assert ledger.peaks_of(LogState(2, peaks.root(), peaks.to_bytes())) == peaks
    assert ledger.peaks_of(LogState(0, merkle.EMPTY_ROOT, b"")).size == 0


@pytest.mark.parametrize("start", [0, 1, 255, 256, 300, 699])
def test_reading_ahead_gives_the_same_rows(book: Book, start: int) -> None:
    append(book.store, MANY[:700])
    with book.store.read() as view:
        ahead, plain = rows_since(view.log, start, 700), rows_of(view.log)
        for first, count in ((0, 1), (0, 700), (250, 20), (start, 700 - start), (512, 64), (699, 1)):
            assert list(ahead(0, first, count)) == list(plain(0, first, count))
        assert list(ahead(1, 0, 2)) == list(plain(1, 0, 2))


def test_what_is_committed_to_opens_and_what_is_not_given_looks_the_same(book: Book) -> None:
    first, second = book.decide("first"), book.decide("second", person="lily")
    with book.store.read() as view:
        one, two = (view.log.leaf(view.log.index_of(id_) or 0) or b"" for id_ in (first, second))
    assert len(one) == len(two)
    assert one[:300] != two[:300]
