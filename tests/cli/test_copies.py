"""Copies, and what a restored database under a log that has moved on means."""

import sqlite3
from pathlib import Path

from tests.cli.house import House


def remove_database(house: House) -> None:
    for path in house.home.glob("main.db*"):
        path.unlink()


def test_a_copy_as_new_as_the_log_goes_on_as_if_nothing_had_happened(house: House, tmp_path: Path) -> None:
    decision = house.decided()
    house.run("backup", str(tmp_path / "database"), "--keys", str(tmp_path / "keys"))
    remove_database(house)
    assert not house.one("restore", str(tmp_path / "database"))["fenced"]
    assert house.one("decision", "show", decision)["state"] == "in-force"
    assert house.one("log", "fsck")["sound"]


def test_a_database_behind_the_log_signs_nothing_until_a_newer_one_is_back(
    house: House, tmp_path: Path
) -> None:
    house.case()
    house.run("backup", str(tmp_path / "old"))
    house.run("moderator", "add", "dora", "--as", "ada")
    house.run("serve", "--once")
    house.run("backup", str(tmp_path / "new"))
    remove_database(house)

    restored = house.one("restore", str(tmp_path / "old"))
    assert restored["fenced"]
    assert "log unfence" in " ".join(restored["means"])
    assert house.try_("log", "head").exit_code == 75
    assert house.try_("log", "unfence").exit_code == 75

    remove_database(house)
    assert not house.one("restore", str(tmp_path / "new"))["fenced"]
    assert house.one("log", "head")["size"] == restored["signed"]


def test_who_was_forgotten_stays_forgotten_after_a_restore(house: House, tmp_path: Path) -> None:
    from showcause.compose import open_site
    from showcause.domain.case import Case
    from showcause.domain.subject import SubjectRecord

    case = house.case()
    house.run("backup", str(tmp_path / "database"), "--keys", str(tmp_path / "keys"))
    site = open_site(house.home, clock=lambda: house.now)
    with site.store.read() as view:
        owner = view.get(SubjectRecord, view.get(Case, case).subject).owner
    site.store.keys.forget(owner)
    site.store.keys.close()
    site.close()
    for path in (house.home / "keys").glob("keys.db*"):
        if not path.name.endswith(".erased"):
            path.unlink()
    assert house.one("restore", "--keys", str(tmp_path / "keys"))["erasures_replayed"] == 1
    with sqlite3.connect(house.home / "main.db") as records:
        kept = records.execute(
            "SELECT count(*) FROM sealed WHERE owner = ? AND length(ciphertext) > 0", (owner,)
        )
        assert kept.fetchone() == (0,), "what they had sealed is emptied again"
    assert house.one("case", "show", case, "--as", "ada")["about"] == "a forgotten person"


def test_database_and_keys_do_not_lie_in_one_place(house: House, tmp_path: Path) -> None:
    assert house.try_("backup", str(tmp_path), "--keys", str(tmp_path)).exit_code == 1
