"""Connecting a platform without a connector by command line: what it offers, its key, and what the doctor says."""

import json
import tomllib
from pathlib import Path

from tests.cli.house import ORIGIN, House


def founded(folder: Path) -> House:
    made = House(folder / "home")
    made.run("init", "--origin", ORIGIN, "--contact", "desk@example.org", "--operator", "ada")
    return made


def test_a_platform_without_a_connector_is_connected_with_what_it_can_do(tmp_path: Path) -> None:
    house = founded(tmp_path)
    for measure in ("exile:account", "suspend", "suspend:everybody"):
        refused = house.try_("connect", "orders", "commons", "--measure", measure, "--as", "ada")
        assert refused.exit_code == 1
    options = ("--measure", "suspend:account", "--measure", "hide:content", "--no-notices")
    said = house.run("connect", "orders", "commons", *options, "--as", "ada")
    assert "apikey add commons-orders --platform commons --scope orders" in said
    assert "GET /api/v1/orders" in said
    [written] = tomllib.loads((house.home / "config.toml").read_text())["platform"]
    assert written == {
        "name": "commons", "kind": "orders", "mode": "observe", "measures": "hide:content suspend:account",
        "notices": "no",
    }  # fmt: skip
    doctor = json.loads(house.try_("doctor", "--json").stdout)
    points = {each["name"]: each for each in doctor["checks"] if each["area"] == "platform commons"}
    assert not points["orders are fetched"]["ok"]
    assert points["waiting orders"]["ok"]
    assert points["order numbers"]["ok"]


def test_a_connector_of_another_kind_is_told_nothing_of_measures(tmp_path: Path) -> None:
    house = founded(tmp_path)
    house.run("connect", "simulator", "plaza", "--as", "ada")
    [written] = tomllib.loads((house.home / "config.toml").read_text())["platform"]
    assert written == {"name": "plaza", "kind": "simulator", "mode": "observe"}


def test_an_urgent_act_on_such_a_platform_is_said_to_be_asked_and_not_to_be_done(tmp_path: Path) -> None:
    house = founded(tmp_path)
    house.run("connect", "orders", "commons", "--mode", "enforce", "--as", "ada")
    token = tmp_path / "token"
    house.run("moderator", "token", "ada", "--out", str(token), "--as", "ada")
    given = ("--category", "threat-to-life", "--token", str(token))
    said = house.run("urgent", "act", "commons", "account", "mallory", *given)
    assert said.startswith("Asked: suspend.")
    assert "not confirmed" in said
    [spooled] = house.json("urgent", "list")
    assert (spooled["id"] in said, spooled["state"]) == (True, "not acted yet")
