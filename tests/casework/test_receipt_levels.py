"""A good receipt below the pinned level opens nothing, unless a fallback is pinned and the log admits the gap."""

from dataclasses import dataclass, replace

import pytest

from showcause.casework import enforcing
from showcause.casework.log import gapping, receipts
from showcause.casework.ports import Order
from showcause.connectors.gate import Gate, Pinned
from showcause.connectors.memory import Memory
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import ReceiptRefused
from showcause.domain.witness import Demand, Level, NotYetWitnessed
from showcause.transparency.keys import KeyKind, SigningKey
from showcause.transparency.note import cosign
from showcause.transparency.receipt import Receipt, from_json, to_json
from tests.house import PLATFORM, House, fresh_id

WITNESS = SigningKey("daily.example/w1", KeyKind.COSIGNATURE, b"w" * 32)
STRANGER = SigningKey("daily.example/w1", KeyKind.COSIGNATURE, b"s" * 32)
HOUR = 3_600


@dataclass
class Made:
    """A decision that was carried out, as another connector would be asked to carry it out."""

    order: Order
    receipt: Receipt
    enforcement: str


def made(house: House, ref: str) -> Made:
    decision: Decision = house.suspended(ref)
    with house.store.read() as view:
        enforcement = view.first(Enforcement, decision=decision.id)
        assert enforcement is not None
        order = enforcing.order_of(view, enforcement)
    return Made(order, receipt_of(house, decision.leaf), enforcement.id)


def receipt_of(house: House, leaf: str) -> Receipt:
    house.work()
    assert house.worker.head is not None
    with house.store.read() as view:
        return receipts.order_receipt(view, leaf, house.worker.head.note)


def gap_of(house: House, of: Made, level: Level = Level.R1) -> Receipt:
    """Let an hour pass and have the log admit the gap."""
    house.wait(seconds=HOUR)
    house.run(gapping.log_gap, of.enforcement, Demand(level, HOUR))
    house.work()
    assert house.worker.head is not None
    with house.store.read() as view:
        gap = gapping.gap_of(view, view.get(Enforcement, of.enforcement).decision)
        assert gap is not None
        return gapping.gap_receipt(view, gap, house.worker.head.note)


def gate(house: House, fallback_after: int | None = None) -> Gate:
    """A gate that has admitted nothing, with one witness pinned for suspensions."""
    [log, _] = house.log_policy.splitlines()
    policy = f"{log}\nwitness daily {WITNESS.verifier}\nquorum daily\n"
    memory = Memory(house.folder / f"{fresh_id()}.db", b"g" * 32)
    levels = {"suspend": Pinned("R1", policy, fallback_after)}
    return Gate(PLATFORM, PLATFORM, house.log_policy, memory, levels=levels)


def cosigned(receipt: Receipt, key: SigningKey) -> Receipt:
    return replace(receipt, checkpoint=cosign(receipt.checkpoint, key, 1_790_000_000))


def test_only_the_witness_that_is_pinned_opens_the_gate(house: House) -> None:
    one = made(house, "mallory")
    for below in (one.receipt, cosigned(one.receipt, STRANGER)):
        with pytest.raises(NotYetWitnessed):
            gate(house).admit(one.order, to_json(below))
    assert gate(house).admit(one.order, to_json(cosigned(one.receipt, WITNESS))) == one.order.key


def test_what_waits_at_the_gate_was_not_accepted_and_may_still_be_lifted(house: House) -> None:
    one, here = made(house, "mallory"), gate(house)
    with pytest.raises(NotYetWitnessed):
        here.admit(one.order, to_json(one.receipt))
    here.lift(one.order)
    with pytest.raises(ReceiptRefused):
        here.admit(one.order, to_json(cosigned(one.receipt, WITNESS)))


def test_a_bad_receipt_is_refused_and_does_not_wait_for_witnesses(house: House) -> None:
    one, other = made(house, "mallory"), made(house, "trudy")
    with pytest.raises(ReceiptRefused):
        gate(house).admit(one.order, to_json(cosigned(other.receipt, WITNESS)))


def test_a_gap_that_the_log_admits_opens_where_a_fallback_is_pinned_and_only_there(house: House) -> None:
    one = made(house, "mallory")
    gap = gap_of(house, one)
    shown = to_json(replace(one.receipt, gap=gap))
    assert from_json(shown).gap == gap
    assert gate(house, fallback_after=HOUR).admit(one.order, shown) == one.order.key
    for fallback_after in (None, 2 * HOUR):
        with pytest.raises(NotYetWitnessed):
            gate(house, fallback_after).admit(one.order, shown)


def test_another_orders_gap_another_levels_or_one_that_says_less_opens_nothing(house: House) -> None:
    one, other = made(house, "mallory"), made(house, "trudy")
    its_own, theirs = gap_of(house, one, Level.R2), gap_of(house, other)
    closed = replace(theirs, openings=())
    for gap in (its_own, theirs, closed, replace(one.receipt, openings=())):
        with pytest.raises(NotYetWitnessed):
            gate(house, HOUR).admit(one.order, to_json(replace(one.receipt, gap=gap)))


def test_a_gap_of_no_log_that_is_trusted_is_refused(house: House) -> None:
    one = made(house, "mallory")
    gap = gap_of(house, one)
    for forged in (
        replace(gap, leaf=gap.leaf.replace(b'"k":"gap"', b'"k":"hold"')),
        replace(gap, index=gap.index - 1),
        replace(gap, checkpoint=one.receipt.checkpoint),
    ):
        with pytest.raises(ReceiptRefused):
            gate(house, HOUR).admit(one.order, to_json(replace(one.receipt, gap=forged)))
