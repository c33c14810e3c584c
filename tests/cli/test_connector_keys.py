"""The key with which a connector signs what it did: made unasked, in its own folder, and named in the log."""

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from showcause.casework.connector_keys import FORMAT
from showcause.domain.errors import Misconfigured
from showcause.home import make_key
from tests.cli.house import ORIGIN, House


def keys_in_log(house: House) -> list[str]:
    """Return the connectors' keys that the public documents name, once they are public."""
    house.wait(timedelta(hours=2))
    house.run("serve", "--once")
    documents = [json.loads(each.read_text()) for each in (house.home / "public" / "doc").iterdir()]
    return [each["key"] for each in documents if each["format"] == FORMAT]


@pytest.fixture
def site(tmp_path: Path) -> House:
    made = House(tmp_path / "home")
    made.run("init", "--origin", ORIGIN, "--contact", "desk@example.org", "--operator", "ada")
    return made


def test_connecting_makes_a_key_beside_the_gate_and_logs_its_public_half(site: House) -> None:
    said = site.run("connect", "simulator", "plaza", "--as", "ada")
    file = site.home / "connectors" / "plaza" / "signing.key"
    assert file.stat().st_mode & 0o777 == 0o600
    [key] = keys_in_log(site)
    assert f"its key is in the log: {key}" in said
    assert key.startswith("plaza+")
    file.chmod(0o640)
    assert site.try_("serve", "--once").exit_code != 0, "a loose key signs nothing"


def test_a_key_that_is_missing_at_the_next_start_is_made_and_logged_before_anything_is_signed(
    site: House,
) -> None:
    site.run("connect", "simulator", "plaza", "--as", "ada")
    [first] = keys_in_log(site)
    (site.home / "connectors" / "plaza" / "signing.key").unlink()
    site.run("serve", "--once")
    assert len(set(keys_in_log(site)) - {first}) == 1
    size = site.one("log", "head")["size"]
    site.run("serve", "--once")
    assert site.one("log", "head")["size"] == size, "once"
    assert site.one("log", "fsck")["sound"]


def test_two_who_make_a_key_at_the_same_moment_have_the_same(tmp_path: Path) -> None:
    made: list[bytes] = []
    at_once = threading.Barrier(8)

    def make() -> None:
        at_once.wait()
        made.append(make_key(tmp_path / "signing.key"))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(made) == 8
    assert len(set(made)) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["signing.key"]
    (tmp_path / "signing.key").chmod(0o644)
    with pytest.raises(Misconfigured):
        make_key(tmp_path / "signing.key")
