"""A visit to a platform: what people reported there, and what the urgent lane did there, come into the record.

Nothing is left behind because of what came before it: one entry that cannot be taken now is named in the log by its
code, all others are taken, and it comes again at the next visit.
"""

import logging
from collections.abc import Iterator

from showcause.casework import intake, urgent
from showcause.casework.ports import IncomingReport, Platform, ReportBatch, Spooled
from showcause.casework.reading import platform as platform_record
from showcause.casework.runner import Runner
from showcause.domain.errors import (
    AlreadyExists,
    Refused,
    StoreBusy,
    StoreFull,
    Unavailable,
)
from showcause.domain.subject import SubjectKind

log = logging.getLogger("showcause.worker")


def take_reports(runner: Runner, name: str, platform: Platform) -> int:
    """Take the reports that a platform lists; returns how many came. None is lost and none counts twice.

    The place in the platform's list is kept only once every report before it is stored.

    Raises: what kept a report from being taken, or a reach from being asked, after all others of its batch were.
    """
    taken = 0
    while True:
        with runner.store.read(runner.clock()) as view:
            cursor = platform_record(view, name).cursor or None
        batch = platform.reports(cursor)
        failed = [*_measure_reach(runner, name, platform, batch), *_take_all(runner, name, batch)]
        if failed:
            raise failed[0]
        if batch.cursor != (cursor or ""):
            runner.run(intake.keep_cursor, name, batch.cursor)
        taken += len(batch.reports)
        if not batch.more:
            return taken


def _measure_reach(
    runner: Runner, name: str, platform: Platform, batch: ReportBatch
) -> Iterator[Unavailable]:
    """Ask the platform for the numbers of reach of the accounts concerned, each once; yields what to wait for."""
    accounts = dict.fromkeys(report.author or report.subject for report in batch.reports)
    for account in accounts:
        try:
            if account.kind is SubjectKind.ACCOUNT and (reach := platform.reach(account)) is not None:
                runner.run(intake.measure_reach, account, reach)
        except (StoreBusy, StoreFull):
            raise
        except Unavailable as error:
            log.warning("%s did not tell an account's reach: %s", name, error.code)
            yield error
        except Refused as error:  # the account is gone: what was reported is taken all the same
            log.warning("%s knows no reach of an account: %s", name, error.code)


def _take_all(runner: Runner, name: str, batch: ReportBatch) -> Iterator[Refused]:
    for report in batch.reports:
        try:
            _take(runner, report)
        except Refused as error:
            log.error("a report of %s was not taken, and the place before it is kept: %s", name, error.code)
            yield error


def _take(runner: Runner, report: IncomingReport) -> None:
    try:
        runner.run(intake.take, report)
    except AlreadyExists:  # another process took this report, or met its subject, at the same moment
        runner.run(intake.take, report)


def enter_urgent(runner: Runner, name: str, platform: Platform) -> int:
    """Enter what the urgent lane did into the record; returns how many acts entered.

    What the platform did not carry out yet is tried again, and the rest enters whatever comes of that.
    """
    entered = 0
    for spooled in platform.spooled():
        try:
            entered += _enter(runner, platform, spooled)
        except (StoreBusy, StoreFull):
            raise
        except (Unavailable, Refused) as error:
            log.warning("urgent act %s on %s waits: %s", spooled.id, name, error.code)
    return entered


def _enter(runner: Runner, platform: Platform, spooled: Spooled) -> int:
    if not spooled.acted:
        platform.resume(spooled.id)
        return 0
    entry = runner.run(urgent.enter, spooled)
    with runner.store.read(runner.clock()) as view:
        platform.entered(spooled.id, urgent.number_of(view, entry))
    return 1
