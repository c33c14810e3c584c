"""Appeals: heard by another human, by a promised hour, against a decision either way.

The DSA calls it a complaint (Art. 20). The person concerned appeals from the service of the statement, the reporter
from the service of the answer, also against a finding of no breach.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from showcause.domain.decision import Decision, Outcome
from showcause.domain.errors import AppealClosed, NotPermitted, SamePerson
from showcause.domain.lifecycle import AppealState, DecisionState
from showcause.domain.people import Moderator, can_decide

PROMISED = timedelta(days=3)
PROMISED_TIME_CRITICAL = timedelta(hours=4)
REVIEW_LEASE = timedelta(minutes=60)


class Appellant(StrEnum):
    AFFECTED = "affected"
    REPORTER = "reporter"


@dataclass(frozen=True, slots=True)
class Appeal:
    """One appeal by one person against one decision.

    `item` is the index within a campaign, never shown; None there means all items of this person.

    `text` and `answer` are sealed. `promised_at` is the hour that was promised; `outcome` the decision that followed.
    """

    id: str
    state: AppealState
    decision: str
    appellant: Appellant
    person: str
    text: str
    language: str
    lodged_at: datetime
    promised_at: datetime
    time_critical: bool
    reference: str
    statement: str | None = None
    report: str | None = None
    item: int | None = None
    reviewer: str | None = None
    review_until: datetime | None = None
    answer: str | None = None
    outcome: str | None = None
    answered_at: datetime | None = None
    overdue: bool = False
    revision: int = 0


def promise(now: datetime, *, time_critical: bool) -> datetime:
    """Return the hour by which an appeal lodged now is answered."""
    return now + (PROMISED_TIME_CRITICAL if time_critical else PROMISED)


OPEN = frozenset({AppealState.LODGED, AppealState.UNDER_REVIEW})


def check_lodging(
    decision: Decision, earlier: Iterable[Appeal], person: str, item: int | None = None
) -> None:
    """Check that this person may appeal against this decision, or against one item of a campaign decision.

    Raises: AppealClosed if the decision is not in force or lapsed, gave back instead of taking, or this person has
    appealed against it before.
    """
    if decision.outcome is Outcome.LIFT:
        raise AppealClosed(
            "this decision gave back what an earlier one took; there is nothing in it to appeal against"
        )
    if decision.state not in (DecisionState.IN_FORCE, DecisionState.LAPSED):
        raise AppealClosed(
            f"this decision is {decision.state}; there is nothing left to appeal against",
            "If a later decision replaced it, appeal against that one: its statement says how.",
        )
    same = (a for a in earlier if a.person == person and a.state is not AppealState.WITHDRAWN)
    if any(a.item in (None, item) for a in same):
        raise AppealClosed("you have appealed against this decision before; each person may do so once")


def check_reviewer(
    decision: Decision, reviewer: Moderator, took_part: Collection[str] = (), *, affirming: bool = False
) -> None:
    """Check that this person may hear an appeal against this decision.

    `took_part` are the ids of people who took part in it besides its proposer and approver. In single-operator mode
    the author may reverse or reduce, never affirm.

    Raises: NotPermitted without the right to decide; SamePerson for who took part in the decision.
    Source: DSA Art. 20(6); Santa Clara Principles 2.0 (Appeal).
    """
    if not can_decide(reviewer):
        raise NotPermitted("this person's role does not allow reviewing appeals")
    if reviewer.id in (decision.proposer, decision.approver, *took_part):
        if not decision.single_operator:
            raise SamePerson("you took part in this decision; an appeal is heard by somebody who did not")
        if affirming:
            raise SamePerson("who decided alone may reverse or reduce on appeal, never affirm")


def as_of(appeal: Appeal, now: datetime) -> Appeal:
    """Return the appeal as it counts now: one whose lease has run out is at the desk again."""
    under_review = appeal.state is AppealState.UNDER_REVIEW
    over = under_review and appeal.review_until is not None and now >= appeal.review_until
    return replace(appeal, state=AppealState.LODGED, reviewer=None, review_until=None) if over else appeal


def check_holder(appeal: Appeal, reviewer: str, now: datetime) -> None:
    """Check that this reviewer's lease on the appeal runs.

    Raises: NotPermitted otherwise.
    """
    if appeal.reviewer != reviewer or appeal.review_until is None or now >= appeal.review_until:
        raise NotPermitted("you do not hold this appeal", "Claim it first: `showcause appeal claim`.")
