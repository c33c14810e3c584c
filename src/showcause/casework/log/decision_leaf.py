"""The leaf of a decision: its kind, what each slot commits to, and the numbers of its orders."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from showcause.casework import itemising
from showcause.casework.log import ledger
from showcause.casework.ports import Ids
from showcause.casework.reading import subject_of
from showcause.domain.decision import Cause, Decision, deciders
from showcause.domain.people import SYSTEM, Moderator
from showcause.domain.policy import Clause, Ground
from showcause.domain.restriction import Restriction
from showcause.domain.statement import Statement
from showcause.domain.subject import SubjectRecord
from showcause.store.tx import Tx
from showcause.transparency.commitments import order_entry
from showcause.transparency.jcs import Json, canonical
from showcause.transparency.leaf import Kind, Numbers, Slot


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


def log_decision(
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
