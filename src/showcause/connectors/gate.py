"""The gate: no valid receipt that binds to this order, no act.

Every connector passes through here before it touches anybody:

1. The number is above everything accepted before for this subject and measure, so that an old receipt does
nothing; or it is the very order that was accepted last and was not lifted since, so that a call may be
repeated. 2. The receipt is verified against the pinned policy and binds to this platform, subject, measure,
end, number and connector (`transparency.verify`); no code of the log's writer takes part. Where a stricter policy is
pinned for the measure, its witnesses must have cosigned, too: until then the order waits. Only where a fallback is
pinned with it, a leaf that admits the gap opens instead: it is in the same log, comes after the decision's, names it,
and says that the order waited as long as the fallback asks. 3. The acceptance
is on the disk before the act. After a crash the same order is accepted again, and no other.

What came of an order is confirmed with the connector's own signature (`confirming`).

Lifting needs no receipt. It closes the order for ever, before the act, so that a late restriction never
follows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from showcause.casework.ports import GivenUp, Order
from showcause.connectors.confirming import Confirming
from showcause.connectors.memory import Accepted, Memory, State
from showcause.domain.errors import BadInput, IllegalStep, ReceiptRefused, Unsupported
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject
from showcause.domain.witness import NotYetWitnessed
from showcause.transparency import receipt, verify
from showcause.transparency.errors import LogError
from showcause.transparency.keys import SigningKey
from showcause.transparency.leaf import Kind, Slot
from showcause.transparency.policy import evaluate, parse_policy

OBSERVING: Final = "this connector only observes: nothing was done on the platform"


@dataclass(frozen=True, slots=True)
class Pinned:
    """What is pinned for one measure: its level's name and policy, and the fallback in seconds, if there is one."""

    level: str
    policy: str
    fallback_after: int | None = None


