"""What the law's shell needs of the world: a platform, the log's signer, a clock and a source of ids.

A platform stands behind `Platform`. It is asked in five ways: what was reported (`Intake`), what somebody has
(`Look`), to act and to undo (`Act`), to tell somebody (`Tell`), and to act at once when waiting would cost a
life (`UrgentLane`). Every call may be repeated, and every call may raise `PlatformUnavailable` or
`RateLimited` (try later: whether it happened is unknown), `NotFound` (no such subject there) and
`Unsupported` (not on the card).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.subject import Reach, Subject, SubjectKind

Clock = Callable[[], datetime]
"""Returns the time now, aware, in UTC."""

Ids = Callable[[], str]
"""Returns a fresh id: 32 lower-case hex characters, 128 random bits."""

Progress = Callable[[int, int | None], None]
"""Is told how many were done, and of how many if that is known."""


# --- What a platform can do ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Capability:
    """How a platform carries out one measure, on which kinds of subject.

    `loses` says in a sentence what undoing it cannot give back.
    """

    kinds: tuple[SubjectKind, ...]
    reversible: bool
    needs_service_first: bool = False
    loses: str = ""


@dataclass(frozen=True, slots=True)
class CapabilityCard:
    """What a platform offers. Nothing else may be offered to a moderator.

    `notice_channel` is the name of the way to tell somebody, empty if there is none; `can_answer_there` tells
    whether the person can reply in it, `lost_on_reversal` what no reversal brings back.
    """

    platform: str
    measures: Mapping[Measure, Capability]
    notice_channel: str
    can_answer_there: bool
    lost_on_reversal: tuple[str, ...] = ()


# --- What comes in ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IncomingReport:
    """One report as the platform tells it; the same report always has the same `external_key`.

    `evidence` is what was reported, as it stood when it was fetched, cut down to what a decision needs; None
    when there is none or when it must not be copied. It holds personal text: seal it. `hint` is the
    reporter's own category, if any. Texts are cleaned of control characters and bidirectional overrides.
    """

    external_key: str
    subject: Subject
    author: Subject | None
    reporter: Subject | None
    reason: str
    received_at: datetime
    evidence: Mapping[str, Any] | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class ReportBatch:
    """Some reports and the place to go on from, to be stored no earlier than the reports themselves.

    `more` says that asking again at once is worth it.
    """

    reports: tuple[IncomingReport, ...]
    cursor: str
    more: bool = False


class Intake(Protocol):
    """Reports that people filed on the platform."""

    def reports(self, cursor: str | None) -> ReportBatch:
        """Return the reports after a cursor; None begins at the oldest.

        No report is lost. Asked again with the same cursor, the same reports may come again, with the same
        keys; asked with the returned cursor they do not. The cursor is opaque text.
        """


# --- What somebody has --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a subject had before an act: plain JSON values by name. Holds personal text: seal it."""

    taken_at: datetime
    items: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back after a reversal and what did not, each named for a reader."""

    restored: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlatformState:
    """What the platform itself says of a subject at a moment."""

    exists: bool
    measures: frozenset[Measure]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A restriction that stands on the platform. `since` is None where the platform does not keep it."""

    subject: Subject
    measure: Measure
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One answer of the doctor. A failing one says in `remedy` what to do."""

    name: str
    ok: bool
    says: str
    remedy: str = ""


class Look(Protocol):
    """Reading, which changes nothing."""

    @property
    def card(self) -> CapabilityCard:
        """Return what this platform offers."""

    def snapshot(self, subject: Subject) -> Snapshot:
        """Return what the subject has now; to be taken before an act."""

    def compare(self, subject: Subject, snapshot: Snapshot) -> Restored:
        """Return what of a snapshot is there again and what is not."""

    def state_of(self, subject: Subject) -> PlatformState:
        """Return which measures stand on the platform now, whoever put them there."""

    def restricted(self, progress: Progress | None = None) -> Iterator[Found]:
        """Yield every restriction that the platform can list, whoever put it there."""

    def reach(self, subject: Subject) -> Reach | None:
        """Return the numbers for the formula of reach, or None where the platform has none."""

    def doctor(self) -> list[Check]:
        """Return what the platform needs to work with us, each point with its remedy."""


# --- Acting -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Order:
    """One restriction to carry out or to undo.

    `key` is the enforcement's id: the same order always has the same key. `until` is in whole seconds of UTC.
    `number` is the connector's dense number, from 1. `served` tells whether the statement was accepted by a
    channel that still reaches the person.
    """

    key: str
    subject: Subject
    measure: Measure
    until: datetime | None
    number: int
    served: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was read back from the platform after an act: it stands, or (after a lift) it is gone.

    `changed` is False when it had been so before. `kept_by` are the numbers of other orders for the same
    subject and measure that still hold, so that a lift left the restriction in place. `lost` names what no
    reversal brings back.
    """

    changed: bool
    seen_at: datetime
    kept_by: tuple[int, ...] = ()
    lost: tuple[str, ...] = ()


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


# --- Telling ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delivery:
    """Whether the platform's channel took a text; `reference` is the platform's own name for the message."""

    delivered: bool
    channel: str
    reference: str = ""
    bounced: str = ""


class Tell(Protocol):
    """Serving statements and answers."""

    def deliver(self, subject: Subject, text: str, reference: str) -> Delivery:
        """Hand a text to the platform's channel once per reference.

        Somebody whom the channel does not reach (locked, unknown, of another server) makes a bounced
        delivery, not an error.
        """


# --- The urgent lane ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spooled:
    """An urgent act that the log does not know yet; `snapshot` is None for what must not be copied."""

    id: str
    category: Urgent
    subject: Subject
    measure: Measure
    moderator: str
    token: str
    at: datetime
    acted: bool
    snapshot: Mapping[str, Any] | None = None


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


class Platform(Intake, Look, Act, Tell, UrgentLane, Protocol):
    """A platform, whole."""


# --- The log's signer ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """A state of the log: how many entries it has, and their root (32 bytes)."""

    size: int
    root: bytes


class Signer(Protocol):
    """Signs heads of one log. The key may live in another process."""

    @property
    def origin(self) -> str:
        """Return the log's name, which is also the key's."""

    @property
    def verifier_key(self) -> str:
        """Return the text of the public key, as policies pin it."""

    def last(self) -> Head:
        """Return the last head that was signed; before the first signature, the empty log."""

    def sign(self, head: Head, proof: Sequence[bytes]) -> str:
        """Return the signed checkpoint note for a head, after writing the head durably to the signer's own file.

        `proof` is the consistency proof from the last signed head to this one. Signing the same head again
        gives the same bytes.

        Raises: Fenced when the head is smaller or different, or does not continue what was signed;
        ClockBehind; Broken when the own file cannot be written.
        """
