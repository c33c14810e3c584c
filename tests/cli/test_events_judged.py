"""The service judges events by the rules that act: from the moment on at which the first one does, each event once."""

import json
from pathlib import Path
from typing import Any

from showcause.compose import Wiring
from showcause.store.verdicts import Verdict, verdicts
from tests.cli.house import PLATFORM, House
from tests.cli.test_rule_life import NAME, written


def happen(house: House, folder: Path, name: str, links: int, count: int = 10) -> None:
    path = folder / f"{name}.ndjson"
    content = ({"links": int(n < links)} for n in range(count))
    sent = ({"kind": "post", "actor": {"id": f"u{n}"}, "content": each} for n, each in enumerate(content))
    path.write_text(
        "".join(json.dumps({"id": f"{name} {n}", "data": each}) + "\n" for n, each in enumerate(sent))
    )
    house.run("events", "import", str(path), "--platform", PLATFORM)


def judged(house: House) -> Any:
    house.run("serve", "--once")
    return house.one("events", "status")["judged"]


def said(house: House) -> list[Verdict]:
    site = Wiring().open(house.home)
    try:
        with site.store.read() as view:
            return verdicts(view)
    finally:
        site.close()


def test_events_are_judged_from_the_first_rule_on_and_what_was_before_is_not(
    house: House, tmp_path: Path
) -> None:
    folder = str(written(tmp_path / "rules"))
    house.run("events", "schema", PLATFORM, f"{folder}/schema.yaml", "--as", "ada")
    happen(house, tmp_path, "before", 3)
    assert judged(house) == {}
    house.run("rules", "propose", NAME, folder, "--as", "ada")
    house.run("rules", "push", NAME, "--reason", "a wave of it", "--as", "ada")
    assert judged(house)[PLATFORM]["sequence"] == 10, "from here on"
    happen(house, tmp_path, "after", 4)
    place = judged(house)[PLATFORM]
    assert place["sequence"] == 20
    assert place["counts"][NAME] == [4, 0, 0]
    assert [(each.event, each.rule) for each in said(house)] == [(n, NAME) for n in (11, 12, 13, 14)]
    assert "judged up to event 20; 0 wait" in house.run("events", "status")

    house.run("rules", "retire", NAME, "--as", "ben")
    happen(house, tmp_path, "later", 5)
    place = judged(house)[PLATFORM]
    assert (place["sequence"], place["counts"][NAME]) == (30, [4, 0, 0])
    assert len(said(house)) == 4


def test_the_first_events_of_all_are_judged_also_when_they_came_before_the_service_looked(
    house: House, tmp_path: Path
) -> None:
    folder = str(written(tmp_path / "rules"))
    house.run("events", "schema", PLATFORM, f"{folder}/schema.yaml", "--as", "ada")
    house.run("rules", "propose", NAME, folder, "--as", "ada")
    house.run("rules", "push", NAME, "--reason", "a wave of it", "--as", "ada")
    happen(house, tmp_path, "first", 3)
    assert judged(house)[PLATFORM]["counts"][NAME] == [3, 0, 0]


def test_what_a_rule_reported_and_what_was_held_is_said(house: House, tmp_path: Path) -> None:
    folder = str(written(tmp_path / "rules"))
    house.run("setting", "set", "rule-reports-hour", "2", "--as", "ada")
    house.run("events", "schema", PLATFORM, f"{folder}/schema.yaml", "--as", "ada")
    happen(house, tmp_path, "before", 0, count=1)
    house.run("rules", "propose", NAME, folder, "--as", "ada")
    house.run("rules", "push", NAME, "--reason", "a wave of it", "--as", "ada")
    judged(house)
    happen(house, tmp_path, "after", 5)
    came = judged(house)[PLATFORM]["came"][NAME]
    assert (came["filed"], came["held"]) == (2, 3)
    told = "2 reported, 3 held, beyond rule-reports-hour"
    assert told in house.run("events", "status")
    assert told in house.run("rules", "show", NAME)
    points = {each["name"]: each for each in json.loads(house.try_("doctor", "--json").stdout)["checks"]}
    assert points["reports of rules"]["says"] == f"hits held since yesterday: {NAME} (3 since it began)"
    row = house.json("queue")[0]
    shown = house.run("case", "show", row["id"])
    assert f"A rule reported this: {NAME}" in shown
    assert "Why: showcause explain 2.night_links." in shown
