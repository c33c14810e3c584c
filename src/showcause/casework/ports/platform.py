"""The port to a platform, in six small protocols and one that joins them."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Protocol, runtime_checkable

from showcause.casework.ports.ambient import Progress
from showcause.casework.ports.values import (
    CapabilityCard,
    Check,
    Delivery,
    Found,
    GivenUp,
    Order,
    Outcome,
    PlatformState,
    ReportBatch,
    Restored,
    Snapshot,
    Spooled,
)
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.subject import Reach, Subject


class Intake(Protocol):
    """Reports that people filed on the platform."""

    def reports(self, cursor: str | None) -> ReportBatch:
        """Return the reports after a cursor; None begins at the oldest.

        No report is lost. With the same cursor the same reports come again, under the same keys. With the
        returned one they do not, but for rare times when the platform's list has to be read anew: check the
        keys. The cursor is opaque text.
        """


class Look(Protocol):
    """Reading, which changes nothing."""

    @property
    def card(self) -> CapabilityCard:
        """Return what this platform offers."""

    def snapshot(self, subject: Subject) -> Snapshot:
        """Return what the subject has now; to be taken before an act."""

    def compare(self, subject: Subject, snapshot: Snapshot) -> Restored:
        """Return what of a snapshot is there again and what is not.

        Raises: Unsupported when the platform has no way to say so.
        """

    def state_of(self, subject: Subject) -> PlatformState:
        """Return which measures stand on the platform now, whoever put them there."""

    def restricted(self, progress: Progress | None = None) -> Iterator[Found]:
        """Yield every restriction that the platform can list, whoever put it there."""

    def reach(self, subject: Subject) -> Reach | None:
        """Return the numbers for the formula of reach, or None where the platform has none."""

    def doctor(self) -> list[Check]:
        """Return what the platform needs to work with us, each point with its remedy."""


class Act(Protocol):
    """Restricting and giving back. An outcome is only returned when it was read back from the platform."""

    def apply(self, order: Order, receipt_json: bytes) -> Outcome:
        """Carry out a restriction once, if and only if the receipt binds to this very order.

        Raises: ReceiptRefused (nothing was done), Unsupported (also: service must come first, observe mode),
        PlatformUnavailable (also: the platform answered success and nothing changed).
        """

    def lift(self, order: Order) -> Outcome:
        """Undo a restriction. Never needs a receipt; the order can never be applied afterwards.

        Raises: NotReversible when the measure cannot be undone on this platform.
        """

    def void(self, number: int) -> None:
        """Note that a number was cancelled, so that its absence is no gap and its order is never carried out.

        Raises: IllegalStep when the order was already accepted; lift it instead.
        """

    def attest(self, order: Order, what: GivenUp) -> str:
        """Return the connector's signed word that an order ended in this way, from its own memory; empty without a key.

        Raises: IllegalStep when the connector remembers otherwise.
        """


class Tell(Protocol):
    """Serving statements and answers."""

    def deliver(self, subject: Subject, text: str, reference: str) -> Delivery:
        """Hand a text to the platform's channel once per reference.

        Somebody whom the channel does not reach (locked, unknown, of another server) makes a bounced
        delivery, not an error.
        """


class UrgentLane(Protocol):
    """Acting without a receipt, from the connector's own spool, also while database and log are down."""

    def urgent(
        self, token: bytes, category: Urgent, subject: Subject, measure: Measure, spool_id: str | None = None
    ) -> str:
        """Spool the intent durably, act, and return the spool id. With a known id nothing is done twice.

        Raises: NotPermitted (token), Unsupported (measure), PlatformUnavailable (spooled, to be resumed).
        """

    def resume(self, spool_id: str) -> None:
        """Carry out a spooled intent whose act has not succeeded yet."""

    def spooled(self) -> Iterator[Spooled]:
        """Yield what has not entered the log, oldest first."""

    def entered(self, spool_id: str, number: int) -> None:
        """Note the number under which a spooled act entered the log, so that it is lifted like any order."""


class Forget(Protocol):
    """Letting go of a person."""

    def forget(self, subject: Subject, references: Collection[str]) -> None:
        """Cut what the connector itself remembers loose from a subject, and from what was told under `references`.

        Nobody is asked: what the platform knows is the platform's. Numbers stay used, so that no old receipt opens
        the gate again.
        """


class Platform(Intake, Look, Act, Tell, UrgentLane, Forget, Protocol):
    """A platform, whole."""


@runtime_checkable
class Judged(Protocol):
    """What a platform may have besides: showing what was looked at already, so that nobody reports it anew."""

    def judged(self, subject: Subject, clauses: Collection[str], leaf: str, at: datetime) -> None:
        """Note that no breach of these clauses was found in what the subject said at a moment. Harmless to repeat."""
