"""What all connectors have in common: the order of steps around an act, with the gate in front.

A connector says how its platform does things (`_impose`, `_free`, `state_of`); it never decides whether. An
outcome is returned only when it was read back: an answer of success is not believed. It is signed with the connector's
own key before it is returned.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from showcause.casework.ports import (
    Capability,
    CapabilityCard,
    Check,
    Clock,
    GivenUp,
    Order,
    Outcome,
    Platform,
    PlatformState,
    Snapshot,
    Spooled,
)
from showcause.connectors.gate import Gate
from showcause.connectors.memory import State
from showcause.connectors.urgent import UrgentSpool
from showcause.domain.errors import (
    BadInput,
    NotFound,
    NotReversible,
    PlatformUnavailable,
    ReceiptRefused,
    ShowcauseError,
    Unsupported,
)
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from showcause.domain.urgent import NEVER_COPIED, check_measure
from showcause.transparency import confirmation
from showcause.transparency.confirmation import Basis, Event


class GatedPlatform(Platform, ABC):
    """A connector's public acts. Nothing here touches anybody before `Gate.admit` or the urgent spool said so.

    `basis` is what its confirmations of how things stand rest on.
    """

    basis: ClassVar[Basis] = Basis.READ_BACK

    def __init__(self, gate: Gate, spool: UrgentSpool, clock: Clock) -> None:
        self.gate, self.spool, self._clock = gate, spool, clock

    @property
    @abstractmethod
    def card(self) -> CapabilityCard:
        """Return what this platform offers."""

    @abstractmethod
    def state_of(self, subject: Subject) -> PlatformState:
        """Return which measures stand on the platform now, whoever put them there."""

    @abstractmethod
    def snapshot(self, subject: Subject) -> Snapshot:
        """Return what the subject has now; to be taken before an act."""

    @abstractmethod
    def _impose(self, subject: Subject, measure: Measure, key: str) -> None:
        """Ask the platform for a measure; `key` is the same whenever the same order is repeated."""

    @abstractmethod
    def _free(self, subject: Subject, measure: Measure) -> None:
        """Ask the platform to end a measure."""

    def apply(self, order: Order, receipt_json: bytes) -> Outcome:
        """Carry out a restriction once, if and only if the receipt binds to this very order.

        Raises: ReceiptRefused (nothing was done), Unsupported, NotFound, PlatformUnavailable.
        """
        capability = self._capability(order.subject, order.measure)
        if capability.needs_service_first and not order.served:
            raise Unsupported(
                f"{order.measure} would keep the person from reading the statement, which is not served yet",
                "Serve the statement first; the order is carried out afterwards.",
            )
        key = self.gate.admit(order, receipt_json)
        did_before = self._did_before(order)
        changed, seen_at = self._restrict(order, receipt_json, key), self._clock()
        lost = (capability.loses,) if capability.loses else ()
        event = Event.IMPOSED if changed or did_before else Event.STANDING
        said = self._confirmed(order, event, seen_at, new=changed)
        return Outcome(changed, seen_at, lost=lost, confirmation=said)

    def lift(self, order: Order) -> Outcome:
        """Undo a restriction, unless another order keeps it. Never needs a receipt.

        Raises: NotReversible, PlatformUnavailable, and Unsupported in observe mode for what we did not do.
        """
        ours = self.gate.memory.by_number(order.number) or self.gate.memory.by_key(order.key)
        kept_by = self.gate.lift(order)
        if kept_by or (self.gate.observe and ours is None):
            closed_at, event = self._clock(), Event.KEPT if kept_by else Event.UNTOUCHED
            said = self._confirmed(order, event, closed_at, basis=Basis.MEMORY)
            return Outcome(False, closed_at, kept_by, confirmation=said)
        before = self.state_of(order.subject)
        if not self._needs_lifting(order, before):
            event = Event.LIFTED if self._did_before(order, lifting=True) else Event.ABSENT
            said = self._confirmed(order, event, before.seen_at)
            return Outcome(False, before.seen_at, confirmation=said)
        capability = self._capability(order.subject, order.measure)
        if not capability.reversible:
            raise NotReversible(
                f"{order.measure} cannot be undone on {self.card.platform}: {capability.loses}"
            )
        self._give_back(order)
        after = self.state_of(order.subject)
        if order.measure in after.measures:
            raise PlatformUnavailable(
                f"the platform answered success, but {order.measure} still stands there"
            )
        said = self._confirmed(order, Event.LIFTED, after.seen_at, new=True)
        return Outcome(True, after.seen_at, lost=self.card.lost_on_reversal, confirmation=said)

    def void(self, number: int) -> None:
        """Note that a number was cancelled. Raises: IllegalStep when its order was already accepted."""
        self.gate.void(number)

    def attest(self, order: Order, what: GivenUp) -> str:
        """Return the connector's signed word that an order ended in this way. Raises: IllegalStep."""
        self.gate.check_given_up(order, what)
        return self._confirmed(order, Event(what), self._clock(), basis=Basis.MEMORY)

    def urgent(
        self, token: bytes, category: Urgent, subject: Subject, measure: Measure, spool_id: str | None = None
    ) -> str:
        """Spool the intent durably, act, and return the spool id. With a known id nothing is done twice.

        Raises: NotPermitted (token), BadInput and Unsupported (measure), PlatformUnavailable (spooled: resume
        it).
        """
        if subject.platform != self.card.platform:
            raise BadInput(f"the subject is on platform {subject.platform}, not on {self.card.platform}")
        if spool_id is not None and self._has_entered(spool_id):
            return spool_id
        check_measure(measure, on_account=subject.kind is SubjectKind.ACCOUNT)
        self._capability(subject, measure)
        spooled = self.spool.add(token, category, subject, measure, self._clock(), spool_id)
        self._act_urgently(spooled)
        return spooled.id

    def resume(self, spool_id: str) -> None:
        """Carry out a spooled intent whose act has not succeeded yet. Raises: NotFound, PlatformUnavailable."""
        self._act_urgently(self.spool.get(spool_id))

    def spooled(self) -> Iterator[Spooled]:
        """Yield what has not entered the log, oldest first."""
        return iter(self.spool.entries())

    def entered(self, spool_id: str, number: int) -> None:
        """Note the number under which a spooled act entered the log; the spool then forgets it."""
        self.gate.entered(spool_id, number)
        self.spool.remove(spool_id)

    def forget(self, subject: Subject, references: Collection[str]) -> None:
        """Cut what the gate remembers loose from a subject. The platform is not asked."""
        self.gate.memory.forget(subject, references)

    def _has_entered(self, spool_id: str) -> bool:
        known = self.gate.memory.by_key(spool_id)
        return known is not None and (known.number is not None or known.state is State.LIFTED)

    def _act_urgently(self, spooled: Spooled) -> None:
        if spooled.acted:
            return
        self.gate.admit_urgent(spooled.id, spooled.subject, spooled.measure)
        if spooled.snapshot is None and spooled.category not in NEVER_COPIED:
            self.spool.keep_snapshot(spooled.id, self._snapshot_or_none(spooled.subject))
        changed = self._carry_out(spooled.subject, spooled.measure, spooled.id)
        event, act = Event.IMPOSED if changed else Event.STANDING, confirmation.Urgent(spooled.id)
        said = self.gate.confirming.say(
            spooled.id, act, spooled.measure, event, self._clock(), self.basis, again=not changed
        )
        self.spool.acted(spooled.id, said)

    def _confirmed(
        self, order: Order, event: Event, at: datetime, *, basis: Basis | None = None, new: bool = False
    ) -> str:
        """Sign what came of an order; what is not new is said as it was said before."""
        about = confirmation.Ordered(order.number, order.leaf)
        basis = basis or self.basis
        return self.gate.confirming.say(order.key, about, order.measure, event, at, basis, again=not new)

    def _snapshot_or_none(self, subject: Subject) -> Mapping[str, Any] | None:
        try:
            return self.snapshot(subject).items
        except ShowcauseError:  # danger does not wait for a snapshot
            return None

    def _did_before(self, order: Order, *, lifting: bool = False) -> bool:
        """Tell whether the platform answered an earlier call about this order that it did what was asked."""
        return False

    def _restrict(self, order: Order, receipt_json: bytes, key: str) -> bool:
        """Carry out an order that the gate let through; `receipt_json` is what opened it."""
        return self._carry_out(order.subject, order.measure, key)

    def _give_back(self, order: Order) -> None:
        """End the measure of an order."""
        self._free(order.subject, order.measure)

    def _needs_lifting(self, order: Order, before: PlatformState) -> bool:
        """Tell whether a measure stands, or may stand, that a lift has to end."""
        return order.measure in before.measures

    def _state_before(self, subject: Subject) -> PlatformState:
        """Return what is known before an act."""
        return self.state_of(subject)

    def _carry_out(self, subject: Subject, measure: Measure, key: str) -> bool:
        before = self._state_before(subject)
        if not before.exists:
            raise NotFound(
                "the platform does not know the subject of this order", "It may have been deleted there."
            )
        changed = measure not in before.measures
        if changed:
            self._impose(subject, measure, key)
            if measure not in self.state_of(subject).measures:
                raise PlatformUnavailable(
                    f"the platform answered success, but {measure} does not stand there"
                )
        if not self.gate.landed(key):
            self._take_back(subject, measure)
        return changed

    def _take_back(self, subject: Subject, measure: Measure) -> None:
        """Undo an act that hung until its order was lifted: a late restriction never follows a newer lift."""
        if self._capability(subject, measure).reversible and not self.gate.memory.standing(subject, measure):
            self._free(subject, measure)
        raise ReceiptRefused("the order was lifted while it was carried out, and was taken back")

    def _capability(self, subject: Subject, measure: Measure) -> Capability:
        capability = self.card.measures.get(measure)
        if capability is None or subject.kind not in capability.kinds:
            raise Unsupported(f"{self.card.platform} does not offer {measure} for {subject.kind}")
        return capability

    def _own_checks(self) -> list[Check]:
        gaps, unfinished = self.gate.memory.gaps(), self.gate.memory.unfinished()
        ranges = ", ".join(f"{a}" if a == b else f"{a} to {b}" for a, b in gaps)
        waiting = [entry for entry in self.spooled() if not entry.acted]
        return [
            Check(
                "order numbers", not gaps, f"numbers that never came: {ranges}" if gaps else "no number is missing",
                "Let the worker deliver what waits (`showcause queue`); a gap that stays is a lost or withheld order.",
            ),
            Check(
                "unfinished orders", not unfinished, f"{unfinished} orders were accepted and not seen on the platform",
                "The worker repeats them; if they stay, look at the enforcements that failed.",
            ),
            Check(
                "urgent lane", not waiting and not self.spool.damaged(),
                f"{len(waiting)} urgent acts wait for the platform, {self.spool.damaged()} entries are damaged",
                "Run `showcause urgent resume PLATFORM`; keep a damaged spool file and write down what you remember.",
            ),
        ]  # fmt: skip
