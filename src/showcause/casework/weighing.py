"""Weighing a proposal: what of it the law allows, on which grounds, and whether a second person is needed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from showcause.casework import parts
from showcause.casework.ports import Ids
from showcause.casework.reading import (
    clauses_in_force,
    platform,
    reach_is_high,
    single_operator,
)
from showcause.domain import cascade
from showcause.domain.baseline import BaselineEntry
from showcause.domain.cascade import GroundLink
from showcause.domain.decision import (
    Act,
    AutomationUse,
    Decision,
    Finding,
    GroundRef,
    Outcome,
    capped,
    check_interim,
    rung_of,
    second_is_needed,
)
from showcause.domain.enforcement import ENDED, Enforcement
from showcause.domain.errors import BadInput, Incomplete, NoGroundInForce, NotReversible, Unsupported
from showcause.domain.facts import Facts, check_facts
from showcause.domain.lifecycle import (
    DecisionState,
)
from showcause.domain.policy import Clause, Ground
from showcause.domain.restriction import MEASURES
from showcause.domain.sentences import MAX_TEXT
from showcause.domain.subject import SubjectKind, SubjectRecord, check_text
from showcause.store.tx import Tx
from showcause.store.view import View

MOST_EVIDENCE = 50
MOST_TEXT = 20_000
MOST_REASON = 2_000
NO_MACHINE = AutomationUse()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a moderator proposes on a case. Facts fill the clauses' slots; evidence is text, sealed at once.

    `note` is for colleagues; `reason` is told to the reporters with a finding of no breach, which needs one. `interim`
    is the rung that its author signs to go ahead alone if nobody approves in time. `quoted` are the person's own words
    that the decision is about, as their statement quotes them.
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
    quoted: str = ""

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
        check_text("quoted words", self.quoted, MAX_TEXT)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the law made of a proposal: the acts as far as they may go, and whether a second person is needed."""

    acts: tuple[Act, ...]
    second_needed: bool
    single: bool
    clauses: Mapping[str, Clause]


def weigh(
    tx: View,
    now: datetime,
    subject: str,
    platform_name: str,
    proposal: Proposal,
    *,
    accounts_hit: int = 0,
    reach_high: bool = False,
) -> Weighed:
    """Check a proposal against policy, platform, grounds and reach, and return what of it may be decided, and by whom.

    `subject` is whom the decision is about, in a campaign the item that stands for all. `accounts_hit` and
    `reach_high` add what a proposal over many subjects hits beyond its own acts.

    Raises: as `propose`.
    """
    clauses = clauses_in_force(tx, [finding.clause for finding in proposal.findings], now)
    check_facts(clauses.values(), proposal.facts)
    if proposal.outcome is not Outcome.RESTRICT:
        return Weighed((), False, single_operator(tx), clauses)
    if not proposal.findings or not proposal.acts:
        raise BadInput("a restriction names at least one clause and one measure")
    check_grounds(tx, proposal.findings, clauses)
    _check_one_subject(subject, proposal)
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
        _check_act(tx, platform_name, proposal.interim, clauses)
        check_interim(proposal.interim, rung, reach_high=reach_high, accounts_hit=max(accounts_hit, 1))
    return Weighed(acts, second, single, clauses)


def _check_one_subject(subject: str, proposal: Proposal) -> None:
    """Check that one decision restricts one subject: its statement tells one person, its receipt opens one subject."""
    acts = (*proposal.acts, proposal.interim) if proposal.interim else proposal.acts
    if {act.subject for act in acts} != {subject}:
        raise BadInput(
            "one decision restricts one subject, the one that it is about",
            "Propose a decision of its own for each subject, on a case of its own.",
        )
    if len({act.measure for act in proposal.acts}) < len(proposal.acts):
        raise BadInput("a decision takes each measure once")


def check_grounds(tx: View, findings: tuple[Finding, ...], clauses: Mapping[str, Clause]) -> None:
    """Check that every finding that needs an earlier decision names one that is in force (guarantee 4).

    Raises: NoGroundInForce, saying why.
    """
    for finding in findings:
        if clauses[finding.clause].needs_ground and not finding.grounds:
            raise NoGroundInForce(f"{finding.clause} rests on an earlier decision, and none is named")
        for ground in finding.grounds:
            _check_ground(tx, ground)


def link_grounds(tx: Tx, ids: Ids, decision: Decision) -> None:
    """Note which restrictions a decision rests on, so that it is found when one of them falls."""
    for finding in decision.findings:
        for ground in finding.grounds:
            link = GroundLink(ids(), decision.id, ground.decision, ground.restriction)
            tx.insert(link, verb="rest-on", actor=decision.proposer)


def _check_ground(tx: View, ground: GroundRef) -> None:
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
        # What is being lifted has ended in law, though the platform may not have answered yet.
        restriction_in_force=held is not None and held.state not in ENDED and held.ended_by is None,
        cause_recorded=True,
    )


def _check_act(tx: View, platform_name: str, act: Act, clauses: Mapping[str, Clause]) -> None:
    subject = tx.get(SubjectRecord, act.subject)
    here = [offer for offer in platform(tx, platform_name).offers if subject.kind in offer.kinds]
    offer = next((each for each in here if each.measure is act.measure), None)
    if offer is None:
        possible = ", ".join(each.measure for each in here) or "nothing"
        raise Unsupported(
            f"the platform {platform_name} cannot {act.measure} a subject of the kind {subject.kind}",
            f"What it offers there: {possible}.",
        )
    if MEASURES[act.measure].on_account != (subject.kind is SubjectKind.ACCOUNT):
        raise BadInput(f"{act.measure} does not apply to a subject of the kind {subject.kind}")
    check_undoable(tx, platform_name, (act,), clauses)


def check_undoable(tx: View, platform_name: str, acts: Iterable[Act], clauses: Mapping[str, Clause]) -> None:
    """Check that nothing is lost for good while an appeal about its subject is open, unless the law demands it.

    Raises: NotReversible.
    """
    if any(clause.ground is Ground.LAW for clause in clauses.values()):
        return
    final = {offer.measure for offer in platform(tx, platform_name).offers if not offer.reversible}
    for act in acts:
        if act.measure in final and act.subject in parts.appealed(tx):
            raise NotReversible(f"{act.measure} cannot be undone, and an appeal about this subject is open")
