"""The same commands on a site whose records are on PostgreSQL."""

from pathlib import Path

import pytest

from showcause.domain.restriction import Measure
from showcause.domain.subject import SubjectKind
from tests.cli.house import House


@pytest.mark.postgres
def test_the_main_path_runs_on_postgresql(postgres_database: str, tmp_path: Path) -> None:
    house = House(tmp_path / "home")
    house.run(
        "init", "--origin", "pg.example.org", "--contact", "c", "--operator", "ada", "--operator", "ben",
        "--database", postgres_database,
    )  # fmt: skip
    assert not (house.home / "main.db").exists()
    house.run("connect", "simulator", "plaza", "--mode", "enforce", "--as", "ada")
    house.run("import", "baseline", "plaza", "--as", "ada")
    decision = house.decided()
    assert house.world.standing(SubjectKind.ACCOUNT, "mallory") == {Measure.SUSPEND}
    assert house.one("decision", "show", decision)["state"] == "in-force"
    assert house.one("log", "fsck")["sound"]
    refused = house.try_("backup", str(tmp_path / "copy"))
    assert "pg_dump" in refused.stderr
