"""Who or what made a decision, for whoever asks why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from showcause.domain.decision import Cause, Decision
from showcause.domain.people import AUTOMATION, Moderator
from showcause.domain.report import IntakeKind, Report, RuleHit
from showcause.store.view import View

MOST: Final = 20
"""How many rules' reports of one case are named."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who proposed and approved a decision, by their logins, None for the house itself; what it followed from.

    `rules` are those that reported what was decided on: they brought it before people, and decided nothing.
    """

    decision: str
    cause: Cause
    proposer: str | None
    approver: str | None
    follows: str | None
    decided_at: datetime | None
    automatic: bool
    rules: tuple[RuleHit, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield it in words."""
        if self.automatic:
            yield f"Decision {self.decision} was proposed by a program. It names no verdict that could be explained."
        elif self.proposer is None:
            after = f"decision {self.follows}" if self.follows else "what happened before"
            yield f"Decision {self.decision} followed from {after} by itself ({self.cause}). No rule decided it."
        else:
            second = f", and {self.approver} approved it" if self.approver else ""
            yield f"Decision {self.decision} came from people: {self.proposer} proposed it{second}."
            yield "No rule decided it; there is no decision of a program to replay."
        for each in self.rules:
            hits = f", {each.hits} hits" if each.hits > 1 else ""
            yield f"The rule {each.rule} had reported it{hits}. Why: showcause explain {each.verdict}"
        yield f"What was decided: showcause decision show {self.decision}"


def origin(view: View, decision: Decision) -> Origin:
    """Return who or what made a decision."""
    proposer, approver = (
        view.first(Moderator, id=each) if each else None for each in (decision.proposer, decision.approver)
    )
    grounds = [ground.decision for each in decision.findings for ground in each.grounds]
    return Origin(
        decision.id,
        decision.cause,
        proposer.handle if proposer else None,
        approver.handle if approver else None,
        decision.supersedes or next(iter(grounds), None),
        decision.decided_at,
        decision.proposer == AUTOMATION,
        reported_by(view, decision.case),
    )


def reported_by(view: View, case: str | None) -> tuple[RuleHit, ...]:
    """Return what rules said when they reported what a case is about."""
    if case is None:
        return ()
    found = view.find(Report, limit=MOST, case=case, intake=IntakeKind.RULE)
    return tuple(each.rule for each in found if each.rule is not None)
