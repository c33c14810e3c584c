"""A slice of the life of a house: reports, claims, proposals, approvals, appeals, reversals, urgent acts, rounds."""

import json
import os
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from showcause.casework import deciding, desk, hearing, lodging, returning, urgent, weighing
from showcause.domain.appeal import Appeal
from showcause.domain.case import Case
from showcause.domain.decision import Decision, GroundRef, Outcome
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import Refused
from showcause.domain.lifecycle import (
    AppealState,
    CaseState,
    DecisionState,
    EnforcementState,
    UrgentState,
)
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.statement import Statement
from showcause.domain.subject import SubjectKind, SubjectRecord
from showcause.domain.urgent import UrgentEntry
from tests.crash.durable import DurableHouse, Place, opened
from tests.crash.points import Fuse, Point

SLICE = timedelta(hours=5)
"""So much of the house's time at most passes in one victim's life."""


class Life:
    """One person who plays all the parts, by dice."""

    def __init__(self, house: DurableHouse, dice: random.Random) -> None:
        self.house, self.dice = house, dice

    def report(self) -> None:
        """Report an account or a post, directly."""
        house, name = self.house, self._somebody()
        if self.dice.random() < 0.3:
            house.report(house.post(name, "buy this"), author=name)
        else:
            house.report(house.account(name))

    def report_there(self) -> None:
        """Report on the platform itself, where the worker finds it."""
        name = self._somebody()
        self.house.account(name)
        self.house.world.report("rita", SubjectKind.ACCOUNT, name, "look")

    def propose(self) -> None:
        """Claim a waiting case and propose, alone or for a second person; some rest on an earlier decision."""
        case = self._one(Case, state=CaseState.WAITING)
        if case is None:
            return self.report()
        by = self.dice.choice(("bea", "cleo"))
        if self._kind_of(case.subject) is SubjectKind.CONTENT:
            self.house.propose(case, rung="hide", by=by)
        elif grounds := self._grounds():
            self.house.propose(case, clause="integrity.evasion@1", preset="continues", grounds=grounds, by=by)
        else:
            rung = self.dice.choice(("limit-24h", "suspend-7d", "suspend", "suspend"))
            self.house.propose(case, rung=rung, by=by)
        return None

    def no_breach(self) -> None:
        """Find no breach."""
        case = self._one(Case, state=CaseState.WAITING)
        if case is not None:
            self.house.run(desk.claim, case.id, "bea")
            proposal = weighing.Proposal(Outcome.NO_BREACH, reason="nothing in it")
            self.house.run(deciding.propose, case.id, "bea", proposal)

    def approve(self) -> None:
        """Approve what waits for a second person."""
        waiting = [d for d in self.house.all(Decision, state=DecisionState.PROPOSED) if d.approver is None]
        if waiting:
            self.house.run(deciding.approve, self.dice.choice(waiting).id, "dan")

    def give_back(self) -> None:
        """Return a proposal."""
        waiting = self._one(Decision, state=DecisionState.PROPOSED)
        if waiting is not None:
            self.house.run(returning.return_, waiting.id, "dan", "look again")

    def decide(self) -> None:
        """Bring a restriction all the way into force and to the platform."""
        self.report()
        self.propose()
        self.approve()
        self.work()

    def appeal(self) -> None:
        """Lodge an appeal against a decision in force."""
        decided = self._one(Decision, state=DecisionState.IN_FORCE, outcome=Outcome.RESTRICT)
        if decided is not None:
            said = self.house.all(Statement, decision=decided.id)
            if said:
                self.house.run(lodging.lodge, said[0].reference, "it was not me")

    def hear(self) -> None:
        """Answer an appeal: reverse it, mostly."""
        lodged = self._one(Appeal, state=AppealState.LODGED)
        if lodged is None:
            return self.appeal()
        decision = self.house.all(Decision, id=lodged.decision)[0]
        took_part = {decision.proposer, decision.approver}
        names = {who.id: who.handle for who in self._people()}
        by = next(name for id_, name in names.items() if id_ not in took_part and name != "ada")
        self.house.run(hearing.claim, lodged.id, by)
        verb = hearing.affirm if self.dice.random() < 0.2 else hearing.reverse
        self.house.run(verb, lodged.id, by, "we looked again")
        return None

    def undo(self) -> None:
        """Decide, appeal and reverse, up to the platform and back."""
        self.decide()
        self.appeal()
        self.hear()
        self.work()

    def cancel(self) -> None:
        """Reverse a decision before its order was ever sent."""
        self.report()
        self.propose()
        self.approve()
        self.house.now += timedelta(seconds=31)
        for decision in self.house.all(Decision, state=DecisionState.PROPOSED):
            if decision.approver is not None and decision.commit_at and decision.commit_at <= self.house.now:
                self.house.run(deciding.commit, decision.id)
        for enforcement in self.house.all(Enforcement, state=EnforcementState.PENDING, attempts=0):
            said = self.house.all(Statement, decision=enforcement.decision)
            if said:
                self.house.run(lodging.lodge, said[0].reference, "never")
        self.hear()
        self.work()

    def act_urgently(self) -> None:
        """Use the urgent lane, which asks neither database nor log."""
        name, who = self._somebody(), self.dice.choice(("bea", "cleo"))
        platform, token = self.house.platform, self.house.token(who)
        if self.dice.random() < 0.3:
            post, measure = self.house.post(name, "their address"), Measure.HIDE
            spooled = platform.urgent(token, Urgent.PRIVATE_ADDRESS, post, measure)
        else:
            spooled = platform.urgent(token, Urgent.THREAT_TO_LIFE, self.house.account(name), Measure.SUSPEND)
        self.house.tell("urgent", spooled)
        if self.dice.random() < 0.8:
            self.work()

    def settle_urgent(self) -> None:
        """Confirm or lift what the urgent lane did."""
        entry = self._one(UrgentEntry, state=UrgentState.ENTERED)
        if entry is None:
            return self.act_urgently()
        verb = self.dice.choice((urgent.confirm, urgent.lift))
        self.house.run(verb, entry.id, "dan")
        return None

    def work(self) -> None:
        """Let the undo delay pass, and do what the service does."""
        self.house.now += timedelta(seconds=31)
        self.house.round()

    def publish(self) -> None:
        """Log something, and let the public's interval pass."""
        self.decide()
        self.house.now += timedelta(minutes=61)
        self.house.round()

    # --- inside ---

    def _somebody(self) -> str:
        return f"name-{self.dice.randrange(16**6):06x}"

    def _one(self, cls: type[Any], **equals: Any) -> Any:
        found = self.house.all(cls, **equals)
        return self.dice.choice(found) if found else None

    def _kind_of(self, subject: str) -> SubjectKind:
        return self.house.all(SubjectRecord, id=subject)[0].kind

    def _people(self) -> list[Any]:
        from showcause.domain.people import Moderator

        return self.house.all(Moderator)

    def _grounds(self) -> tuple[GroundRef, ...]:
        if self.dice.random() < 0.7:
            return ()
        standing = self._one(Enforcement, state=EnforcementState.APPLIED, measure=Measure.SUSPEND)
        return (GroundRef(standing.decision, standing.restriction),) if standing else ()


