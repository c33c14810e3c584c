"""What letters say besides statements of reasons, as sentence ids with arguments; see `wording`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from showcause.casework.wording import Said, door
from showcause.domain.appeal import Appeal
from showcause.domain.decision import Act, Decision, Outcome
from showcause.domain.policy import Clause, Ground
from showcause.domain.report import Report
from showcause.domain.sentences import stamp


def ended(decision: Decision, when: datetime) -> list[Said]:
    """Return the notice that a measure ended by its date."""
    return [("ended.by-date", {"reference": decision.reference, "when": stamp(when)})]


def restoration(restored: Sequence[str], lost: Sequence[str], *, compared: bool) -> list[Said]:
    """Return what came back and what could not."""
    if not compared:
        return [("restored.unknown", {})]
    said: list[Said] = [("restored.list", {"things": tuple(restored)})] if restored and lost else []
    said.append(("restored.lost", {"things": tuple(lost)}) if lost else ("restored.all", {}))
    return said


def acknowledgement(report: Report, others: Sequence[str] = ()) -> list[Said]:
    """Return the confirmation of receipt; `others` are the numbers of the notice's further items.

    Source: DSA Art. 16(4), (6).
    """
    said: list[Said] = [
        ("report.received", {"when": stamp(report.received_at), "reference": report.number}),
        ("report.next", {}),
        ("report.confidential", {}),
        ("report.count", {}),
    ]
    if others:
        said.insert(1, ("report.others", {"references": tuple(others)}))
    return [*said, ("report.life", {})] if report.life else said


def answer(
    report: Report,
    decision: Decision,
    clauses: Mapping[str, Clause],
    acts: Sequence[Act],
    reason: str,
    contact: str,
) -> list[Said]:
    """Return the answer to a reporter: what was decided, why, and how to contest it, also for no breach.

    Source: DSA Art. 16(5).
    """
    number = {"reference": report.number}
    said: list[Said]
    if decision.outcome is Outcome.RESTRICT:
        title = f"clause.{decision.findings[0].clause}.title"
        illegal = clauses[decision.findings[0].clause].ground is Ground.LAW
        said = [("report.illegal", number) if illegal else ("report.breach", {**number, "title": title})]
        measures = tuple(dict.fromkeys(f"word.measure.{act.measure}" for act in acts))
        said.append(("report.measures", {"measures": measures or ("word.measure.none",)}))
    else:
        said = [("report.no-breach", number), ("report.reason", {"reason": reason})]
    return [*said, ("report.redress-open", {"link": door(contact, report.number)})]


def judged_before(report: Report, decision: Decision, answered: Sequence[Said], link: str) -> list[Said]:
    """Return the answer to a report of what was looked at already: `answered` without its first sentence, and how.

    Source: DSA Art. 16(6): it says that the answer came by itself.
    """
    when, title = stamp(decision.decided_at or decision.proposed_at), f"clause.{report.hint}.title"
    before: list[Said] = [
        ("report.judged-before", {"reference": report.number, "when": when, "title": title}),
        *answered[1:],
    ]
    before.insert(2, ("report.judged-decision", {"link": link}))
    return before


def answer_refused(report: Report) -> list[Said]:
    """Return the answer that a report could not be looked into, and why."""
    return [
        ("report.refused", {"reference": report.number}),
        ("report.reason", {"reason": report.refused_because}),
    ]


def answer_changed(report: Report, when: datetime, *, reversed_: bool) -> list[Said]:
    """Return the second answer to a reporter, after the decision changed."""
    said: list[Said] = [("report.changed", {"reference": report.number, "when": stamp(when)})]
    return [*said, ("report.reversed", {})] if reversed_ else said


def appeal_received(appeal: Appeal, decision: Decision) -> list[Said]:
    """Return the confirmation that an appeal was lodged, with the promised hour."""
    said: list[Said] = [
        (
            "appeal.received",
            {"decision": decision.reference, "when": stamp(appeal.lodged_at), "reference": appeal.reference},
        ),
        ("appeal.answer-by", {"by": stamp(appeal.promised_at)}),
    ]
    return [*said, ("appeal.time-critical", {})] if appeal.time_critical else said


def appeal_outcome(
    appeal: Appeal, outcome: str, reason: str, *, by_author: bool, platform_tier: bool
) -> list[Said]:
    """Return the answer to an appeal; outcome is affirmed, reversed, amended, refused or moot.

    Source: DSA Art. 20(5).
    """
    said: list[Said] = [(f"appeal.{outcome}", {"reference": appeal.reference})]
    if outcome in ("affirmed", "reversed", "amended"):
        said.append(("appeal.reviewer-author" if by_author else "appeal.reviewer-other", {}))
    if reason:
        said.append(("appeal.reason", {"reason": reason}))
    if outcome in ("affirmed", "amended", "refused"):
        said.append(("appeal.next" if platform_tier else "appeal.next-court", {}))
    return said
