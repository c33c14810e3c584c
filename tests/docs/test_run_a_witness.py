"""The guide *Run a witness for a log that you do not trust* is played as it stands, with real programs."""

import subprocess
from pathlib import Path

from tests.docs.pages import ROOT, blocks, read
from tests.docs.replay import commands_of, compare, shell, steps
from tests.services.processes import free_port

GUIDE, TRANSCRIPT = "docs/run-a-witness.md", "docs/transcripts/run_a_witness.sh"


def test_the_guide_and_the_transcript_have_the_same_commands() -> None:
    in_guide = [line for block in blocks(read(GUIDE), "sh") for line in block.text.splitlines() if line]
    assert in_guide == commands_of(TRANSCRIPT)
    subprocess.run(["sh", "-n", ROOT / TRANSCRIPT], check=True)


def test_the_guide_works_word_by_word(tmp_path: Path) -> None:
    given = {name: str(free_port()) for name in ("PORT", "WITNESS_PORT", "MIRROR_PORT")}
    with shell(tmp_path, given) as run:
        for commands, expected in steps(GUIDE):
            assert commands is not None
            compare(run(commands), expected, commands)
