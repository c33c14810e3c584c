"""Transaction B, one decision at a time: in force, orders, statement, answers, outbox, and its leaf drafted last.

The steps of `force` are numbered as in `docs/decision-cycle.md`. All of them commit together or not at all.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from showcause.casework import ending, ledger, telling, wording
from showcause.casework.ports import Ids
from showcause.casework.reading import clauses_cited, platform, setting, subject_of
from showcause.domain.appeal import Appeal
from showcause.domain.decision import Cause, Decision, Outcome, deciders
from showcause.domain.enforcement import Enforcement
from showcause.domain.lifecycle import DECISION, ENFORCEMENT, DecisionEvent, DecisionState, ReportState
from showcause.domain.people import SYSTEM, Moderator
from showcause.domain.policy import Clause, Ground
from showcause.domain.report import Report
from showcause.domain.restriction import Restriction
from showcause.domain.site import Mode
from showcause.domain.statement import Statement
from showcause.domain.subject import SubjectRecord, is_high_reach
from showcause.store.tx import Tx
from showcause.transparency.commitments import order_entry
from showcause.transparency.jcs import Json, canonical
from showcause.transparency.leaf import Kind, Numbers, Slot


@dataclass(frozen=True, slots=True)
class Forced:
    """A decision that took force, and the restrictions of earlier ones that fell with it and were not imposed again."""

    decision: Decision
    fallen: frozenset[str]


def force(tx: Tx, now: datetime, ids: Ids, decision: Decision, *, ground: str | None = None) -> Forced:
    """Put one approved decision in force; see the module's steps. `ground` is the reference of a ground that fell.

    What rests on the restrictions that fell is not yet touched: see `cascading.take_force`.
    """
    clauses = clauses_cited(tx, decision)
    # (1) the decision takes force
    decided = tx.update(
        decision,
        verb="commit",
        actor=SYSTEM,
        state=DECISION.step(decision.state, DecisionEvent.APPROVE),
        decided_at=now,
    )
    # (2) orders, with their dense numbers, into the outbox
    restrictions = _impose(tx, now, ids, decided)
    # (3) what it replaces ends
    replaced = [tx.get(Decision, id_) for id_ in (decided.supersedes, decided.interim_decision) if id_]
    fallen = _supersede(tx, now, ids, replaced, decided, restrictions)
    # (4) the statement and (5) the answers, into the outbox
    statement = _tell(tx, now, ids, decided, restrictions, clauses, replaced, ground)
    _answer_reports(tx, now, ids, decided, clauses, replaced)
    # (6) the leaf, last
    _log(tx, now, decided, restrictions, clauses, statement, replaced)
    return Forced(decided, frozenset(fallen))


def whole_second(moment: datetime) -> datetime:
    """Return a moment cut to the second: ends of measures are in whole seconds everywhere."""
    return moment.replace(microsecond=0)


def _impose(tx: Tx, now: datetime, ids: Ids, decision: Decision) -> list[Restriction]:
    """Insert restrictions and pending enforcements with the connector's next numbers, and queue the orders.

    In observe mode nothing is ordered: a comparison with what the platform's own team did is queued instead.
    """
    if not decision.acts:
        return []
    at = platform(tx, decision.platform)
    if at.mode is Mode.OBSERVE:
        tx.job(
            "compare-observed", f"compare-observed:{decision.id}", decision.id, due=now + timedelta(hours=24)
        )
        return []
    latest = _latest_end(tx, decision)
    made = []
    for offset, act in enumerate(decision.acts, start=1):
        until = whole_second(now) + act.duration if act.duration else None
        if latest is not None:
            until = min(until, latest) if until else latest
        made.append(
            Restriction(
                ids(),
                decision.id,
                act.subject,
                decision.platform,
                act.measure,
                until,
                act.territories,
                at.last_number + offset,
            )
        )
    tx.update(at, verb="number", actor=SYSTEM, last_number=at.last_number + len(made))
    for restriction in made:
        order(tx, now, ids, tx.insert(restriction, verb="impose", actor=SYSTEM))
    return made


def order(tx: Tx, now: datetime, ids: Ids, restriction: Restriction) -> Enforcement:
    """Insert the pending enforcement of a restriction and queue its order, and its end if it has one."""
    made = tx.insert(
        Enforcement(
            ids(),
            ENFORCEMENT.start,
            restriction.id,
            restriction.decision,
            restriction.subject,
            restriction.platform,
            restriction.measure,
            restriction.until,
            restriction.number,
            ordered_at=now,
        ),
        verb="enforce",
        actor=SYSTEM,
    )
    tx.job("apply", f"apply:{made.id}:0", made.id, due=now, lane=restriction.subject)
    if restriction.until is not None:
        tx.job("end", f"end:{made.id}", made.id, due=restriction.until)
    return made


def _latest_end(tx: Tx, decision: Decision) -> datetime | None:
    """Return when a derived decision ends at the latest: with the last of its grounds; None for no such bound."""
    ends: list[datetime] = []
    for finding in decision.findings:
        if not finding.grounds:
            return None
        for ground in finding.grounds:
            until = tx.get(Restriction, ground.restriction).until
            if until is None:
                return None
            ends.append(until)
    return max(ends, default=None)


def _supersede(
    tx: Tx,
    now: datetime,
    ids: Ids,
    replaced: Sequence[Decision],
    by: Decision,
    imposed: Sequence[Restriction],
) -> set[str]:
    """End what earlier decisions imposed, and return which of their restrictions are not imposed again."""
    again = {(r.subject, r.measure) for r in imposed}
    fallen: set[str] = set()
    for old in replaced:
        if old.state not in (DecisionState.IN_FORCE, DecisionState.LAPSED):
            continue
        ending.supersede(tx, old, by)
        for restriction in tx.find(Restriction, decision=old.id):
            ending.end_restriction(tx, now, ids, restriction, by.id)
            if (restriction.subject, restriction.measure) not in again:
                fallen.add(restriction.id)
    return fallen


def _tell(
    tx: Tx,
    now: datetime,
    ids: Ids,
    decision: Decision,
    restrictions: Sequence[Restriction],
    clauses: dict[str, Clause],
    replaced: Sequence[Decision],
    ground: str | None,
) -> Statement | None:
    contact = setting(tx, "contact") or setting(tx, "origin") or "the operator of this service"
    person = tx.get(SubjectRecord, decision.subject)
    if decision.outcome is Outcome.RESTRICT and restrictions:
        said = wording.statement(_matter(tx, now, decision, restrictions, clauses, replaced, contact))
    elif decision.outcome is Outcome.LIFT and replaced and tx.count(Statement, decision=replaced[0].id):
        # Who was never told of a restriction (observe mode) is not told of its end.
        said = wording.reversal(replaced[0], decision, contact, ground=ground)
    else:
        return None
    return telling.draft_statement(tx, now, ids, decision, person, said, decision.reference)


def _matter(
    tx: Tx,
    now: datetime,
    decision: Decision,
    restrictions: Sequence[Restriction],
    clauses: dict[str, Clause],
    replaced: Sequence[Decision],
    contact: str,
) -> wording.Matter:
    subjects = {id_: subject_of(tx, id_) for id_ in {decision.subject, *(r.subject for r in restrictions)}}
    grounds = [tx.get(Decision, g.decision) for finding in decision.findings for g in finding.grounds]
    return wording.Matter(
        decision=decision,
        clauses=clauses,
        facts=tx.unseal(decision.facts)["facts"],
        subjects=subjects,
        restrictions=restrictions,
        contact=contact,
        earlier=tuple(
            wording.Earlier(g.reference, g.decided_at or g.proposed_at, g.findings[0].clause) for g in grounds
        ),
        replaces=replaced[0].reference if replaced else None,
        reach_promise=is_high_reach(tx.get(SubjectRecord, decision.subject).reach, now),
        broken_promise=_broken_promise(tx, decision),
    )


def _broken_promise(tx: Tx, decision: Decision) -> datetime | None:
    """Return the promised hour of the unanswered appeal for which this decision reduces a measure."""
    if decision.cause is not Cause.APPEAL_OVERDUE:
        return None
    late = tx.first(Appeal, decision=decision.supersedes, overdue=True)
    return late.promised_at if late else None


def _answer_reports(
    tx: Tx,
    now: datetime,
    ids: Ids,
    decision: Decision,
    clauses: dict[str, Clause],
    replaced: Sequence[Decision],
) -> None:
    """Queue the answers: to those whose reports this case held, or again to those who were answered before."""
    if decision.case is not None and decision.outcome is not Outcome.LIFT:
        contact = setting(tx, "contact") or "the operator of this service"
        reason = tx.unseal(decision.facts)["reason"]
        for report in tx.find(Report, case=decision.case, state=ReportState.FILED):
            said = wording.answer(report, decision, clauses, decision.acts, reason, contact)
            telling.answer_with(tx, now, ids, report, said)
        return
    for case in {old.case for old in replaced if old.case and old.cause is not Cause.INTERIM}:
        for report in tx.find(Report, case=case, state=ReportState.ANSWERED):
            said = wording.answer_changed(report, now, reversed_=decision.outcome is Outcome.LIFT)
            telling.answer_with(tx, now, ids, report, said)


def kind_of(decision: Decision) -> Kind:
    """Return the kind of a decision's leaf."""
    if decision.supersedes is not None:
        return Kind.REVERSAL
    match decision.cause:
        case Cause.CASE | Cause.APPEAL | Cause.GROUND_FELL | Cause.APPEAL_OVERDUE:
            return Kind.DECISION
        case Cause.INTERIM:
            return Kind.HOLD
        case Cause.URGENT:
            return Kind.URGENT
        case Cause.ORDER:
            return Kind.ORDER


