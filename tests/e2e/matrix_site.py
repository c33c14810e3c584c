"""A site for a real Matrix server, moved by the command line alone.

Every command that changes something is a process of its own, as in a shell; what only looks runs in the test's process,
because starting Python forty times takes longer than all the rest.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from showcause.cli.root import root
from showcause.compose import Wiring
from tests.services.matrix import MatrixRefused, MatrixUser
from tests.services.synapse import Synapse

SOURCES = Path(__file__).resolve().parents[2] / "src"
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("SHOWCAUSE_")},
    "PYTHONPATH": str(SOURCES),
}
PLATFORM = "garden"
ORIGIN = "log.garden.example/moderation"
LONE = (
    "import sys\n"
    "def refuse(event, arguments):\n"
    "    if event.startswith(('socket.', 'sqlite3.')):\n"
    "        raise SystemExit(f'not offline: {event}')\n"
    "sys.addaudithook(refuse)\n"
    "from showcause.compose import main\n"
    "raise SystemExit(main(sys.argv[1:]))\n"
)
"""The command line in a process that is stopped as soon as it opens a socket or a database."""


def showcause(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command in a process of its own."""
    command = [sys.executable, "-m", "showcause", *arguments]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=120)


def verify_offline(proof: Path, key: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Check a proof as a stranger does: with the file and a key, without a site, a network or a database."""
    command = [sys.executable, "-c", LONE, "verify", str(proof), "--key", key]
    return subprocess.run(
        command, env=ENVIRONMENT, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


@dataclass
class MatrixSite:
    """One site's folder."""

    home: Path

    def try_(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command, whatever comes of it."""
        return showcause("--debug", "--home", str(self.home), *arguments)

    def run(self, *arguments: str) -> str:
        """Run a command that must succeed and return what it printed."""
        done = self.try_(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        """Run a command that must succeed with --json and return the objects that it printed."""
        return [json.loads(line) for line in self.run(*arguments, "--json").splitlines()]

    def one(self, *arguments: str) -> dict[str, Any]:
        """Run a command with --json that prints one object."""
        [found] = self.json(*arguments)
        return found

    def look(self, *arguments: str) -> list[dict[str, Any]]:
        """Return the JSON objects of a command that changes nothing, without a process of its own."""
        given = ["--home", str(self.home), *arguments, "--json"]
        done = CliRunner().invoke(root, given, obj=Wiring())
        assert done.exit_code == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def refusal(self, *arguments: str) -> str:
        """Run a command that must be refused and return why."""
        done = self.try_(*arguments)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "hint:" in done.stderr, done.stderr
        return done.stderr

    def work(self) -> dict[str, Any]:
        """Let the worker make one round."""
        return self.one("serve", "--once")

    def wait_until(self, moment: str) -> None:
        """Let real time pass until a moment that a command named."""
        left = datetime.fromisoformat(moment) - datetime.now(UTC)
        time.sleep(max(0.0, left.total_seconds() + 0.1))

    def cases(self) -> list[dict[str, Any]]:
        """Return all open cases, as their page shows them."""
        return [
            case
            for each in self.look("queue")
            for case in self.look("case", "show", each["id"], "--as", "ada")
        ]


def founded(home: Path, server: Synapse, token: Path) -> MatrixSite:
    """Found a site as its guide says: three people; connected in observe mode; the past imported; then enforcing."""
    site = MatrixSite(home)
    site.run(
        "init",
        "--origin",
        ORIGIN,
        "--contact",
        "appeals@garden.example",
        "--operator",
        "ada",
        "--operator",
        "ben",
    )
    site.run("moderator", "add", "cleo", "--as", "ada")
    token.write_text(server.admin.token + "\n")
    token.chmod(0o600)
    site.run(
        "connect", "matrix", PLATFORM, "--address", server.url, "--token-file", str(token), "--as", "ada"
    )  # fmt: skip
    site.run("import", "baseline", PLATFORM, "--as", "ada")
    site.run("platform", "mode", PLATFORM, "enforce", "--as", "ada")
    return site


def may_send(person: MatrixUser, room: str) -> bool:
    """Tell whether the server takes a message of this person; nothing but a suspension may be why not."""
    try:
        person.send(room, "hello?")
    except MatrixRefused as error:
        assert error.code == "M_USER_SUSPENDED"  # noqa: PT017  # any other refusal is a fault of the test
        return False
    return True
