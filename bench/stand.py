"""The stand on which whole decisions are measured: a site as `showcause init` founds it, on a clock that we move."""

import contextlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from showcause.casework import deciding, desk
from showcause.casework.weighing import Proposal
from showcause.casework.worker import Worker, World
from showcause.cli.root import root
from showcause.compose import Site, Wiring
from showcause.connectors.simulator import Simulator
from showcause.domain.case import Case
from showcause.domain.decision import Act, Decision, Finding, Outcome
from showcause.domain.lifecycle import CaseState
from showcause.domain.policy import Clause
from showcause.domain.sentences import Arg
from showcause.domain.site import PolicyVersion
from showcause.domain.subject import SubjectKind

PLATFORM, MODERATOR = "plaza", "bea"
UNDO = timedelta(seconds=31)
CLAUSE, PRESET, RUNG = "integrity.spam", "flood", "limit-24h"
"""A rung that one person may take, so that no approval stands between proposal and undo delay."""
FOUNDING = (
    ("init", "--origin", "bench.example/path", "--contact", "desk@bench.example", "--operator", "ada"),
    *(("moderator", "add", handle, "--as", "ada") for handle in ("bea", "cleo")),
    ("connect", "simulator", PLATFORM, "--mode", "enforce", "--as", "ada"),
)
SAMPLES: dict[str, Arg] = {"number": 40, "duration": 600, "text": "as seen", "minute": "2026-03-02T09:00:00Z"}


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time that was set."""
        return self.now


@dataclass
class Stand:
    """An opened site with one simulated platform."""

    site: Site
    clock: Clock
    platform: Simulator
    clause: Clause
    reported: int = 0

    def worker(self) -> Worker:
        """Return a worker on this site."""
        return Worker(self.site.runner, World({PLATFORM: self.platform}, self.site.signer))

    def report(self) -> None:
        """Let somebody report somebody new, on the platform."""
        self.reported += 1
        ref = f"account-{self.reported}"
        self.platform.world.register(ref)
        self.platform.world.report("rita", SubjectKind.ACCOUNT, ref, "the same message in every room")

    def waiting_case(self) -> Case:
        """Return the case that waits longest."""
        with self.site.store.read(self.clock()) as view:
            found = view.first(Case, state=CaseState.WAITING)
        assert found is not None
        return found

    def propose(self, case: Case) -> Decision:
        """Claim a case and propose what needs no second person."""
        rung, preset = self.clause.rung(RUNG), self.clause.preset(PRESET)
        assert rung is not None
        assert preset is not None
        proposal = Proposal(
            Outcome.RESTRICT,
            (Finding(self.clause.ref, preset.elements, preset.id),),
            (Act(case.subject, rung.measure, rung.duration, rung.name),),
            {slot.id: SAMPLES[slot.kind] for slot in self.clause.slots},
            ("the messages themselves", "the minutes in which they came"),
        )
        self.site.runner.run(desk.claim, case.id, MODERATOR)
        made = self.site.runner.run(deciding.propose, case.id, MODERATOR, proposal)
        assert made.commit_at is not None, "one person decides this"
        return made


@contextmanager
def stand(folder: Path) -> Iterator[Stand]:
    """Found a site in an empty folder and open it."""
    clock = Clock()
    wiring, home = Wiring(clock=clock), folder / "site"
    for command in FOUNDING:
        run(wiring, home, command)
    site = wiring.open(home)
    with site.store.read() as view:
        in_force = [each.clause for each in view.find(PolicyVersion) if each.clause.id == CLAUSE]
    with site.store.read(), site.store.database.connection().cursor() as cursor:
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,), "every commit is flushed"
    platform = site.platforms[PLATFORM]
    assert isinstance(platform, Simulator)
    platform.world.register("rita")
    try:
        yield Stand(site, clock, platform, in_force[-1])
    finally:
        site.close()


def run(wiring: Wiring, home: Path, command: tuple[str, ...]) -> None:
    """Run one command as somebody at a terminal would, without its words."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            root.main(args=["--home", str(home), *command], obj=wiring)
    except SystemExit as ending:
        if ending.code:
            raise
