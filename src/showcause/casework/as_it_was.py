"""The cited material as it was when it was looked at: the person's own words, and nobody else's.

Only what the platform itself told of the item is shown, field by field from a list, and only where it names the person
as its author. What a reporter wrote is never part of it. Where a clause forbids copies there is nothing to show.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from showcause.casework.reading import clauses_cited, subject_of
from showcause.domain.decision import Decision
from showcause.domain.policy import Snapshot
from showcause.domain.report import Report
from showcause.domain.subject import SubjectRecord
from showcause.store.view import View

MOST = 10
AUTHORS = ("author", "sender")
WORDS = ("text", "body", "filename", "name", "topic", "displayname", "display_name")
TIMES = ("at", "sent_at")


@dataclass(frozen=True, slots=True)
class Cited:
    """One item as it stood: its words by field, where the platform says it was, and when it was written."""

    words: tuple[str, ...]
    place: str
    written_at: str


def cited(view: View, decision: Decision, person: str) -> tuple[Cited, ...]:
    """Return the cited items of a decision, each once; none where a clause forbids that the material is copied.

    Raises: Forgotten when the person was.
    """
    if decision.case is None or decision.campaign is not None:
        return ()
    if any(clause.snapshot is Snapshot.NEVER for clause in clauses_cited(view, decision).values()):
        return ()
    found: dict[Cited, None] = {}
    for report in view.find(Report, case=decision.case):
        late = decision.decided_at is not None and report.received_at > decision.decided_at
        if report.evidence is not None and not late:
            found |= dict.fromkeys(_shown(view, report, person))
    return tuple(found)[:MOST]


def _shown(view: View, report: Report, person: str) -> list[Cited]:
    record = view.get(SubjectRecord, report.subject)
    if record.owner != person or report.evidence is None:
        return []
    held = view.unseal(report.evidence)
    if not isinstance(held, Mapping) or view.owner_of_sealed(report.evidence) != person:
        return []
    own = subject_of(view, record.author or record.id).ref
    authors = [held[name] for name in AUTHORS if isinstance(held.get(name), str)]
    if own not in authors:
        return []
    content = held.get("content")
    fields: Mapping[str, Any] = {**held, **content} if isinstance(content, Mapping) else held
    words = tuple(str(fields[name]) for name in WORDS if isinstance(fields.get(name), str) and fields[name])
    times = [str(held[name]) for name in TIMES if isinstance(held.get(name), str)]
    place = held.get("room") if isinstance(held.get("room"), str) else ""
    return [Cited(words, str(place), times[0] if times else "")] if words else []
