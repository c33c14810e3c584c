"""The history of events by the command line: moved each day, kept in copies, found by everything that reads events."""

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.cli.house import PLATFORM, House
from tests.cli.test_events_copied import begun, place, remove
from tests.cli.test_events_judged import happen, judged, said
from tests.cli.test_rule_life import NAME, written


def aged(house: House, folder: Path, days: int = 40) -> None:
    """Have some events judged, and let so much time pass that they move."""
    begun(house, folder)
    house.wait(timedelta(days=days))
    house.run("serve", "--once")


def files(house: House) -> list[Path]:
    return sorted((house.home / "history").rglob("*.parquet"))


def checks(house: House, name: str) -> Any:
    [found] = [
        each for each in json.loads(house.try_("doctor", "--json").stdout)["checks"] if each["name"] == name
    ]
    return found


def test_each_day_the_service_moves_old_events_and_everything_goes_on(house: House, tmp_path: Path) -> None:
    begun(house, tmp_path)
    found = said(house)
    house.run("serve", "--once")
    assert files(house) == [], "none is old"
    house.wait(timedelta(days=40))
    house.run("serve", "--once")
    [file] = files(house)
    with duckdb.connect() as db:
        assert db.execute(
            'SELECT count(*), sum("content.links") FROM read_parquet(?)', [str(file)]
        ).fetchone() == (10, 3)
    [row] = house.json("events", "history", "status")
    assert (row["files"], row["events"], row["since"], row["until"]) == (1, 10, "2026-03-02", "2026-03-02")
    assert house.one("events", "status")["moved_until"] == "2026-03-02"
    assert "Those until 2026-03-02 lie in the history" in house.run("events", "status")
    assert checks(house, "history")["says"] == "1 files are there, until 2026-03-02"
    assert house.run("replay", "--from", "2026-03-01").endswith(
        f"{len(found)} verdicts replayed: {len(found)} identical.\n"
    )
    assert "Replayed: identical" in house.run("explain", f"{found[0].event}.{NAME}")
    happen(house, tmp_path, "third", 2)
    assert judged(house)[PLATFORM]["sequence"] == 20
    assert said(house)[: len(found)] == found


def test_what_left_by_its_time_is_named_with_its_day(house: House, tmp_path: Path) -> None:
    house.environment |= {"SHOWCAUSE_EVENTS_KEEP_DAYS": "10", "SHOWCAUSE_HISTORY_KEEP_DAYS": "400"}
    aged(house, tmp_path)
    assert len(files(house)) == 1
    house.wait(timedelta(days=400))
    assert house.one("events", "history", "write") == {"moved": 0, "left": 1}
    assert files(house) == []
    asked = house.try_("replay", f"{said(house)[0].event}.{NAME}")
    assert asked.exit_code == 1
    assert "event-left-history" in asked.stdout
    assert "left the history on 16 May 2027" in asked.stdout
    told = house.run("explain", f"{said(house)[0].event}.{NAME}")
    assert "fired on event" in told
    forecast = house.run("rules", "who-else", f"{NAME}@1", "--from", "2026-03-01", "--to", "2026-03-03")
    assert "10 events from 2 March 2026 to 2 March 2026 left the history on 16 May 2027" in forecast
    happen(house, tmp_path, "third", 2)
    assert judged(house)[PLATFORM]["sequence"] == 20
    assert house.one("events", "history", "check") == {"files": 0, "missing": [], "unknown": []}


def test_copies_have_the_files_and_bring_them_back(house: House, tmp_path: Path) -> None:
    aged(house, tmp_path)
    before, found = place(house), said(house)
    made = house.one("backup", str(tmp_path / "copy"), "--history", str(tmp_path / "apart"))
    assert "missing" not in made
    [file] = files(house)
    name = str(file.relative_to(house.home / "history"))
    assert (tmp_path / "copy" / "history" / name).read_bytes() == file.read_bytes()
    assert (tmp_path / "apart" / name).read_bytes() == file.read_bytes()
    house.run("backup", "--history", str(tmp_path / "apart"))
    remove(house, "main.db")
    remove(house, "events.db")
    shutil.rmtree(house.home / "history")
    told = house.one("restore", str(tmp_path / "copy"))
    assert told["events"] == {"taken": 10, "missing": 0, "emptied_again": 0}
    assert (place(house), said(house)) == (before, found)
    assert f"{len(found)} identical" in house.run("replay", "--from", "2026-03-01")

    file.unlink()
    assert not checks(house, "history")["ok"]
    asked = house.try_("events", "history", "check", "--json")
    assert (asked.exit_code, json.loads(asked.stdout)["missing"]) == (1, [name])
    assert house.one("backup", str(tmp_path / "second"))["missing"] == [name]
    assert "history-file-missing" in house.try_("replay", f"{found[0].event}.{NAME}").stdout
    assert house.try_("forget", PLATFORM, "account", "u7", "--yes", "--as", "ada").exit_code == 75
    house.run("restore", "--history", str(tmp_path / "apart"))
    assert house.one("events", "history", "check")["missing"] == []

    file.unlink()
    assert (
        "10 events would be given up"
        in house.try_("events", "history", "give-up", name, "--as", "ada").stderr
    )
    assert house.one("events", "history", "give-up", name, "--yes", "--as", "ada") == {"lost": 10}
    assert house.try_("events", "history", "give-up", name, "--yes", "--as", "ada").exit_code == 1
    assert checks(house, "history")["ok"]