ACTS: tuple[Callable[[Life], None], ...] = (
    Life.report, Life.report_there, Life.propose, Life.no_breach, Life.approve, Life.approve, Life.give_back,
    Life.decide, Life.decide, Life.appeal, Life.hear, Life.undo, Life.cancel, Life.act_urgently,
    Life.settle_urgent, Life.work, Life.work, Life.publish,
)  # fmt: skip

LEADS_TO: Mapping[Point, Callable[[Life], None]] = {
    Point.KEY_FLUSHED: Life.report,
    Point.RECORDS_WRITTEN: Life.decide,
    Point.BEFORE_COMMIT: Life.decide,
    Point.COMMITTED: Life.decide,
    Point.CLAIMED: Life.decide,
    Point.CLOSING: Life.decide,
    Point.CLOSED: Life.decide,
    Point.SIGNING: Life.decide,
    Point.STATE_OPENED: Life.decide,
    Point.STATE_WRITTEN: Life.decide,
    Point.SIGNED: Life.decide,
    Point.SNAPSHOT_TAKEN: Life.decide,
    Point.ORDER_SENT: Life.decide,
    Point.ADMITTED: Life.decide,
    Point.IMPOSED: Life.decide,
    Point.LANDED: Life.decide,
    Point.LIFT_SENT: Life.undo,
    Point.LIFT_CLOSED: Life.undo,
    Point.FREED: Life.undo,
    Point.DELIVERING: Life.decide,
    Point.DELIVERED: Life.decide,
    Point.VOIDING: Life.cancel,
    Point.VOIDED: Life.cancel,
    Point.POLLED: Life.report_there,
    Point.REACH_TOLD: Life.report_there,
    Point.URGENT_ASKED: Life.act_urgently,
    Point.SPOOLED: Life.act_urgently,
    Point.URGENT_IMPOSED: Life.act_urgently,
    Point.URGENT_ACTED: Life.act_urgently,
    Point.URGENT_RECORDED: Life.act_urgently,
    Point.URGENT_NUMBERED: Life.act_urgently,
    Point.SPOOL_REPLACED: Life.act_urgently,
    Point.TILE_WRITTEN: Life.publish,
    Point.TILES_WRITTEN: Life.publish,
    Point.CHECKPOINT_WRITTEN: Life.publish,
    Point.CHECKPOINT_REPLACED: Life.publish,
}
"""What reaches each point most surely; the dice do the rest."""


def live(place: Place, now: datetime, seed: int, point: Point | None, nth: int, pipe: int) -> None:
    """Play until the fuse or somebody else ends it, or five hours of the house's time are over for each time."""
    fuse, dice = Fuse(), random.Random(seed)
    fuse.listen(place.folder)

    def tell(what: str, about: Any) -> None:
        os.write(pipe, json.dumps([what, about]).encode() + b"\n")

    house = opened(place, now, fuse, tell)
    life = Life(house, dice)
    tell("alive", None)
    fuse.point, fuse.left = point, nth
    while house.now < now + nth * SLICE:  # the public sees a new head once an hour only
        act = dice.choice(ACTS) if point is None or dice.random() < 0.3 else LEADS_TO[point]
        try:
            act(life)
        except Refused:  # the house may say no to what the dice want
            house.now += timedelta(seconds=1)
