"""A real site in a folder, worked by the command line, with a clock that is set by hand."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from showcause.cli.root import root
from showcause.compose import Wiring
from showcause.connectors.simulator_world import World
from showcause.domain.subject import SubjectKind

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ORIGIN = "log.example.org/house"
PLATFORM = "plaza"
UNDO = timedelta(seconds=31)


@dataclass
class House:
    """One site. Every call is one command, as in a shell of its own."""

    home: Path
    now: datetime = START
    environment: dict[str, str] = field(default_factory=dict)

    def try_(self, *arguments: str, stdin: str | None = None) -> Result:
        """Run a command, whatever comes of it."""
        given = ["--home", str(self.home), *arguments]
        wiring = Wiring().moved(lambda: self.now)
        return CliRunner().invoke(root, given, obj=wiring, input=stdin, env=self.environment)

    def run(self, *arguments: str) -> str:
        """Run a command that must succeed and return what it printed."""
        result = self.try_(*arguments)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        """Run a command that must succeed with --json and return the objects that it printed."""
        return [json.loads(line) for line in self.run(*arguments, "--json").splitlines()]

    def one(self, *arguments: str) -> dict[str, Any]:
        """Run a command with --json that prints one object."""
        [found] = self.json(*arguments)
        return found

    def wait(self, for_: timedelta) -> None:
        """Let time pass."""
        self.now += for_

    @property
    def world(self) -> World:
        """Return the simulated platform as its own users see it."""
        return World(lambda: self.now, self.home / "connectors" / PLATFORM / "world.db")

    def case(self) -> str:
        """Let Rita report Mallory, take the report in, and return the case's id."""
        world = self.world
        for name in ("mallory", "rita"):
            world.register(name)
        world.report("rita", SubjectKind.ACCOUNT, "mallory", "floods the square")
        self.run("serve", "--once")
        return str(self.json("queue")[0]["id"])

    def decided(self) -> str:
        """Bring a case to a suspension that is in force on the platform; return the decision's id."""
        case = self.case()
        self.run("case", "claim", case, "--as", "ada")
        made = self.one("case", "propose", case, *SPAM, "--as", "ada")
        self.run("case", "approve", case, "--as", "ben")
        self.wait(UNDO)
        self.run("serve", "--once")
        return str(made["id"])


SPAM = (
    "--clause",
    "integrity.spam",
    "--preset",
    "deceptive-links",
    "--evidence",
    "forty copies of one message",
)
