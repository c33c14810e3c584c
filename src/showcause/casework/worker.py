"""The worker: everything that leaves the house, and every deadline. One step at a time, each safe to repeat.

A job is claimed, the world is called outside any transaction, and the effect is stored together with the job's
completion. Calls may happen twice after a crash; effects may not: platforms take an order's key, records their state.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Concatenate

from showcause.casework import (
    attachments,
    cascading,
    deciding,
    enforcing,
    identity,
    outcomes,
    policies,
    promises,
    telling,
    urgent,
    visiting,
)
from showcause.casework.calling import Calls, deliver_letter
from showcause.casework.log import signing
from showcause.casework.log.cosigning import Cosigning
from showcause.casework.ports import Clock, Delivery, Ids, Inspector, Platform, Redrawn, Signer
from showcause.casework.rulework import ending as rule_ending
from showcause.casework.runner import Runner
from showcause.domain.errors import (
    Broken,
    ClockBehind,
    Fenced,
    Forgotten,
    MailUnavailable,
    NotYetConfirmed,
    NotYetSigned,
    Refused,
    ShowcauseError,
    Stale,
    StoreBusy,
    StoreFull,
    StoreUnusable,
    Unavailable,
)
from showcause.domain.witness import NotYetWitnessed
from showcause.store.jobs import Job
from showcause.store.tx import Tx

log = logging.getLogger("showcause.worker")

MOST_ATTEMPTS: Mapping[str, int] = {
    "apply": 12, "lift": 40, "void": 12, "serve": 8, "deliver": 8, "compare-observed": 8, "inspect": 8,
}  # fmt: skip
"""How often somebody outside is asked. What concerns this house alone (commits, deadlines) is never given up."""
LONGEST_WAIT = timedelta(minutes=5)
MAIL_ATTEMPTS, MAIL_WAIT = 36, timedelta(hours=1)
"""Mail has its own: a day and more, because servers refuse strangers for a while, and are mended next morning."""
AT_ONCE = 4
"""Jobs leased together: their calls, each bounded to half a minute, end before the lease does."""
JOBS_ARE_KEPT, LOOK_FOR_OLD = timedelta(days=365), timedelta(minutes=1)
QUICK, SLOW = timedelta(milliseconds=50), timedelta(seconds=1)
WITNESS_WAIT = timedelta(seconds=15)
WAITS = frozenset(
    each.code
    for each in (
        NotYetSigned,
        NotYetConfirmed,
        NotYetWitnessed,
        Fenced,
        ClockBehind,
        StoreBusy,
        enforcing.WaitsForService,
        enforcing.WaitsForAppeal,
    )
)
"""What a job waits for without having failed: it is not counted against it, and no number of times is too many."""


@dataclass(slots=True)
class World:
    """What the worker talks to: the platforms by name, the log's signer, and who looks at files that people send.

    `cosigning` gathers what witnesses sign; it works beside the worker, which only says what it waits for.
    """

    platforms: Mapping[str, Platform]
    signer: Signer
    inspector: Inspector | None = None
    cosigning: Cosigning | None = None


class Worker:
    """Runs jobs, polls reports, signs the log's head."""

    def __init__(self, runner: Runner, world: World) -> None:
        self.runner, self.world = runner, world
        self.clock: Clock = runner.clock
        self.head: signing.SignedHead | None = None
        self._calls = calls = Calls(
            runner,
            lambda: self.world.platforms,
            lambda: self.head,
            self._finish,
            lambda: self.world.cosigning,
        )
        self.fence: ShowcauseError | None = None
        self._looked_for_old: datetime | None = None
        self._old_after = 0
        self._handlers: Mapping[str, Callable[[Job], None]] = {
            "apply": calls.apply,
            "lift": calls.lift,
            "void": calls.void,
            "serve": calls.serve,
            "deliver": calls.deliver,
            "compare-observed": calls.compare_observed,
            "judged": calls.judged,
            "commit": self._verb(deciding.commit),
            "hold-ends": self._verb(deciding.hold_ends),
            "appeal-due": self._verb(promises.overdue),
            "urgent-due": self._verb(urgent.due),
            "urgent-level": calls.follow_urgent,
            "fall-due": self._settle_fall,
            "end": self._verb(enforcing.end_by_date),
            "policy-holds": self._verb(policies.take_hold),
            "identity-ends": self._verb(identity.end),
            "rule-expires": self._verb(rule_ending.expire),
            "campaign-effects": self._log_campaign,
            "inspect": self._inspect,
        }
        self._kinds = tuple(self._handlers)  # letters of webhooks are not among them: see `messenger`

    # --- one round ------------------------------------------------------------------------------------------

    def run_due(self, most: int = 1_000) -> int:
        """Sign what was committed and do every job that is due now, up to a bound; returns how many were done."""
        done = 0
        while done < most:
            self.sign()
            claimed = self.runner.store.jobs.claim(self.clock(), self._kinds, n=AT_ONCE)
            if not claimed:
                break
            for job in claimed:
                self._do(job)
            done += len(claimed)
        self.sign()
        self._forget_old_jobs()
        return done

    def _forget_old_jobs(self) -> None:
        """Forget, a few each minute, the jobs that ended well long ago."""
        now = self.clock()
        if self._looked_for_old is None or now - self._looked_for_old >= LOOK_FOR_OLD:
            self._looked_for_old = now
            jobs = self.runner.store.jobs
            self._old_after = jobs.forget_ended(now - JOBS_ARE_KEPT, self._old_after)

    def sign(self) -> None:
        """Sign the committed head if it has grown. Fenced or paused signing stops no lift, service or deadline."""
        try:
            self.head = signing.sign_head(self.runner.store, self.world.signer) or self.head
            self.fence = None
        except Unavailable as error:
            if self.fence is None or self.fence.code != error.code:
                log.warning("signing pauses: %s", error.code)
            self.fence = error

    def poll(self, name: str) -> int:
        """Take the reports that a platform lists; see `visiting.take_reports`."""
        return visiting.take_reports(self.runner, name, self.world.platforms[name])

    def enter_urgent(self, name: str) -> int:
        """Enter what the urgent lane did into the record; see `visiting.enter_urgent`."""
        return visiting.enter_urgent(self.runner, name, self.world.platforms[name])

    # --- jobs -----------------------------------------------------------------------------------------------

    def _do(self, job: Job) -> None:
        try:
            self._handlers[job.kind](job)
        except Stale:
            log.info("job %s lost its lease", job.key)
        except NotYetSigned as error:
            self._again(job, error, min(QUICK * 2 ** min(job.attempts, 10), SLOW))
        except NotYetWitnessed as error:
            longest = LONGEST_WAIT if job.kind == "urgent-level" else WITNESS_WAIT
            self._again(job, error, min(SLOW * 2 ** min(job.attempts, 10), longest))
        except (StoreFull, StoreUnusable):  # nothing can be noted any more: whoever runs this ends
            raise
        except Unavailable as error:
            self._again(job, error, _backoff(job, error))
        except (Refused, Broken) as error:
            self._stop(job, error)

    def _again(self, job: Job, error: ShowcauseError, wait: timedelta) -> None:
        if error.code not in WAITS and job.error in WAITS:
            job = replace(
                job, attempts=0
            )  # it waited for us until now, and this is the platform's first failure
        if error.code not in WAITS and job.attempts + 1 >= _most_attempts(job, error):
            self._stop(job, error)
            return
        log.info("job %s waits: %s", job.key, error.code)
        self.runner.store.jobs.fail(job, self.clock(), error.code, wait)

    def _stop(self, job: Job, error: ShowcauseError) -> None:
        """Turn a job that will not succeed into a record's state; one without such a state stays as a dead job."""
        log.error("job %s ended: %s", job.key, error.code)
        bounced = Delivery(False, "", bounced=error.code)
        match job.kind:
            case "apply" | "lift":
                self._calls.give_up(job, error)
            case "serve":
                self._finish(job, telling.serve, job.record, bounced)
            case "deliver":
                self._finish(job, deliver_letter, job.record, bounced)
            case "inspect":
                self._finish(job, attachments.settle, job.record, Redrawn(refused="slow"))
            case _:
                self.runner.store.jobs.dead(job, error.code)

    def _finish(self, job: Job, verb: Callable[..., object], *args: object, **kwargs: object) -> None:
        """Run a verb and close the job in one transaction."""

        def closing(tx: Tx, now: datetime, ids: Ids) -> None:
            verb(tx, now, ids, *args, **kwargs)
            self.runner.store.jobs.finish(tx, job)

        self.runner.run(closing)

    def _verb(self, verb: Callable[Concatenate[Tx, datetime, Ids, ...], object]) -> Callable[[Job], None]:
        return lambda job: self._finish(job, verb, job.record)

    def _log_campaign(self, job: Job) -> None:
        self._finish(job, outcomes.log, job.record, job.args["about"], job.args["phase"])

    def _inspect(self, job: Job) -> None:
        """Have a file drawn anew, outside any transaction, and let it out of quarantine or refuse it."""
        if self.world.inspector is None:
            raise Unavailable("nothing that looks at files is running here")
        try:
            with self.runner.store.read(self.clock()) as view:
                data = attachments.original(view, job.record)
        except Forgotten:
            data = None
        drawn = self.world.inspector.redraw(data) if data is not None else Redrawn(refused="slow")
        self._finish(job, attachments.settle, job.record, drawn)

    def _settle_fall(self, job: Job) -> None:
        self._finish(job, cascading.settle, job.record, None)


def _backoff(job: Job, error: Unavailable) -> timedelta:
    asked = getattr(error, "retry_after", None)
    if isinstance(asked, int | float):
        return timedelta(seconds=min(float(asked), 3600))
    longest = MAIL_WAIT if error.code == MailUnavailable.code else LONGEST_WAIT
    return min(timedelta(seconds=2 ** min(job.attempts, 12)), longest)


def _most_attempts(job: Job, error: ShowcauseError) -> int:
    if error.code == MailUnavailable.code:
        return MAIL_ATTEMPTS
    return MOST_ATTEMPTS.get(job.kind, job.attempts + 2)
