"""The desk: who works on which case, for how long, and where cases go besides a decision."""

from datetime import datetime

from showcause.casework.ports import Ids
from showcause.casework.reading import person
from showcause.domain.case import Case, claim_until
from showcause.domain.errors import BadInput
from showcause.domain.lifecycle import CASE, CaseEvent, CaseState, ReportState
from showcause.domain.people import SYSTEM
from showcause.domain.permissions import Action, check_action
from showcause.domain.report import Report
from showcause.store.tx import Tx


def claim(tx: Tx, now: datetime, ids: Ids, case_id: str, by: str) -> Case:
    """Take a case for twenty minutes. A lease that has run out is released first.

    Raises: AlreadyClaimed while somebody else's lease runs.
    """
    who, case = person(tx, by), tx.get(Case, case_id)
    if case.state is CaseState.CLAIMED:
        until = claim_until(case, who.id, now)
        if case.claimed_by == who.id:
            return tx.update(case, verb="renew", actor=who.id, claimed_until=until)
        case = _free(tx, case, "lapse-claim", SYSTEM)
    check_action(who, case, Action.CASE_CLAIM, now)
    return tx.update(
        case,
        verb="claim",
        actor=who.id,
        state=CASE.step(case.state, CaseEvent.CLAIM),
        claimed_by=who.id,
        claimed_until=claim_until(case, who.id, now),
    )


def release(tx: Tx, now: datetime, ids: Ids, case_id: str, by: str) -> Case:
    """Give a claimed case back to the queue."""
    who, case = person(tx, by), tx.get(Case, case_id)
    check_action(who, case, Action.CASE_RELEASE, now)
    return _free(tx, case, "release", who.id)


def _free(tx: Tx, case: Case, verb: str, actor: str) -> Case:
    return tx.update(
        case,
        verb=verb,
        actor=actor,
        state=CASE.step(case.state, CaseEvent.RELEASE),
        claimed_by=None,
        claimed_until=None,
    )


def escalate(tx: Tx, now: datetime, ids: Ids, case_id: str, by: str) -> Case:
    """Give a claimed case back to the queue one tier higher."""
    who, case = person(tx, by), tx.get(Case, case_id)
    check_action(who, case, Action.CASE_ESCALATE, now)
    return tx.update(
        case,
        verb="escalate",
        actor=who.id,
        state=CASE.step(case.state, CaseEvent.ESCALATE),
        tier=case.tier + 1,
        claimed_by=None,
        claimed_until=None,
    )


def merge(tx: Tx, now: datetime, ids: Ids, case_id: str, into_id: str, by: str) -> Case:
    """Merge a case into another open one about the same platform; its reports go along.

    Raises: BadInput for merging a case into itself, into a closed case, or across platforms.
    """
    who, case, into = person(tx, by), tx.get(Case, case_id), tx.get(Case, into_id)
    check_action(who, case, Action.CASE_MERGE, now)
    if case.id == into.id or case.platform != into.platform:
        raise BadInput("a case is merged into another case of the same platform")
    if into.state not in (CaseState.WAITING, CaseState.CLAIMED):
        raise BadInput(f"the case to merge into is {into.state}, so it takes nothing in")
    for report in tx.find(Report, case=case.id, state=ReportState.FILED):
        tx.update(report, verb="refile", actor=who.id, case=into.id)
    tx.update(into, verb="take-in", actor=who.id, reports=into.reports + case.reports)
    return tx.update(
        case,
        verb="merge",
        actor=who.id,
        state=CASE.step(case.state, CaseEvent.MERGE),
        merged_into=into.id,
        claimed_by=None,
        claimed_until=None,
    )


def reopen(tx: Tx, now: datetime, ids: Ids, case_id: str, by: str) -> Case:
    """Reopen a decided case: on new evidence, an order or a dispute body; never by an appeal."""
    who, case = person(tx, by), tx.get(Case, case_id)
    check_action(who, case, Action.CASE_REOPEN, now)
    return tx.update(case, verb="reopen", actor=who.id, state=CASE.step(case.state, CaseEvent.REOPEN))
