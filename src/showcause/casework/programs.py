"""What the programs of a platform bring and ask for. Everything is bound to the platform for which their key speaks.

A record of another platform is not found, exactly like one that does not exist: that it exists is nobody's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from showcause.casework import intake, lodging
from showcause.casework.intake import Manner
from showcause.casework.ports import Ids, IncomingReport
from showcause.domain.appeal import Appeal
from showcause.domain.campaign import Campaign, CampaignItem
from showcause.domain.decision import Decision
from showcause.domain.errors import BadInput, NotFound
from showcause.domain.report import Report
from showcause.domain.statement import Statement
from showcause.store.tx import Tx
from showcause.store.view import View

R = TypeVar("R")
MOST_REPORTS = 1_000
NO_REFERENCE = "no statement, item or report of your platform has this reference"


@dataclass(frozen=True, slots=True)
class Taken:
    """A report, and whether it was made just now or had been taken before."""

    report: Report
    new: bool


def take_reports(
    tx: Tx, now: datetime, ids: Ids, several: Sequence[tuple[IncomingReport, Manner]]
) -> list[Taken]:
    """Take all of these reports, or none. One that was taken before, by its external key, changes nothing.

    Raises: BadInput that names the place of the first one at fault, from 0.
    """
    if not 1 <= len(several) <= MOST_REPORTS:
        raise BadInput(f"between 1 and {MOST_REPORTS} reports are taken at once")
    made: set[str] = set()

    def fresh() -> str:
        made.add(id_ := ids())
        return id_

    # Keys of people are flushed before the rows that use them: once for all, not once for each.
    tx.make_owners(each for one, _ in several for each in (one.author, one.subject, one.reporter) if each)
    taken = []
    for place, (incoming, manner) in enumerate(several):
        try:
            report = intake.submit(tx, now, fresh, replace(incoming, received_at=now), manner)
        except BadInput as error:
            at = f"report {place}: " if len(several) > 1 else ""
            raise BadInput(at + error.message, error.hint) from None
        taken.append(Taken(report, report.id in made))
    return taken


def lodge_appeal(
    tx: Tx, now: datetime, ids: Ids, platform: str, reference: str, text: str, language: str
) -> Appeal:
    """Lodge an appeal that a person handed in on their platform; see `lodging.lodge`.

    Raises: NotFound, AppealClosed, BadInput.
    """
    if platform_of_reference(tx, reference) != platform:
        raise NotFound(NO_REFERENCE, "Copy it from the letter, with its dashes.")
    return lodging.lodge(tx, now, ids, reference, text, language=language)


def platform_of_reference(view: View, reference: str) -> str | None:
    """Return the platform of what a reference in a letter names; None if it names nothing."""
    if (statement := view.first(Statement, reference=reference)) is not None:
        return view.get(Decision, statement.decision).platform
    if (item := view.first(CampaignItem, reference=reference)) is not None:
        return view.get(Decision, view.get(Campaign, item.campaign).decision).platform
    report = view.first(Report, number=reference)
    return report.platform if report else None


def theirs(view: View, cls: type[R], what: str, platform: str, **equals: Any) -> R:
    """Return the only record of a platform with these values.

    Raises: NotFound, also for another platform's.
    """
    found = view.first(cls, platform=platform, **equals)
    if found is None:
        raise not_theirs(what)
    return found


def not_theirs(what: str) -> NotFound:
    """Return the error that another platform's record and none at all have in common."""
    return NotFound(f"your platform has no {what} of this name", "Check the id or reference.")


def appeal_of(view: View, platform: str, reference: str) -> Appeal:
    """Return an appeal by its reference.

    Raises: NotFound, also for one about another platform's decision.
    """
    found = view.first(Appeal, reference=reference)
    if found is None or view.get(Decision, found.decision).platform != platform:
        raise not_theirs("appeal")
    return found
