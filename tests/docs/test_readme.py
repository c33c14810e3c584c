"""What the README tells a newcomer to type works as it stands."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, read

COMMANDS = [line for block in blocks(read("README.md"), "sh") for line in block.text.splitlines() if line]
HERE: dict[str, list[str]] = {
    "./showcause demo": ["--once", "--json"],
    "./showcause test": ["--", "--collect-only", "-q", "tests/docs/test_links.py"],
}
"""How a test runs them: the story without its pauses; the tests without all of them, as one of them runs it."""


def test_the_readme_shows_two_commands() -> None:
    assert list(HERE) == COMMANDS


def test_the_readme_fits_on_a_screen() -> None:
    assert len(read("README.md").splitlines()) <= 60


def _run(command: str, more: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SHOWCAUSE_", "PYTHON", "PYTEST"))}
    return subprocess.run(
        [*shlex.split(command), *more], cwd=ROOT, env=env | {"HOME": str(folder)}, check=False,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600,
    )  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_of_the_readme_is_known(command: str, tmp_path: Path) -> None:
    done = _run(command, ["--help"], tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_story_plays(tmp_path: Path) -> None:
    done = _run("./showcause demo", HERE["./showcause demo"], tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_test_command_reaches_the_tests(tmp_path: Path) -> None:
    done = _run("./showcause test", HERE["./showcause test"], tmp_path)
    assert "==> pytest" in done.stdout
    assert "test_every_link_leads_to_a_file_and_heading_that_exist" in done.stdout
