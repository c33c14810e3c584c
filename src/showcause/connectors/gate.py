"""The gate: no valid receipt that binds to this order, no act.

Every connector passes through here before it touches anybody:

1. The number is above everything accepted before for this subject and measure, so that an old receipt does
nothing; or it is the very order that was accepted last and was not lifted since, so that a call may be
repeated. 2. The receipt is verified against the pinned policy and binds to this platform, subject, measure,
end, number and connector (`transparency.verify`); no code of the log's writer takes part. 3. The acceptance
is on the disk before the act. After a crash the same order is accepted again, and no other.

Lifting needs no receipt. It closes the order for ever, before the act, so that a late restriction never
follows it.
"""

from datetime import UTC, datetime
from typing import Final

from showcause.casework.ports import Order
from showcause.connectors.memory import Accepted, Memory, State
from showcause.domain.errors import BadInput, IllegalStep, ReceiptRefused, Unsupported
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject
from showcause.transparency import receipt, verify
from showcause.transparency.errors import LogError
from showcause.transparency.policy import parse_policy

_ACCEPT: Final = "INSERT INTO accepted (key, subject, measure, until, number, state) VALUES (?, ?, ?, ?, ?, "
OBSERVING: Final = "this connector only observes: nothing was done on the platform"


class Gate:
    """One connector's gate. `policy` is the text of the pinned tlog-policy; `observe` keeps everything shut."""

    def __init__(
        self, connector: str, platform: str, policy: str, memory: Memory, *, observe: bool = False
    ) -> None:
        self.connector, self.platform, self.observe = connector, platform, observe
        self.memory = memory
        self._policy = parse_policy(policy.encode())

    def admit(self, order: Order, receipt_json: bytes) -> None:
        """Let an order through and write that down, or raise; only after this may the platform be touched.

        Raises: ReceiptRefused with the reason; Unsupported in observe mode, where the number is noted as
        void.
        """
        if self.observe:
            self.void(order.number)
            raise Unsupported(
                OBSERVING, "Run `showcause connect` again without observe mode to let decisions act."
            )
        with self.memory.changing() as db:
            mark = self.memory.mark(order.subject, order.measure)
            is_retry = self._is_retry(order, mark)
            self._bind(order, receipt_json, order.number - 1 if is_retry else mark)
            if is_retry:
                return
            db.execute(
                _ACCEPT + "'accepted')",
                (
                    order.key,
                    self.memory.digest(order.subject),
                    order.measure,
                    _end(order.until),
                    order.number,
                ),
            )

    def admit_urgent(self, spool_id: str, subject: Subject, measure: Measure) -> None:
        """Write down an act of the urgent lane, whose intent is in the spool already; it has no number yet.

        Raises: IllegalStep when it was lifted meanwhile; Unsupported in observe mode.
        """
        if self.observe:
            raise Unsupported(
                OBSERVING, "In observe mode an urgent act is done with the platform's own tools."
            )
        with self.memory.changing() as db:
            known = self.memory.by_key(spool_id)
            if known is not None and known.state is State.LIFTED:
                raise IllegalStep("this urgent act was lifted and is not done again")
            db.execute(
                "INSERT OR IGNORE INTO accepted (key, subject, measure, until, state) VALUES (?, ?, ?, '', 'accepted')",
                (spool_id, self.memory.digest(subject), measure),
            )

    def entered(self, spool_id: str, number: int) -> None:
        """Give an urgent act the number under which it entered the log.

        Raises: IllegalStep when the act or the number is already bound otherwise.
        """
        with self.memory.changing() as db:
            known, holder = self.memory.by_key(spool_id), self.memory.by_number(number)
            if known is None or known.number not in (None, number) or (holder and holder.key != spool_id):
                raise IllegalStep(f"urgent act {spool_id} and number {number} do not belong together")
            db.execute("UPDATE accepted SET number = ? WHERE key = ?", (number, spool_id))

    def landed(self, key: str) -> None:
        """Note that an order was seen on the platform. A lift that came meanwhile stays a lift."""
        with self.memory.changing() as db:
            db.execute("UPDATE accepted SET state = 'landed' WHERE key = ? AND state = 'accepted'", (key,))

    def lift(self, order: Order) -> tuple[int, ...]:
        """Close an order for ever, seen before or not, and return the numbers of others that still hold.

        Raises: BadInput when the number was accepted for something else: lifting would free the wrong one.
        """
        with self.memory.changing() as db:
            known = self.memory.by_number(order.number) or self.memory.by_key(order.key)
            if known is None:
                db.execute(
                    _ACCEPT + "'lifted')",
                    (
                        order.key,
                        self.memory.digest(order.subject),
                        order.measure,
                        _end(order.until),
                        order.number,
                    ),
                )
            elif (
                known.subject not in (None, self.memory.digest(order.subject))
                or known.measure != order.measure
            ):
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
            verify.open_order(receipt.from_json(receipt_json), wanted, self._policy, last_number)
        except LogError as error:
            raise ReceiptRefused(f"the receipt does not open order {order.number}: {error}") from error

    def _is_retry(self, order: Order, mark: int) -> bool:
        if self.memory.is_void(order.number):
            raise ReceiptRefused(f"order {order.number} was cancelled before it was carried out")
        known = self.memory.by_number(order.number) or self.memory.by_key(order.key)
        if known is None:
            if order.number <= mark:
                raise ReceiptRefused(f"order {order.number} is older than order {mark}, which came before it")
            return False
        self._same(order, known)
        if known.state is State.LIFTED:
            raise ReceiptRefused(f"order {order.number} was lifted; its receipt is used up")
        # An older order that stands may be put back after drift; one that never landed was overtaken.
        if order.number < mark and known.state is not State.LANDED:
            raise ReceiptRefused(f"order {order.number} was overtaken by order {mark}")
        return True

    def _same(self, order: Order, known: Accepted) -> None:
        mine = (order.key, self.memory.digest(order.subject), order.measure, _end(order.until), order.number)
        if mine != (known.key, known.subject, known.measure, known.until, known.number):
            raise ReceiptRefused(f"order {order.number} was accepted before with another content")


def _end(until: datetime | None) -> str:
    return "" if until is None else until.astimezone(UTC).isoformat()