def _log(
    tx: Tx,
    now: datetime,
    decision: Decision,
    restrictions: Sequence[Restriction],
    clauses: dict[str, Clause],
    statement: Statement | None,
    replaced: Sequence[Decision],
) -> None:
    person = tx.get(SubjectRecord, decision.subject)
    kind = kind_of(decision)
    actor = tx.first(Moderator, id=decision.proposer)
    values: dict[Slot, dict[str, Json]] = {
        Slot.FACETS: facets(decision, clauses),
        Slot.SUBJECT: subject_values(tx, decision.subject),
        Slot.FACTS: _facts(tx, now, decision, restrictions, statement),
        Slot.ACTOR: {"proposer": decision.proposer, "approver": decision.approver},
        Slot.EVIDENCE: {"items": [_digest(tx.unseal(item)) for item in decision.evidence]},
    }
    numbers = Numbers(decision.platform, restrictions[0].number, len(restrictions)) if restrictions else None
    ledger.draft(
        tx,
        ledger.Draft(
            kind,
            decision.leaf,
            decision.id,
            person=person.owner,
            actor=actor.owner if actor else ledger.house(tx),
            values=values,
            numbers=numbers,
            re=replaced[0].leaf if kind is Kind.REVERSAL else None,
        ),
    )


def subject_values(tx: Tx, subject: str) -> dict[str, Json]:
    """Return the fields of the slot `subject`: platform, kind and the platform's own reference."""
    raw = subject_of(tx, subject)
    return {"platform": raw.platform, "kind": str(raw.kind), "ref": raw.ref}


