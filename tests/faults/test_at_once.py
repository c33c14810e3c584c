"""Two at once: of two moderators one wins and the other is told why; of two workers each effect comes once."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from showcause.casework import deciding, desk, hearing, lodging, returning
from showcause.casework.log.fsck import fsck
from showcause.casework.runner import Runner
from showcause.casework.worker import Worker
from showcause.casework.worker import World as Outside
from showcause.domain.case import Case
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import Misconfigured, Refused, Stale
from showcause.domain.lifecycle import CaseState, DecisionState, EnforcementState
from showcause.domain.logbook import LeafNote
from showcause.gateways.signer import FileSigner
from showcause.transparency.kinds import Kind
from tests.crash.children import in_child, in_victim
from tests.house import ORIGIN, PLATFORM, House, fresh_id

ROUNDS = 8


def at_once(house: House, *acts: Callable[[], object]) -> list[object]:
    """Do several things at the same moment, each in a thread with a connection of its own; return what each met."""
    together, met = threading.Barrier(len(acts)), [object()] * len(acts)

    def one(at: int, act: Callable[[], object]) -> None:
        together.wait()
        try:
            met[at] = act()
        except Exception as error:  # noqa: BLE001 - looked at below
            met[at] = error
        finally:
            house.store.close()

    threads = [threading.Thread(target=one, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return met


def the_loser(met: list[object]) -> Refused:
    """Return what the one who came second was told; exactly one did."""
    refused = [each for each in met if isinstance(each, BaseException)]
    assert len(refused) == 1, met
    assert isinstance(refused[0], Refused), refused
    assert refused[0].code
    assert refused[0].message
    assert refused[0].hint
    return refused[0]


def test_of_two_who_claim_a_case_one_has_it(house: House) -> None:
    for at in range(ROUNDS):
        case = house.case_of(house.report(house.account(f"sam-{at}")))
        met = at_once(
            house,
            partial(house.run, desk.claim, case.id, "bea"),
            partial(house.run, desk.claim, case.id, "cleo"),
        )
        the_loser(met)
        [winner] = [each for each in met if isinstance(each, Case)]
        (now,) = house.all(Case, id=case.id)
        assert (now.state, now.claimed_by) == (CaseState.CLAIMED, winner.claimed_by)


def test_of_two_who_approve_a_decision_one_is_its_approver(house: House) -> None:
    for at in range(ROUNDS):
        decision = proposed(house, f"sam-{at}")
        met = at_once(
            house,
            partial(house.run, deciding.approve, decision.id, "cleo"),
            partial(house.run, deciding.approve, decision.id, "dan"),
        )
        the_loser(met)
        [winner] = [each for each in met if isinstance(each, Decision)]
        assert house.all(Decision, id=decision.id)[0].approver == winner.approver
        verbs = [line.verb for line in house.journal(decision.id)]
        assert verbs.count("approve") == 1


def test_of_two_who_return_a_decision_one_did(house: House) -> None:
    for at in range(ROUNDS):
        decision = proposed(house, f"sam-{at}")
        met = at_once(
            house,
            partial(house.run, returning.return_, decision.id, "cleo", "no"),
            partial(house.run, returning.return_, decision.id, "dan", "no"),
        )
        the_loser(met)
        assert [line.verb for line in house.journal(decision.id) if line.revision] == ["return"]


def test_a_decision_approved_and_returned_at_the_same_moment_never_takes_force(house: House) -> None:
    for at in range(ROUNDS):
        decision = proposed(house, f"sam-{at}")
        met = at_once(
            house,
            partial(house.run, deciding.approve, decision.id, "cleo"),
            partial(house.run, returning.return_, decision.id, "dan", "no"),
        )
        assert isinstance(met[1], Decision), "returning is possible before and after the approval"
        assert isinstance(met[0], Decision | Refused)
        house.wait(seconds=31)
        assert house.all(Decision, id=decision.id)[0].state is DecisionState.RETURNED
    assert house.world.acts() == []


def test_a_decision_returned_while_it_is_committed_is_either_in_force_or_returned(house: House) -> None:
    for at in range(ROUNDS):
        decision = proposed(house, f"sam-{at}")
        house.run(deciding.approve, decision.id, "cleo")
        house.now = max(house.now, house.all(Decision, id=decision.id)[0].commit_at or house.now)
        met = at_once(
            house,
            partial(house.run, deciding.commit, decision.id),
            partial(house.run, returning.return_, decision.id, "dan", "no"),
        )
        (now,) = house.all(Decision, id=decision.id)
        with house.store.read() as view:
            logged = view.log.index_of(decision.leaf) is not None
        assert logged is (now.state is DecisionState.IN_FORCE)
        if logged:
            the_loser(met)
        else:
            assert now.state is DecisionState.RETURNED
            assert house.all(Enforcement, decision=decision.id) == []
    assert fsck(house.store).sound


def test_of_two_who_take_an_appeal_one_hears_it(house: House) -> None:
    decided = house.suspended("sam", second="cleo")
    appeal = house.run(lodging.lodge, decided.reference, "wrong")
    met = at_once(
        house,
        lambda: house.run(hearing.claim, appeal.id, "dan"),
        lambda: house.run(hearing.claim, appeal.id, "ada"),
    )
    the_loser(met)


def proposed(house: House, ref: str) -> Decision:
    """Return a proposal that waits for a second person."""
    return house.propose(house.case_of(house.report(house.account(ref))), rung="suspend")


def another_worker(house: House) -> Worker:
    """Return a worker as another process has it: its own runner, its own connector over the same files."""
    return Worker(
        Runner(house.store, fresh_id, house.clock), Outside({PLATFORM: house.connector()}, house.signer)
    )


def until_idle(worker: Worker) -> int:
    """Work until nothing is due; a lost race is the other's gain."""
    done = 0
    for _ in range(200):
        try:
            did = worker.run_due()
        except Stale:
            continue
        done += did
        if not did:
            return done
    raise AssertionError("there is always something due")


