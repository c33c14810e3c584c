"""By the command line: why a rule fired, and whether what it said can be made once more."""

import json
from pathlib import Path

from tests.cli.house import PLATFORM, House
from tests.cli.test_events_judged import happen, judged
from tests.cli.test_rule_life import NAME, written


def test_a_verdict_is_explained_and_replayed_until_its_person_is_forgotten(
    house: House, tmp_path: Path
) -> None:
    folder = str(written(tmp_path / "rules"))
    house.run("events", "schema", PLATFORM, f"{folder}/schema.yaml", "--as", "ada")
    house.run("rules", "propose", NAME, folder, "--as", "ada")
    house.run("rules", "push", NAME, "--reason", "a wave of it", "--as", "ada")
    judged(house)
    happen(house, tmp_path, "after", 3)
    assert judged(house)[PLATFORM]["counts"][NAME] == [3, 0, 0]

    said = house.run("explain", f"1.{NAME}")
    assert "content.links > 0   [content.links = 1]" in said
    assert "Replayed: identical" in said
    assert house.one("replay", f"2.{NAME}")["result"] == "identical"
    assert house.run("replay", "--from", "2026-03-01") == "3 verdicts replayed: 3 identical.\n"
    assert "Nothing was recorded" in house.run("replay", "--from", "2026-03-03")
    assert len(house.json("replay", "--from", "2026-03-01", "--to", "2026-03-04", "--rule", NAME)) == 3

    house.run("forget", PLATFORM, "account", "u1", "--yes", "--as", "ada")
    gone = house.try_("replay", "--from", "2026-03-01")
    assert gone.exit_code == 1
    assert gone.stdout.startswith(f"2.{NAME}.")
    assert "event-forgotten: event 2 was emptied" in gone.stdout
    assert gone.stdout.endswith("3 verdicts replayed: 2 identical, 1 incomplete.\n")
    wrong = house.try_("replay", "99.nothing")
    assert (wrong.exit_code, "not-found" in wrong.stderr) == (1, True)
    assert house.try_("replay").exit_code == 1
    assert house.try_("explain", "x.y").exit_code == 1


def test_of_a_decision_it_says_which_people_made_it(house: House) -> None:
    decision = house.decided()
    for command in ("explain", "replay"):
        said = house.run(command, decision)
        assert "came from people: ada proposed it, and ben approved it." in said
        assert "no verdict" in said
    assert json.loads(house.run("explain", decision, "--json"))["automatic"] is False
