"""The stage: a real site in a throwaway folder, a clock that the story moves, and short ways to say what people do.

Everybody here is fictional. Nothing of the product is replaced: store, log, signer, gate, worker and the simulated
platform are those that run a site.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from showcause.casework import deciding, desk, hearing, lodging
from showcause.casework.catalogue import Catalogue, default_folder, load
from showcause.casework.ports import Platform
from showcause.casework.runner import Runner
from showcause.casework.weighing import Proposal
from showcause.casework.worker import Worker
from showcause.connectors.simulator import Simulator
from showcause.connectors.simulator_world import World
from showcause.domain.appeal import Appeal
from showcause.domain.case import Case
from showcause.domain.decision import Act, Decision, Finding, GroundRef, Outcome
from showcause.domain.enforcement import Enforcement
from showcause.domain.policy import Clause
from showcause.domain.restriction import Restriction
from showcause.domain.sentences import Arg
from showcause.domain.subject import Subject, SubjectKind
from showcause.store.store import Store

PLATFORM = "plaza"
EVENING = datetime(2026, 7, 28, 21, 0, tzinfo=UTC)
UNDO = timedelta(seconds=31)


@functools.cache
def _shipped() -> Catalogue:
    return load(default_folder())


def world_behind(platform: Platform) -> World:
    """Return the simulated platform behind its connector, as its users see it."""
    if not isinstance(platform, Simulator):
        raise TypeError("the story is played on the simulator")
    return platform.world


@dataclass
class StoryClock:
    """A clock that stands still until the story moves it."""

    now: datetime = EVENING

    def __call__(self) -> datetime:
        """Return the story's time."""
        return self.now


@dataclass
class Stage:
    """Where the story is played. `judge` judges what happened by the rules that act.

    `told` collects what each chapter leaves for the reader of the JSON.
    """

    store: Store
    runner: Runner
    worker: Worker
    world: World
    clock: StoryClock
    say: Callable[[str], None]
    judge: Callable[[], int]
    told: dict[str, Any] = field(default_factory=dict)

    # --- time ------------------------------------------------------------------------------------------------

    def pass_time(self, **span: float) -> None:
        """Let time pass and do whatever is due."""
        self.clock.now += timedelta(**span)
        self.settle()

    def settle(self) -> None:
        """Poll the platform and do whatever is due, until nothing is left."""
        self.worker.poll(PLATFORM)
        while self.worker.run_due():
            self.clock.now += timedelta(seconds=1)

    # --- people ----------------------------------------------------------------------------------------------

    def account(self, ref: str, followers: int = 0) -> Subject:
        """Open an account with some followers."""
        self.world.register(ref)
        with self.world.together():
            for number in range(followers):
                self.world.register(f"reader-{number}")
                self.world.follow(f"reader-{number}", ref)
        return Subject(PLATFORM, SubjectKind.ACCOUNT, ref)

    def report(self, about: Subject, reason: str, *reporters: str) -> None:
        """Let people report something."""
        with self.world.together():
            for reporter in reporters:
                self.world.register(reporter)
                self.world.report(reporter, about.kind, about.ref, reason)

    def case_about(self, subject: Subject) -> Case:
        """Return the newest case about a subject."""
        with self.store.transaction(self.clock()) as tx:
            record = tx.owner_of(subject)
        with self.store.read(self.clock()) as view:
            found = view.last(Case, subject=record)
        if found is None:
            raise LookupError(subject.ref)
        return found

    # --- the desk --------------------------------------------------------------------------------------------

    def clause(self, ref: str) -> Clause:
        """Return a clause of the shipped catalogue."""
        found = _shipped().clause(ref)
        if found is None:
            raise LookupError(ref)
        return found

    def propose(
        self,
        case: Case,
        by: str,
        clause: str,
        preset: str,
        evidence: tuple[str, ...],
        facts: dict[str, Arg] | None = None,
        rung: str = "",
        grounds: tuple[GroundRef, ...] = (),
    ) -> Decision:
        """Claim a case and propose what a preset suggests."""
        chosen = self.clause(clause)
        reason = chosen.preset(preset)
        step = chosen.rung(rung or reason.rung) if reason else None
        if reason is None or step is None:
            raise LookupError(preset)
        finding = Finding(clause, reason.elements, reason.id, grounds)
        act = Act(case.subject, step.measure, step.duration, step.name)
        proposal = Proposal(Outcome.RESTRICT, (finding,), (act,), facts or {}, evidence)
        self.runner.run(desk.claim, case.id, by)
        return self.runner.run(deciding.propose, case.id, by, proposal)

    def no_breach(self, case: Case, by: str, reason: str) -> Decision:
        """Claim a case and find no breach."""
        self.runner.run(desk.claim, case.id, by)
        decision = self.runner.run(deciding.propose, case.id, by, Proposal(Outcome.NO_BREACH, reason=reason))
        self.settle()
        return self.again(decision)

    def carry_out(self, decision: Decision, second: str | None = None) -> Decision:
        """Approve if somebody has to, let the undo delay pass, and let the worker do the rest."""
        if second:
            self.runner.run(deciding.approve, decision.id, second)
        self.clock.now += UNDO
        self.settle()
        return self.again(decision)

    def appeal(self, decision: Decision, words: str) -> Appeal:
        """Lodge an appeal with the reference of a decision's statement."""
        lodged = self.runner.run(lodging.lodge, decision.reference, words)
        self.settle()
        return lodged

    def hear(self, appeal: Appeal, by: str, reason: str) -> Appeal:
        """Let a moderator hear an appeal and reverse the decision."""
        self.runner.run(hearing.claim, appeal.id, by)
        heard = self.runner.run(hearing.reverse, appeal.id, by, reason)
        self.settle()
        return heard

    # --- looking ---------------------------------------------------------------------------------------------

    def again(self, decision: Decision) -> Decision:
        """Return a decision as it is now."""
        with self.store.read(self.clock()) as view:
            return view.get(Decision, decision.id)

    def restriction_of(self, decision: Decision) -> Restriction:
        """Return the first restriction of a decision."""
        with self.store.read(self.clock()) as view:
            return view.find(Restriction, decision=decision.id)[0]

    def enforcement_of(self, decision: Decision) -> Enforcement:
        """Return the first enforcement of a decision."""
        with self.store.read(self.clock()) as view:
            return view.find(Enforcement, decision=decision.id)[0]

    def came_back(self, decision: Decision) -> dict[str, list[str]]:
        """Return what came back after a decision was reversed, and what did not."""
        enforcement = self.enforcement_of(decision)
        if enforcement.restored is None:
            return {"restored": [], "lost": []}
        with self.store.read(self.clock()) as view:
            return dict(view.unseal(enforcement.restored))

    def following(self, decision: Decision) -> Decision | None:
        """Return the decision that superseded another, if any."""
        with self.store.read(self.clock()) as view:
            return view.first(Decision, supersedes=decision.id)
