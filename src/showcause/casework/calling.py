"""Calls to the world, one job each: what is said to a platform, and what is stored of its answer.

Nothing here runs inside a transaction except the verbs that begin and close a job; whatever a platform raises goes to
the worker, which decides whether to wait, to repeat or to stop.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from showcause.casework import enforcing, judged_before, noticing, rendering, telling, urgent
from showcause.casework.contacts import contact_of
from showcause.casework.log import gapping, receipts, signing
from showcause.casework.log.cosigning import Cosigning
from showcause.casework.log.item_receipts import Trees, item_order_receipt
from showcause.casework.log.watching import levels_of
from showcause.casework.ports import Clock, Delivery, GivenUp, Ids, Judged, Platform, Post, Restored, Snapshot
from showcause.casework.reading import subject_of
from showcause.casework.runner import Runner
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import (
    ConfirmationRefused,
    Forgotten,
    NotReversible,
    NotYetSigned,
    Refused,
    ShowcauseError,
    StoreFull,
    StoreUnusable,
    Unavailable,
    Unsupported,
)
from showcause.domain.lifecycle import EnforcementState, ServiceState
from showcause.domain.mail import MAIL, mail_account
from showcause.domain.restriction import MEASURES
from showcause.domain.site import Letter, LetterKind
from showcause.domain.statement import Exemption, Statement
from showcause.domain.subject import Subject
from showcause.domain.urgent import UrgentEntry, level_due
from showcause.domain.witness import Demand, Level, NotYetWitnessed
from showcause.store.jobs import Job
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.receipt import Receipt, to_json

log = logging.getLogger("showcause.worker")

SOME = 20
PATIENCE_WITH_CHANNEL = 4
"""After so many attempts at a platform that does not answer, whoever has a contact address is written to there."""
Finish = Callable[..., None]
"""Runs a verb and closes its job in one transaction: `finish(job, verb, *args, **kwargs)`."""


class Calls:
    """The jobs that talk to a platform."""

    def __init__(
        self,
        runner: Runner,
        platforms: Callable[[], Mapping[str, Platform]],
        head: Callable[[], signing.SignedHead | None],
        finish: Finish,
        cosigning: Callable[[], Cosigning | None] = lambda: None,
    ) -> None:
        self.runner, self._platforms, self._head, self._finish = runner, platforms, head, finish
        self._cosigning = cosigning
        self.clock: Clock = runner.clock
        self.trees = Trees()

    def _platform(self, name: str) -> Platform:
        try:
            return self._platforms()[name]
        except KeyError:
            raise Unavailable(f"the connector of {name} is not running here") from None

    def apply(self, job: Job) -> None:
        """Snapshot, then restrict: the connector's gate wants the receipt that binds to this very order."""
        head = self._head()
        if head is None:
            raise NotYetSigned("no head is signed yet")
        # The receipt comes before the attempt: an order that waits for a signature was not sent to anybody.
        with self.runner.store.read(self.clock()) as view:
            platform = self._platform(view.get(Enforcement, job.record).platform)
            waiting = enforcing.about_to_send(view, job.record)
            below = self._gap_to_admit(view, job.record, waiting) if waiting else None
            receipt = to_json(self._receipt_at_level(view, waiting, head)) if waiting and not below else b""
        if below is not None:
            self.runner.run(gapping.log_gap, job.record, below)
            raise NotYetSigned("the gap is in the log before the act")
        sending = self.runner.run(enforcing.begin, job.record) if waiting else None
        if sending is None:
            self._finish(job, nothing)
            return
        if sending.needs_snapshot:
            self.runner.run(enforcing.keep_snapshot, job.record, platform.snapshot(sending.order.subject))
        outcome = platform.apply(sending.order, receipt)
        self._finish(job, enforcing.confirm, job.record, outcome.confirmation)

    def _carrying(self, level: Level, index: int) -> signing.SignedHead | None:
        """Return a head that carries a level and covers an entry, if there is one."""
        cosigning = self._cosigning()
        head = cosigning.carrying(level) if cosigning else None
        return head if head is not None and head.size > index else None

    def _gap_to_admit(self, view: View, enforcement_id: str, waiting: enforcing.Sending) -> Demand | None:
        """Return what an order goes out below of, where its fallback is due and the log does not say so yet."""
        demand, enforcement = (
            levels_of(view).get(waiting.order.measure),
            view.get(Enforcement, enforcement_id),
        )
        index = view.log.index_of(waiting.leaf)
        if demand is None or index is None or not gapping.is_due(demand, enforcement, self.clock()):
            return None
        admitted = gapping.gap_of(view, enforcement.decision) is not None
        return None if admitted or self._carrying(demand.level, index) else demand

    def follow_urgent(self, job: Job) -> None:
        """Look whether an urgent act's entry is covered as its measure asks; say so once it is late, and look on.

        Raises: NotYetWitnessed while it is not.
        """
        with self.runner.store.read(self.clock()) as view:
            entry = view.get(UrgentEntry, job.record)
            demand = levels_of(view).get(entry.measure)
            index = view.log.index_of(view.get(Decision, entry.decision).leaf)
        if demand is None or (index is not None and self._carrying(demand.level, index)):
            self._finish(job, urgent.at_level, entry.id)
            return
        if not entry.below_level and self.clock() >= level_due(entry.entered_at, demand.fallback_after):
            self.runner.run(urgent.below_level, entry.id, demand)
        head, cosigning = self._head(), self._cosigning()
        if head is not None and cosigning is not None:
            cosigning.want(head)
        raise NotYetWitnessed(f"urgent act {entry.id} waits for receipt level {demand.level}")

    def _receipt_at_level(self, view: View, sending: enforcing.Sending, head: signing.SignedHead) -> Receipt:
        """Return a receipt that carries what the order's measure asks for, or one with the gap that was admitted.

        Raises: NotYetWitnessed while nobody cosigned what covers it, after saying that an order waits for that.
        """
        demand = levels_of(view).get(sending.order.measure)
        receipt = self._receipt(view, sending, head.note)
        if demand is None or demand.level is Level.R0:
            return receipt
        if (carrying := self._carrying(demand.level, receipt.index)) is not None:
            return self._receipt(view, sending, carrying.note)
        enforcement = view.get(Enforcement, sending.order.key)
        gap = gapping.gap_of(view, enforcement.decision)
        if gap is not None and gapping.is_due(demand, enforcement, self.clock()):
            return replace(receipt, gap=gapping.gap_receipt(view, gap, head.note))
        if (cosigning := self._cosigning()) is not None:
            cosigning.want(head)
        raise NotYetWitnessed(f"order {sending.order.number} waits for receipt level {demand.level}")

    def _receipt(self, view: View, sending: enforcing.Sending, note: str) -> Receipt:
        """Return the receipt that binds to one order: of its decision's leaf, or of its item in a campaign's."""
        if sending.item is None:
            return receipts.order_receipt(view, sending.leaf, note)
        return item_order_receipt(view, sending.item, sending.leaf, note, self.trees)

    def lift(self, job: Job) -> None:
        with self.runner.store.read(self.clock()) as view:
            enforcement = view.get(Enforcement, job.record)
            order = enforcing.order_of(view, enforcement)
            before = view.unseal(enforcement.snapshot) if enforcement.snapshot else None
            spooled = urgent.spooled_as(view, enforcement)
        if enforcement.state is not EnforcementState.LIFTING:
            self._finish(job, nothing)
            return
        platform = self._platform(order.subject.platform)
        if spooled is not None:
            _tell_number(platform, spooled, enforcement.number)
        try:
            outcome = platform.lift(order)
        except NotReversible:
            said = platform.attest(order, GivenUp.PERMANENT)
            self._finish(job, enforcing.admit_permanent, job.record, said)
            return
        restored: Restored | None = None
        if before is not None:
            taken = Snapshot(datetime.fromisoformat(before["taken_at"]), before["items"])
            restored = _compared(platform, order.subject, taken)
        said, compared = outcome.confirmation, restored is not None
        self._finish(job, enforcing.confirm, job.record, said, restored, compared=compared)

    def void(self, job: Job) -> None:
        with self.runner.store.read(self.clock()) as view:
            order = enforcing.order_of(view, view.get(Enforcement, job.record))
        platform = self._platform(order.subject.platform)
        platform.void(order.number)
        self._finish(job, enforcing.cancelled, job.record, platform.attest(order, GivenUp.VOID))

    def give_up(self, job: Job, error: ShowcauseError) -> None:
        """Stop trying to apply or to lift, with the connector's word for how it stands, if it can be asked."""
        said = "" if isinstance(error, ConfirmationRefused) else self._word_of_connector(job)
        self._finish(job, enforcing.give_up, job.record, error.code, said)

    def _word_of_connector(self, job: Job) -> str:
        try:
            with self.runner.store.read(self.clock()) as view:
                enforcement = view.get(Enforcement, job.record)
                order = enforcing.order_of(view, enforcement)
            lifting = enforcement.state is EnforcementState.LIFTING
            what = GivenUp.STUCK if lifting else GivenUp.FAILED
            return self._platform(enforcement.platform).attest(order, what)
        except (StoreFull, StoreUnusable):
            raise
        except ShowcauseError as error:
            log.warning("the connector does not say how job %s stands: %s", job.key, error.code)
            return ""

    def serve(self, job: Job) -> None:
        with self.runner.store.read(self.clock()) as view:
            statement = view.get(Statement, job.record)
            if _act_comes_first(view, statement, self.clock()):
                raise NotYetSigned("the act comes before its statement, for ten minutes at most")
            try:
                page, subject = rendering.statement(view, statement), subject_of(view, statement.subject)
                address = contact_of(view, statement.subject)
            except Forgotten as error:
                self._finish(job, telling.serve, job.record, Delivery(False, "", bounced=error.code))
                return
        if statement.state not in (ServiceState.DRAFTED, ServiceState.UNDELIVERABLE):
            self._finish(job, nothing)
            return
        reference = f"{page.reference}:{statement.id}" if subject.platform == MAIL else page.reference
        told = _Told(job, subject, page, reference, address)
        if (delivery := self._tell(told)) is None:
            self._finish(job, _exempt_without_channel, job.record)
            return
        self._finish(job, telling.serve, job.record, delivery)

    def deliver(self, job: Job) -> None:
        with self.runner.store.read(self.clock()) as view:
            letter = view.get(Letter, job.record)
            page, subject = rendering.letter(view, letter), subject_of(view, letter.account)
            address, stop = contact_of(view, letter.account), noticing.stop_of(view, letter)
        if letter.state is ServiceState.EXEMPT:  # it was recalled
            self._finish(job, nothing)
            return
        # Whoever confirms an address has to read what was sent to it, and not what anybody else can show them.
        by_mail = letter.kind in (LetterKind.ADDRESS, LetterKind.NOTICE)
        delivery = self._tell(
            _Told(job, subject, page, f"{page.reference}:{letter.id}", address, by_mail, stop)
        )
        self._finish(job, deliver_letter, job.record, delivery or Delivery(False, "", bounced="no channel"))

    def _tell(self, told: "_Told") -> Delivery | None:
        """Tell somebody through their platform's channel, else at the contact address; None where neither exists."""
        delivery: Delivery | None = None
        platform = self._platform(told.subject.platform)
        if platform.card.notice_channel and not told.by_mail:
            try:
                delivery = platform.deliver(told.subject, told.page.text, told.reference)
            except Unavailable as error:
                if told.address is None or told.job.attempts < PATIENCE_WITH_CHANNEL:
                    raise
                delivery = Delivery(False, platform.card.notice_channel, bounced=error.code)
            if delivery.delivered:
                return delivery
        if told.address is None or (mail := self._platforms().get(MAIL)) is None:
            return delivery
        named, to = f"{told.page.reference}:{told.job.record}", mail_account(told.address)
        if told.stop and isinstance(mail, Post):
            return mail.deliver(to, told.page.text, named, told.stop)
        return mail.deliver(to, told.page.text, named)

    def compare_observed(self, job: Job) -> None:
        """In observe mode: note whether the platform's own team did the same. Nothing was enforced by us."""
        with self.runner.store.read(self.clock()) as view:
            decision = view.get(Decision, job.record)
            acts = [(act.measure, subject_of(view, act.subject)) for act in decision.acts]
        platform = self._platform(decision.platform)
        same = all(measure in platform.state_of(subject).measures for measure, subject in acts)
        self._finish(job, _note_observed, decision.id, "same" if same else "different")

    def judged(self, job: Job) -> None:
        """Tell a platform that shows it that no breach was found; what it does not know any more needs no mark."""
        with self.runner.store.read(self.clock()) as view:
            decision = view.get(Decision, job.record)
            try:
                subject = subject_of(view, decision.subject)
            except Forgotten:
                subject = None
            clauses = judged_before.rules_judged(view, decision)
        platform = self._platform(decision.platform)
        if isinstance(platform, Judged) and subject is not None:
            platform.judged(subject, clauses, decision.leaf, decision.proposed_at)
        self._finish(job, _nothing)


