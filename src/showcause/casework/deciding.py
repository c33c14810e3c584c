"""Deciding: propose, approve, return, and transaction B, in which a decision takes force, leaf last.

Nothing here talks to a platform. The committing transaction leaves orders, statements and answers in the outbox.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from showcause.casework import cascading
from showcause.casework.log import decision_leaf, ledger
from showcause.casework.ports import Ids
from showcause.casework.reading import (
    clauses_cited,
    person,
    reference,
    single_operator,
)
from showcause.casework.returning import return_
from showcause.casework.weighing import Proposal, Weighed, check_grounds, check_undoable, link_grounds, weigh
from showcause.domain.case import Case
from showcause.domain.decision import (
    HOLD,
    UNDO,
    Cause,
    Decision,
    Outcome,
    check_commit,
)
from showcause.domain.errors import ClockBehind, NoGroundInForce, NotReversible
from showcause.domain.lifecycle import (
    CASE,
    DECISION,
    CaseEvent,
    CaseState,
    DecisionState,
)
from showcause.domain.people import SYSTEM, Moderator, can_decide
from showcause.domain.permissions import Action, check_action
from showcause.domain.report import SOURCE, IntakeKind, Report
from showcause.domain.statement import check_complete
from showcause.domain.subject import SubjectRecord
from showcause.store.tx import Tx
from showcause.store.view import View


def propose(tx: Tx, now: datetime, ids: Ids, case_id: str, by: str, proposal: Proposal) -> Decision:
    """Propose a decision on a claimed case. Where no second person is needed it is approved in the same step.

    Raises: PolicyNotInForce, NoGroundInForce, Incomplete, Unsupported, BadInput, NotPermitted; nothing is stored then.
    """
    who, case = person(tx, by), tx.get(Case, case_id)
    check_action(who, case, Action.CASE_PROPOSE, now)
    proposal = with_detection(tx, proposal, case)
    weighed = weigh(tx, now, case.subject, case.platform, proposal)
    decision = record(
        tx,
        now,
        ids,
        proposal,
        weighed,
        subject=case.subject,
        platform_name=case.platform,
        proposer=who.id,
        cause=Cause.CASE,
        case=case.id,
        source=source_of(tx, case),
    )
    tx.update(case, verb="propose", actor=who.id, state=CASE.step(case.state, CaseEvent.PROPOSE))
    return put_forward(tx, now, who, decision)


def put_forward(tx: Tx, now: datetime, who: Moderator, decision: Decision) -> Decision:
    """Approve a recorded proposal in the same step where one person decides; else hold it, to a deadline."""
    if not decision.second_needed or decision.single_operator:
        return _approved(
            tx, now, decision, who, UNDO if decision.outcome is Outcome.RESTRICT else timedelta(0)
        )
    tx.job("hold-ends", f"hold-ends:{decision.id}", decision.id, due=decision.hold_until or now)
    return decision


def source_of(tx: View, case: Case) -> str | None:
    """Return the source that a statement names, computed from the first report; own initiative if none."""
    first = tx.first(Report, case=case.id)
    return SOURCE[first.intake] if first else "SOURCE_VOLUNTARY"


def with_detection(
    tx: View, proposal: Proposal, case: Case | None, replaced: Sequence[Decision] = ()
) -> Proposal:
    """Return a proposal that says that automated means took part in detection, where a rule reported its case.

    What takes the place of an earlier decision says what that one said. Nobody has to remember it, and nobody can
    leave it out. Source: DSA Art. 17(3)(c).
    """
    found = any(each.automation.detection for each in replaced)
    if case is not None:
        found = found or tx.first(Report, case=case.id, intake=IntakeKind.RULE) is not None
    return replace(proposal, automation=replace(proposal.automation, detection=True)) if found else proposal


def record(
    tx: Tx,
    now: datetime,
    ids: Ids,
    proposal: Proposal,
    weighed: Weighed,
    *,
    subject: str,
    platform_name: str,
    proposer: str,
    cause: Cause,
    case: str | None = None,
    source: str | None = "SOURCE_VOLUNTARY",
    **origin: Any,
) -> Decision:
    """Insert a proposed decision with its facts and evidence sealed, after checking that its statement is complete.

    They are sealed under the key of the person concerned; those of a campaign are about no one person, and are the
    house's.

    Raises: Incomplete, naming every missing part.
    """
    owner = ledger.house(tx) if origin.get("campaign") else tx.get(SubjectRecord, subject).owner
    draft = drafted(
        now,
        ids,
        proposal,
        weighed,
        subject=subject,
        platform_name=platform_name,
        proposer=proposer,
        cause=cause,
        case=case,
        source=source,
        **origin,
    )
    check_complete(draft, weighed.clauses, proposal.facts, proposal.evidence)
    decision = replace(
        draft,
        facts=tx.seal(owner, "facts", _sealed(proposal)),
        evidence=tuple(tx.seal(owner, "evidence", {"text": item}) for item in proposal.evidence),
    )
    tx.insert(decision, verb="propose", actor=proposer)
    link_grounds(tx, ids, decision)
    return decision


def _sealed(proposal: Proposal) -> dict[str, Any]:
    """Return what is sealed of a proposal besides its evidence."""
    held = {"facts": dict(proposal.facts), "note": proposal.note, "reason": proposal.reason}
    return {**held, "quoted": proposal.quoted} if proposal.quoted else held


def drafted(
    now: datetime,
    ids: Ids,
    proposal: Proposal,
    weighed: Weighed,
    *,
    subject: str,
    platform_name: str,
    proposer: str,
    cause: Cause,
    case: str | None = None,
    source: str | None = "SOURCE_VOLUNTARY",
    **origin: Any,
) -> Decision:
    """Return the decision that a weighed proposal makes, without its facts and evidence; nothing is stored."""
    return Decision(
        id=ids(),
        state=DECISION.start,
        case=case,
        subject=subject,
        platform=platform_name,
        outcome=proposal.outcome,
        cause=cause,
        findings=proposal.findings,
        acts=weighed.acts,
        facts="",
        evidence=(),
        source=source,
        automation=proposal.automation,
        proposer=proposer,
        second_needed=weighed.second_needed,
        single_operator=weighed.single,
        proposed_at=now,
        reference=reference(ids),
        leaf=ids(),
        language=proposal.language,
        content_type=proposal.content_type,
        content_language=proposal.content_language,
        hold_until=now + HOLD if weighed.second_needed else None,
        interim=proposal.interim,
        **origin,
    )


def approve(tx: Tx, now: datetime, ids: Ids, decision_id: str, by: str) -> Decision:
    """Approve a proposal. It takes force when the undo delay is over, if it was not returned until then.

    Raises: SamePerson for the proposer where two people are needed; NoGroundInForce if a ground fell meanwhile.
    """
    who, decision = person(tx, by), tx.get(Decision, decision_id)
    check_action(who, decision, Action.DECISION_APPROVE, now)
    check_grounds(tx, decision.findings, clauses_cited(tx, decision))
    return _approved(tx, now, decision, who, UNDO)


def _approved(tx: Tx, now: datetime, decision: Decision, who: Moderator, delay: timedelta) -> Decision:
    approved = tx.update(
        decision, verb="approve", actor=who.id, approver=who.id, approved_at=now, commit_at=now + delay
    )
    tx.job("commit", f"commit:{decision.id}", decision.id, due=now + delay)
    return approved


def commit(tx: Tx, now: datetime, ids: Ids, decision_id: str) -> Decision:
    """Run transaction B for an approved decision whose undo delay is over. Safe to repeat.

    The grounds are checked once more, and whether an appeal forbids what cannot be undone; if so, the proposal is
    returned instead.
    """
    decision = tx.get(Decision, decision_id)
    if decision.state is not DecisionState.PROPOSED:
        return decision
    if decision.commit_at is not None and now < decision.commit_at:
        # Its timer was due by an earlier reading of the clock; given up, the decision would wait for ever.
        raise ClockBehind(f"the clock was set back: the decision can be undone until {decision.commit_at}")
    check_commit(decision, now)
    if (because := _obstacle(tx, decision)) is not None:
        return return_(tx, now, ids, decision.id, None, because)
    tx.cancel_job(f"hold-ends:{decision.id}")
    decided = cascading.take_force(tx, now, ids, decision)
    if decision.case is not None:
        case = tx.get(Case, decision.case)
        if case.state is CaseState.HELD:
            tx.update(case, verb="approve", actor=SYSTEM, state=CASE.step(case.state, CaseEvent.APPROVE))
    return decided


def _obstacle(tx: Tx, decision: Decision) -> str | None:
    """Return why a decision may not take force now, though it was approved: what has changed since; None if nothing."""
    clauses = clauses_cited(tx, decision)
    try:
        check_grounds(tx, decision.findings, clauses)
        if decision.campaign is None:
            check_undoable(tx, decision.platform, decision.acts, clauses)
    except NoGroundInForce:
        return "ground-fell"
    except NotReversible:
        return "appeal-open"
    return None


def hold_ends(tx: Tx, now: datetime, ids: Ids, decision_id: str) -> Decision:
    """Act on a hold whose deadline has passed: no act gets through by it.

    With an interim rung signed by its author, that interim decision takes force and the full act stays held; without
    one the proposal is returned. Either way the overrun is logged.
    """
    decision = tx.get(Decision, decision_id)
    if (
        decision.state is not DecisionState.PROPOSED
        or decision.approver is not None
        or decision.interim_decision
    ):
        return decision
    decision_leaf.log_overrun(tx, now, ids, decision)
    if decision.interim is None or not can_decide(tx.get(Moderator, decision.proposer)):
        return return_(tx, now, ids, decision.id, None, "hold-overrun")
    if (because := _obstacle(tx, decision)) is not None:
        return return_(tx, now, ids, decision.id, None, because)
    facts = tx.unseal(decision.facts)
    proposal = Proposal(
        Outcome.RESTRICT,
        decision.findings,
        (decision.interim,),
        facts["facts"],
        tuple(tx.unseal(item)["text"] for item in decision.evidence),
        language=decision.language,
        content_type=decision.content_type,
        content_language=decision.content_language,
        quoted=facts.get("quoted", ""),
    )
    interim = record(
        tx,
        now,
        ids,
        proposal,
        Weighed((decision.interim,), False, single_operator(tx), clauses_cited(tx, decision)),
        subject=decision.subject,
        platform_name=decision.platform,
        proposer=decision.proposer,
        cause=Cause.INTERIM,
        source=decision.source,
        campaign=decision.campaign,
    )
    approved = tx.update(
        interim,
        verb="approve",
        actor=decision.proposer,
        approver=decision.proposer,
        approved_at=now,
        commit_at=now,
    )
    cascading.take_force(tx, now, ids, approved)
    return tx.update(decision, verb="interim", actor=SYSTEM, interim_decision=interim.id)
