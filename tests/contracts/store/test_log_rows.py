"""The log's rows: dense, in order, never twice, and with their head or not at all."""

import threading
from itertools import pairwise

import pytest

from showcause.domain.case import Case
from showcause.domain.errors import AlreadyExists, LogInconsistent, Stale
from showcause.store.logrows import LogState
from showcause.store.schema import EMPTY_ROOT
from showcause.store.store import Store
from tests.store.samples import NOW, new_id, plant

Leaf = tuple[bytes, bytes, str]


def leaves(count: int) -> list[Leaf]:
    return [(f"leaf {n}".encode(), bytes([n % 256]) * 32, new_id()) for n in range(count)]


def head(size: int) -> LogState:
    return LogState(size, size.to_bytes(32), b"peaks")


def append(store: Store, some: list[Leaf], tiles: tuple[tuple[int, int, bytes, bytes], ...] = ()) -> int:
    """Append as the sequencer does; return where the leaves begin."""
    with store.transaction(NOW) as tx:
        start = tx.log.lock().size
        tx.log.append(start, some, tiles, head(start + len(some)))
    return start


def test_a_new_log_is_empty(store: Store) -> None:
    with store.read() as view:
        assert view.log.state() == LogState(0, EMPTY_ROOT, b"", fenced=False, generation=0)
        assert view.log.leaf(0) is None
        assert list(view.log.leaves(0, 10)) == []


@pytest.mark.parametrize("count", [1, 3, 600])
def test_leaves_come_back_in_order(count: int, store: Store) -> None:
    some = leaves(count)
    append(store, some[:1])
    append(store, some[1:])
    with store.read() as view:
        assert list(view.log.leaves(0, count)) == [leaf for leaf, _, _ in some]
        assert view.log.hashes(0, count) == [hash for _, hash, _ in some]
        assert view.log.leaf(count - 1) == some[-1][0]
        assert view.log.index_of(some[-1][2]) == count - 1
        assert view.log.index_of(new_id()) is None
        state = view.log.state()
    assert (state.size, state.root, state.peaks, state.generation) == (count, count.to_bytes(32), b"peaks", 2)


def test_full_tiles_and_their_roots_are_kept(store: Store) -> None:
    tiles = tuple((0, n, bytes([n]) * 8192, bytes([n]) * 32) for n in range(3))
    append(store, leaves(1), tiles)
    with store.read() as view:
        assert view.log.tile(0, 1) == bytes([1]) * 8192
        assert view.log.tile(0, 3) is None
        assert view.log.tile_with_root(0, 1) == (bytes([1]) * 8192, bytes([1]) * 32)
        assert view.log.tile_with_root(1, 1) is None
        assert view.log.tile_roots(0, 1, 3) == [bytes([1]) * 32, bytes([2]) * 32]


def test_a_leaf_is_appended_once(store: Store) -> None:
    some = leaves(2)
    append(store, some)
    with pytest.raises(AlreadyExists):
        append(store, some[:1])
    with store.read() as view:
        assert view.log.state().size == 2


def test_a_writer_that_is_behind_appends_nothing(store: Store) -> None:
    append(store, leaves(2))
    with pytest.raises((Stale, AlreadyExists)), store.transaction(NOW) as tx:
        tx.log.append(1, leaves(1), (), head(2))
    with pytest.raises((Stale, LogInconsistent)), store.transaction(NOW) as tx:
        tx.log.append(2, [], (), head(3))
    with store.read() as view:
        assert view.log.state().size == 2


def test_a_head_that_does_not_fit_the_leaves_is_refused(store: Store) -> None:
    with pytest.raises(LogInconsistent), store.transaction(NOW) as tx:
        tx.log.append(0, leaves(2), (), head(3))


def test_leaves_roll_back_with_what_they_record(store: Store) -> None:
    def fails() -> None:
        with store.transaction(NOW) as tx:
            plant(tx, Case)
            tx.log.append(0, leaves(3), (), head(3))
            raise Stale("the use case failed after all")

    with pytest.raises(Stale):
        fails()
    with store.read() as view:
        assert view.log.state().size == 0
        assert view.log.leaf(0) is None


def test_many_writers_make_one_dense_log(durable_store: Store) -> None:
    starts: list[int] = []

    def write() -> None:
        starts.extend(append(durable_store, leaves(3)) for _ in range(10))
        durable_store.close()

    writers = [threading.Thread(target=write) for _ in range(3)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert all(after - before == 3 for before, after in pairwise(sorted(starts)))
    with durable_store.read() as view:
        assert len(list(view.log.leaves(0, 1000))) == view.log.state().size == 90


def test_a_fence_is_counted_and_can_be_taken_away(store: Store) -> None:
    with store.transaction(NOW) as tx:
        tx.log.fence()
        tx.log.fence()
    with store.read() as view:
        assert view.log.state().fenced
        assert view.log.state().generation == 1
    with store.transaction(NOW) as tx:
        tx.log.unfence()
    with store.read() as view:
        assert not view.log.state().fenced


def test_fenced_leaves_wait_in_order_and_leave_the_queue_once(store: Store) -> None:
    waiting = [(new_id(), f"leaf {n}".encode()) for n in range(5)]
    with store.transaction(NOW) as tx:
        tx.log.queue_fenced(waiting[:2])
        tx.log.queue_fenced(waiting[2:])
    with pytest.raises(AlreadyExists), store.transaction(NOW) as tx:
        tx.log.queue_fenced(waiting[:1])

    def fails() -> None:
        with store.transaction(NOW) as tx:
            assert tx.log.drain() == waiting
            raise Stale("appending them failed")

    with pytest.raises(Stale):
        fails()
    with store.transaction(NOW) as tx:
        assert tx.log.drain(2) == waiting[:2]
    with store.transaction(NOW) as tx:
        assert tx.log.queued() == 3
        assert tx.log.drain() == waiting[2:]
        assert tx.log.drain() == []