def _nothing(tx: Tx, now: datetime, ids: Ids) -> None:
    """Close a job that leaves nothing in the records."""


@dataclass(frozen=True, slots=True)
class _Told:
    """One text on its way: to whom, under which key at the platform, and where else they can be reached.

    `by_mail` keeps it from the platform's channel; `stop` is where letters like it are stopped, if they can be.
    """

    job: Job
    subject: Subject
    page: rendering.Page
    reference: str
    address: str | None
    by_mail: bool = False
    stop: str = ""


def _act_comes_first(view: View, statement: Statement, now: datetime) -> bool:
    """Tell whether the act is still to come: a warning would let evidence vanish. Locks are the other way round."""
    if now >= statement.drafted_at + enforcing.SERVICE_PATIENCE:
        return False
    # A campaign has thousands of one measure, any other decision a few: some of them tell enough.
    some = view.find(Enforcement, decision=statement.decision, state=EnforcementState.PENDING, limit=SOME)
    return any(not MEASURES[each.measure].blocks_reading for each in some)


def _compared(platform: Platform, subject: Subject, before: Snapshot) -> Restored | None:
    """Return what came back; None where the platform cannot say so, which the person is told."""
    try:
        return platform.compare(subject, before)
    except Unsupported:
        return None


def _tell_number(platform: Platform, spooled: str, number: int) -> None:
    """Tell the connector the number of an urgent act, in case this process ended between record and connector.

    Else the connector would take the lift for another order's and leave the urgent act standing.
    """
    try:
        platform.entered(spooled, number)
    except Refused as error:  # it knows of no such act: then there is nothing that the lift could miss
        log.warning("urgent act %s: %s", spooled, error.code)


def nothing(tx: Tx, now: datetime, ids: Ids) -> None:
    """Change nothing: the job's purpose is gone."""


def deliver_letter(tx: Tx, now: datetime, ids: Ids, letter_id: str, delivery: Delivery) -> None:
    """Note what came of handing a letter to the channel."""
    telling.deliver(tx, now, letter_id, delivery)


def _exempt_without_channel(tx: Tx, now: datetime, ids: Ids, statement_id: str) -> None:
    """Note that no contact is known: the platform has no way to tell anybody anything."""
    statement = tx.get(Statement, statement_id)
    if statement.state is ServiceState.DRAFTED:
        telling.exempt(tx, statement, Exemption.NO_CONTACT)


def _note_observed(tx: Tx, now: datetime, ids: Ids, decision_id: str, what: str) -> None:
    tx.note("observe", "system", decision_id, "decision", compared=what)
