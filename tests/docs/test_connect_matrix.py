"""The guide *Connect your Matrix server* is played as it stands, against a real Synapse."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from showcause.cli.testing import SYNAPSE
from tests.docs.pages import ROOT, blocks, read
from tests.docs.replay import commands_of, compare, shell, steps
from tests.services.matrix import MatrixRefused, MatrixUser
from tests.services.synapse import Synapse, running_synapse

GUIDE, TRANSCRIPT = "docs/connect-matrix.md", "docs/transcripts/connect_matrix.sh"
BY_HAND = re.compile(r"^> \*\*By hand:\*\* (.*?)\n\n", re.DOTALL | re.MULTILINE)


def test_the_guide_and_the_transcript_have_the_same_commands() -> None:
    in_guide = [line for block in blocks(read(GUIDE), "sh") for line in block.text.splitlines()]
    assert in_guide == commands_of(TRANSCRIPT)


def test_the_transcript_is_a_script_that_a_shell_can_read() -> None:
    subprocess.run(["sh", "-n", ROOT / TRANSCRIPT], check=True)


@pytest.mark.synapse
def test_the_guide_works_word_by_word_on_a_real_server(tmp_path: Path) -> None:
    (prepared,) = blocks(read(GUIDE), "yaml")
    (tmp_path / "server").mkdir()
    with running_synapse(tmp_path / "server", **yaml.safe_load(prepared.text)) as server:
        hands = _Hands(server)
        given = {"MATRIX": server.url, "HOMESERVER": str(server.folder / "homeserver.yaml")}
        given["CLONE"] = str(ROOT)
        given["PATH"] = f"{os.environ['PATH']}:{SYNAPSE / 'bin'}"
        with shell(tmp_path, given) as run:
            for commands, expected in steps(GUIDE, BY_HAND):
                if commands is None:
                    hands.do(expected)
                    continue
                if "curl" in commands and not shutil.which("curl"):
                    commands, expected = hands.token_instead(tmp_path), ""
                compare(run(commands), expected, commands)
    assert hands.done == len(BY_HAND.findall(read(GUIDE)))


class _Hands:
    """What people do in their Matrix clients while the guide is followed."""

    def __init__(self, server: Synapse) -> None:
        self.server, self.done = server, 0
        banned = server.register("banned-long-ago")
        server.admin.suspend(banned.id)
        self.mallory, self.reporter = server.register("mallory"), server.register("rita")
        self.room = self.mallory.create_room("shopping")
        self.mallory.send(self.room, "cheap links")

    def do(self, words: str) -> None:
        """Do what the guide says is done by hand."""
        self.done += 1
        if "reports mallory" in words:
            self.reporter.report_user(self.mallory.id, "the same advertisement everywhere")
        elif "refuses" in words:
            with pytest.raises(MatrixRefused) as refusal:
                self.mallory.send(self.room, "again")
            assert refusal.value.code == "M_USER_SUSPENDED"
            assert any("suspended" in each for each in self.mallory.notices())
        else:
            assert "writes again" in words
            self.mallory.send(self.room, "thank you")
            assert len(self.mallory.notices()) >= 3

    def token_instead(self, folder: Path) -> str:
        """Make the account and its token without curl, and return a command that does nothing."""
        made: MatrixUser = self.server.register("showcause", admin=True)
        (folder / "admin-token").write_text(made.token + "\n")
        (folder / "admin-token").chmod(0o600)
        return ":"
