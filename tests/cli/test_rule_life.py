"""Rules on their way by the command line: each answer says what comes next, and whose turn it is."""

import json
from pathlib import Path

from tests.cli.house import PLATFORM, House
from tests.rules.folders import BASE, RULE

NAME = "night_links"


def written(folder: Path, rule: str = RULE) -> Path:
    """Write a rule folder of the house's platform."""
    texts = {**BASE, f"rules/{NAME}.yaml": rule}
    texts["schema.yaml"] = texts["schema.yaml"].replace("platform: commons", f"platform: {PLATFORM}")
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def happen(house: House, folder: Path, name: str, count: int) -> None:
    """Let some events happen, of which one in 500 is a post with a link."""
    path = folder / f"{name}.ndjson"
    data = (
        {"kind": "post", "actor": {"id": f"u{n % 40}"}, "content": {"links": int(n % 500 == 7)}}
        for n in range(count)
    )
    path.write_text(
        "".join(json.dumps({"id": f"{name}-{n}", "data": each}) + "\n" for n, each in enumerate(data))
    )
    house.run("events", "import", str(path), "--platform", PLATFORM)


def test_a_rule_goes_live_by_commands_that_say_what_comes_next(house: House, tmp_path: Path) -> None:
    folder = str(written(tmp_path / "rules"))
    house.run("events", "schema", PLATFORM, f"{folder}/schema.yaml", "--as", "ada")
    happen(house, tmp_path, "before", 1_000)
    said = house.run("rules", "propose", NAME, folder, "--as", "ada")
    assert "night_links@1  rule of plaza, draft" in said
    assert "showcause rules backtest night_links --record" in said
    refused = house.try_("rules", "shadow", NAME, "--as", "ada")
    assert refused.exit_code == 1
    assert "cannot shadow" in refused.stderr

    house.now = house.now.replace(minute=30)
    looked = house.run("rules", "backtest", NAME, "--as", "ada")
    assert "2 hits (0.2 %, with 95 % confidence at most 0.628 %), 2 accounts" in looked
    assert "Nothing was recorded" in looked
    assert "showcause rules shadow night_links" in house.run(
        "rules", "backtest", NAME, "--record", "--as", "ada"
    )
    assert "After 100 more events" in house.run("rules", "shadow", NAME, "--as", "ada")
    early = house.try_("rules", "canary", NAME, "--share", "10%", "--as", "ada")
    assert "it saw 0 events since it entered this state" in early.stderr

    happen(house, tmp_path, "shadow", 200)
    said = house.run("rules", "canary", NAME, "--share", "10%", "--as", "ada")
    assert "its trial saw 200 events and 1 hit" in said
    assert "acts on a share of 1/10, by actor.id" in said
    happen(house, tmp_path, "canary", 150)
    said = house.run("rules", "live", NAME, "--as", "ada")
    assert "It acts on all." in said

    rows = house.json("rules", "versions", NAME)
    assert [(each["name"], each["number"], each["state"]) for each in rows] == [(NAME, 1, "live")]
    shown = house.one("rules", "show", f"{NAME}@1", "--files")
    assert shown["files"][f"rules/{NAME}.yaml"] == RULE
    house.run("log", "fsck")

    house.now = house.now.replace(minute=45)
    digest = shown["digest"][:12]
    said = house.run("rules", "who-else", f"{NAME}@{digest}", "--from", "2026-03-02")
    assert "night_links@1 would have hit 4 events of 2 accounts, among 1,350 events." in said
    written(
        tmp_path / "rules",
        RULE.replace("content.links > 0", "content.links > 1").replace("links: 1", "links: 2"),
    )
    house.run("rules", "propose", NAME, folder, "--as", "ada")
    said = house.run("rules", "diff", f"{NAME}@1", f"{NAME}@2")
    assert "night_links@1 would have hit 4 events, night_links@2 0 events, among 1,350 events." in said
    assert "0 hits are new, 4 are lost, 0 are the same" in said


def test_a_backtest_reads_files_beside_the_log(house: House, tmp_path: Path) -> None:
    folder = str(written(tmp_path / "rules"))
    house.run("rules", "propose", NAME, folder, "--as", "ada")
    lines = (
        {"id": str(n), "time": "2026-03-01T10:00:00Z", "data": {"kind": "post", "content": {"links": 1}}}
        for n in range(3)
    )
    (tmp_path / "old.ndjson").write_text("".join(json.dumps(each) + "\n" for each in lines) + "{}\n")
    result = house.try_(
        "rules", "backtest", NAME, "--events", str(tmp_path / "old.ndjson"), "--json", "--as", "ada"
    )
    found = json.loads(result.stdout)
    assert (found["events"], found["hits"]) == (3, 0 if result.exit_code else 3)
    assert "1 line left out: event-id" in result.stderr


def test_a_push_and_what_must_follow_are_said(house: House, tmp_path: Path) -> None:
    folder = str(written(tmp_path / "rules"))
    house.run("rules", "propose", NAME, folder, "--as", "ada")
    said = house.run("rules", "push", NAME, "--reason", "a wave of it", "--as", "ada")
    assert "touches at most 50 accounts an hour and 200 a day" in said
    assert "It ends 03 March 2026 10:00 UTC unless a second person ratifies it" in said
    checks = json.loads(house.try_("doctor", "--json").stdout)["checks"]
    points = {each["name"]: each for each in checks}
    assert points["rules"]["says"] == "2 versions act"
    assert points["rules that end by themselves"]["says"].startswith(
        "they end: night_links@1 03 March 10:00 UTC"
    )
    refused = house.try_("rules", "ratify", NAME, "--as", "ada")
    assert "another person ratifies it" in refused.stderr
    house.run("rules", "retire", NAME, "--as", "ben")


def test_a_power_is_granted_by_two_commands_of_two_people(house: House) -> None:
    assert "Another person grants it" in house.run("rules", "grant", "integrity.spam", "hide", "--as", "ada")
    assert "from now on" in house.run("rules", "grant", "integrity.spam", "hide", "--as", "ben")
    assert "no longer" in house.run("rules", "grant", "integrity.spam", "hide", "--take-back", "--as", "ben")


def test_a_folder_at_fault_is_refused_with_the_place_of_each_fault(house: House, tmp_path: Path) -> None:
    folder = written(tmp_path / "rules", RULE.replace("content.links", "content.linkz"))
    result = house.try_("rules", "propose", NAME, str(folder), "--as", "ada")
    assert result.exit_code == 1
    assert f"1 fault in {folder}" in result.stderr
    assert "rules/night_links.yaml:10:22: content has no field `linkz`" in result.stderr
    (folder / "schema.yaml").write_bytes(b"\xff")
    assert "bad-rules" in house.try_("rules", "propose", NAME, str(folder), "--as", "ada").stderr
    assert (
        "no rule 'other'"
        in house.try_("rules", "propose", "other", str(written(folder)), "--as", "ada").stderr
    )
    assert "no schema.yaml here" in house.try_("rules", "propose", NAME, str(tmp_path), "--as", "ada").stderr
