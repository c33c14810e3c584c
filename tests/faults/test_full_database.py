"""A full database: whoever wanted something is told so with a hint, nothing is stored by half, and it goes on later."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from psycopg import sql

from showcause.casework import deciding
from showcause.casework.log.fsck import fsck
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import StoreFull
from showcause.domain.lifecycle import EnforcementState
from showcause.domain.people import SYSTEM
from showcause.domain.policy import Urgent
from showcause.domain.report import Report
from showcause.domain.restriction import Measure
from showcause.domain.subject import SubjectRecord
from showcause.store.config import open_store
from showcause.store.store import Store
from tests.conftest import NOT_RUN
from tests.databases import IN_MEMORY, MASTER, postgres_template
from tests.house import House, opened_house
from tests.services.postgres import PostgresServer

LONG = "word " * 400


def pages(store: Store, most: str) -> None:
    """Set how many pages this connection may let the file have."""
    with store.read(), connections[store.database.alias].cursor() as cursor:
        cursor.execute(f"PRAGMA max_page_count = {most}")


def fill(house: House) -> int:
    """Report until the database is full; return how many reports were acknowledged."""
    acknowledged: list[Report] = []
    with pytest.raises(StoreFull) as refused:
        _report_for_ever(house, acknowledged)
    assert "disk" in refused.value.hint
    assert refused.value.code == "store-full"
    return len(acknowledged)


def _report_for_ever(house: House, acknowledged: list[Report]) -> None:
    while True:
        account = house.account(f"filler-{len(acknowledged)}")
        acknowledged.append(house.report(account, reason=LONG))


def nothing_is_stored_by_half(house: House, acknowledged: int) -> None:
    """Check that what was acknowledged is there, whole, and of what was refused nothing."""
    reports = house.all(Report)
    assert len(reports) == acknowledged
    for report in reports:
        assert len(house.journal(report.id)) == report.revision + 1
        assert house.case_of(report).reports >= 1
    reported = {report.subject for report in reports}
    fillers = [each for each in house.all(SubjectRecord) if each.id in reported]
    assert len(fillers) == acknowledged
    assert fsck(house.store).sound


def test_a_full_sqlite_file_keeps_all_that_was_acknowledged_and_nothing_else(file_house: House) -> None:
    house = file_house
    token = house.urgent_token("bea")
    before = len(house.all(Report))
    pages(house.store, "1")  # SQLite then takes the present size: not one page more
    acknowledged = fill(house)
    nothing_is_stored_by_half(house, before + acknowledged)
    house.platform.urgent(token, Urgent.THREAT_TO_LIFE, house.account("mad-max"), Measure.SUSPEND)
    assert house.standing("mad-max") == {Measure.SUSPEND}, "the urgent lane needs no database"
    pages(house.store, "1000000")
    house.report(house.account("after"))
    nothing_is_stored_by_half(house, before + acknowledged + 1)


def to_the_brim(house: House) -> None:
    """Fill what room a large report left."""
    fill(house)
    with suppress(StoreFull):
        for _ in range(100_000):
            house.run(lambda tx, now, ids: tx.note("note", SYSTEM, ids(), "subject"))


@pytest.mark.parametrize("approved_first", [True, False])
def test_what_was_approved_outlives_any_number_of_attempts_on_a_full_database(
    approved_first: bool, file_house: House
) -> None:
    house = file_house
    decided = house.propose(house.case_of(house.report(house.account("sam"))), rung="suspend")
    house.run(deciding.approve, decided.id, "cleo")
    if not approved_first:
        house.now += timedelta(seconds=31)
        house.run(deciding.commit, decided.id)
    pages(house.store, "1")
    to_the_brim(house)
    for _ in range(20):  # more than any job is tried before it is given up
        with suppress(StoreFull):
            house.wait(minutes=6)
    assert house.all(Enforcement, state=EnforcementState.APPLIED) == []
    pages(house.store, "1000000")
    for _ in range(4):
        house.wait(minutes=6)
    assert house.standing("sam") == {Measure.SUSPEND}
    assert [act["what"] for act in house.world.acts() if act["changed"]] == ["impose"]
    assert [each.state for each in house.all(Enforcement)] == [EnforcementState.APPLIED]
    assert len(house.world.inbox("sam")) == 1
    assert fsck(house.store).sound


@contextmanager
def small_disk(owner: int) -> Iterator[Path]:
    """Mount a file system of 40 MB for somebody; skip where that is not allowed."""
    folder = Path(tempfile.mkdtemp(prefix="small-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size=40m,uid={owner},mode=700", "tmpfs", str(folder)]
    try:
        if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip(f"{NOT_RUN}a full disk under PostgreSQL: mounting a small file system is not allowed")
        yield folder
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def on_small_disk(server: PostgresServer, folder: Path) -> Iterator[Store]:
    """Open a fresh store whose tables lie on a small disk."""
    name, template = f"full_{os.getpid()}", postgres_template(server)
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(sql.Literal(str(folder))))
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} TABLESPACE small").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    store = open_store(server.dsn(name), IN_MEMORY, MASTER)
    try:
        yield store
    finally:
        store.close()
        server.drop(name)
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute("DROP TABLESPACE small")


@pytest.mark.postgres
def test_a_full_disk_under_postgresql_keeps_all_that_was_acknowledged_and_nothing_else(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    user = os.stat(f"/proc/{postgres_server.process.pid}").st_uid
    with (
        small_disk(user) as disk,
        on_small_disk(postgres_server, disk) as store,
        opened_house(store, tmp_path) as house,
    ):
        ballast = disk / "ballast"
        with ballast.open("wb") as out:
            free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
            out.write(bytes(max(0, free - 64 * 1024)))
        acknowledged = fill(house)
        nothing_is_stored_by_half(house, acknowledged)
        ballast.unlink()
        house.report(house.account("after"))
        nothing_is_stored_by_half(house, acknowledged + 1)
