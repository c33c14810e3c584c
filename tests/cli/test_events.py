"""Events by the command line: declared, taken in from files, gone on with, and forgotten."""

import json
from pathlib import Path

from tests.cli.house import PLATFORM, House

SCHEMA = """
platform: Plaza
account: actor.id
fields:
  kind: {type: text, needed: true}
  actor.id: {type: text, personal: true}
  actor.age_s: {type: int}
"""


def declared(house: House, folder: Path, text: str = SCHEMA) -> None:
    (folder / "schema.yaml").write_text(text)
    house.run("events", "schema", PLATFORM, str(folder / "schema.yaml"), "--as", "ada")


def events(folder: Path, count: int, who: str = "mallory") -> Path:
    path = folder / "day.ndjson"
    sent = ({"id": f"{n}", "data": {"kind": "post", "actor": {"id": who}}} for n in range(count))
    path.write_text("".join(json.dumps(each) + "\n" for each in sent))
    return path


def test_events_are_declared_imported_and_counted(house: House, tmp_path: Path) -> None:
    declared(house, tmp_path)
    file = str(events(tmp_path, 30))
    assert house.one("events", "import", file, "--platform", PLATFORM)["new"] == 30
    assert "30 lines were taken in by an earlier import" in house.run(
        "events", "import", file, "--platform", PLATFORM
    )
    told = house.one("events", "status")
    assert (told["events"], told["declared"], told["newest"]) == (
        30,
        [PLATFORM],
        "2026-03-02T10:00:00.000029Z",
    )


def test_refused_lines_are_named_and_end_with_1(house: House, tmp_path: Path) -> None:
    declared(house, tmp_path)
    file = tmp_path / "day.ndjson"
    file.write_text('{"id": "a", "data": {"kind": "post"}}\n{"id": "b", "data": {"kind": 7}}\n')
    result = house.try_("events", "import", str(file), "--platform", PLATFORM)
    assert result.exit_code == 1
    assert "1 events are new, 0 were known, 1 were refused." in result.stdout
    assert "day.ndjson:2: event-value: kind must be a text, not int" in result.stdout


def test_a_schema_at_fault_is_refused_with_its_place(house: House, tmp_path: Path) -> None:
    (tmp_path / "schema.yaml").write_text(SCHEMA.replace("type: int", "type: number"))
    result = house.try_("events", "schema", PLATFORM, str(tmp_path / "schema.yaml"), "--as", "ada")
    assert result.exit_code == 1
    assert "schema.yaml:7" in result.stderr


def test_a_field_that_would_change_what_it_means_is_refused(house: House, tmp_path: Path) -> None:
    declared(house, tmp_path)
    (tmp_path / "schema.yaml").write_text(
        SCHEMA.replace("account: actor.id\n", "").replace(", personal: true", "")
    )
    result = house.try_("events", "schema", PLATFORM, str(tmp_path / "schema.yaml"), "--as", "ada")
    assert result.exit_code == 1
    assert "actor.id changes whether it is personal" in result.stderr


def test_nothing_is_imported_before_it_was_declared(house: House, tmp_path: Path) -> None:
    result = house.try_("events", "import", str(events(tmp_path, 1)), "--platform", PLATFORM)
    assert result.exit_code == 1
    assert "nothing is declared about the events of plaza" in result.stderr


def test_who_stands_in_events_alone_is_forgotten_by_name(house: House, tmp_path: Path) -> None:
    declared(house, tmp_path)
    house.run("events", "import", str(events(tmp_path, 3)), "--platform", PLATFORM)
    mallory = (PLATFORM, "account", "mallory")
    assert "Say --yes" in house.try_("forget", *mallory, "--as", "ada").stderr
    refused = house.try_("forget", *mallory, "--yes", "--as", "cleo")
    assert refused.exit_code == 1
    assert house.one("forget", *mallory, "--yes", "--as", "ada")["emptied"] == 3
    assert house.try_("forget", *mallory, "--yes", "--as", "ada").exit_code == 1
    again = house.json("events", "import", str(events(tmp_path, 3, "mallory")), "--platform", PLATFORM)
    assert again[0]["skipped"] == 3
