"""When the disk is full or refuses, the service ends instead of going on with what may be untrue; nothing is lost."""

import resource
import subprocess
import sys

import pytest
from django.db import connections

from showcause.cli.serve import Service
from showcause.compose import Wiring
from showcause.domain.errors import StoreFull
from showcause.domain.subject import SubjectKind
from tests.cli.house import House
from tests.cli.test_processes import ENVIRONMENT

REPORTS = 100
SMALL = 256 * 1024


def many_reports(house: House) -> None:
    """Let Rita report Mallory at length and often."""
    for name in ("mallory", "rita"):
        house.world.register(name)
    for number in range(REPORTS):
        house.world.report("rita", SubjectKind.ACCOUNT, "mallory", f"{number} " + "and again " * 300)


def all_are_there(house: House) -> None:
    """Check that each report was taken once, and that the log agrees with itself."""
    house.run("serve", "--once")
    [case] = house.json("queue")
    assert case["reports"] == REPORTS
    numbers = [
        each["text"].partition(" ")[0]
        for each in house.one("case", "show", case["id"], "--as", "ada")["filed"]
    ]
    assert sorted(map(int, numbers)) == list(range(REPORTS))
    assert house.one("log", "fsck")["sound"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of file sizes as Linux has them")
def test_the_service_ends_when_a_file_cannot_be_written_and_goes_on_where_it_stopped(house: House) -> None:
    many_reports(house)
    command = [sys.executable, "-m", "showcause", "--home", str(house.home), "serve"]
    ended = subprocess.run(
        command, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL)),
    )  # fmt: skip
    assert ended.returncode == 75, ended.stderr
    assert "the service ends: store-unusable" in ended.stderr
    assert "hint: Look at the disk" in ended.stderr
    assert "again and again" not in ended.stderr
    all_are_there(house)


def test_the_service_ends_when_the_database_is_full_and_goes_on_where_it_stopped(house: House) -> None:
    many_reports(house)
    site = Wiring().moved(lambda: house.now).open(house.home)
    with site.store.read(), connections[site.store.database.alias].cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1")  # SQLite then takes the present size: not one page more
    with pytest.raises(StoreFull):
        Service(site).run()
    site.close()
    all_are_there(house)
