"""The statement of reasons: complete before the act, told in the person's language, and the start of the appeal window.

A statement stores sentence ids and arguments, so that it renders in any language. It has two legs that never wait for
each other: service on the person, and filing with the Commission's database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from showcause.domain.decision import Decision, Outcome
from showcause.domain.errors import AppealClosed, Incomplete
from showcause.domain.lifecycle import FilingState, ServiceState
from showcause.domain.policy import STRONG_SLOT, Clause, slots_needed

APPEAL_WINDOW = timedelta(days=184)


class Exemption(StrEnum):
    """Why no statement is sent (DSA Art. 17(2), (5)) or none is filed (Art. 19)."""

    NO_CONTACT = "no-contact"
    DECEPTIVE_HIGH_VOLUME = "deceptive-high-volume-commercial"
    ARTICLE_9_ORDER = "art9-order"
    SMALL_PLATFORM = "small-platform"
    SILENCED = "silenced-by-order"


@dataclass(frozen=True, slots=True)
class Statement:
    """What one person is told about one decision.

    `state` is the service leg, `filing` the other. `sentences` is the sealed list of sentence ids and arguments.
    `person` is the owner id of whom it is for. `window_until` exists once it was served.
    """

    id: str
    state: ServiceState
    filing: FilingState
    decision: str
    subject: str
    person: str
    language: str
    sentences: str
    reference: str
    drafted_at: datetime
    channel: str = ""
    exemption: Exemption | None = None
    served_at: datetime | None = None
    window_until: datetime | None = None
    bounced_because: str = ""
    revision: int = 0


def missing_parts(
    decision: Decision, clauses: Mapping[str, Clause], facts: Mapping[str, object], evidence: Sequence[object]
) -> tuple[str, ...]:
    """Return the parts that the statement of reasons for a decision would lack; () means it is complete.

    Audit trail, one step a letter: (1) 17(3)(a) measure, scope and duration; (2) (b) facts, and for a restriction
    their evidence; (3) (b) origin; (4) (c) automated means are recorded by construction; (5) (d)/(e) a clause, why it
    is breached, element by element; (6) (f) redress is added by the house and cannot be missing.

    Source: DSA Art. 17(3).
    """
    if decision.outcome is not Outcome.RESTRICT:
        return ()
    absent: list[str] = []
    if not decision.acts:  # (1)
        absent.append("17(3)(a) the measure")
    if not decision.findings:  # (5)
        absent.append("17(3)(d)/(e) the clause that is breached")
    for finding in decision.findings:
        absent += _missing_of(
            finding.clause, clauses[finding.clause], finding.elements, finding.preset, facts
        )
        needed = clauses[finding.clause].evidence_needed.min_independent
        if clauses[finding.clause].evidence_needed.strong_suffices and facts.get(STRONG_SLOT):
            needed = 1
        if len(evidence) < needed:  # (2)
            absent.append(
                f"17(3)(b) evidence: {finding.clause} needs {needed} independent items, {len(evidence)} given"
            )
    if decision.source is None:  # (3)
        absent.append("17(3)(b) the origin: notice or own initiative")
    return tuple(absent)


def _missing_of(
    ref: str, clause: Clause, elements: tuple[str, ...], preset: str, facts: Mapping[str, object]
) -> list[str]:
    chosen = clause.preset(preset)
    absent = [
        f"17(3)(b) the fact {slot.id!r} of {ref}"
        for slot in slots_needed(clause, chosen)
        if facts.get(slot.id) in (None, "", [], ())
    ]
    if chosen is None:
        return [*absent, f"17(3)(d)/(e) a reason (preset) of {ref}"]
    absent += [
        f"17(3)(d)/(e) the element {element!r} of {ref}"
        for element in chosen.elements
        if element not in elements
    ]
    return absent


def check_complete(
    decision: Decision, clauses: Mapping[str, Clause], facts: Mapping[str, object], evidence: Sequence[object]
) -> None:
    """Check that a decision's statement would be complete (guarantee 3).

    Raises: Incomplete, naming every missing part.
    """
    absent = missing_parts(decision, clauses, facts, evidence)
    if absent:
        raise Incomplete("the statement of reasons lacks: " + "; ".join(absent))


def window_end(served_at: datetime) -> datetime:
    """Return the instant at which the appeal window closes; that instant is already too late.

    Source: DSA Art. 20(1)-(2): at least six months from being informed; 184 days is the longest six months.
    """
    return served_at + APPEAL_WINDOW


def check_window(statement: Statement, now: datetime) -> None:
    """Check that the person may still appeal. While a statement is not served the window neither runs nor closes.

    Raises: AppealClosed with the date.
    """
    if statement.window_until is not None and now >= statement.window_until:
        raise AppealClosed(
            f"the window for an appeal closed on {statement.window_until:%d %B %Y at %H:%M} UTC"
        )
