"""By the command line: why a rule fired, and whether what it said can be made once more."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

from showcause.compose import Wiring
from showcause.domain.subject import Subject, SubjectKind
from showcause.store.event_tables import guards
from showcause.stream.forgetting import forget
from showcause.stream.intake import Intake
from showcause.stream.opening import open_beside
from tests.cli.house import PLATFORM, House
from tests.cli.test_events_judged import happen, judged
from tests.cli.test_rule_life import NAME, written

TRIGGER = guards("sqlite")["event_update"][1]


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
    assert house.try_("explain", f"1.{NAME}", "--texts").exit_code == 1, "nobody reads without a name"
    verdict = house.one("explain", f"1.{NAME}", "--texts", "--as", "ada")["id"]
    assert [each["verb"] for each in house.json("journal", verdict)] == ["read"]
    assert house.one("replay", f"2.{NAME}")["result"] == "identical"
    assert house.run("replay", "--from", "2026-03-01") == "3 verdicts replayed: 3 identical.\n"
    assert "Nothing was recorded" in house.run("replay", "--from", "2026-03-03")
    assert len(house.json("replay", "--from", "2026-03-01", "--to", "2026-03-04", "--rule", NAME)) == 3

    emptied(house, "u1")
    gone = house.try_("replay", "--from", "2026-03-01")
    assert gone.exit_code == 1
    assert gone.stdout.startswith(f"2.{NAME}.")
    assert "event-forgotten: event 2 was emptied" in gone.stdout
    assert gone.stdout.endswith("3 verdicts replayed: 2 identical, 1 incomplete.\n")
    [point] = [each for each in doctor(house) if each["name"] == "verdicts"]
    assert point["ok"], "somebody who was forgotten is nothing to be mended"
    assert "0 differ" in point["says"]

    wrong = house.try_("replay", "99.nothing")
    assert (wrong.exit_code, "not-found" in wrong.stderr) == (1, True)
    assert house.try_("replay").exit_code == 1
    assert house.try_("explain", "x.y").exit_code == 1


def emptied(house: House, ref: str) -> None:
    """Empty the events of an account, as forgetting does once nothing about the person is open any more."""
    site = Wiring().open(house.home)
    log = open_beside(site.store)
    assert forget(Intake(site.store, log), [Subject(PLATFORM, SubjectKind.ACCOUNT, ref)]) == 1
    log.close()
    site.close()


def doctor(house: House) -> list[dict[str, Any]]:
    checks: list[dict[str, Any]] = json.loads(house.try_("doctor", "--json").stdout)["checks"]
    return checks


def test_the_doctor_makes_a_sample_once_more_and_says_which_differ(house: House, tmp_path: Path) -> None:
    folder = str(written(tmp_path / "rules"))
    house.run("events", "schema", PLATFORM, f"{folder}/schema.yaml", "--as", "ada")
    house.run("rules", "propose", NAME, folder, "--as", "ada")
    house.run("rules", "push", NAME, "--reason", "a wave of it", "--as", "ada")
    judged(house)
    happen(house, tmp_path, "after", 1, count=1)
    judged(house)
    with sqlite3.connect(house.home / "events.db") as events:
        events.execute("DROP TRIGGER event_update")
        events.execute("UPDATE event SET body = CAST(replace(CAST(body AS TEXT), ':1', ':7') AS BLOB)")
        events.execute(TRIGGER)
    [point] = [each for each in doctor(house) if each["name"] == "verdicts"]
    assert not point["ok"]
    assert f"1 differ, and for 0 something is missing: 1.{NAME}" in point["says"]


def test_each_night_the_service_makes_a_sample_once_more_and_remembers_which_differ(
    house: House, tmp_path: Path
) -> None:
    folder = str(written(tmp_path / "rules"))
    house.run("events", "schema", PLATFORM, f"{folder}/schema.yaml", "--as", "ada")
    house.run("rules", "propose", NAME, folder, "--as", "ada")
    house.run("rules", "push", NAME, "--reason", "a wave of it", "--as", "ada")
    happen(house, tmp_path, "after", 1, count=1)
    judged(house)
    kept = house.home / "signer" / "verdicts.json"
    assert json.loads(kept.read_text()) == {
        "day": f"{house.now:%Y-%m-%d}", "made": 1, "differing": [], "incomplete": 0
    }  # fmt: skip
    with sqlite3.connect(house.home / "events.db") as events:
        events.execute("DROP TRIGGER event_update")
        events.execute("UPDATE event SET body = CAST(replace(CAST(body AS TEXT), ':1', ':7') AS BLOB)")
        events.execute(TRIGGER)
    judged(house)
    assert json.loads(kept.read_text())["differing"] == [], "once a day"
    house.wait(timedelta(days=1))
    judged(house)
    [name] = json.loads(kept.read_text())["differing"]
    assert name.startswith(f"1.{NAME}")


def test_of_a_decision_it_says_which_people_made_it(house: House) -> None:
    decision = house.decided()
    for command in ("explain", "replay"):
        said = house.run(command, decision)
        assert "came from people: ada proposed it, and ben approved it." in said
        assert "No rule decided it" in said
    assert json.loads(house.run("explain", decision, "--json"))["automatic"] is False


def test_of_a_decision_on_what_a_rule_reported_it_names_the_verdict_and_the_people(
    house: House, tmp_path: Path
) -> None:
    folder = str(written(tmp_path / "rules"))
    house.run("events", "schema", PLATFORM, f"{folder}/schema.yaml", "--as", "ada")
    house.run("rules", "propose", NAME, folder, "--as", "ada")
    house.run("rules", "push", NAME, "--reason", "a wave of it", "--as", "ada")
    judged(house)
    happen(house, tmp_path, "after", 1, count=1)
    judged(house)
    said = house.run("explain", f"1.{NAME}")
    assert "A report was filed: " in said
    [case] = house.json("queue")
    house.run("case", "claim", case["id"], "--as", "ada")
    why = ("--no-breach", "--reason", "One link is none too many.")
    made = house.one("case", "propose", case["id"], *why, "--as", "ada")
    said = house.run("explain", made["id"])
    assert f"The rule {NAME} had reported it. Why: showcause explain 1.{NAME}." in said
    assert "came from people: ada proposed it" in said
