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
    cascading,
    deciding,
    enforcing,
    outcomes,
    policies,
    promises,
    receipts,
    rendering,
    signing,
    telling,
    urgent,
    visiting,
)
from showcause.casework.item_receipts import Trees, item_order_receipt
from showcause.casework.ports import Clock, Delivery, Ids, Platform, Restored, Signer, Snapshot
from showcause.casework.reading import subject_of
from showcause.casework.runner import Runner
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import (
    Broken,
    ClockBehind,
    Fenced,
    Forgotten,
    NotReversible,
    NotYetSigned,
    Refused,
    ShowcauseError,
    Stale,
    StoreBusy,
    StoreFull,
    StoreUnusable,
    Unavailable,
)
from showcause.domain.lifecycle import EnforcementState, ServiceState
from showcause.domain.restriction import MEASURES
from showcause.domain.site import Letter
from showcause.domain.statement import Exemption, Statement
from showcause.store.jobs import Job
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.receipt import Receipt, to_json

log = logging.getLogger("showcause.worker")

MOST_ATTEMPTS: Mapping[str, int] = {
    "apply": 12, "lift": 40, "void": 12, "serve": 8, "deliver": 8, "compare-observed": 8,
}  # fmt: skip
"""How often somebody outside is asked. What concerns this house alone (commits, deadlines) is never given up."""
LONGEST_WAIT = timedelta(minutes=5)
AT_ONCE = 4
"""Jobs leased together: their calls, each bounded to half a minute, end before the lease does."""
SOME = 20
QUICK, SLOW = timedelta(milliseconds=50), timedelta(seconds=1)
WAITS = frozenset(
    each.code
    for each in (
        NotYetSigned,
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
    """What the worker talks to: the platforms by name, and the log's signer."""

    platforms: Mapping[str, Platform]
    signer: Signer


class Worker:
    """Runs jobs, polls reports, signs the log's head."""

    def __init__(self, runner: Runner, world: World) -> None:
        self.runner, self.world = runner, world
        self.clock: Clock = runner.clock
        self.head: signing.SignedHead | None = None
        self.trees = Trees()
        self.fence: ShowcauseError | None = None
        self._handlers: Mapping[str, Callable[[Job], None]] = {
            "apply": self._apply,
            "lift": self._lift,
            "void": self._void,
            "serve": self._serve,
            "deliver": self._deliver,
            "compare-observed": self._compare_observed,
            "commit": self._verb(deciding.commit),
            "hold-ends": self._verb(deciding.hold_ends),
            "appeal-due": self._verb(promises.overdue),
            "urgent-due": self._verb(urgent.due),
            "fall-due": self._settle_fall,
            "end": self._verb(enforcing.end_by_date),
            "policy-holds": self._verb(policies.take_hold),
            "campaign-effects": self._log_campaign,
        }

    # --- one round ------------------------------------------------------------------------------------------

    def run_due(self, most: int = 1_000) -> int:
        """Sign what was committed and do every job that is due now, up to a bound; returns how many were done."""
        done = 0
        while done < most:
            self.sign()
            claimed = self.runner.store.jobs.claim(self.clock(), n=AT_ONCE)
            if not claimed:
                break
            for job in claimed:
                self._do(job)
            done += len(claimed)
        self.sign()
        return done

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
        if error.code not in WAITS and job.attempts + 1 >= MOST_ATTEMPTS.get(job.kind, job.attempts + 2):
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
                self._finish(job, enforcing.give_up, job.record, error.code)
            case "serve":
                self._finish(job, telling.serve, job.record, bounced)
            case "deliver":
                self._finish(job, _deliver_letter, job.record, bounced)
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

    def _settle_fall(self, job: Job) -> None:
        self._finish(job, cascading.settle, job.record, None)

    def _platform(self, name: str) -> Platform:
        try:
            return self.world.platforms[name]
        except KeyError:
            raise Unavailable(f"the connector of {name} is not running here") from None

    def _apply(self, job: Job) -> None:
        """Snapshot, then restrict: the connector's gate wants the receipt that binds to this very order."""
        if self.head is None:
            raise NotYetSigned("no head is signed yet")
        # The receipt comes before the attempt: an order that waits for a signature was not sent to anybody.
        with self.runner.store.read(self.clock()) as view:
            platform = self._platform(view.get(Enforcement, job.record).platform)
            waiting = enforcing.about_to_send(view, job.record)
            receipt = to_json(self._receipt(view, waiting, self.head.note)) if waiting else b""
        sending = self.runner.run(enforcing.begin, job.record) if waiting else None
        if sending is None:
            self._finish(job, _nothing)
            return
        if sending.needs_snapshot:
            self.runner.run(enforcing.keep_snapshot, job.record, platform.snapshot(sending.order.subject))
        platform.apply(sending.order, receipt)
        self._finish(job, enforcing.confirm, job.record)

    def _receipt(self, view: View, sending: enforcing.Sending, note: str) -> Receipt:
        """Return the receipt that binds to one order: of its decision's leaf, or of its item in a campaign's."""
        if sending.item is None:
            return receipts.order_receipt(view, sending.leaf, note)
        return item_order_receipt(view, sending.item, sending.leaf, note, self.trees)

    def _lift(self, job: Job) -> None:
        with self.runner.store.read(self.clock()) as view:
            enforcement = view.get(Enforcement, job.record)
            order = enforcing.order_of(view, enforcement)
            before = view.unseal(enforcement.snapshot) if enforcement.snapshot else None
            spooled = urgent.spooled_as(view, enforcement)
        if enforcement.state is not EnforcementState.LIFTING:
            self._finish(job, _nothing)
            return
        platform = self._platform(order.subject.platform)
        if spooled is not None:
            _tell_number(platform, spooled, enforcement.number)
        try:
            platform.lift(order)
        except NotReversible:
            self._finish(job, enforcing.admit_permanent, job.record)
            return
        restored: Restored | None = None
        if before is not None:
            taken = Snapshot(datetime.fromisoformat(before["taken_at"]), before["items"])
            restored = platform.compare(order.subject, taken)
        self._finish(job, enforcing.confirm, job.record, restored, compared=restored is not None)

    def _void(self, job: Job) -> None:
        with self.runner.store.read(self.clock()) as view:
            enforcement = view.get(Enforcement, job.record)
        self._platform(enforcement.platform).void(enforcement.number)
        self._finish(job, enforcing.cancelled, job.record)

    def _serve(self, job: Job) -> None:
        with self.runner.store.read(self.clock()) as view:
            statement = view.get(Statement, job.record)
            if _act_comes_first(view, statement, self.clock()):
                raise NotYetSigned("the act comes before its statement, for ten minutes at most")
            try:
                page, subject = rendering.statement(view, statement), subject_of(view, statement.subject)
            except Forgotten as error:
                self._finish(job, telling.serve, job.record, Delivery(False, "", bounced=error.code))
                return
        if statement.state not in (ServiceState.DRAFTED, ServiceState.UNDELIVERABLE):
            self._finish(job, _nothing)
            return
        platform = self._platform(subject.platform)
        if not platform.card.notice_channel:
            self._finish(job, _exempt_without_channel, job.record)
            return
        delivery = platform.deliver(subject, page.text, page.reference)
        self._finish(job, telling.serve, job.record, delivery)

    def _deliver(self, job: Job) -> None:
        with self.runner.store.read(self.clock()) as view:
            letter = view.get(Letter, job.record)
            page, subject = rendering.letter(view, letter), subject_of(view, letter.account)
        delivery = self._platform(subject.platform).deliver(
            subject, page.text, f"{page.reference}:{letter.id}"
        )
        self._finish(job, _deliver_letter, job.record, delivery)

    def _compare_observed(self, job: Job) -> None:
        """In observe mode: note whether the platform's own team did the same. Nothing was enforced by us."""
        with self.runner.store.read(self.clock()) as view:
            decision = view.get(Decision, job.record)
            acts = [(act.measure, subject_of(view, act.subject)) for act in decision.acts]
        platform = self._platform(decision.platform)
        same = all(measure in platform.state_of(subject).measures for measure, subject in acts)
        self._finish(job, _note_observed, decision.id, "same" if same else "different")


def _act_comes_first(view: View, statement: Statement, now: datetime) -> bool:
    """Tell whether the act is still to come: a warning would let evidence vanish. Locks are the other way round."""
    if now >= statement.drafted_at + enforcing.SERVICE_PATIENCE:
        return False
    # A campaign has thousands of one measure, any other decision a few: some of them tell enough.
    some = view.find(Enforcement, decision=statement.decision, state=EnforcementState.PENDING, limit=SOME)
    return any(not MEASURES[each.measure].blocks_reading for each in some)


def _backoff(job: Job, error: Unavailable) -> timedelta:
    asked = getattr(error, "retry_after", None)
    if isinstance(asked, int | float):
        return timedelta(seconds=min(float(asked), 3600))
    return min(timedelta(seconds=2 ** min(job.attempts, 10)), LONGEST_WAIT)


def _tell_number(platform: Platform, spooled: str, number: int) -> None:
    """Tell the connector the number of an urgent act, in case this process ended between record and connector.

    Else the connector would take the lift for another order's and leave the urgent act standing.
    """
    try:
        platform.entered(spooled, number)
    except Refused as error:  # it knows of no such act: then there is nothing that the lift could miss
        log.warning("urgent act %s: %s", spooled, error.code)


def _nothing(tx: Tx, now: datetime, ids: Ids) -> None:
    """Change nothing: the job's purpose is gone."""


def _deliver_letter(tx: Tx, now: datetime, ids: Ids, letter_id: str, delivery: Delivery) -> None:
    telling.deliver(tx, now, letter_id, delivery)


def _exempt_without_channel(tx: Tx, now: datetime, ids: Ids, statement_id: str) -> None:
    """Note that no contact is known: the platform has no way to tell anybody anything."""
    statement = tx.get(Statement, statement_id)
    if statement.state is ServiceState.DRAFTED:
        telling.exempt(tx, statement, Exemption.NO_CONTACT)


def _note_observed(tx: Tx, now: datetime, ids: Ids, decision_id: str, what: str) -> None:
    tx.note("observe", "system", decision_id, "decision", compared=what)
