"""A disk is lost and the house goes on: the rehearsal that the guide asks for, with logins, decisions and the log."""

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.house import House
from tests.cli.served import PASSWORD, Visitor, service
from tests.services.processes import until


def _welcome(house: House, port: int) -> Visitor:
    """Let Ada set a password and return her browser."""
    house.environment["SHOWCAUSE_LISTEN"] = f"127.0.0.1:{port}"
    link = str(house.one("moderator", "invite", "ada", "--as", "ada")["link"])
    ada = Visitor()
    status, leads_to, page = ada.see(link, new_password1=PASSWORD, new_password2=PASSWORD)
    assert (status, leads_to) == (302, "/accounts/2fa/"), page
    return ada


def _logs_in(port: int) -> bool:
    address = f"http://127.0.0.1:{port}/accounts/login/"
    status, leads_to, _ = Visitor().see(address, login="ada", password=PASSWORD)
    return (status, leads_to) == (302, "/desk/")


def _lose_the_disk(house: House) -> None:
    """Remove all that is in a backup, and what can be made again."""
    for path in (*house.home.glob("main.db*"), *(house.home / "keys").glob("keys.db")):
        path.unlink()
    shutil.rmtree(house.home / "public")


def test_after_a_loss_logins_decisions_and_the_log_go_on_from_the_copies(
    house: House, tmp_path: Path
) -> None:
    house.now = datetime.now(UTC) - timedelta(minutes=2)
    decision = house.decided()
    with service(house, tmp_path) as running:
        ada = _welcome(house, running.port)
        assert ada.see(f"http://127.0.0.1:{running.port}/accounts/2fa/")[0] == 200
        assert re.search(r"accounts login: [0-9a-f]{32}$", running.written.read_text(), re.MULTILINE)
        house.run("backup", str(tmp_path / "database"), "--keys", str(tmp_path / "keys"))
    _lose_the_disk(house)

    told = house.one("restore", str(tmp_path / "database"), "--keys", str(tmp_path / "keys"))
    assert not told["fenced"]
    (house.home / "public").mkdir()
    with service(house, tmp_path) as running:
        assert _logs_in(running.port)
        until(lambda: running.get("/healthz")[0] == 200)
        before = house.one("log", "head")["size"]
        house.run("moderator", "add", "dora", "--as", "ada")
        until(lambda: house.one("log", "head")["size"] == before + 1)
    assert house.one("decision", "show", decision)["state"] == "in-force"
    assert house.one("log", "fsck")["sound"]


def test_an_older_copy_signs_nothing_and_the_health_page_says_so(house: House, tmp_path: Path) -> None:
    house.now = datetime.now(UTC) - timedelta(minutes=2)
    house.case()
    house.run("backup", str(tmp_path / "old"))
    house.run("moderator", "add", "dora", "--as", "ada")
    house.run("serve", "--once")
    for path in house.home.glob("main.db*"):
        path.unlink()
    assert house.one("restore", str(tmp_path / "old"))["fenced"]
    with service(house, tmp_path) as running:
        until(lambda: b"worker-silent" not in running.get("/healthz")[1])
        status, said = running.get("/healthz")
        assert (status, b'"fenced"' in said) == (503, True)
        assert running.get("/accounts/login/")[0] == 200


@pytest.mark.postgres
def test_logins_work_on_postgresql_too(postgres_database: str, tmp_path: Path) -> None:
    house = House(tmp_path / "home", now=datetime.now(UTC) - timedelta(minutes=2))
    house.run(
        "init", "--origin", "pg.example.org", "--contact", "c", "--operator", "ada",
        "--database", postgres_database,
    )  # fmt: skip
    with service(house, tmp_path) as running:
        ada = _welcome(house, running.port)
        assert ada.see(f"http://127.0.0.1:{running.port}/accounts/2fa/totp/activate/")[0] == 200
        assert _logs_in(running.port)
        until(lambda: running.get("/healthz")[0] == 200)
