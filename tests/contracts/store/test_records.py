"""Records come back as they went in, on every database, and two writers never overwrite one another."""

import importlib
import pkgutil
import threading
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import showcause.domain
from showcause.domain.appeal import Appeal
from showcause.domain.case import Case
from showcause.domain.decision import Decision
from showcause.domain.errors import (
    AlreadyExists,
    BadInput,
    Broken,
    IllegalStep,
    NotFound,
    RecordCorrupt,
    Stale,
)
from showcause.domain.lifecycle import AppealState, CaseState, DecisionState
from showcause.domain.report import Report
from showcause.domain.restriction import Restriction
from showcause.store import mapper
from showcause.store.store import Store
from showcause.store.tables import BY_RECORD, TABLES, Table
from tests.store.samples import NOW, example, new_id, plant, pointed_to, records

ALL = [pytest.param(table, id=table.kind) for table in TABLES]


class Undone(Exception):
    """Rolls one example back, so that the next may have the same keys."""


def records_of_the_law() -> set[type]:
    """Return every dataclass of the domain that has an id and a revision."""
    names = [each.name for each in pkgutil.iter_modules(showcause.domain.__path__)]
    modules = [importlib.import_module(f"showcause.domain.{name}") for name in names]
    classes = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    return {
        cls for cls in classes if is_dataclass(cls) and {"id", "revision"} <= {f.name for f in fields(cls)}
    }


def test_every_record_of_the_law_has_a_table() -> None:
    assert records_of_the_law() == set(BY_RECORD)


@pytest.mark.parametrize("table", ALL)
def test_every_column_is_a_field_of_its_record(table: Table) -> None:
    assert set(table.columns) <= {f.name for f in fields(table.record)} - {"id", "revision"}
    assert table.changes <= {f.name for f in fields(table.record)}
    assert table.machines.keys() <= set(table.columns)


@pytest.mark.parametrize("table", ALL)
def test_a_record_comes_back_as_it_went_in(table: Table, shared_store: Store) -> None:
    with shared_store.transaction(NOW) as tx:
        needed = pointed_to(tx, table)

    @settings(max_examples=8, suppress_health_check=list(HealthCheck), database=None)
    @given(records(table.record, **needed))
    def goes_in_and_comes_back(record: Any) -> None:
        with suppress(Undone), shared_store.transaction(NOW) as tx:
            tx.insert(record, verb="plant", actor="test")
            assert tx.get(table.record, record.id) == record
            raise Undone

    goes_in_and_comes_back()


@pytest.mark.parametrize("table", ALL)
def test_every_value_of_a_record_survives_the_mapper(table: Table) -> None:
    start = example(table.record)
    parts = {column: st.sampled_from(type(getattr(start, column))) for column in table.machines}

    @settings(max_examples=25)
    @given(records(table.record), st.fixed_dictionaries(parts))
    def survives(record: Any, states: dict[str, Any]) -> None:
        moved = replace(record, **states)
        assert mapper.to_record(table, table.record, mapper.to_row(table, moved)) == moved

    survives()


def test_a_missing_record_is_not_found(store: Store) -> None:
    with store.read() as view, pytest.raises(NotFound):
        view.get(Case, new_id())


def test_a_change_raises_the_revision_and_touches_nothing_else(store: Store) -> None:
    with store.transaction(NOW) as tx:
        case = plant(tx, Case)
        changed = tx.update(case, verb="claim", actor="m1", state=CaseState.CLAIMED, claimed_by="m1", tier=2)
    assert changed == replace(case, state=CaseState.CLAIMED, claimed_by="m1", tier=2, revision=1)
    with store.read() as view:
        assert view.get(Case, case.id) == changed


def test_what_one_wrote_the_other_does_not_overwrite(store: Store) -> None:
    with store.transaction(NOW) as tx:
        case = plant(tx, Case)
        tx.update(case, verb="claim", actor="m1", state=CaseState.CLAIMED, claimed_by="m1")
    with pytest.raises(Stale), store.transaction(NOW) as tx:
        tx.update(case, verb="claim", actor="m2", state=CaseState.CLAIMED, claimed_by="m2")
    with store.read() as view:
        assert view.get(Case, case.id).claimed_by == "m1"


