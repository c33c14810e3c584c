"""The guide *Connect your Matrix server* is played as it stands, against a real Synapse."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from showcause.cli.testing import SYNAPSE
from tests.docs.pages import FENCE, ROOT, blocks, read
from tests.services.matrix import MatrixRefused, MatrixUser
from tests.services.synapse import Synapse, running_synapse

GUIDE, TRANSCRIPT = "docs/connect-matrix.md", "docs/transcripts/connect_matrix.sh"
BY_HAND = re.compile(r"^> \*\*By hand:\*\* (.*?)\n\n", re.DOTALL | re.MULTILINE)
END = "@@the end of the block@@"


def test_the_guide_and_the_transcript_have_the_same_commands() -> None:
    in_guide = [line for block in blocks(read(GUIDE), "sh") for line in block.text.splitlines()]
    in_transcript = [line for line in read(TRANSCRIPT).splitlines() if line and not line.startswith("#")]
    assert in_guide == in_transcript


def test_the_transcript_is_a_script_that_a_shell_can_read() -> None:
    subprocess.run(["sh", "-n", ROOT / TRANSCRIPT], check=True)


@pytest.mark.synapse
def test_the_guide_works_word_by_word_on_a_real_server(tmp_path: Path) -> None:
    (prepared,) = blocks(read(GUIDE), "yaml")
    (tmp_path / "server").mkdir()
    with running_synapse(tmp_path / "server", **yaml.safe_load(prepared.text)) as server:
        hands = _Hands(server)
        with _shell(server, tmp_path) as run:
            for commands, expected in _steps():
                if commands is None:
                    hands.do(expected)
                    continue
                if "curl" in commands and not shutil.which("curl"):
                    commands, expected = hands.token_instead(tmp_path), ""
                _compare(run(commands), expected, commands)
    assert hands.done == len(BY_HAND.findall(read(GUIDE)))


def _steps() -> Iterator[tuple[str | None, str]]:
    """Yield (commands, what they print) in the guide's order; (None, words) is what is done by hand."""
    guide = read(GUIDE)
    found = [(each.start(), each) for pattern in (FENCE, BY_HAND) for each in pattern.finditer(guide)]
    parts = [each for _, each in sorted(found, key=lambda pair: pair[0])]
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        if part.re is BY_HAND:
            yield None, part[1]
        elif part[1] == "sh":
            printed = (
                following
                if following is not None and following.re is FENCE and following[1] == "text"
                else None
            )
            yield part[2], printed[2] if printed else ""


def _compare(printed: str, expected: str, commands: str) -> None:
    """Check that each expected line is printed, in this order; an ellipsis stands for anything."""
    at = 0
    lines = printed.splitlines()
    for line in (each for each in expected.splitlines() if each.strip() not in ("", "…")):
        pattern = re.compile(".*".join(re.escape(part) for part in line.split("…")))
        while at < len(lines) and not pattern.fullmatch(lines[at]):
            at += 1
        assert at < len(lines), f"{commands}\nshould print\n    {line}\nbut printed\n{printed}"
        at += 1


@contextmanager
def _shell(server: Synapse, folder: Path) -> Iterator[Callable[[str], str]]:
    """Run blocks in one shell, in an empty folder with `./showcause`; a command that fails ends it."""
    (folder / "showcause").write_text(f'#!/bin/sh\nexec "{ROOT}/showcause" "$@"\n')
    (folder / "showcause").chmod(0o755)
    given = {"MATRIX": server.url, "HOMESERVER": str(server.folder / "homeserver.yaml")}
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SHOWCAUSE_", "PYTHON"))}
    env |= given | {"PATH": f"{os.environ['PATH']}:{SYNAPSE / 'bin'}", "HOME": str(folder)}
    with subprocess.Popen(
        ["sh", "-eu"], cwd=folder, env=env, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as shell:  # fmt: skip
        assert shell.stdin is not None
        assert shell.stdout is not None
        entry, answer = shell.stdin, shell.stdout

        def run(commands: str) -> str:
            entry.write(f"{commands}\nprintf '\\n%s\\n' '{END}'\n")
            entry.flush()
            printed = ""
            for line in answer:
                if line.strip() == END:
                    return printed
                printed += line
            raise AssertionError(f"{commands}\nended with an error:\n{printed}")

        yield run
        entry.close()


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
