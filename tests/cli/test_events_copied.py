"""The log of events in copies: with its database, older or newer than it, and without who was forgotten since."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

from showcause.store.event_tables import guards
from showcause.stream.forgetting import HASH
from tests.cli.house import PLATFORM, House
from tests.cli.test_events_judged import happen, judged, said
from tests.cli.test_rule_life import NAME, written


def remove(house: House, name: str) -> None:
    for path in house.home.glob(f"{name}*"):
        path.unlink()


def begun(house: House, folder: Path, links: int = 3) -> None:
    """Let one rule act and ten events be judged by it."""
    rules = str(written(folder / "rules"))
    house.run("events", "schema", PLATFORM, f"{rules}/schema.yaml", "--as", "ada")
    house.run("rules", "propose", NAME, rules, "--as", "ada")
    house.run("rules", "push", NAME, "--reason", "a wave of it", "--as", "ada")
    happen(house, folder, "first", 0, 1)
    house.run("serve", "--once")
    happen(house, folder, "second", links, 9)
    house.run("serve", "--once")


def place(house: House) -> Any:
    return house.one("events", "status")["judged"][PLATFORM]


def test_database_and_events_come_back_together_and_judging_goes_on(house: House, tmp_path: Path) -> None:
    begun(house, tmp_path)
    before, found = place(house), said(house)
    assert found
    made = house.one("backup", str(tmp_path / "copy"), "--keys", str(tmp_path / "keys"))
    assert Path(str(made["events"])).stat().st_mode & 0o777 == 0o600
    remove(house, "main.db")
    remove(house, "events.db")
    told = house.one("restore", str(tmp_path / "copy"))
    assert told["events"] == {"taken": 10, "missing": 0, "emptied_again": 0}
    assert place(house) == before
    happen(house, tmp_path, "third", 2)
    assert judged(house)[PLATFORM]["sequence"] == 20
    assert said(house)[: len(found)] == found


def test_newer_events_beside_an_older_database_are_judged_again_as_they_were(
    house: House, tmp_path: Path
) -> None:
    begun(house, tmp_path)
    house.run("backup", str(tmp_path / "copy"))
    happen(house, tmp_path, "third", 4)
    house.run("serve", "--once")
    after, found = place(house), said(house)
    remove(house, "main.db")
    told = house.run("restore", str(tmp_path / "copy"))
    assert "Up to 10 of them are judged when the service starts, as they were." in told
    assert len(said(house)) < len(found)
    house.run("serve", "--once")
    assert place(house) == after
    assert said(house) == found


def test_older_events_beside_a_newer_database_stop_judging_alone_until_newer_ones_are_back(
    house: House, tmp_path: Path
) -> None:
    begun(house, tmp_path)
    house.run("backup", str(tmp_path / "old"))
    happen(house, tmp_path, "third", 4)
    house.run("serve", "--once")
    found = said(house)
    house.run("backup", str(tmp_path / "new"))
    remove(house, "events.db")
    told = house.run("restore", "--events", str(tmp_path / "old"))
    assert "10 events that were judged are missing from it." in told
    signed = house.one("serve", "--once")["size"]
    house.run("moderator", "add", "dora", "--as", "ada")
    assert house.one("serve", "--once")["size"] > signed, "everything else goes on"
    assert said(house) == found
    assert house.one("events", "status")["missing"] == 10
    assert "LACK site, events: 10 events that were judged are missing" in house.try_("doctor").stdout
    (tmp_path / "more.ndjson").write_text('{"id": "x", "data": {"kind": "post", "actor": {"id": "u1"}}}\n')
    taking = ("events", "import", str(tmp_path / "more.ndjson"), "--platform", PLATFORM)
    refused = house.try_(*taking)
    assert refused.exit_code == 75
    assert "showcause events continue" in refused.stderr
    refused = house.try_("forget", PLATFORM, "account", "u7", "--yes", "--as", "ada")
    assert "missing from the log of events" in refused.stderr

    remove(house, "events.db")
    house.run("restore", "--events", str(tmp_path / "new"))
    assert house.one(*taking)["new"] == 1
    assert judged(house)[PLATFORM]["sequence"] == 21


def test_without_a_newer_copy_it_goes_on_behind_the_lost_places(house: House, tmp_path: Path) -> None:
    begun(house, tmp_path)
    found = said(house)
    remove(house, "events.db")
    assert house.one("serve", "--once")["judged"] == 0
    assert not (house.home / "events.db").exists(), "none is begun in its place"
    asked = house.try_("events", "continue", "--as", "ada")
    assert "10 events that were judged are missing" in asked.stderr
    assert house.try_("events", "continue", "--yes", "--as", "bea").exit_code != 0
    assert house.one("events", "continue", "--yes", "--as", "ada") == {"lost": 10}
    assert house.one("events", "continue", "--yes", "--as", "ada") == {"lost": 0}
    happen(house, tmp_path, "later", 2)
    assert judged(house)[PLATFORM]["sequence"] == 20
    assert [each.event for each in said(house)[len(found) :]] == [11, 12]
    assert said(house)[: len(found)] == found
    happen(house, tmp_path, "latest", 1)
    assert judged(house)[PLATFORM]["sequence"] == 30, "and after another start"


def test_who_was_forgotten_since_is_forgotten_in_an_older_copy_of_the_events(
    house: House, tmp_path: Path
) -> None:
    begun(house, tmp_path)
    house.run("backup", str(tmp_path / "copy"))
    with sqlite3.connect(tmp_path / "copy" / "events.db") as copy:
        [(body,)] = copy.execute("SELECT body FROM event WHERE seq = 9")
    [theirs] = HASH.findall(body)
    assert house.one("forget", PLATFORM, "account", "u7", "--yes", "--as", "ada")["emptied"] == 1
    remove(house, "main.db")
    remove(house, "events.db")
    told = house.one("restore", str(tmp_path / "copy"))
    assert told["events"] == {"taken": 10, "missing": 0, "emptied_again": 1}
    assert not [each for each in house.home.rglob("events*") if theirs in each.read_bytes()]
    assert house.try_("forget", PLATFORM, "account", "u7", "--yes", "--as", "ada").exit_code != 0
    happen(house, tmp_path, "third", 2)
    assert judged(house)[PLATFORM]["sequence"] == 20


def test_judging_that_stopped_is_told_by_the_doctor_until_it_goes_on(house: House, tmp_path: Path) -> None:
    begun(house, tmp_path)
    assert "ok   site, judging: 0 wait for plaza" in house.try_("doctor").stdout
    happen(house, tmp_path, "third", 0, 5)
    with sqlite3.connect(house.home / "events.db") as events:
        [(kept,)] = events.execute("SELECT body FROM event WHERE seq = 2")
        events.execute("DROP TRIGGER event_update")
        events.execute("DELETE FROM snapshot")
        events.execute("UPDATE event SET body = (SELECT body FROM event WHERE seq = 9) WHERE seq = 2")
        events.execute(guards("sqlite")["event_update"][0])
    house.run("serve", "--once")
    told = house.try_("doctor")
    assert "LACK site, judging: stopped for plaza (broken); 5 wait for plaza" in told.stdout
    assert place(house)["sequence"] == 10
    with sqlite3.connect(house.home / "events.db") as events:
        events.execute("DROP TRIGGER event_update")
        events.execute("UPDATE event SET body = ? WHERE seq = 2", (kept,))
        events.execute(guards("sqlite")["event_update"][0])
    house.wait(timedelta(minutes=11))
    assert "LACK site, judging: stopped for plaza" in house.try_("doctor").stdout
    house.run("serve", "--once")
    assert "ok   site, judging: 0 wait for plaza" in house.try_("doctor").stdout
    happen(house, tmp_path, "fourth", 0, 1)
    house.wait(timedelta(minutes=11))
    assert "LACK site, judging: 1 wait for plaza" in house.try_("doctor").stdout
