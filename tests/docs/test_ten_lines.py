"""The guide *Ten lines for your platform* is played as it stands: a service that listens, and its own program."""

import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT, blocks, read
from tests.docs.replay import commands_of, compare, shell, steps
from tests.services.processes import free_port

GUIDE, TRANSCRIPT = "docs/ten-lines.md", "docs/transcripts/ten_lines.sh"
PROGRAM = ROOT / "docs" / "reference" / "ten_lines.py"


def test_the_guide_and_the_transcript_have_the_same_commands() -> None:
    in_guide = [line for block in blocks(read(GUIDE), "sh") for line in block.text.splitlines() if line]
    assert in_guide == commands_of(TRANSCRIPT)
    subprocess.run(["sh", "-n", ROOT / TRANSCRIPT], check=True)


def test_the_ten_lines_are_ten_and_those_of_the_program() -> None:
    [shown] = blocks(read(GUIDE), "python")
    assert len(shown.text.strip().splitlines()) == 1 + 10, "a first line, and ten"
    assert shown.text.strip() in PROGRAM.read_text(encoding="utf-8")


def test_the_guide_works_word_by_word(tmp_path: Path) -> None:
    given = {
        "PORT": str(free_port()),
        "PYTHON": sys.executable,
        "REFERENCE": str(ROOT / "docs" / "reference"),
    }
    with shell(tmp_path, given) as run:
        for commands, expected in steps(GUIDE):
            assert commands is not None
            compare(run(commands), expected, commands)
