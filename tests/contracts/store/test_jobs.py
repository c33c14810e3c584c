"""Jobs are done once, in the order of their lane, and none ends in silence, on every database."""

import threading
from collections import Counter
from datetime import timedelta

import pytest

from showcause.domain.case import Case
from showcause.domain.errors import BadInput, Stale
from showcause.domain.report import Report
from showcause.store.jobs import LEASE, Job
from showcause.store.store import Store
from tests.store.samples import NOW, new_id, plant

LATER = timedelta(seconds=1)


def add(store: Store, *keys: str, lane: str = "", due: timedelta = timedelta(0), kind: str = "act") -> None:
    with store.transaction(NOW) as tx:
        for key in keys:
            assert tx.job(kind, key, new_id(), due=NOW + due, lane=lane)


def keys(jobs: list[Job]) -> list[str]:
    return [job.key for job in jobs]


def finish(store: Store, job: Job) -> None:
    with store.transaction(NOW) as tx:
        store.jobs.finish(tx, job)


def state_of(store: Store, key: str) -> str:
    with store.read() as view:
        job = view.find_job(key)
    assert job is not None
    return job.state


def test_what_ended_well_long_ago_is_forgotten_and_nothing_else(store: Store) -> None:
    old = -timedelta(days=400)
    add(store, "done", "dead", "void", "waits", due=old)
    add(store, "remembered", due=old, kind="campaign-effects")
    add(store, "young")
    jobs = {job.key: job for job in store.jobs.claim(NOW, n=10)}
    for key in ("done", "remembered", "young"):
        finish(store, jobs[key])
    store.jobs.dead(jobs["dead"], "refused")
    for key in ("void", "waits"):
        store.jobs.release(jobs[key])
    with store.transaction(NOW) as tx:
        assert tx.cancel_job("void")
    assert store.jobs.forget_ended(NOW - timedelta(days=365)) == 0
    with store.read() as view:
        left = {key for key in ("done", "dead", "void", "waits", "remembered", "young") if view.find_job(key)}
    assert left == {"dead", "waits", "remembered", "young"}


def test_old_jobs_are_forgotten_a_few_at_a_time_and_the_look_begins_anew_at_the_young(store: Store) -> None:
    add(store, *(f"old-{n}" for n in range(5)), due=-timedelta(days=400))
    add(store, *(f"young-{n}" for n in range(5)))
    for job in store.jobs.claim(NOW, n=10):
        finish(store, job)
    at, left = 0, []
    for _ in range(4):
        at = store.jobs.forget_ended(NOW - timedelta(days=365), at, n=2)
        with store.read() as view:
            left.append((at, sum(view.find_job(f"old-{n}") is not None for n in range(5))))
        assert state_of(store, "young-0") == "done"
    assert [number for _, number in left] == [3, 1, 0, 0]
    assert left[-1][0] == 0


def test_three_workers_and_three_hundred_jobs_make_each_effect_once(durable_store: Store) -> None:
    add(durable_store, *(f"job-{n}" for n in range(300)))
    done: Counter[str] = Counter()

    def work() -> None:
        while jobs := durable_store.jobs.claim(NOW, n=20):
            for job in jobs:
                with durable_store.transaction(NOW) as tx:
                    plant(tx, Report, platform="demo", external_key=job.key)
                    durable_store.jobs.finish(tx, job)
                done[job.key] += 1
        durable_store.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert len(done) == 300
    assert set(done.values()) == {1}
    with durable_store.read() as view:
        assert view.count(Report) == 300


def test_a_leased_job_is_nobody_elses_until_the_lease_ends(store: Store) -> None:
    add(store, "one")
    assert keys(store.jobs.claim(NOW)) == ["one"]
    assert store.jobs.claim(NOW + LEASE) == []
    assert keys(store.jobs.claim(NOW + LEASE + LATER)) == ["one"]


def test_a_job_is_not_taken_before_it_is_due(store: Store) -> None:
    add(store, "late", due=timedelta(days=184))
    add(store, "now")
    assert keys(store.jobs.claim(NOW, n=5)) == ["now"]
    assert keys(store.jobs.claim(NOW + timedelta(days=184), kinds=["act"], n=5)) == ["now", "late"]


