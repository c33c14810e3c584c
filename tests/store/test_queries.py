"""What pages and commands show."""

from datetime import timedelta

import pytest

from showcause.domain.appeal import Appeal
from showcause.domain.case import Case
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import NotFound
from showcause.domain.lifecycle import CaseState, EnforcementState
from showcause.domain.report import Report
from showcause.domain.restriction import Restriction
from showcause.store.logrows import LogState
from showcause.store.store import Store
from tests.store.samples import NOW, new_id, plant

MINUTE = timedelta(minutes=1)


def test_the_queue_puts_urgent_cases_first_then_tier_then_age(store: Store) -> None:
    with store.transaction(NOW) as tx:
        young, old = plant(tx, Case, opened_at=NOW), plant(tx, Case, opened_at=NOW - MINUTE)
        tier = plant(tx, Case, opened_at=NOW, tier=1)
        urgent = plant(tx, Case, opened_at=NOW, urgent=True)
        merged = plant(tx, Case, opened_at=NOW)
        tx.update(merged, verb="merge", actor="m1", state=CaseState.MERGED, merged_into=old.id)
        tx.update(
            old,
            verb="claim",
            actor="m1",
            state=CaseState.CLAIMED,
            claimed_by="m1",
            claimed_until=NOW + MINUTE,
        )
    shown = store.queries.queue(NOW)
    assert [row["id"] for row in shown] == [urgent.id, tier.id, old.id, young.id]
    assert [row["free"] for row in shown] == [True, True, False, True]
    assert all(row["free"] for row in store.queries.queue(NOW + MINUTE))
    assert len(store.queries.queue(NOW, limit=2)) == 2


def test_the_number_of_reports_orders_nothing_by_itself(store: Store) -> None:
    with store.transaction(NOW) as tx:
        quiet = plant(tx, Case, opened_at=NOW - MINUTE, reports=1)
        loud = plant(tx, Case, opened_at=NOW, reports=900)
    assert [row["id"] for row in store.queries.queue(NOW)] == [quiet.id, loud.id]


def test_time_critical_appeals_come_first(store: Store) -> None:
    with store.transaction(NOW) as tx:
        late = plant(tx, Appeal, promised_at=NOW + 3 * MINUTE)
        soon = plant(tx, Appeal, promised_at=NOW + MINUTE)
        critical = plant(tx, Appeal, promised_at=NOW + 9 * MINUTE, time_critical=True)
    assert [row["id"] for row in store.queries.appeals()] == [critical.id, soon.id, late.id]


def test_a_case_is_shown_with_what_belongs_to_it(store: Store) -> None:
    with store.transaction(NOW) as tx:
        case = plant(tx, Case)
        report, decision = plant(tx, Report, case=case.id), plant(tx, Decision, case=case.id)
        plant(tx, Report)
    shown = store.queries.case_view(case.id)
    assert [row["id"] for row in shown["filed"]] == [report.id]
    assert [row["id"] for row in shown["decisions"]] == [decision.id]
    assert [line.verb for line in shown["journal"]] == ["plant"]
    with pytest.raises(NotFound):
        store.queries.case_view(new_id())


def test_a_decision_is_shown_with_what_follows_from_it(store: Store) -> None:
    with store.transaction(NOW) as tx:
        decision = plant(tx, Decision)
        restriction = plant(tx, Restriction, decision=decision.id)
        plant(tx, Enforcement, decision=decision.id, restriction=restriction.id)
        tx.log.append(0, [(b"leaf", bytes(32), decision.leaf)], (), LogState(1, bytes(32), b""))
    shown = store.queries.decision_view(decision.id)
    assert shown["log_index"] == 0
    assert [len(shown[name]) for name in ("restrictions", "enforcements", "statements", "appeals")] == [
        1,
        1,
        0,
        0,
    ]
    with pytest.raises(NotFound):
        store.queries.decision_view(new_id())


def test_what_waits_for_platform_or_moderator_is_listed(store: Store) -> None:
    with store.transaction(NOW) as tx:
        waiting, applied = plant(tx, Enforcement), plant(tx, Enforcement)
        tx.update(applied, verb="confirm", actor="system", state=EnforcementState.APPLIED)
    assert [row["id"] for row in store.queries.open_enforcements()] == [waiting.id]


def test_everything_is_counted_and_every_state_is_named(store: Store) -> None:
    with store.transaction(NOW) as tx:
        plant(tx, Case)
        tx.job("act", "one", new_id(), due=NOW)
        tx.log.queue_fenced([(new_id(), b"leaf")])
    counted = store.queries.counts()
    assert counted["case"] == {"waiting": 1, "claimed": 0, "held": 0, "decided": 0, "merged": 0}
    assert counted["subject"] == {"all": 0}
    assert counted["job"] == {"ready": 1}
    assert counted["log"] == {"leaves": 0, "queued": 1}
