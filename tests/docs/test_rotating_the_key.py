"""The guide *Replace the log's key as planned* is played as it stands, with a clock that skips the overlap."""

import re
import shlex
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.house import House
from tests.docs.pages import read
from tests.docs.replay import compare, steps

GUIDE = "docs/rotating-the-key.md"
BY_HAND = re.compile(r"^> \*\*By hand:\*\* (.*?)\n\n", re.DOTALL | re.MULTILINE)
HANDS = [
    "Let the service run for fourteen days.",
    "Somebody has a proof from before the rotation, and the key that they pinned then.",
]


def test_the_guide_works_word_by_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path / "site")
    monkeypatch.chdir(tmp_path)
    house.run("init", "--origin", "log.example.org", "--contact", "safety@example.org", "--operator", "ada")
    serve(house)
    house.run("log", "proof", "0", "--out", "old.tlog-proof")
    shutil.copy(house.home / "trust" / "log-policy", "pinned-then")
    assert BY_HAND.findall(read(GUIDE)) == HANDS
    for commands, expected in steps(GUIDE, BY_HAND):
        if commands is None:
            if expected == HANDS[0]:
                serve(house)
                house.wait(timedelta(days=14))
            continue
        printed = "".join(house.run(*shlex.split(line)[1:]) for line in commands.splitlines())
        compare(printed, expected, commands)
    serve(house)
    assert "It holds." in house.run("log", "verify")


def serve(house: House) -> None:
    house.wait(timedelta(hours=1))
    house.run("serve", "--once")


def test_the_guide_names_every_command_that_changes_keys() -> None:
    text = read(GUIDE)
    for command in ("rotate begin", "rotate finish", "rotate cancel", "second-key", "second-key --end"):
        assert f"showcause log {command}" in text