def test_a_worker_may_take_only_some_kinds(store: Store) -> None:
    add(store, "one", kind="act")
    add(store, "two", kind="tell")
    assert keys(store.jobs.claim(NOW, kinds=["tell"], n=5)) == ["two"]


def test_a_lane_is_strictly_in_order(store: Store) -> None:
    add(store, "suspend", lane="subject-1")
    add(store, "lift", lane="subject-1")
    add(store, "other", lane="subject-2")
    (suspend, other) = store.jobs.claim(NOW, n=5)
    assert keys([suspend, other]) == ["suspend", "other"]
    assert store.jobs.claim(NOW, n=5) == []
    finish(store, suspend)
    assert keys(store.jobs.claim(NOW, n=5)) == ["lift"]


def test_a_job_that_waits_for_its_next_attempt_holds_up_its_lane(store: Store) -> None:
    add(store, "suspend", "lift", lane="subject-1")
    (suspend,) = store.jobs.claim(NOW, n=5)
    store.jobs.fail(suspend, NOW, "rate-limited", timedelta(minutes=5))
    assert store.jobs.claim(NOW + LATER, n=5) == []
    (again,) = store.jobs.claim(NOW + timedelta(minutes=5), n=5)
    assert (again.key, again.attempts, again.error) == ("suspend", 1, "rate-limited")


def test_what_gives_back_does_not_wait_behind_a_restriction_that_waits(store: Store) -> None:
    add(store, "suspend", lane="subject-1", kind="apply")
    add(store, "reinstate", lane="subject-1", kind="lift")
    (suspend,) = store.jobs.claim(NOW, n=5)
    assert store.jobs.claim(NOW, n=5) == [], "while somebody carries the restriction out, its end waits"
    store.jobs.fail(suspend, NOW, "not-yet-signed", timedelta(minutes=5))
    assert keys(store.jobs.claim(NOW + LATER, n=5)) == ["reinstate"]
    assert store.jobs.claim(NOW + timedelta(minutes=1), n=5) == []


def test_a_restriction_waits_while_something_is_given_back_in_its_lane(store: Store) -> None:
    add(store, "suspend", lane="subject-1", kind="apply")
    add(store, "reinstate", lane="subject-1", kind="lift")
    (suspend,) = store.jobs.claim(NOW, n=5)
    store.jobs.fail(suspend, NOW, "not-yet-signed", LATER)
    (reinstate,) = store.jobs.claim(NOW + LATER / 2, n=5)
    assert store.jobs.claim(NOW + LATER, n=5) == []
    finish(store, reinstate)
    assert keys(store.jobs.claim(NOW + LATER, n=5)) == ["suspend"]


def test_a_kind_that_is_not_asked_for_still_holds_up_its_lane(store: Store) -> None:
    add(store, "suspend", lane="subject-1", kind="act")
    add(store, "lift", lane="subject-1", kind="undo")
    assert store.jobs.claim(NOW, kinds=["undo"], n=5) == []


def test_a_dead_job_is_seen_and_holds_up_nothing(store: Store) -> None:
    add(store, "suspend", "lift", lane="subject-1")
    (suspend,) = store.jobs.claim(NOW)
    with store.transaction(NOW) as tx:
        store.jobs.dead(suspend, "platform-unavailable", tx)
    (dead,) = store.queries.dead_jobs()
    assert (dead.key, dead.error) == ("suspend", "platform-unavailable")
    assert keys(store.jobs.claim(NOW)) == ["lift"]


def test_a_job_without_a_lane_waits_for_nobody(store: Store) -> None:
    add(store, "one", "two")
    assert keys(store.jobs.claim(NOW, n=1)) == ["one"]
    assert keys(store.jobs.claim(NOW, n=1)) == ["two"]


def test_a_lost_lease_rolls_the_effect_back(store: Store) -> None:
    add(store, "one")
    (slow,) = store.jobs.claim(NOW)
    (quick,) = store.jobs.claim(NOW + LEASE + LATER)
    with store.transaction(NOW) as tx:
        plant(tx, Case)
        store.jobs.finish(tx, quick)

    def fails() -> None:
        with store.transaction(NOW) as tx:
            plant(tx, Case)
            store.jobs.finish(tx, slow)

    with pytest.raises(Stale):
        fails()
    with store.read() as view:
        assert view.count(Case) == 1
    assert state_of(store, "one") == "done"


