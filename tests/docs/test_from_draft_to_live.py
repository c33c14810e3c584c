"""The guide *From a draft to a rule that is live* is played as it stands, the program's commands in this process."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from showcause.cli.root import root
from showcause.compose import Wiring
from tests.docs.pages import ROOT
from tests.docs.replay import compare, steps

GUIDE = "docs/from-draft-to-live.md"


def play(line: str, folder: Path) -> str:
    """Run one line of the guide and return what it prints; a command that fails ends it, unless the guide says so."""
    may_fail = line.endswith(" || true")
    if not line.startswith("./showcause "):
        env = {**os.environ, "EXAMPLES": str(ROOT / "docs" / "examples")}
        subprocess.run(["sh", "-euc", line], cwd=folder, env=env, check=True)
        return ""
    arguments = shlex.split(line.removesuffix(" || true"))[1:]
    result = CliRunner().invoke(root, arguments, obj=Wiring())
    assert may_fail is (result.exit_code != 0), result.output
    return result.output


def test_the_guide_works_word_by_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHOWCAUSE_HOME", raising=False)
    for commands, expected in steps(GUIDE):
        assert commands is not None
        printed = "".join(play(line, tmp_path) for line in commands.splitlines())
        compare(printed, expected, commands)
