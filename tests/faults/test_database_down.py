"""The database is locked or gone: the urgent lane acts all the same, and what it did enters the record later."""

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from showcause.casework import deciding, urgent
from showcause.casework.log.fsck import fsck
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import StoreBusy
from showcause.domain.lifecycle import DecisionState, EnforcementState, UrgentState
from showcause.domain.policy import Urgent
from showcause.domain.report import Report
from showcause.domain.restriction import Measure
from showcause.domain.urgent import UrgentEntry
from showcause.store.config import open_store
from showcause.store.schema import migrate
from showcause.store.store import Store
from tests.databases import IN_MEMORY, MASTER
from tests.house import PLATFORM, House, opened_house
from tests.services import postgres, processes


@contextmanager
def locked(house: House) -> Iterator[None]:
    """Hold the write lock of a SQLite file from another connection; writers of the house give up soon."""
    assert house.store.database.path is not None
    other = sqlite3.connect(house.store.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    _say(house.store, "PRAGMA busy_timeout = 50")
    try:
        yield
    finally:
        other.close()
        house.store.close()


def _say(store: Store, statement: str) -> None:
    """Change a setting of this thread's connection."""
    with store.read():
        pass
    with connections[store.database.alias].cursor() as cursor:
        cursor.execute(statement)


def act_urgently(house: House, token: bytes, ref: str) -> str:
    """Suspend an account through the urgent lane."""
    return house.platform.urgent(token, Urgent.THREAT_TO_LIFE, house.account(ref), Measure.SUSPEND)


def test_the_urgent_lane_acts_while_another_program_holds_the_database(file_house: House) -> None:
    house, token = file_house, file_house.urgent_token("bea")
    with locked(house):
        with pytest.raises(StoreBusy):
            house.report(house.account("somebody"))
        act_urgently(house, token, "mad-max")
        assert house.standing("mad-max") == {Measure.SUSPEND}
        with pytest.raises(StoreBusy):
            house.worker.enter_urgent(PLATFORM)
    assert house.all(Report) == [], "what was refused left nothing behind"
    assert house.worker.enter_urgent(PLATFORM) == 1
    house.work()
    (entry,) = house.all(UrgentEntry)
    assert (entry.state, entry.late_entry) == (UrgentState.ENTERED, False)
    assert house.all(Enforcement)[0].state is EnforcementState.APPLIED
    assert fsck(house.store).sound


@pytest.mark.parametrize("minutes, late", [(14, False), (16, True)])
def test_an_entry_later_than_a_quarter_of_an_hour_is_counted(
    minutes: int, late: bool, file_house: House
) -> None:
    house, token = file_house, file_house.urgent_token("bea")
    with locked(house):
        act_urgently(house, token, "mad-max")
        house.now += timedelta(minutes=minutes)
    house.worker.enter_urgent(PLATFORM)
    (entry,) = house.all(UrgentEntry)
    assert entry.late_entry is late
    assert entry.acted_at + timedelta(hours=24) == entry.confirm_by, "the day to confirm runs from the act"


def test_an_act_that_waited_longer_than_a_day_for_its_record_is_lifted_when_it_enters(
    file_house: House,
) -> None:
    house, token = file_house, file_house.urgent_token("bea")
    with locked(house):
        act_urgently(house, token, "mad-max")
        house.now += timedelta(hours=30)
    house.worker.enter_urgent(PLATFORM)
    house.work()
    house.wait(seconds=1)
    assert house.standing("mad-max") == set()
    assert house.all(UrgentEntry)[0].state is UrgentState.LIFTED


def test_one_urgent_act_that_cannot_enter_does_not_keep_the_others_out(file_house: House) -> None:
    house, token = file_house, file_house.urgent_token("bea")
    post = house.post("first", "their address")  # no clause about addresses is in force in this house
    house.platform.urgent(token, Urgent.PRIVATE_ADDRESS, post, Measure.HIDE)
    act_urgently(house, token, "second")
    assert house.worker.enter_urgent(PLATFORM) == 1
    assert [entry.category for entry in house.all(UrgentEntry)] == [Urgent.THREAT_TO_LIFE]
    assert [entry.category for entry in house.platform.spooled()] == [Urgent.PRIVATE_ADDRESS]


def test_an_act_lifted_before_its_connector_knew_its_number_does_not_stay(file_house: House) -> None:
    house, token = file_house, file_house.urgent_token("bea")
    act_urgently(house, token, "mad-max")
    (spooled,) = house.platform.spooled()
    entry = house.run(urgent.enter, spooled)  # and the process ended before it told the connector
    house.run(urgent.lift, entry.id, "cleo")
    house.work()
    assert house.worker.enter_urgent(PLATFORM) <= 1
    house.wait(seconds=1)
    assert house.standing("mad-max") == set()
    assert [check.name for check in house.platform.doctor() if not check.ok] == []
    assert fsck(house.store).sound


@pytest.mark.postgres
def test_an_approved_decision_outlives_any_number_of_attempts_on_a_busy_database(
    postgres_store: Store, tmp_path: Path
) -> None:
    with opened_house(postgres_store, tmp_path) as house:
        decided = house.propose(house.case_of(house.report(house.account("sam"))), rung="suspend")
        house.run(deciding.approve, decided.id, "cleo")
        with psycopg.connect(postgres_store.url) as other:
            other.execute("SELECT 1 FROM decisions WHERE id = %s FOR UPDATE", (decided.id,))
            _say(postgres_store, "SET lock_timeout = '5ms'")
            for _ in range(20):  # more than any job is tried before it is given up
                house.wait(minutes=6)
            assert house.all(Decision)[0].state is DecisionState.PROPOSED
        for _ in range(4):
            house.wait(minutes=6)
        assert house.all(Decision)[0].state is DecisionState.IN_FORCE
        assert house.standing("sam") == {Measure.SUSPEND}


@pytest.mark.postgres
def test_postgresql_is_stopped_and_started_again_while_the_house_works(tmp_path: Path) -> None:
    with postgres.running_postgres() as server:
        store = open_store(server.dsn(server.create()), IN_MEMORY, MASTER)
        migrate(store)
        with opened_house(store, tmp_path) as house:
            token = house.urgent_token("bea")
            before = house.suspended("before")
            with stopped(server):
                with pytest.raises(StoreBusy):
                    house.report(house.account("somebody"))
                with pytest.raises(StoreBusy):
                    house.work()
                act_urgently(house, token, "mad-max")
                assert house.standing("mad-max") == {Measure.SUSPEND}
            assert house.all(Decision, id=before.id)[0].state is DecisionState.IN_FORCE
            assert house.worker.enter_urgent(PLATFORM) == 1
            house.work()
            assert house.suspended("after").state is DecisionState.IN_FORCE
            assert [len(house.world.inbox(who)) for who in ("before", "mad-max", "after")] == [1, 1, 1]
            assert fsck(store).sound
        store.close()


@contextmanager
def stopped(server: postgres.PostgresServer) -> Iterator[None]:
    """Stop a server as an administrator does, and start it again at the end, on the same files."""
    command = Path(f"/proc/{server.process.pid}/cmdline").read_bytes().split(b"\0")[:-1]
    owner = os.stat(f"/proc/{server.process.pid}")
    processes.stop(server.process, politely=signal.SIGINT)
    try:
        yield
    finally:
        become = [f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups"]
        again = processes.start(
            [os.fsdecode(part) for part in command], server.log, become=become if owner.st_uid else []
        )
        object.__setattr__(server, "process", again)
        processes.wait_until(lambda: _answers(server), again, server.log, seconds=300)


def _answers(server: postgres.PostgresServer) -> bool:
    try:
        psycopg.connect(server.dsn(), connect_timeout=2).close()
    except psycopg.OperationalError:
        time.sleep(0.05)
        return False
    return True