def test_a_lease_that_was_taken_over_and_runs_still_counts(store: Store) -> None:
    add(store, "one")
    (slow,) = store.jobs.claim(NOW)
    store.jobs.claim(NOW + LEASE + LATER)
    with pytest.raises(Stale), store.transaction(NOW) as tx:
        store.jobs.finish(tx, slow)
    store.jobs.fail(slow, NOW, "late", timedelta(0))
    assert store.jobs.claim(NOW + LEASE + LATER) == []


def test_the_same_key_is_taken_once(store: Store) -> None:
    add(store, "one")
    with store.transaction(NOW) as tx:
        assert not tx.job("act", "one", new_id(), due=NOW)
        assert not tx.job("other", "one", new_id(), due=NOW)
    assert len(store.jobs.claim(NOW, n=5)) == 1


def test_a_key_stays_taken_when_its_job_is_done(store: Store) -> None:
    add(store, "one")
    (job,) = store.jobs.claim(NOW)
    finish(store, job)
    with store.transaction(NOW) as tx:
        assert not tx.job("act", "one", new_id(), due=NOW)


def test_a_job_is_cancelled_only_while_nobody_holds_it(store: Store) -> None:
    add(store, "one", "two")
    store.jobs.claim(NOW, n=1)
    with store.transaction(NOW) as tx:
        assert not tx.cancel_job("one")
        assert tx.cancel_job("two")
        assert not tx.cancel_job("two")
        assert not tx.cancel_job("unknown")
    assert [state_of(store, key) for key in ("one", "two")] == ["ready", "void"]
    assert store.jobs.claim(NOW, n=5) == []


def test_a_cancelled_job_holds_up_nothing(store: Store) -> None:
    add(store, "suspend", "lift", lane="subject-1")
    with store.transaction(NOW) as tx:
        tx.cancel_job("suspend")
    assert keys(store.jobs.claim(NOW)) == ["lift"]


def test_a_job_holds_ids_and_codes_only(store: Store) -> None:
    for bad in ({"who": "Jane Doe, Main Street"}, {"list": [1]}, {"text": "é"}):
        with pytest.raises(BadInput), store.transaction(NOW) as tx:
            tx.job("act", "one", new_id(), due=NOW, args=bad)
    with pytest.raises(BadInput), store.transaction(NOW) as tx:
        tx.job("act", "tell Jane", new_id(), due=NOW)
    with store.transaction(NOW) as tx:
        assert tx.job("act", "one", new_id(), due=NOW, args={"decision": new_id(), "try": 1, "soft": True})


def test_a_job_that_is_given_back_is_taken_at_once(store: Store) -> None:
    add(store, "one")
    (job,) = store.jobs.claim(NOW)
    store.jobs.release(job)
    (again,) = store.jobs.claim(NOW)
    assert again.attempts == 0


def test_what_is_done_stays_done(store: Store) -> None:
    add(store, "one")
    (job,) = store.jobs.claim(NOW)
    finish(store, job)
    with pytest.raises(Stale), store.transaction(NOW) as tx:
        store.jobs.dead(job, "late", tx)
    assert state_of(store, "one") == "done"


@pytest.mark.postgres
def test_two_writers_of_one_lane_commit_in_the_order_of_their_numbers(postgres_store: Store) -> None:
    """A number taken first and committed last would let a late suspend follow a newer lift."""
    order, first_added = [], threading.Event()

    def second() -> None:
        first_added.wait()
        with postgres_store.transaction(NOW) as tx:
            tx.job("undo", "lift", new_id(), due=NOW, lane="subject-1")
            order.append("lift")
        postgres_store.close()

    thread = threading.Thread(target=second)
    thread.start()
    with postgres_store.transaction(NOW) as tx:
        tx.job("act", "suspend", new_id(), due=NOW, lane="subject-1")
        first_added.set()
        thread.join(timeout=0.5)
        order.append("suspend")
    thread.join()
    assert order == ["suspend", "lift"]
    assert keys(postgres_store.jobs.claim(NOW, n=5)) == ["suspend"]
