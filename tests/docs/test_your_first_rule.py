"""The guide *Your first rule* is played as it stands."""

import subprocess
from pathlib import Path

from tests.docs.pages import ROOT, blocks, read
from tests.docs.replay import commands_of, compare, shell, steps

GUIDE, TRANSCRIPT = "docs/your-first-rule.md", "docs/transcripts/your_first_rule.sh"


def test_the_guide_and_the_transcript_have_the_same_commands() -> None:
    in_guide = [line for block in blocks(read(GUIDE), "sh") for line in block.text.splitlines() if line]
    assert in_guide == commands_of(TRANSCRIPT)
    subprocess.run(["sh", "-n", ROOT / TRANSCRIPT], check=True)


def test_the_guide_works_word_by_word(tmp_path: Path) -> None:
    with shell(tmp_path, {"EXAMPLES": str(ROOT / "docs" / "examples")}) as run:
        for commands, expected in steps(GUIDE):
            assert commands is not None
            compare(run(commands), expected, commands)