def facets(decision: Decision, clauses: dict[str, Clause]) -> dict[str, Json]:
    """Return the facets of a decision: codes that the law expects to be public without personal data."""
    cited = list(clauses.values())
    law = any(clause.ground is Ground.LAW for clause in cited)
    machine = decision.automation
    automated = (
        "fully" if machine.decision and not deciders(decision) else "partially" if machine.decision else "not"
    )
    return {
        "measures": list[Json](sorted({str(act.measure) for act in decision.acts})),
        "ground": ("ILLEGAL_CONTENT" if law else "INCOMPATIBLE_CONTENT") if cited else None,
        "clause": list[Json](clause.ref for clause in cited),
        "category": cited[0].category if cited else None,
        "keywords": list[Json](sorted({keyword for clause in cited for keyword in clause.keywords})),
        "source": decision.source,
        "detection": machine.detection,
        "decision": automated,
        "content-type": decision.content_type,
        "content-language": decision.content_language,
        "territory": list[Json](sorted({state for act in decision.acts for state in act.territories})),
        "ground-fell": decision.cause is Cause.GROUND_FELL,
        "deciders": deciders(decision),
    }


def _facts(
    tx: Tx,
    now: datetime,
    decision: Decision,
    restrictions: Sequence[Restriction],
    statement: Statement | None,
) -> dict[str, Json]:
    derived = [tx.get(Decision, g.decision).leaf for finding in decision.findings for g in finding.grounds]
    return {
        "minute": ledger.minute(now),
        "event": str(decision.outcome),
        "orders": [order_entry(r.number, r.measure, r.until) for r in restrictions],
        "text": tx.unseal(decision.facts)["facts"] or None,
        "duration": [int(act.duration.total_seconds()) if act.duration else None for act in decision.acts],
        "derived-from": list(derived),
        "statement": _digest(tx.unseal(statement.sentences)) if statement else None,
        "reference": decision.reference,
    }


def _digest(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()  # type: ignore[arg-type]  # JSON values from the sealed store


def log_overrun(tx: Tx, now: datetime, ids: Ids, decision: Decision) -> None:
    """Log that a proposal was still held at its deadline; the overrun is counted in public."""
    person = tx.get(SubjectRecord, decision.subject)
    facts: dict[str, Json] = {
        "minute": ledger.minute(now),
        "event": "hold-overrun",
        "reference": decision.reference,
    }
    ledger.draft(
        tx,
        ledger.Draft(
            Kind.HOLD,
            ids(),
            decision.id,
            person=person.owner,
            actor=ledger.house(tx),
            values={Slot.FACTS: facts, Slot.SUBJECT: subject_values(tx, decision.subject)},
        ),
    )
