"""What was looked at already: a report of the same thing under the same rule is answered by the outcome of before.

Only a finding of no breach counts, while it is in force, and only as long as what was reported says what it said then.
The new report is counted in the case that was decided and opens none; its answer says that nobody looked once more,
and can be contested like the first one. The public count of the day says how many were answered like that.

Never answered like that: a notice of illegal content, whose reasons somebody has to read each time; a report that names
no rule; anything urgent.

Source: DSA Art. 16(6) for what such an answer must say.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from showcause.casework import letters, telling
from showcause.casework.ports import Ids
from showcause.casework.reading import clauses_cited, platform, setting
from showcause.domain.decision import Decision, Outcome
from showcause.domain.lifecycle import DecisionState
from showcause.domain.report import IntakeKind, Report
from showcause.store.tx import Tx
from showcause.store.view import View

MARKED: Final = frozenset({"comments"})
"""The kinds of platform that show what was looked at already, so that nobody need report it anew."""


def earlier(view: View, report: Report, as_of: datetime | None) -> Decision | None:
    """Return the decision that answers a report, if there is one.

    `as_of` is since when what is reported has said what it says; None where nobody knows.
    """
    if as_of is None or report.intake is not IntakeKind.TERMS_REPORT or not _names_a_rule(report.hint):
        return None
    held = view.find(Decision, subject=report.subject, state=DecisionState.IN_FORCE)
    found = [each for each in held if each.proposed_at >= as_of and report.hint in rules_judged(view, each)]
    return found[-1] if found else None


def rules_judged(view: View, decision: Decision) -> Sequence[str]:
    """Return the rules under which a decision found no breach: those that its reports named before it was proposed."""
    if decision.outcome is not Outcome.NO_BREACH or decision.case is None:
        return ()
    told = view.find(Report, case=decision.case)
    looked_at = [each.hint for each in told if each.received_at <= decision.proposed_at]
    return tuple(dict.fromkeys(filter(_names_a_rule, looked_at)))


def _names_a_rule(hint: str) -> bool:
    """Tell whether a reporter's category is a citation of a rule, `comments.insult@1`."""
    return "@" in hint


def answer(tx: Tx, now: datetime, ids: Ids, filed: Report, decision: Decision) -> Report:
    """Answer a report, which was counted in the case of a decision, with that outcome; returns the report."""
    contact = setting(tx, "contact") or "the operator of this service"
    told = letters.answer(
        filed, decision, clauses_cited(tx, decision), (), tx.unseal(decision.facts)["reason"], contact
    )
    address = setting(tx, "address")
    link = f"{address}/decisions/{decision.leaf}" if address else decision.reference
    telling.answer_with(tx, now, ids, filed, letters.judged_before(filed, decision, told, link))
    return tx.get(Report, filed.id)


def mark(tx: Tx, now: datetime, decision: Decision) -> None:
    """Queue that the platform shows what was looked at already, where it can."""
    if rules_judged(tx, decision) and platform(tx, decision.platform).kind in MARKED:
        tx.job("judged", f"judged:{decision.id}", decision.id, due=now)
