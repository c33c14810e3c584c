"""A process killed at any moment leaves whole transactions and nothing else, on both databases."""

import os
import random
import signal
import time

import pytest

from showcause.domain.case import Case
from showcause.domain.lifecycle import CaseState
from showcause.store.logrows import LogState
from showcause.store.store import Store
from tests.store.samples import NOW, plant

KILLS = 8


def work_until_killed(store: Store, told: int) -> None:
    """Open a case, claim it, queue a job and append a leaf, again and again, each round in one transaction.

    Whoever kills this hears of the end of the first round.
    """
    for number in range(10**6):
        with store.transaction(NOW) as tx:
            case = plant(tx, Case, id=f"{os.getpid():08x}{number:024x}")
            tx.update(case, verb="claim", actor="m1", state=CaseState.CLAIMED, claimed_by="m1")
            tx.job("act", case.id, case.id, due=NOW, lane="one")
            start = tx.log.lock().size
            tx.log.append(start, [(b"leaf", bytes(32), case.id)], (), LogState(start + 1, bytes(32), b""))
        if number == 0:
            os.write(told, b"!")


@pytest.mark.crash
def test_a_kill_at_any_moment_leaves_whole_transactions(durable_store: Store) -> None:
    chance = random.Random(20261122)
    for _ in range(KILLS):
        heard, told = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(heard)
            work_until_killed(durable_store, told)
        os.close(told)
        with os.fdopen(heard, "rb") as pipe:
            assert pipe.read(1) == b"!"
        time.sleep(chance.random() * 0.15)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with durable_store.transaction(NOW) as tx:
            cases = tx.find(Case)
            assert {case.state for case in cases} <= {CaseState.CLAIMED}
            assert [len(tx.journal(case.id)) for case in cases[-3:]] == [2] * len(cases[-3:])
            assert tx.log.state().size == len(cases)
            assert all(tx.log.index_of(case.id) is not None for case in cases)
            assert all(tx.find_job(case.id) is not None for case in cases)
    assert cases, "no round was ever finished"