class Gate:
    """One connector's gate. `policy` is the text of the pinned tlog-policy; `observe` keeps everything shut.

    `levels` are what is pinned beyond that, by the measures that ask for it. `key` is what the connector confirms with.
    """

    def __init__(
        self,
        connector: str,
        platform: str,
        policy: str,
        memory: Memory,
        *,
        observe: bool = False,
        levels: Mapping[str, Pinned] | None = None,
        key: SigningKey | None = None,
    ) -> None:
        self.connector, self.platform, self.observe = connector, platform, observe
        self.memory, self.confirming = memory, Confirming(connector, platform, memory, key)
        self._policy = parse_policy(policy.encode())
        self._levels = {
            measure: (pinned, parse_policy(pinned.policy.encode()))
            for measure, pinned in (levels or {}).items()
        }

    def admit(self, order: Order, receipt_json: bytes) -> str:
        """Let an order through, write that down, and return the key under which it is remembered.

        Only after this may the platform be touched.
        Raises: ReceiptRefused with the reason; NotYetWitnessed below the pinned level; Unsupported in observe mode,
        where the number is noted as void.
        """
        if self.observe:
            self.void(order.number)
            raise Unsupported(OBSERVING, "Connect the platform without observe mode to let decisions act.")
        with self.memory.changing():
            mark = self.memory.mark(order.subject, order.measure)
            known = self._retried(order, mark)
            self._bind(order, receipt_json, order.number - 1 if known else mark)
            if known is None:
                self._write(order, State.ACCEPTED)
        return known.key if known else order.key

    def admit_urgent(self, spool_id: str, subject: Subject, measure: Measure) -> None:
        """Write down an act of the urgent lane, whose intent is in the spool already; it has no number yet.

        Raises: IllegalStep when it was lifted meanwhile; Unsupported in observe mode.
        """
        if self.observe:
            raise Unsupported(
                OBSERVING, "In observe mode an urgent act is done with the platform's own tools."
            )
        with self.memory.changing():
            known = self.memory.by_key(spool_id)
            if known is None:
                self.memory.write(
                    Accepted(spool_id, self.memory.digest(subject), measure, "", None, urgent=True)
                )
            elif known.state is State.LIFTED:
                raise IllegalStep("this urgent act was lifted and is not done again")

    def entered(self, spool_id: str, number: int) -> None:
        """Give an urgent act the number under which it entered the log.

        If the order of that number came first, it takes the urgent act's place.
        Raises: IllegalStep when the act or the number is already bound otherwise.
        """
        with self.memory.changing() as db:
            known, holder = self.memory.by_key(spool_id), self.memory.by_number(number)
            if known is None or known.number not in (None, number):
                raise IllegalStep(
                    f"urgent act {spool_id} is unknown here, or has another number than {number}"
                )
            if holder is None:
                db.execute("UPDATE accepted SET number = ? WHERE key = ?", (number, spool_id))
            elif (holder.subject, holder.measure) != (known.subject, known.measure):
                raise IllegalStep(
                    f"number {number} stands for another subject or measure than the urgent act"
                )
            elif holder.key != spool_id:
                db.execute("UPDATE accepted SET state = 'lifted' WHERE key = ?", (spool_id,))

    def landed(self, key: str) -> bool:
        """Note that an order was seen on the platform; False if it was lifted meanwhile and must not stand."""
        with self.memory.changing() as db:
            sql = "UPDATE accepted SET state = 'landed' WHERE key = ? AND state <> 'lifted'"
            return db.execute(sql, (key,)).rowcount == 1

    def lift(self, order: Order) -> tuple[int, ...]:
        """Close an order for ever, seen before or not, and return the numbers of others that still hold.

        Raises: BadInput when the number was accepted for something else: lifting would free the wrong one.
        """
        subject = self.memory.digest(order.subject)
        with self.memory.changing() as db:
            known = self.memory.by_number(order.number) or self.memory.by_key(order.key)
            if known is None:
                self._write(order, State.LIFTED)
            elif known.subject not in (None, subject) or known.measure != order.measure:
                raise BadInput(f"number {order.number} was accepted for another subject or measure")
            else:
                db.execute("UPDATE accepted SET state = 'lifted' WHERE key = ?", (known.key,))
            others = self.memory.standing(order.subject, order.measure)
        return tuple(other.number or 0 for other in others)

    def void(self, number: int) -> None:
        """Note that a number's order was cancelled.

        Raises: IllegalStep when the order was already accepted.
        """
        with self.memory.changing() as db:
            if self.memory.by_number(number) is not None:
                raise IllegalStep(f"order {number} was already accepted: lift it instead of cancelling it")
            db.execute("INSERT OR IGNORE INTO void VALUES (?)", (number,))

    def check_given_up(self, order: Order, what: GivenUp) -> None:
        """Check that the gate itself remembers what is to be said of an order.

        Raises: IllegalStep when it does not: the number is not void here, or the order is not closed.
        """
        known = self.memory.by_number(order.number) or self.memory.by_key(order.key)
        match what:
            case GivenUp.VOID:
                holds = self.memory.is_void(order.number)
            case GivenUp.STUCK | GivenUp.PERMANENT:
                holds = known is not None and known.state is State.LIFTED
            case GivenUp.FAILED:
                holds = known is None or known.state is not State.LIFTED
        if not holds:
            raise IllegalStep(f"this connector does not remember that order {order.number} is {what}")

    def _bind(self, order: Order, receipt_json: bytes, last_number: int) -> None:
        subject = order.subject
        if subject.platform != self.platform:
            raise ReceiptRefused(f"the order is for platform {subject.platform}, not for {self.platform}")
        wanted = verify.Order(
            subject.platform,
            subject.kind,
            subject.ref,
            order.measure,
            order.until,
            order.number,
            self.connector,
        )
        try:
            shown = receipt.from_json(receipt_json)
            opened = verify.open_order(shown, wanted, self._policy, last_number)
        except LogError as error:
            raise ReceiptRefused(f"the receipt does not open order {order.number}: {error}") from error
        if order.leaf not in ("", opened.leaf.id):
            raise ReceiptRefused(f"the receipt is of another decision than order {order.number}")
        self._require_witnesses(order, shown, opened)

    def _require_witnesses(self, order: Order, shown: receipt.Receipt, opened: verify.VerifiedLeaf) -> None:
        """Refuse a receipt that is good and below the level that is pinned for its measure."""
        if order.measure not in self._levels:
            return
        pinned, policy = self._levels[order.measure]
        try:
            evaluate(policy, shown.checkpoint)
        except LogError as error:
            if self._admits_gap(pinned, shown, opened):
                return
            raise NotYetWitnessed(
                f"the receipt of order {order.number} is below its level: {error.message}"
            ) from error

    def _admits_gap(self, pinned: Pinned, shown: receipt.Receipt, opened: verify.VerifiedLeaf) -> bool:
        """Tell whether a fallback was pinned and the log itself admits, after the decision, that it is taken."""
        if pinned.fallback_after is None or shown.gap is None:
            return False
        try:
            gap = verify.verify_receipt(shown.gap, self._policy)
        except LogError as error:
            raise ReceiptRefused(f"the gap that comes with the receipt is none: {error}") from error
        said = gap.opened.get(Slot.FACTS, {})
        waited = said.get("duration")
        return (
            gap.leaf.kind == Kind.GAP
            and gap.index > opened.index
            and said.get("event") == f"below {pinned.level}"
            and said.get("reference") == opened.leaf.id
            and type(waited) is int
            and waited >= pinned.fallback_after
        )

    def _retried(self, order: Order, mark: int) -> Accepted | None:
        """Return what was accepted if this is the same order once more, None if it is new; refuse anything older."""
        if self.memory.is_void(order.number):
            raise ReceiptRefused(f"order {order.number} was cancelled before it was carried out")
        known = self.memory.by_number(order.number) or self.memory.by_key(order.key)
        if known is None:
            if order.number <= mark:
                raise ReceiptRefused(f"order {order.number} is older than order {mark}, which came before it")
            return None
        if not self._is_same(order, known):
            raise ReceiptRefused(f"order {order.number} was accepted before with another content")
        if known.state is State.LIFTED:
            raise ReceiptRefused(f"order {order.number} was lifted; its receipt is used up")
        # An older order that stands may be put back after drift; one that never landed was overtaken.
        if order.number < mark and known.state is not State.LANDED:
            raise ReceiptRefused(f"order {order.number} was overtaken by order {mark}")
        return known

    def _is_same(self, order: Order, known: Accepted) -> bool:
        # An urgent act has the spool's key; its order in the record has one of its own, and the same number.
        key = known.key if known.urgent else order.key
        mine = (key, self.memory.digest(order.subject), order.measure, _end(order.until), order.number)
        return mine == (known.key, known.subject, known.measure, known.until, known.number)

    def _write(self, order: Order, state: State) -> None:
        subject, end = self.memory.digest(order.subject), _end(order.until)
        self.memory.write(Accepted(order.key, subject, order.measure, end, order.number, state))


def _end(until: datetime | None) -> str:
    return "" if until is None else until.astimezone(UTC).isoformat()
