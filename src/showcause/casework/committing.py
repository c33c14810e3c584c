"""Transaction B, one decision at a time: in force, orders, statement, answers, outbox, and its leaf drafted last.

The steps of `force` are numbered as in `docs/decision-cycle.md`. All of them commit together or not at all.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from showcause.casework import announcing, ending, itemising, ledger, telling, wording
from showcause.casework.ports import Ids
from showcause.casework.reading import clauses_cited, platform, reach_is_high, setting, subject_of
from showcause.domain.appeal import Appeal
from showcause.domain.campaign import CampaignItem
from showcause.domain.decision import Act, Cause, Decision, Outcome, deciders
from showcause.domain.enforcement import Enforcement
from showcause.domain.lifecycle import DECISION, ENFORCEMENT, DecisionEvent, DecisionState, ReportState
from showcause.domain.people import SYSTEM, Moderator
from showcause.domain.policy import Clause, Ground
from showcause.domain.report import Report
from showcause.domain.restriction import Restriction
from showcause.domain.site import Mode
from showcause.domain.statement import Statement
from showcause.domain.subject import SubjectRecord
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
    restrictions, itemised = _impose(tx, now, ids, decided)
    # (3) what it replaces ends
    replaced = [tx.get(Decision, id_) for id_ in (decided.supersedes, decided.interim_decision) if id_]
    fallen = _supersede(tx, now, ids, replaced, decided, restrictions)
    # (4) the statement and (5) the answers, into the outbox
    statement = _tell(tx, now, ids, decided, restrictions, clauses, replaced, ground, itemised)
    _answer_reports(tx, now, ids, decided, clauses, replaced)
    # (6) the leaf, last
    _log(tx, now, decided, restrictions, clauses, statement, itemised)
    return Forced(decided, frozenset(fallen))


def whole_second(moment: datetime) -> datetime:
    """Return a moment cut to the second: ends of measures are in whole seconds everywhere."""
    return moment.replace(microsecond=0)


def _impose(
    tx: Tx, now: datetime, ids: Ids, decision: Decision
) -> tuple[Sequence[Restriction], itemising.Itemised | None]:
    """Insert restrictions and pending enforcements with the connector's next numbers, and queue the orders.

    In observe mode nothing is ordered: a comparison with what the platform's own team did is queued instead.
    """
    if not decision.acts:
        return [], None
    at = platform(tx, decision.platform)
    if at.mode is Mode.OBSERVE:
        tx.job(
            "compare-observed", f"compare-observed:{decision.id}", decision.id, due=now + timedelta(hours=24)
        )
        return [], None
    latest = _latest_end(tx, decision)
    if decision.campaign is not None:
        end = _end_of(now, decision.acts[0], latest)
        itemised = itemising.impose(tx, now, ids, decision, at, end)
        return itemised.restrictions, itemised
    made = []
    for offset, act in enumerate(decision.acts, start=1):
        until = _end_of(now, act, latest)
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
    return made, None


def _end_of(now: datetime, act: Act, latest: datetime | None) -> datetime | None:
    until = whole_second(now) + act.duration if act.duration else None
    return min((end for end in (until, latest) if end), default=None)


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
        ended = tx.find(Restriction, decision=old.id)
        if old.campaign is not None:
            itemising.end_all(tx, now, tx.find(Enforcement, decision=old.id), by.id)
        else:
            for restriction in ended:
                ending.end_restriction(tx, now, ids, restriction, by.id)
        fallen |= {r.id for r in ended if (r.subject, r.measure) not in again}
    ended = ending.end_part(tx, now, ids, by)
    return fallen | {r.id for r in ended if (r.subject, r.measure) not in again}


def _tell(
    tx: Tx,
    now: datetime,
    ids: Ids,
    decision: Decision,
    restrictions: Sequence[Restriction],
    clauses: dict[str, Clause],
    replaced: Sequence[Decision],
    ground: str | None,
    itemised: itemising.Itemised | None,
) -> Statement | None:
    if itemised is not None:
        announcing.tell(tx, now, ids, decision, itemised)
        return None
    if decision.outcome is Outcome.LIFT and replaced and replaced[0].campaign is not None:
        announcing.tell_reversed(tx, now, ids, replaced[0], decision, ground)
        return None
    contact = announcing.contact(tx)
    person = tx.get(SubjectRecord, decision.subject)
    if decision.part_of is not None:
        campaign = tx.get(Decision, decision.part_of)
        quoted = announcing.known_as(tx, campaign, tx.find(CampaignItem, restriction=decision.ends))
        replaced = [replace(campaign, reference=quoted)]
    if decision.outcome is Outcome.RESTRICT and restrictions:
        said = wording.statement(_matter(tx, now, decision, restrictions, clauses, replaced, contact))
    elif decision.outcome is Outcome.LIFT and replaced and _was_told(tx, replaced[0], decision, person.owner):
        # Who was never told of a restriction (observe mode) is not told of its end.
        said = wording.reversal(replaced[0], decision, contact, ground=ground)
    else:
        return None
    return telling.draft_statement(tx, now, ids, decision, person, said, decision.reference)


def _was_told(tx: Tx, old: Decision, decision: Decision, person: str) -> bool:
    """Tell whether the person knows of the decision that ends: was sent its statement, or appealed against it."""
    if decision.part_of is None:
        return tx.count(Statement, decision=old.id) > 0
    return decision.appeal is not None or announcing.was_told(tx, old, person)


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
        reach_promise=reach_is_high(tx, now, decision.subject),
        broken_promise=_broken_promise(tx, decision),
    )


def _broken_promise(tx: Tx, decision: Decision) -> datetime | None:
    """Return the promised hour of the unanswered appeal for which this decision reduces a measure."""
    if decision.cause is not Cause.APPEAL_OVERDUE:
        return None
    quoted = {"id": decision.appeal} if decision.part_of else {"decision": decision.supersedes}
    late = tx.first(Appeal, overdue=True, **quoted)
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
    if decision.supersedes is not None or decision.part_of is not None:
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
    itemised: itemising.Itemised | None,
) -> None:
    # What is said of a whole campaign is about no one person: it is the house's, and persons stand in the items.
    person = ledger.house(tx) if itemised else tx.get(SubjectRecord, decision.subject).owner
    kind, replaced = kind_of(decision), decision.supersedes or decision.part_of
    actor = tx.first(Moderator, id=decision.proposer)
    values: dict[Slot, dict[str, Json]] = {
        Slot.FACETS: facets(decision, clauses),
        **(
            {Slot.CONTENT: itemised.content}
            if itemised
            else {Slot.SUBJECT: subject_values(tx, decision.subject)}
        ),
        Slot.FACTS: _facts(tx, now, decision, () if itemised else restrictions, statement),
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
            person=person,
            actor=actor.owner if actor else ledger.house(tx),
            values=values,
            numbers=numbers,
            re=tx.get(Decision, replaced).leaf if replaced else None,
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
    tx.note("hold-overrun", SYSTEM, decision.id, "decision")
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
