"""Looking before deciding: the statement of reasons as it would read, and what it still lacks. Nothing is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from showcause.casework import announcing, imposing, informing, rendering, wording
from showcause.casework.deciding import drafted, source_of, with_detection
from showcause.casework.ports import Ids
from showcause.casework.reading import clauses_cited
from showcause.casework.weighing import Proposal, weigh
from showcause.domain.case import Case
from showcause.domain.decision import Act, Cause, Decision, Outcome
from showcause.domain.facts import Facts
from showcause.domain.policy import Clause
from showcause.domain.statement import check_complete
from showcause.store.view import View


@dataclass(frozen=True, slots=True)
class Preview:
    """A statement that does not exist yet. `text` is empty for a finding of no breach, which restricts nobody.

    `second_needed` tells whether somebody else approves it; `acts` are the measures as far as they may go.
    """

    text: str
    second_needed: bool
    single: bool
    acts: tuple[Act, ...]


def of_proposal(
    view: View,
    now: datetime,
    ids: Ids,
    proposal: Proposal,
    *,
    subject: str,
    platform: str,
    by: str,
    case: Case | None = None,
    replaced: Sequence[Decision] = (),
) -> Preview:
    """Return what a proposal would tell the person concerned, if it took force now.

    Raises: as `deciding.propose`; Incomplete names every part that the statement lacks.
    """
    proposal = with_detection(view, proposal, case, replaced)
    weighed = weigh(view, now, subject, platform, proposal)
    if proposal.outcome is not Outcome.RESTRICT:
        return Preview("", False, weighed.single, ())
    decision = drafted(
        now,
        ids,
        proposal,
        weighed,
        subject=subject,
        platform_name=platform,
        proposer=by,
        cause=Cause.CASE if case else Cause.APPEAL,
        source=source_of(view, case) if case else replaced[0].source,
    )
    check_complete(decision, weighed.clauses, proposal.facts, proposal.evidence)
    shown = replace(decision, evidence=proposal.evidence)
    text = _text(view, now, ids, shown, weighed.clauses, proposal.facts, replaced, proposal.quoted)
    return Preview(text, weighed.second_needed, weighed.single, weighed.acts)


def of_decision(view: View, now: datetime, ids: Ids, decision: Decision) -> str:
    """Return the statement of a proposed restriction as it would read if it took force now; "" for anything else.

    Raises: Forgotten.
    """
    if decision.outcome is not Outcome.RESTRICT or decision.campaign is not None:
        return ""
    held = view.unseal(decision.facts)
    replaced = [view.get(Decision, decision.supersedes)] if decision.supersedes else []
    clauses, quoted = clauses_cited(view, decision), held.get("quoted", "")
    return _text(view, now, ids, decision, clauses, held["facts"], replaced, quoted)


def _text(
    view: View,
    now: datetime,
    ids: Ids,
    decision: Decision,
    clauses: Mapping[str, Clause],
    facts: Facts,
    replaced: Sequence[Decision],
    quoted: str,
) -> str:
    """Compose and render, as if the decision were approved by whom it needs."""
    second = "second" if decision.second_needed and not decision.single_operator else decision.proposer
    decided = replace(decision, approver=decision.approver or second, decided_at=now)
    restrictions = imposing.planned(view, now, ids, decided)
    contact = announcing.contact(view)
    matter = informing.matter(view, now, decided, restrictions, clauses, replaced, contact, facts)
    matter = replace(matter, quoted=quoted)
    said: list[tuple[str, rendering.Said]] = [(id_, args) for id_, args in wording.statement(matter)]
    return rendering.composed(view, said, decision.language)
