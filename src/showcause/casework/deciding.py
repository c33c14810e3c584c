"""Deciding: propose, approve, return, and transaction B, in which a decision takes force, leaf last.

Nothing here talks to a platform. The committing transaction leaves orders, statements and answers in the outbox.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from showcause.casework import cascading, committing, ledger, parts
from showcause.casework.ports import Ids
from showcause.casework.reading import (
    clauses_cited,
    clauses_in_force,
    person,
    platform,
    reach_is_high,
    reference,
    single_operator,
)
from showcause.domain import cascade
from showcause.domain.baseline import BaselineEntry
from showcause.domain.cascade import GroundLink
from showcause.domain.case import Case
from showcause.domain.decision import (
    HOLD,
    UNDO,
    Act,
    AutomationUse,
    Cause,
    Decision,
    Finding,
    GroundRef,
    Outcome,
    capped,
    check_commit,
    check_interim,
    rung_of,
    second_is_needed,
)
from showcause.domain.enforcement import ENDED, Enforcement
from showcause.domain.errors import BadInput, Incomplete, NoGroundInForce, NotReversible, Unsupported
from showcause.domain.facts import Facts, check_facts
from showcause.domain.lifecycle import (
    CASE,
    DECISION,
    CaseEvent,
    CaseState,
    DecisionEvent,
    DecisionState,
)
from showcause.domain.people import SYSTEM, Moderator
from showcause.domain.permissions import Action, check_action
from showcause.domain.policy import Clause, Ground
from showcause.domain.report import SOURCE, Report
from showcause.domain.restriction import MEASURES
from showcause.domain.statement import check_complete
from showcause.domain.subject import SubjectKind, SubjectRecord, check_text
from showcause.store.tx import Tx

MOST_EVIDENCE = 50
MOST_TEXT = 20_000
MOST_REASON = 2_000
NO_MACHINE = AutomationUse()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a moderator proposes on a case. Facts fill the clauses' slots; evidence is text, sealed at once.

    `note` is for colleagues; `reason` is told to the reporters with a finding of no breach, which needs one. `interim`
    is the rung that its author signs to go ahead alone if nobody approves in time.
    """

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    acts: tuple[Act, ...] = ()
    facts: Facts = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    note: str = ""
    reason: str = ""
    language: str = "en"
    content_type: str = "CONTENT_TYPE_OTHER"
    content_language: str | None = None
    interim: Act | None = None
    automation: AutomationUse = NO_MACHINE

    def __post_init__(self) -> None:
        if self.outcome is Outcome.NO_BREACH and (self.acts or self.findings):
            raise BadInput("a finding of no breach restricts nobody and finds no clause breached")
        if self.outcome is Outcome.NO_BREACH and not self.reason.strip():
            raise Incomplete("a finding of no breach needs its reason: the reporters are told it")
        check_text("reason", self.reason, MOST_REASON)
        if len(self.evidence) > MOST_EVIDENCE:
            raise BadInput(f"at most {MOST_EVIDENCE} items of evidence")
        for item in self.evidence:
            check_text("evidence", item, MOST_TEXT)
        check_text("note", self.note, MOST_TEXT)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the law made of a proposal: the acts as far as they may go, and whether a second person is needed."""

    acts: tuple[Act, ...]
    second_needed: bool
    single: bool
    clauses: Mapping[str, Clause]


def propose(tx: Tx, now: datetime, ids: Ids, case_id: str, by: str, proposal: Proposal) -> Decision:
    """Propose a decision on a claimed case. Where no second person is needed it is approved in the same step.

    Raises: PolicyNotInForce, NoGroundInForce, Incomplete, Unsupported, BadInput, NotPermitted; nothing is stored then.
    """
    who, case = person(tx, by), tx.get(Case, case_id)
    check_action(who, case, Action.CASE_PROPOSE, now)
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


def weigh(
    tx: Tx,
    now: datetime,
    subject: str,
    platform_name: str,
    proposal: Proposal,
    *,
    accounts_hit: int = 0,
    reach_high: bool = False,
) -> Weighed:
    """Check a proposal against policy, platform, grounds and reach, and return what of it may be decided, and by whom.

    `accounts_hit` and `reach_high` add what a proposal over many subjects hits beyond its own acts.

    Raises: as `propose`.
    """
    clauses = clauses_in_force(tx, [finding.clause for finding in proposal.findings], now)
    check_facts(clauses.values(), proposal.facts)
    if proposal.outcome is not Outcome.RESTRICT:
        return Weighed((), False, single_operator(tx), clauses)
    if not proposal.findings or not proposal.acts:
        raise BadInput("a restriction names at least one clause and one measure")
    check_grounds(tx, proposal.findings, clauses)
    rungs = tuple(rung_of(act, proposal.findings[0], clauses) for act in proposal.acts)
    reach_high = reach_high or any(reach_is_high(tx, now, act.subject) for act in proposal.acts)
    accounts = {act.subject for act in proposal.acts if MEASURES[act.measure].on_account}
    accounts_hit = max(accounts_hit, len(accounts))
    second = second_is_needed(rungs, reach_high=reach_high, accounts_hit=accounts_hit)
    single = single_operator(tx)
    acts = tuple(capped(act, single_operator=single, second_needed=second) for act in proposal.acts)
    for act in acts:
        _check_act(tx, platform_name, act, clauses)
    if proposal.interim is not None:
        rung = rung_of(proposal.interim, proposal.findings[0], clauses)
        check_interim(proposal.interim, rung, reach_high=reach_high, accounts_hit=max(accounts_hit, 1))
    return Weighed(acts, second, single, clauses)


def check_grounds(tx: Tx, findings: tuple[Finding, ...], clauses: Mapping[str, Clause]) -> None:
    """Check that every finding that needs an earlier decision names one that is in force (guarantee 4).

    Raises: NoGroundInForce, saying why.
    """
    for finding in findings:
        if clauses[finding.clause].needs_ground and not finding.grounds:
            raise NoGroundInForce(f"{finding.clause} rests on an earlier decision, and none is named")
        for ground in finding.grounds:
            _check_ground(tx, ground)


def _check_ground(tx: Tx, ground: GroundRef) -> None:
    imported = tx.first(BaselineEntry, id=ground.restriction)
    if imported is not None:
        recorded = imported.cause is not None
        cascade.check_ground(DecisionState.IN_FORCE, restriction_in_force=True, cause_recorded=recorded)
        # An import never falls; the decision that recorded its cause can, and takes what rests on it along.
        raise NoGroundInForce(
            "the imported restriction has a recorded cause; it is that decision which can be a ground",
            f"Name the decision {imported.cause} and its restriction.",
        )
    earlier = tx.first(Decision, id=ground.decision)
    held = tx.first(Enforcement, restriction=ground.restriction, decision=ground.decision)
    cascade.check_ground(
        earlier.state if earlier else None,
        restriction_in_force=held is not None and held.state not in ENDED,
        cause_recorded=True,
    )


def _check_act(tx: Tx, platform_name: str, act: Act, clauses: Mapping[str, Clause]) -> None:
    subject = tx.get(SubjectRecord, act.subject)
    if act.measure not in platform(tx, platform_name).measures:
        raise Unsupported(f"the platform {platform_name} cannot {act.measure}")
    if MEASURES[act.measure].on_account != (subject.kind is SubjectKind.ACCOUNT):
        raise BadInput(f"{act.measure} does not apply to a subject of the kind {subject.kind}")
    lawful = any(clause.ground is Ground.LAW for clause in clauses.values())
    if not MEASURES[act.measure].reversible and not lawful and act.subject in parts.appealed(tx):
        raise NotReversible(f"{act.measure} cannot be undone, and an appeal about this subject is open")


def source_of(tx: Tx, case: Case) -> str | None:
    """Return the source that a statement names, computed from the first report; own initiative if none."""
    first = tx.first(Report, case=case.id)
    return SOURCE[first.intake] if first else "SOURCE_VOLUNTARY"


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
    draft = Decision(
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
    check_complete(draft, weighed.clauses, proposal.facts, proposal.evidence)
    decision = replace(
        draft,
        facts=tx.seal(
            owner, "facts", {"facts": dict(proposal.facts), "note": proposal.note, "reason": proposal.reason}
        ),
        evidence=tuple(tx.seal(owner, "evidence", {"text": item}) for item in proposal.evidence),
    )
    tx.insert(decision, verb="propose", actor=proposer)
    for finding in decision.findings:
        for ground in finding.grounds:
            link = GroundLink(ids(), decision.id, ground.decision, ground.restriction)
            tx.insert(link, verb="rest-on", actor=proposer)
    return decision


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


def return_(tx: Tx, now: datetime, ids: Ids, decision_id: str, by: str | None, because: str = "") -> Decision:
    """Return a proposal: by a person, also within the undo delay, or by time (`by` is None). Its case waits again."""
    decision = tx.get(Decision, decision_id)
    actor = SYSTEM
    if by is not None:
        who = person(tx, by)
        check_action(who, decision, Action.DECISION_RETURN, now)
        actor = who.id
        # A colleague's words are the colleague's: the journal holds the sealed id only.
        because = (
            tx.seal(who.owner, "return", {"text": check_text("reason", because, MOST_REASON)})
            if because
            else "-"
        )
    returned = tx.update(
        decision, verb="return", actor=actor, state=DECISION.step(decision.state, DecisionEvent.RETURN)
    )
    tx.note("return-because", actor, decision.id, "decision", because=because)
    for kind in ("commit", "hold-ends"):
        tx.cancel_job(f"{kind}:{decision.id}")
    if decision.case is not None:
        case = tx.get(Case, decision.case)
        if case.state is CaseState.HELD:
            tx.update(
                case,
                verb="return",
                actor=actor,
                state=CASE.step(case.state, CaseEvent.RETURN),
                claimed_by=None,
                claimed_until=None,
            )
    return returned


def commit(tx: Tx, now: datetime, ids: Ids, decision_id: str) -> Decision:
    """Run transaction B for an approved decision whose undo delay is over. Safe to repeat.

    The grounds are checked once more; if one has fallen since, the proposal is returned instead.
    """
    decision = tx.get(Decision, decision_id)
    if decision.state is not DecisionState.PROPOSED:
        return decision
    check_commit(decision, now)
    try:
        check_grounds(tx, decision.findings, clauses_cited(tx, decision))
    except NoGroundInForce:
        return return_(tx, now, ids, decision.id, None, "ground-fell")
    tx.cancel_job(f"hold-ends:{decision.id}")
    decided = cascading.take_force(tx, now, ids, decision)
    if decision.case is not None:
        case = tx.get(Case, decision.case)
        if case.state is CaseState.HELD:
            tx.update(case, verb="approve", actor=SYSTEM, state=CASE.step(case.state, CaseEvent.APPROVE))
    return decided


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
    committing.log_overrun(tx, now, ids, decision)
    if decision.interim is None:
        return return_(tx, now, ids, decision.id, None, "hold-overrun")
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