def test_two_workers_at_once_do_each_thing_once(house: House) -> None:
    for at in range(10):
        house.run(deciding.approve, proposed(house, f"sam-{at}").id, "cleo")
    workers = [another_worker(house), another_worker(house), another_worker(house)]
    for _ in range(4):
        house.now += timedelta(minutes=3)
        met = at_once(house, *(partial(until_idle, worker) for worker in workers))
        assert all(isinstance(each, int) for each in met), met
    acts = Counter(act["ref"] for act in house.world.acts() if act["changed"])
    assert acts == {f"sam-{at}": 1 for at in range(10)}
    assert [e.state for e in house.all(Enforcement)] == [EnforcementState.APPLIED] * 10
    assert len(house.all(LeafNote, kind=Kind.EFFECT)) == 10
    assert [len(house.world.inbox(f"sam-{at}")) for at in range(10)] == [1] * 10
    assert fsck(house.store).sound


def test_a_second_process_that_wants_to_sign_is_refused_until_the_first_is_gone(file_house: House) -> None:
    house = file_house
    house.suspended("sam")

    held = []

    def sign_too() -> str:
        try:
            held.append(
                FileSigner(house.folder / "log.key", house.folder / "signer.json", ORIGIN, house.clock)
            )
        except Misconfigured as error:
            return f"{error.message}: {error.hint}"
        return "signed"

    assert "another process signs" in in_child(sign_too)
    house.signer.close()

    def hold(pipe: int) -> None:
        os.write(pipe, sign_too().encode())
        signal.pause()

    def contend(holder: int, pipe: int) -> None:
        # Nobody else may try before the holder has said that it holds the lock.
        assert os.read(pipe, 100) == b"signed"
        with pytest.raises(Misconfigured, match="another process signs"):
            FileSigner(house.folder / "log.key", house.folder / "signer.json", ORIGIN, house.clock)
        os.kill(holder, signal.SIGKILL)

    assert in_victim(hold, contend)[0]
    assert in_child(sign_too) == "signed", "the lock dies with its process"