def test_of_two_moderators_at_once_one_wins_and_the_other_is_told(durable_store: Store) -> None:
    with durable_store.transaction(NOW) as tx:
        case = plant(tx, Case)
    together, told = threading.Barrier(2), []

    def claim(who: str) -> None:
        with durable_store.read() as view:
            seen = view.get(Case, case.id)
        together.wait()
        try:
            with durable_store.transaction(NOW) as tx:
                tx.update(seen, verb="claim", actor=who, state=CaseState.CLAIMED, claimed_by=who)
            told.append("won")
        except Stale:
            told.append("stale")
        durable_store.close()

    threads = [threading.Thread(target=claim, args=(who,)) for who in ("m1", "m2")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(told) == ["stale", "won"]


def test_nothing_of_a_transaction_that_raises_is_kept(store: Store) -> None:
    case = example(Case)

    def fails() -> None:
        with store.transaction(NOW) as tx:
            tx.insert(case, verb="open", actor="test")
            tx.job("tell", "key", case.id, due=NOW)
            raise NotFound("the use case changed its mind")

    with pytest.raises(NotFound):
        fails()
    with store.read() as view:
        assert view.count(Case) == 0
        assert view.journal(case.id) == []
        assert view.find_job("key") is None


def test_an_id_is_given_once(store: Store) -> None:
    with store.transaction(NOW) as tx:
        case = plant(tx, Case)
    with pytest.raises(AlreadyExists), store.transaction(NOW) as tx:
        tx.insert(case, verb="plant", actor="test")


def test_a_refused_insert_does_not_spoil_the_transaction(store: Store) -> None:
    with store.transaction(NOW) as tx:
        report = plant(tx, Report, platform="demo", external_key="k")
        with pytest.raises(AlreadyExists):
            plant(tx, Report, platform="demo", external_key="k")
        plant(tx, Report, platform="other", external_key="k")
    with store.read() as view:
        assert view.first(Report, external_key="k") == report
        assert view.count(Report) == 2


def test_a_person_appeals_once_unless_the_appeal_was_withdrawn(store: Store) -> None:
    with store.transaction(NOW) as tx:
        decision = plant(tx, Decision)
        first = plant(tx, Appeal, decision=decision.id, person="p1")
        with pytest.raises(AlreadyExists):
            plant(tx, Appeal, decision=decision.id, person="p1")
        tx.update(first, verb="withdraw", actor="p1", state=AppealState.WITHDRAWN)
        plant(tx, Appeal, decision=decision.id, person="p1")


def test_a_number_is_given_once_for_each_platform(store: Store) -> None:
    with store.transaction(NOW) as tx:
        plant(tx, Restriction, platform="demo", number=7)
        plant(tx, Restriction, platform="other", number=7)
        for _ in range(2):
            plant(tx, Restriction, platform="demo", number=0)
        with pytest.raises(AlreadyExists):
            plant(tx, Restriction, platform="demo", number=7)


def test_a_record_is_born_in_its_start_state(store: Store) -> None:
    with pytest.raises(IllegalStep), store.transaction(NOW) as tx:
        plant(tx, Decision, state=DecisionState.IN_FORCE)


def test_a_step_without_an_arrow_is_refused(store: Store) -> None:
    with store.transaction(NOW) as tx:
        case = plant(tx, Case)
    with pytest.raises(IllegalStep), store.transaction(NOW) as tx:
        tx.update(case, verb="merge", actor="m1", state=CaseState.DECIDED)


def test_the_content_of_a_decision_never_changes(store: Store) -> None:
    with store.transaction(NOW) as tx:
        decision = plant(tx, Decision)
    for change in (
        {"facts": "other"},
        {"subject": "other"},
        {"language": "fr"},
        {"acts": ()} | {"source": "x"},
    ):
        with pytest.raises(Broken), store.transaction(NOW) as tx:
            tx.update(decision, verb="edit", actor="m1", **change)
    with store.transaction(NOW) as tx:
        tx.update(decision, verb="approve", actor="m2", approver="m2", commit_at=NOW)


def test_a_record_points_only_to_what_exists(store: Store) -> None:
    with pytest.raises(Broken), store.transaction(NOW) as tx:
        plant(tx, Restriction, decision=new_id())


def test_find_compares_and_orders_by_insertion(store: Store) -> None:
    with store.transaction(NOW) as tx:
        cases = [plant(tx, Case, opened_at=NOW + timedelta(minutes=n), tier=n % 2) for n in range(4)]
    with store.read() as view:
        assert view.find(Case) == cases
        assert view.find(Case, limit=2) == cases[:2]
        assert view.find(Case, opened_at__lt=NOW + timedelta(minutes=2)) == cases[:2]
        assert view.find(Case, opened_at__gte=NOW + timedelta(minutes=2), tier=1) == [cases[3]]
        assert view.find(Case, id=[cases[3].id, cases[1].id]) == [cases[1], cases[3]]
        assert view.find(Case, state=(CaseState.HELD, CaseState.WAITING), claimed_by=None) == cases
        assert view.last(Case) == cases[3]
        assert view.first(Case, tier=5) is None
        assert view.count(Case, tier=1) == 2
        with pytest.raises(TypeError, match="no field"):
            view.find(Case, colour="red")


def test_a_field_without_a_column_can_be_looked_for(store: Store) -> None:
    with store.transaction(NOW) as tx:
        report = plant(tx, Report, hint="spam")
        plant(tx, Report, hint="hate")
    with store.read() as view:
        assert view.find(Report, hint="spam") == [report]


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(BadInput), store.transaction(NOW) as tx:
        plant(tx, Case, opened_at=NOW.replace(tzinfo=None))


def with_upgrades(table: Table, *upgrades: Any) -> Table:
    return replace(table, upgrades=dict(enumerate(upgrades, 1)))


def test_an_older_body_is_lifted_version_by_version() -> None:
    table = with_upgrades(
        BY_RECORD[Report],
        lambda body: {name: value for name, value in body.items() if name != "colour"},
        lambda body: body | {"language": body["language"].lower()},
    )
    report = example(Report)
    now = mapper.to_row(table, report)
    assert now["body_version"] == 3
    written_long_ago = now | {"body": now["body"] | {"colour": "red", "language": "EN"}, "body_version": 1}
    assert mapper.to_record(table, Report, written_long_ago) == report
    written_later = now | {"body": now["body"] | {"language": "EN"}, "body_version": 2}
    assert mapper.to_record(table, Report, written_later) == report


def test_a_body_of_a_newer_program_is_not_guessed_at() -> None:
    table = BY_RECORD[Report]
    row = mapper.to_row(table, example(Report)) | {"body_version": table.version + 1}
    with pytest.raises(RecordCorrupt, match="body version"):
        mapper.to_record(table, Report, row)


def test_a_body_with_a_part_that_nobody_knows_is_corrupt() -> None:
    table = BY_RECORD[Report]
    row = mapper.to_row(table, example(Report))
    row["body"] = cast(dict[str, Any], row["body"]) | {"colour": "red"}
    with pytest.raises(RecordCorrupt):
        mapper.to_record(table, Report, row)
