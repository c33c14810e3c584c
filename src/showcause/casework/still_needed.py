"""What needs a person still, so that they cannot be forgotten yet: everything that it is, and until when.

Legal holds would stand here, too; nobody can order one yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from showcause.casework.intake import OPEN as OPEN_CASES
from showcause.casework.lodging import reporter_window
from showcause.domain.appeal import OPEN as OPEN_APPEALS
from showcause.domain.appeal import Appeal
from showcause.domain.baseline import BaselineEntry, Orphan
from showcause.domain.campaign import Campaign, CampaignItem
from showcause.domain.case import Case
from showcause.domain.decision import Decision
from showcause.domain.enforcement import ENDED, Enforcement
from showcause.domain.errors import BadInput, StillNeeded
from showcause.domain.lifecycle import (
    DecisionState,
    EnforcementState,
    ReportState,
    ServiceState,
    UrgentState,
)
from showcause.domain.report import Report
from showcause.domain.restriction import MEASURES
from showcause.domain.site import ConnectedPlatform, Letter, LetterKind
from showcause.domain.statement import Statement, window_end
from showcause.domain.subject import SubjectRecord
from showcause.domain.urgent import UrgentEntry
from showcause.store.bulk import find_each
from showcause.store.view import View

COMMENTS: Final = "comments"
"""The kind of platform that is the house's own comment section."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the house knows them: their account and what they made, and the owners whose keys seal it all."""

    id: str
    subjects: tuple[str, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What needs a person still, in words, and until when; None where it ends by somebody's act."""

    what: str
    until: datetime | None = None

    def __str__(self) -> str:
        """Return it as a part of a sentence."""
        return f"{self.what} (until {self.until:%d %B %Y})" if self.until else self.what


def whole(view: View, record_id: str) -> Person:
    """Return everything that is one person's, from their account's record or that of a thing whose author is unknown.

    Raises: NotFound; BadInput for a thing that somebody known made: it is sealed by its author's key.
    """
    record = view.get(SubjectRecord, record_id)
    if record.author is not None:
        raise BadInput(
            "this was made by somebody whose key seals it", f"Forget its author: the record {record.author}."
        )
    records = [record, *view.find(SubjectRecord, author=record.id)]
    # What was met before its author was known is sealed by a key of its own, and each thing has a name of its own.
    owners = {owner for each in records for owner in (each.owner, each.id)}
    return Person(record.id, tuple(sorted(each.id for each in records)), tuple(sorted(owners)))


def check(view: View, now: datetime, person: Person) -> None:
    """Check that nothing needs a person any more.

    Raises: StillNeeded, naming everything that must end first, and the date before which asking again is in vain.
    """
    found = list(dict.fromkeys(_obstacles(view, now, person)))
    if not found:
        return
    dates = [each.until for each in found if each.until is not None]
    wait = f"Ask again after {max(dates):%d %B %Y}. " if dates else ""
    acts = "What has no date ends when somebody acts. " if len(dates) < len(found) else ""
    raise StillNeeded(
        "this person cannot be forgotten yet: " + "; ".join(map(str, found)),
        f"{wait}{acts}Nothing was destroyed.",
    )


# --- inside ---


def _obstacles(view: View, now: datetime, person: Person) -> Iterator[Obstacle]:
    kept = view.get(SubjectRecord, person.id).identity_until
    if kept is not None and now < kept:
        yield Obstacle("a law demands that identification data of theirs be kept", kept)
    decisions = find_each(view, Decision, "subject", person.subjects)
    yield from _undecided(view, person, decisions)
    yield from _standing(view, person)
    yield from _windows(view, now, person)
    yield from _appeals(view, person, decisions)
    about = find_each(view, Report, "subject", person.subjects)
    yield from chain.from_iterable(_reported(view, now, each, "about") for each in about)
    sent = find_each(view, Report, "reporter", person.owners)
    yield from chain.from_iterable(_reported(view, now, each, "by") for each in sent)


def _undecided(view: View, person: Person, decisions: list[Decision]) -> Iterator[Obstacle]:
    for case in find_each(view, Case, "subject", person.subjects):
        if case.state in OPEN_CASES:
            yield Obstacle(f"the case {case.id[:12]} about them is open")
    for decision in decisions:
        if decision.state is DecisionState.PROPOSED:
            yield Obstacle(f"the decision {decision.id[:12]} about them is proposed")
    for entry in find_each(view, UrgentEntry, "subject", person.subjects):
        if entry.state in (UrgentState.SPOOLED, UrgentState.ENTERED):
            by = f"{entry.confirm_by:%d %B %H:%M}"
            yield Obstacle(f"an urgent act on them waits for a second person, due by {by}")


def _standing(view: View, person: Person) -> Iterator[Obstacle]:
    """Yield measures that have not ended: a lift must be possible, and needs the platform's name for the person.

    A comment of our own section is erased together with its author, and nothing is left there that a lift gives back.
    """
    ours = {each.name for each in view.find(ConnectedPlatform) if each.kind == COMMENTS}
    for each in find_each(view, Enforcement, "subject", person.subjects):
        erased = each.platform in ours and each.state is EnforcementState.APPLIED
        if each.state not in ENDED and not (erased and not MEASURES[each.measure].on_account):
            yield Obstacle(f"the measure {each.measure} has not ended ({each.state})", each.until)
    # Somebody forgotten would be found again by the next search, and be counted as a stranger without a cause.
    found: list[BaselineEntry | Orphan] = [
        *find_each(view, BaselineEntry, "subject", person.subjects),
        *find_each(view, Orphan, "subject", person.subjects),
    ]
    for entry in found:
        if entry.gone_at is None:
            yield Obstacle(f"the platform still lists a {entry.measure} that has no cause on record")


def _windows(view: View, now: datetime, person: Person) -> Iterator[Obstacle]:
    for statement in find_each(view, Statement, "person", person.owners):
        if statement.state is ServiceState.DRAFTED:
            yield Obstacle("a statement was not served yet")
            continue
        # Whom no channel reached may still quote their number; half a year is what the served ones have.
        until = statement.window_until or window_end(statement.drafted_at)
        if now < until:
            yield Obstacle("they may appeal against a decision", until)
    for campaign in {each.campaign for each in find_each(view, CampaignItem, "owner", person.owners)}:
        until = window_end(view.get(Campaign, campaign).made_at)
        if now < until:
            yield Obstacle("they may appeal against a decision", until)


def _appeals(view: View, person: Person, decisions: list[Decision]) -> Iterator[Obstacle]:
    lodged = find_each(view, Appeal, "person", person.owners)
    against = find_each(view, Appeal, "decision", [each.id for each in decisions])
    for appeal in (*lodged, *against):
        if appeal.state in OPEN_APPEALS:
            due = f"{appeal.promised_at:%d %B %Y}"
            yield Obstacle(f"the appeal {appeal.id[:12]} is open, its answer promised by {due}")


def _reported(view: View, now: datetime, report: Report, what: str) -> Iterator[Obstacle]:
    """Yield what a report still needs: its answer, and then its reporter's own window for an appeal."""
    if report.state in (ReportState.RECEIVED, ReportState.FILED):
        yield Obstacle(f"a report {what} them is not answered")
        return
    letters = view.find(Letter, about=report.id, kind=LetterKind.ANSWER)
    until = reporter_window(report, letters)
    if until is None and letters:
        until = window_end(letters[-1].drafted_at)
    if until is not None and now < until:
        yield Obstacle(f"an appeal is possible against the answer to a report {what} them", until)
