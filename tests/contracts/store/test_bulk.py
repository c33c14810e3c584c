"""Thousands at once are the same as one by one: the same rows, the same lines, the same refusals."""

import pickle
from dataclasses import replace

import pytest

from showcause.domain.case import Case
from showcause.domain.errors import AlreadyExists, IllegalStep, NotFound, Stale
from showcause.domain.lifecycle import CaseState
from showcause.domain.subject import Subject, SubjectKind
from showcause.store import bulk, pages
from showcause.store.store import Store
from tests.store.samples import NOW, example, new_id, plant

MANY = 450
"""More than share one statement."""


def claimed(case: Case) -> Case:
    return replace(case, state=CaseState.CLAIMED, claimed_by="m1", revision=case.revision + 1)


def test_many_records_are_stored_and_journalled_like_one(store: Store) -> None:
    cases = [example(Case) for _ in range(MANY)]
    with store.transaction(NOW) as tx:
        bulk.insert_all(tx, cases, verb="plant", actor="test")
        alone = plant(tx, Case)
    with store.read() as view:
        assert view.find(Case) == [*cases, alone]
        assert bulk.find_all(view, Case, [case.id for case in cases]) == {case.id: case for case in cases}
        lines = [view.journal(case.id) for case in (cases[0], cases[-1], alone)]
    assert [[(line.verb, dict(line.codes)) for line in each] for each in lines] == [
        [("plant", {"state": ":waiting"})]
    ] * 3


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_pages_hold_every_record_once_and_are_read_without_the_database(store: Store, size: int) -> None:
    with store.transaction(NOW) as tx:
        planted = [plant(tx, Case) for _ in range(3)]
    with store.read() as view:
        found = pickle.loads(pickle.dumps(list(pages.pages(view, Case, size))))
    assert [record for page in found for record in page.records()] == planted
    assert all(len(page.found) <= size for page in found)


def test_one_refused_row_refuses_all(store: Store) -> None:
    cases = [example(Case) for _ in range(3)]
    for wrong, error in ((cases[0], AlreadyExists), (example(Case, state=CaseState.DECIDED), IllegalStep)):
        with pytest.raises(error), store.transaction(NOW) as tx:
            bulk.insert_all(tx, [*cases, wrong], verb="plant", actor="test")
    with store.read() as view:
        assert view.count(Case) == 0


def test_many_changes_are_counted_and_journalled_like_one(store: Store) -> None:
    with store.transaction(NOW) as tx:
        cases = [plant(tx, Case) for _ in range(3)]
        bulk.update_all(tx, [(case, claimed(case)) for case in cases], verb="claim", actor="m1")
    with store.read() as view:
        assert view.find(Case) == [claimed(case) for case in cases]
        assert dict(view.journal(cases[2].id)[-1].codes) == {"state": "waiting:claimed"}


def test_one_lost_race_or_illegal_step_changes_none(store: Store) -> None:
    with store.transaction(NOW) as tx:
        cases = [plant(tx, Case) for _ in range(3)]
        tx.update(cases[1], verb="escalate", actor="m2", tier=1)
    with pytest.raises(Stale), store.transaction(NOW) as tx:
        bulk.update_all(tx, [(case, claimed(case)) for case in cases], verb="claim", actor="m1")
    decided = replace(cases[2], state=CaseState.DECIDED, revision=1)
    with pytest.raises(IllegalStep), store.transaction(NOW) as tx:
        bulk.update_all(tx, [(cases[2], decided)], verb="approve", actor="m1")
    with store.read() as view:
        assert {case.state for case in view.find(Case)} == {CaseState.WAITING}


def test_many_values_are_sealed_and_read_in_order(store: Store) -> None:
    with store.transaction(NOW) as tx:
        subjects = [Subject("demo", SubjectKind.ACCOUNT, f"@{n}:example.org") for n in range(3)]
        owners = bulk.owners_of(tx, subjects)
        assert owners == [tx.owner_of(subject) for subject in subjects]
        ids = bulk.seal_all(tx, "facts", [(owners[n % 3], {"n": n}) for n in range(MANY)])
    with store.read() as view:
        assert bulk.unseal_all(view, ids[::-1]) == [{"n": n} for n in range(MANY)][::-1]
        assert view.owner_of_sealed(ids[4]) == owners[1]
    store.keys.forget(owners[1])
    with store.read() as view:
        assert bulk.unseal_all(view, ids[:3]) == [{"n": 0}, None, {"n": 2}]
        with pytest.raises(NotFound):
            bulk.unseal_all(view, [ids[0], new_id()])


def test_many_jobs_keep_their_lanes(store: Store) -> None:
    with store.transaction(NOW) as tx:
        bulk.add_jobs(tx, "act", [(f"suspend-{n}", new_id(), f"lane-{n}") for n in range(3)], due=NOW)
        bulk.add_jobs(tx, "act", [(f"lift-{n}", new_id(), f"lane-{n}") for n in range(3)], due=NOW)
        bulk.cancel_jobs(tx, ["suspend-2", "unknown"])
    taken = store.jobs.claim(NOW, n=9)
    assert sorted(job.key for job in taken) == ["lift-2", "suspend-0", "suspend-1"]
    with pytest.raises(AlreadyExists), store.transaction(NOW) as tx:
        bulk.add_jobs(tx, "act", [("suspend-0", new_id(), "")], due=NOW)
