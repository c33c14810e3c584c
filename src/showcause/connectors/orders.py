"""The connector to a platform that fetches its orders: it asks by writing down, and believes what was confirmed.

The gate, its memory and the urgent spool stand in front as for every platform: nothing can be fetched before the gate
let it through, and the receipt that opened it goes along, so that the platform checks it once more on its own side.
Until the platform has answered, every call raises NotYetConfirmed, which the worker counts as waiting.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from showcause.casework.ports import (
    CapabilityCard,
    Check,
    Clock,
    Confirmation,
    Delivery,
    Errand,
    Found,
    Order,
    Outcome,
    PlatformState,
    Progress,
    Reason,
    ReportBatch,
    Restored,
    Result,
    Snapshot,
    Verb,
)
from showcause.connectors.comparison import compare_items
from showcause.connectors.gate import Gate
from showcause.connectors.gated import GatedPlatform
from showcause.connectors.orders_book import Book, Row, State, Told
from showcause.connectors.orders_doctor import checks
from showcause.connectors.urgent import UrgentSpool
from showcause.domain.errors import (
    BadInput,
    NotFound,
    NotReversible,
    NotYetConfirmed,
    PlatformUnavailable,
    RateLimited,
    ReceiptRefused,
    Unsupported,
)
from showcause.domain.restriction import Measure
from showcause.domain.subject import Reach, Subject
from showcause.transparency.confirmation import Basis

FRESH: Final = timedelta(minutes=10)
"""How long what the platform said of a subject's things counts as now."""
MOST_LATER: Final = 12
"""So often a platform may answer `later` to one order; then the order counts as failed and a person looks at it."""
PAUSE: Final = 0.02


