"""What lies in the site's folder, who may read it, and what a start refuses."""

import os
import stat
from pathlib import Path

import pytest

from tests.cli.house import ORIGIN, House

PUBLIC = {"public"}


def test_nobody_but_the_owner_may_read_what_is_not_public(house: House) -> None:
    house.case()
    for path in house.home.rglob("*"):
        if path.relative_to(house.home).parts[0] not in PUBLIC:
            mode = stat.S_IMODE(path.stat().st_mode)
            in_closed_folder = stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
            assert in_closed_folder, f"{path.parent} is open to others"
            assert not mode & 0o077 or "connectors" in path.parts, f"{path} is open to others: {mode:o}"


@pytest.mark.parametrize("name", ["master.key", "log.key", "urgent.key", "plaza/gate.key", "plaza/spool.key"])
def test_a_secret_that_others_may_read_is_refused(house: House, name: str) -> None:
    (house.home / "secrets" / name).chmod(0o640)
    result = house.try_("queue")
    assert result.exit_code == 1
    assert "chmod 600" in result.stderr


def test_keys_are_separate(house: House) -> None:
    secrets = list((house.home / "secrets").rglob("*.key"))
    assert {path.name for path in secrets} >= {"master.key", "log.key", "mail.key", "gate.key", "spool.key"}
    assert len({path.read_bytes() for path in secrets}) == len(secrets)


def test_a_start_refuses_settings_that_name_another_log(house: House) -> None:
    config = house.home / "config.toml"
    config.write_text(config.read_text().replace(ORIGIN, "other.example.org"))
    result = house.try_("queue")
    assert result.exit_code == 1
    assert "other.example.org" in result.stderr


def test_a_start_refuses_another_logs_key(house: House, tmp_path: Path) -> None:
    other = House(tmp_path / "other")
    other.run("init", "--origin", "other.example.org", "--contact", "c", "--operator", "ada")
    os.replace(other.home / "secrets" / "log.key", house.home / "secrets" / "log.key")
    result = house.try_("serve", "--once")
    assert result.exit_code == 1
    assert "other.example.org" in result.stderr


def test_a_start_refuses_a_pinned_policy_that_does_not_trust_the_key(house: House, tmp_path: Path) -> None:
    other = House(tmp_path / "other")
    other.run("init", "--origin", ORIGIN, "--contact", "c", "--operator", "ada")
    os.replace(other.home / "trust" / "log-policy", house.home / "trust" / "log-policy")
    result = house.try_("serve", "--once")
    assert result.exit_code == 1
    assert "log-policy" in result.stderr


def test_a_new_site_has_its_policies_in_force_and_says_when_one_person_is_alone(tmp_path: Path) -> None:
    alone = House(tmp_path / "alone")
    made = alone.one("init", "--origin", "alone.example.org", "--contact", "c", "--operator", "eve")
    assert made["single_operator"]
    states = {each["state"] for each in alone.json("policies", "list")}
    assert states == {"in-force"}
    settings = {each["name"]: each["value"] for each in alone.json("setting", "list")}
    assert settings["single-operator"] == "on"
    assert settings["origin"] == "alone.example.org"


def test_an_init_that_was_refused_leaves_no_site_and_can_be_repeated(tmp_path: Path) -> None:
    home = House(tmp_path / "home")
    refused = home.try_("init", "--origin", "x.example.org", "--contact", "c", "--operator", "EVE!")
    assert refused.exit_code == 1
    assert home.try_("queue").exit_code == 1
    home.run("init", "--origin", "x.example.org", "--contact", "c", "--operator", "eve")
    assert home.json("queue") == []
    assert home.one("log", "fsck")["sound"]


def test_init_asks_for_what_is_missing_only_on_a_terminal(tmp_path: Path) -> None:
    result = House(tmp_path / "home").try_("init", "--origin", "x.example.org", "--contact", "c")
    assert result.exit_code == 1
    assert "--operator" in result.stderr
    assert not (tmp_path / "home").exists()


def test_retiring_somebody_takes_their_urgent_token_back(house: House, tmp_path: Path) -> None:
    house.world.register("mallory")
    token = tmp_path / "cleo.token"
    house.run("moderator", "token", "cleo", "--out", str(token), "--as", "ada")
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    house.run("moderator", "retire", "cleo", "--as", "ada")
    act = (
        "urgent",
        "act",
        "plaza",
        "account",
        "mallory",
        "--token",
        str(token),
        "--category",
        "threat-to-life",
    )
    refused = house.try_(*act)
    assert refused.exit_code == 1
    assert "revoked" in refused.stderr


def test_the_doctor_finds_a_well_site_well_and_names_what_is_not(house: House) -> None:
    house.run("serve", "--once")
    assert house.one("doctor")["ok"]
    (house.home / "secrets" / "plaza" / "gate.key").chmod(0o644)
    result = house.try_("doctor")
    assert result.exit_code == 1
    assert "chmod 600" in result.stdout


def test_the_doctor_says_that_an_edited_policy_file_alone_changes_nothing(
    house: House, tmp_path: Path
) -> None:
    from showcause.casework.catalogue import default_folder

    for file in default_folder().glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    spam = tmp_path / "integrity.spam.yaml"
    spam.write_text(spam.read_text().replace("version: 1", "version: 2", 1))
    found = house.try_("doctor", "--policies", str(tmp_path))
    assert found.exit_code == 1
    assert "edited but not in force: integrity.spam@2" in found.stdout
    house.run("policies", "load", str(tmp_path), "--as", "ada")
    assert house.try_("policies", "approve", "integrity.spam@2", "--as", "ada").exit_code == 1
    house.run("policies", "approve", "integrity.spam@2", "--as", "ben")
    assert "edited" not in house.try_("doctor", "--policies", str(tmp_path)).stdout
