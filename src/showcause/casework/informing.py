"""Informing: the statement to the person concerned and the answers to the reporters, drafted with the decision."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from showcause.casework import announcing, itemising, letters, telling, wording
from showcause.casework.ports import Ids
from showcause.casework.reading import platform, reach_is_high, setting, subject_of
from showcause.domain.appeal import Appeal
from showcause.domain.campaign import CampaignItem
from showcause.domain.decision import Cause, Decision, Outcome
from showcause.domain.facts import Facts
from showcause.domain.lifecycle import ReportState
from showcause.domain.policy import Clause
from showcause.domain.report import Report
from showcause.domain.restriction import Restriction
from showcause.domain.site import Mode
from showcause.domain.statement import Statement
from showcause.domain.subject import SubjectRecord
from showcause.store.tx import Tx
from showcause.store.view import View


def inform(
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
        held = tx.unseal(decision.facts)
        told = matter(tx, now, decision, restrictions, clauses, replaced, contact, held["facts"])
        said = wording.statement(replace(told, quoted=held.get("quoted", "")))
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


def matter(
    tx: View,
    now: datetime,
    decision: Decision,
    restrictions: Sequence[Restriction],
    clauses: Mapping[str, Clause],
    replaced: Sequence[Decision],
    contact: str,
    facts: Facts,
) -> wording.Matter:
    """Return all that the statement of one decision draws on, with its opened facts."""
    subjects = {id_: subject_of(tx, id_) for id_ in {decision.subject, *(r.subject for r in restrictions)}}
    grounds = [tx.get(Decision, g.decision) for finding in decision.findings for g in finding.grounds]
    return wording.Matter(
        decision=decision,
        clauses=clauses,
        facts=facts,
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


def _broken_promise(tx: View, decision: Decision) -> datetime | None:
    """Return the promised hour of the unanswered appeal for which this decision reduces a measure."""
    if decision.cause is not Cause.APPEAL_OVERDUE:
        return None
    quoted = {"id": decision.appeal} if decision.part_of else {"decision": decision.supersedes}
    late = tx.first(Appeal, overdue=True, **quoted)
    return late.promised_at if late else None


def answer_reports(
    tx: Tx,
    now: datetime,
    ids: Ids,
    decision: Decision,
    clauses: dict[str, Clause],
    replaced: Sequence[Decision],
) -> None:
    """Queue the answers: to those whose reports this case held, or again to those who were answered before.

    In observe mode nobody is answered: nothing was done, and the platform's own team answers.
    """
    if platform(tx, decision.platform).mode is Mode.OBSERVE:
        return
    if decision.case is not None and decision.outcome is not Outcome.LIFT:
        contact = setting(tx, "contact") or "the operator of this service"
        reason = tx.unseal(decision.facts)["reason"]
        for report in tx.find(Report, case=decision.case, state=ReportState.FILED):
            said = letters.answer(report, decision, clauses, decision.acts, reason, contact)
            telling.answer_with(tx, now, ids, report, said)
        return
    for case in {old.case for old in replaced if old.case and old.cause is not Cause.INTERIM}:
        for report in tx.find(Report, case=case, state=ReportState.ANSWERED):
            said = letters.answer_changed(report, now, reversed_=decision.outcome is Outcome.LIFT)
            telling.answer_with(tx, now, ids, report, said)