class OrdersPlatform(GatedPlatform):
    """A platform whose own program comes and fetches.

    A call waits up to `patience` seconds for the answer before it raises; the worker, which repeats, has none.
    """

    basis = Basis.CLAIMED

    def __init__(
        self,
        card: CapabilityCard,
        book: Book,
        gate: Gate,
        spool: UrgentSpool,
        clock: Clock,
        patience: float = 0.0,
    ) -> None:
        super().__init__(gate, spool, clock)
        self._card, self.book, self.patience = card, book, patience
        self._at_hand: dict[str, tuple[Order, bytes]] = {}

    @property
    def card(self) -> CapabilityCard:
        """Return what this platform offers."""
        return self._card

    # --- what the API asks ----------------------------------------------------------------------------------

    @property
    def connector(self) -> str:
        """Return the name under which the log numbers its orders."""
        return self.gate.connector

    def errands(self, after: str | None, most: int) -> list[Errand]:
        """Return what is asked and not answered, and note that the platform was here. Raises: BadInput."""
        return self.book.fetch(after, most, self._clock())

    def is_waiting(self) -> bool:
        """Tell whether there is something to fetch."""
        return self.book.is_waiting()

    def confirm(self, errand_id: str, said: Confirmation) -> Errand | None:
        """Note what became of an errand; see the port.

        A restriction that was taken back and is carried out all the same is lifted at once.
        """
        row = self.book.get(errand_id)
        if row is None:
            raise NotFound("this platform was not asked anything under this id")
        if said.result is Result.DONE and row.verb is not Verb.TELL and said.standing is None:
            raise BadInput("what was done is confirmed with `standing`: the measures that stand there now")
        if said.result is Result.REFUSED and said.reason is None:
            raise BadInput("a refusal says its reason")
        errand = self.book.answer(errand_id, said, self._clock())
        if errand is not None and row.state is State.WITHDRAWN and errand.measure in (said.standing or ()):
            self._take_back_late(errand)
        return errand

    def forget(self, subject: Subject, references: Collection[str]) -> None:
        """Cut what gate and book remember loose from a subject. The platform is not asked."""
        super().forget(subject, references)
        self.book.forget(subject)

    def stands(self, found: Sequence[Found]) -> None:
        """Take the platform's complete list of what stands there. Raises: BadInput for another platform's."""
        by_subject: dict[Subject, frozenset[Measure]] = {}
        for each in found:
            if each.subject.platform != self.gate.platform:
                raise BadInput("a platform lists its own restrictions")
            by_subject[each.subject] = by_subject.get(each.subject, frozenset()) | {each.measure}
        self.book.replace(by_subject, self._clock())

    def seen(self, subject: Subject, has: Mapping[str, Any]) -> None:
        """Take what a subject has now, as the platform says by itself; it counts like `has` in a confirmation."""
        self.book.seen(subject, has, self._clock())

    # --- what the house asks --------------------------------------------------------------------------------

    def reports(self, cursor: str | None) -> ReportBatch:
        """Return nothing: such a platform brings its reports itself (`POST /api/v1/reports`)."""
        return ReportBatch((), cursor or "")

    def snapshot(self, subject: Subject) -> Snapshot:
        """Return what the subject has now, as the platform answers to a fresh look."""
        row = self._look(subject)
        if row.result == Result.GONE:
            raise NotFound("the platform does not know this subject", "It may have been deleted there.")
        told = self.book.told(subject)
        by_itself = told.has if told is not None and row.has is None else None
        return Snapshot(self._clock(), by_itself or self.book.has(row))

    def compare(self, subject: Subject, snapshot: Snapshot) -> Restored:
        """Return what of a snapshot is there again, by what came with the last confirmation, else by a look.

        Raises: Unsupported when the platform does not say what a subject has, so that nothing can be compared.
        """
        told = self.book.told(subject)
        has = told.has if told is not None and told.at >= self._clock() - FRESH else None
        if has is None:
            row, told = self._look(subject), self.book.told(subject)
            has = self.book.has(row) if row.has is not None else told.has if told is not None else None
        if has is None or not snapshot.items:
            raise Unsupported("the platform does not say what this subject has")
        return compare_items(snapshot.items, has)

    def state_of(self, subject: Subject) -> PlatformState:
        """Return which measures stand there, as the platform said last; it is asked if it said nothing yet."""
        told = self.book.told(subject)
        if told is None or not (told.there or told.at >= self._clock() - FRESH):
            self._look(subject)
            told = self.book.told(subject)
        return _state(told) if told else PlatformState(False, frozenset(), self._clock())

    def restricted(self, progress: Progress | None = None) -> Iterator[Found]:
        """Yield what stands there: what was confirmed, and what the platform's own list added or took away."""
        standing = self.book.standing()
        for done, (subject, measures) in enumerate(standing, 1):
            yield from (Found(subject, measure) for measure in sorted(measures))
            if progress:
                progress(done, len(standing))

    def reach(self, subject: Subject) -> Reach | None:
        """Return None: such a platform brings its numbers with its subjects (`PUT /api/v1/subjects`)."""
        return None

    def deliver(self, subject: Subject, text: str, reference: str) -> Delivery:
        """Ask the platform to show somebody a text, once per reference."""
        key, channel = self.book.digest("told", reference).hex(), self.card.notice_channel
        known = self.book.newest(Verb.TELL, key)
        if known is None or known.result != Result.DONE:
            wanted = self._errand(Verb.TELL, subject, text=text, reference=reference)
            known = self._ask(key, wanted)
        self.book.close(Verb.TELL, key)
        if known.result == Result.DONE:
            return Delivery(True, channel, known.id)
        return Delivery(False, channel, bounced=known.reason or known.result)

    def doctor(self) -> list[Check]:
        """Return when the platform fetched last, whether it answers now, what waits, and the connector's own points."""
        return [*checks(self, self._clock()), *self._own_checks()]

    def lift(self, order: Order) -> Outcome:
        """Undo a restriction; one that waits to be fetched is taken back first. See the port."""
        ours = self.gate.memory.by_number(order.number) or self.gate.memory.by_key(order.key)
        self.book.withdraw(ours.key if ours else order.key, order.subject)
        outcome = super().lift(order)
        self.book.close(Verb.LIFT, self._lift_key(order.subject, order.measure))
        return outcome

    def entered(self, spool_id: str, number: int) -> None:
        """Note the number of an urgent act; what still asks for it without one is no longer to be fetched."""
        waiting = {each.id: each for each in self.spooled()}.get(spool_id)
        super().entered(spool_id, number)
        if waiting is not None and not waiting.acted:
            self.book.withdraw(spool_id, waiting.subject)

    # --- steps ----------------------------------------------------------------------------------------------

    def _did_before(self, order: Order, *, lifting: bool = False) -> bool:
        if not lifting:
            asked = self.book.newest(Verb.RESTRICT, order.key)
            return asked is not None and asked.result == Result.DONE
        asked = self.book.newest(Verb.LIFT, self._lift_key(order.subject, order.measure))
        return asked is not None and asked.state is State.ANSWERED and asked.result == Result.DONE

    def _restrict(self, order: Order, receipt_json: bytes, key: str) -> bool:
        self._at_hand[key] = order, receipt_json
        try:
            changed = super()._restrict(order, receipt_json, key)
        finally:
            del self._at_hand[key]
        self.book.close(Verb.RESTRICT, key)
        return changed

    def _impose(self, subject: Subject, measure: Measure, key: str) -> None:
        order, receipt = self._at_hand.get(key, (None, b""))
        wanted = self._errand(Verb.RESTRICT, subject, measure=measure, urgent=True)
        if order is not None:
            wanted = self._errand(
                Verb.RESTRICT, subject, measure=measure, until=order.until, number=order.number,
                served=order.served, receipt=receipt,
            )  # fmt: skip
        self._done(self._ask(key, wanted), f"order {order.number if order else key}")

    def _free(self, subject: Subject, measure: Measure) -> None:
        self._lift(subject, measure, None)

    def _give_back(self, order: Order) -> None:
        self._lift(order.subject, order.measure, order.number)

    def _lift(self, subject: Subject, measure: Measure, number: int | None) -> None:
        wanted = self._errand(Verb.LIFT, subject, measure=measure, number=number)
        row = self._ask(self._lift_key(subject, measure), wanted)
        if row.result != Result.GONE:
            self._done(row, "the lift")

    def _lift_key(self, subject: Subject, measure: Measure) -> str:
        return self.book.digest("lift", self.book.of(subject).hex(), measure).hex()

    def _needs_lifting(self, order: Order, before: PlatformState) -> bool:
        return super()._needs_lifting(order, before) or self.book.may_stand(order.subject, order.measure)

    def _state_before(self, subject: Subject) -> PlatformState:
        """Return what was told; an act does not wait for a look, since the platform says itself who is not there."""
        told = self.book.told(subject)
        return _state(told) if told and told.there else PlatformState(True, frozenset(), self._clock())

    def _take_back_late(self, errand: Errand) -> None:
        if errand.measure is None or self.gate.memory.standing(errand.subject, errand.measure):
            return
        key = self._lift_key(errand.subject, errand.measure)
        known = self.book.newest(Verb.LIFT, key)
        if known is None or known.state is not State.OPEN:
            wanted = self._errand(Verb.LIFT, errand.subject, measure=errand.measure, number=errand.number)
            self.book.ask(key, wanted, self._clock())

    def _look(self, subject: Subject) -> Row:
        key = self.book.of(subject).hex()
        known = self.book.newest(Verb.LOOK, key)
        stale = (self._clock() - FRESH).isoformat()
        if known is not None and known.state is State.ANSWERED and known.answered_at < stale:
            self.book.close(Verb.LOOK, key)
        row = self._ask(key, self._errand(Verb.LOOK, subject))
        if row.result == Result.REFUSED:
            raise Unsupported("the platform refuses to say how things stand")
        return row

    def _errand(self, verb: Verb, subject: Subject, **more: object) -> Errand:
        return Errand("", "", verb, subject, self._clock(), **more)  # type: ignore[arg-type]  # fields by name

    def _ask(self, key: str, wanted: Errand) -> Row:
        """Return the answer to an errand, which is asked if it was not; each answer is made use of once.

        Raises: NotYetConfirmed; RateLimited and PlatformUnavailable when it says `later`; Unsupported when it
        said so too often.
        """
        row = self.book.newest(wanted.verb, key)
        if row is None or row.state in (State.CLOSED, State.WITHDRAWN):
            if self.book.refusals(wanted.verb, key) >= MOST_LATER:
                raise Unsupported(f"the platform answered {MOST_LATER} times that it cannot do this now")
            row = self.book.ask(key, wanted, self._clock())
        row = self._answered(row)
        self.book.close(wanted.verb, key)
        if row.result == Result.LATER:
            if row.retry_after is not None:
                raise RateLimited("the platform asks to wait", retry_after=row.retry_after)
            raise PlatformUnavailable("the platform could not do it now")
        return row

    def _answered(self, row: Row) -> Row:
        return awaited(lambda: self.book.get(row.id), self.patience)

    def _done(self, row: Row, what: str) -> None:
        """Check that something was done. Raises: NotFound, ReceiptRefused, NotReversible, Unsupported."""
        if row.result == Result.GONE:
            raise NotFound(
                "the platform does not know the subject of this order", "It may have been deleted there."
            )
        if row.reason == Reason.RECEIPT:
            raise ReceiptRefused(f"the platform itself refuses the receipt of {what}")
        if row.reason == Reason.NOT_REVERSIBLE:
            raise NotReversible(f"the platform says that {what} cannot be undone there")
        if row.result == Result.REFUSED:
            raise Unsupported(f"the platform refuses {what}: {row.reason}")


def awaited(look: Callable[[], Row | None], patience: float) -> Row:
    """Return a row once it is answered. Raises: NotYetConfirmed when that takes longer than the patience."""
    end = time.monotonic() + patience
    while True:
        row = look()
        if row is not None and row.result:
            return row
        if time.monotonic() >= end:
            raise NotYetConfirmed("the platform has not confirmed this yet")
        time.sleep(PAUSE)


def _state(told: Told) -> PlatformState:
    return PlatformState(told.there, told.standing, told.at)
