"""Sharing work with other processes: the same results in the same order, and nothing that fails is passed over."""

import multiprocessing
import os
import signal

import pytest

from showcause.casework.log.hands import free_hands, spread


def work(part: int) -> int:
    if part == 13:
        raise LookupError("thirteen")
    if part == 666:
        os.kill(os.getpid(), signal.SIGKILL)
    return part * part


@pytest.mark.parametrize("hands", [0, 2])
def test_whoever_works_the_results_are_the_same_and_in_order(hands: int) -> None:
    for parts in (range(7), range(1), range(0)):
        assert list(spread(work, parts, hands)) == [part * part for part in parts]
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("hands", [0, 2])
def test_an_error_of_the_work_is_raised_where_it_was_asked_for(hands: int) -> None:
    found = spread(work, [1, 2, 13, 4], hands)
    assert [next(found), next(found)] == [1, 4]
    with pytest.raises(LookupError, match="thirteen"):
        list(found)
    assert multiprocessing.active_children() == []


def test_a_hand_that_is_killed_is_told_and_never_passed_over() -> None:
    with pytest.raises(ChildProcessError):
        list(spread(work, [1, 666, 3, 4], 2))
    assert multiprocessing.active_children() == []


def test_whoever_wants_no_more_leaves_no_hand_behind() -> None:
    found = spread(work, range(100), 2)
    assert next(found) == 0
    found.close()  # type: ignore[attr-defined]  # it is a generator
    assert multiprocessing.active_children() == []


def test_one_core_has_no_hand_to_spare_and_many_are_not_all_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, hands in ((None, 0), (1, 0), (2, 2), (64, 4)):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        assert free_hands() == hands