def test_who_was_forgotten_is_forgotten_in_files_and_in_files_that_come_back(
    house: House, tmp_path: Path
) -> None:
    aged(house, tmp_path)
    house.run("backup", str(tmp_path / "copy"))
    [old] = files(house)
    whole = old.read_bytes()
    assert house.one("forget", PLATFORM, "account", "u7", "--yes", "--as", "ada")["emptied"] == 1
    [new] = files(house)
    assert new != old
    remove(house, "main.db")
    remove(house, "events.db")
    shutil.rmtree(house.home / "history")
    told = house.one("restore", str(tmp_path / "copy"))
    assert told["events"]["emptied_again"] == 1
    [back] = files(house)
    assert back.read_bytes() != whole
    with duckdb.connect() as db:
        assert db.execute("SELECT count(*) FROM read_parquet(?)", [str(back)]).fetchone() == (9,)
    house.run("serve", "--once")
    assert checks(house, "history")["ok"]


def test_who_is_mentioned_in_texts_is_said_before_and_emptied_when_asked(
    house: House, tmp_path: Path
) -> None:
    folder = written(tmp_path / "rules")
    house.run("events", "schema", PLATFORM, f"{folder}/schema.yaml", "--as", "ada")
    sent = [
        {"kind": "post", "actor": {"id": "mallory"}, "content": {"text": "hello"}},
        {
            "kind": "post",
            "actor": {"id": "ann"},
            "content": {"text": "what mallory says, write to m@example.org"},
        },
    ]
    path = tmp_path / "sent.ndjson"
    path.write_text("".join(json.dumps({"id": f"m{n}", "data": each}) + "\n" for n, each in enumerate(sent)))
    house.run("events", "import", str(path), "--platform", PLATFORM)
    asked = house.try_("forget", PLATFORM, "account", "mallory", "--as", "ada")
    assert (
        "another event mentions them in fields that are not marked as personal (--mentions)" in asked.stderr
    )
    assert house.one("events", "look", PLATFORM)["hold"] == {"content.text": {"e-mail address": 1}}
    told = house.one("forget", PLATFORM, "account", "mallory", "--as", "ada", "--yes")
    assert (told["emptied"], told["mentions"]) == (1, 1)
    told = house.one("forget", PLATFORM, "account", "mallory", "--as", "ada", "--yes", "--mentions")
    assert told["emptied"] == 1
    assert house.one("events", "scrub")["scrubbed"] is False


@pytest.mark.postgres
def test_on_postgresql_the_files_lie_in_the_home_folder_and_are_copied_alone(
    postgres_database: str, tmp_path: Path
) -> None:
    house = House(tmp_path / "home")
    house.run(
        "init", "--origin", "pg.example.org", "--contact", "c", "--operator", "ada", "--operator", "ben",
        "--database", postgres_database,
    )  # fmt: skip
    house.run("connect", "simulator", PLATFORM, "--as", "ada")
    folder = written(tmp_path / "rules")
    house.run("events", "schema", PLATFORM, f"{folder}/schema.yaml", "--as", "ada")
    happen(house, tmp_path, "first", 3)
    house.wait(timedelta(days=40))
    assert house.one("events", "history", "write") == {"moved": 10, "left": 0}
    [file] = files(house)
    name = str(file.relative_to(house.home / "history"))
    assert house.one("backup", "--history", str(tmp_path / "apart"))["history"] == str(tmp_path / "apart")
    assert house.one("forget", PLATFORM, "account", "u7", "--yes", "--as", "ada")["emptied"] == 1
    assert not file.exists()
    assert checks(house, "erasures")["ok"], "old rows were overwritten at once"
    [new] = files(house)
    new.unlink()
    told = house.one("restore", "--history", str(tmp_path / "apart"))
    assert "files_missing" not in told["events"], "the copy of before the forgetting is good for all others"
    [back] = files(house)
    with duckdb.connect() as db:
        assert db.execute("SELECT count(*) FROM read_parquet(?)", [str(back)]).fetchone() == (9,)
    assert house.one("events", "history", "check")["missing"] == []
    (tmp_path / "apart" / name).write_bytes(b"damaged")
    back.unlink()
    assert house.one("restore", "--history", str(tmp_path / "apart"))["events"]["files_missing"] == 1
