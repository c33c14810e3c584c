"""Forgetting by the command line: refused with a reason and a date, asked twice, and final."""

from datetime import timedelta
from pathlib import Path

from tests.cli import test_events as events
from tests.cli.house import PLATFORM, House

MALLORY = (PLATFORM, "account", "mallory")


def test_a_person_is_forgotten_when_nothing_needs_them_any_more(house: House, tmp_path: Path) -> None:
    decision = house.decided()
    refused = house.try_("forget", *MALLORY, "--yes", "--as", "ada")
    assert refused.exit_code == 1
    assert "they may appeal against a decision (until 02 September 2026)" in refused.stderr
    assert "has not ended" in refused.stderr

    statement = house.one("statement", "show", decision, "--as", "ada")
    house.run("appeal", "lodge", str(statement["reference"]), "--text", "this was not me")
    [appeal] = house.json("appeal", "list")
    house.run("appeal", "claim", str(appeal["id"]), "--as", "cleo")
    house.run("appeal", "reverse", str(appeal["id"]), "--reason", "it was another", "--as", "cleo")
    house.run("serve", "--once")
    house.wait(timedelta(days=190))
    house.run("serve", "--once")

    events.declared(house, tmp_path)
    house.run("events", "import", str(events.events(tmp_path, 3)), "--platform", PLATFORM)
    house.run("backup", str(tmp_path / "before"))
    asked = house.try_("forget", *MALLORY, "--as", "ada")
    assert asked.exit_code == 1
    assert "Say --yes" in asked.stderr
    record = house.one("forget", *MALLORY, "--yes", "--as", "ada")
    assert int(record["emptied"]) > 0
    assert house.one("events", "status")["emptied"] == 3
    assert house.try_("forget", *MALLORY, "--yes", "--as", "ada").exit_code == 1
    assert house.one("forget", str(record["record"])[:12], "--yes", "--as", "ada")["emptied"] == 0
    assert "forgotten" in house.try_("statement", "show", decision, "--as", "ada").stderr
    assert house.one("log", "fsck")["sound"]
