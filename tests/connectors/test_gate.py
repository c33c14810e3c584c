"""The gate's memory: durable, without names, counting every number, closed against what hung."""

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from showcause.casework.ports import Order
from showcause.connectors.gate import Gate
from showcause.connectors.memory import Memory
from showcause.connectors.simulator import Simulator
from showcause.domain.errors import IllegalStep, ReceiptRefused, StoreFull
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from tests.contracts.connector.peers import CONNECTOR, SimulatorPeer
from tests.contracts.connector.receipts import Issuer
from tests.crash.children import in_victim

ANN = Subject("garden", SubjectKind.ACCOUNT, "ann-of-the-garden")
BEN = Subject("garden", SubjectKind.ACCOUNT, "ben-of-the-garden")


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(CONNECTOR)


@pytest.fixture
def gate(tmp_path: Path, issuer: Issuer) -> Gate:
    return Gate(CONNECTOR, "garden", issuer.policy, Memory(tmp_path / "gate.db", b"\x01" * 32))


def test_the_gates_file_names_nobody(tmp_path: Path, gate: Gate, issuer: Issuer) -> None:
    gate.admit(*issuer.order(ANN, Measure.SUSPEND))
    gate.memory.told("statement to ann-of-the-garden", "notice-1")
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    for file in files:
        assert b"ann-of-the-garden" not in file.read_bytes()


def test_the_gate_itself_refuses_what_was_lifted_or_overtaken_before_anything_is_touched(
    gate: Gate, issuer: Issuer
) -> None:
    first, second, third = (issuer.order(ANN, Measure.SUSPEND) for _ in range(3))
    gate.admit(*second)
    gate.lift(second[0])
    for order, receipt in (first, second):
        with pytest.raises(ReceiptRefused):
            gate.admit(order, receipt)
    gate.admit(*third)
    assert gate.memory.gaps() == [(1, 1)]


def test_an_older_order_that_stands_may_be_put_back_and_one_that_never_landed_may_not(
    gate: Gate, issuer: Issuer
) -> None:
    stands, hung, newest = (issuer.order(ANN, Measure.SUSPEND) for _ in range(3))
    for each in (stands, hung, newest):
        gate.admit(*each)
    assert gate.landed(stands[0].key)
    gate.admit(*stands)
    with pytest.raises(ReceiptRefused, match="overtaken"):
        gate.admit(*hung)


def test_the_mark_of_one_person_does_not_close_the_gate_for_another(gate: Gate, issuer: Issuer) -> None:
    first, second = issuer.order(ANN, Measure.SUSPEND), issuer.order(BEN, Measure.SUSPEND)
    gate.admit(*second)
    gate.admit(*first)


def test_the_mark_of_one_measure_does_not_close_the_gate_for_another(gate: Gate, issuer: Issuer) -> None:
    first, second = issuer.order(ANN, Measure.LOCK, served=True), issuer.order(ANN, Measure.SUSPEND)
    gate.admit(*second)
    gate.admit(*first)


def test_missing_numbers_are_reported_as_ranges(gate: Gate, issuer: Issuer) -> None:
    orders = [issuer.order(ANN, Measure.SUSPEND) for _ in range(9)]
    for number in (2, 6, 9):
        gate.admit(*orders[number - 1])
    gate.void(4)
    assert gate.memory.gaps() == [(1, 1), (3, 3), (5, 5), (7, 8)]
    assert gate.memory.gaps(most=2) == [(1, 1), (3, 3)]
    assert gate.memory.unfinished() == 3


def test_a_forgotten_person_cannot_be_hit_with_an_old_receipt(gate: Gate, issuer: Issuer) -> None:
    order, receipt = issuer.order(ANN, Measure.SUSPEND)
    gate.admit(order, receipt)
    gate.memory.forget(ANN)
    with pytest.raises(ReceiptRefused):
        gate.admit(order, receipt)
    assert gate.memory.mark(ANN, Measure.SUSPEND) == 0


def test_what_was_accepted_survives_kill_9_before_the_act(tmp_path: Path, gate: Gate, issuer: Issuer) -> None:
    order, receipt = issuer.order(ANN, Measure.SUSPEND)

    def admit_and_die(_pipe: int) -> None:
        gate.admit(order, receipt)
        os.kill(os.getpid(), signal.SIGKILL)

    assert in_victim(admit_and_die, lambda *_: None)[0]
    known = Memory(tmp_path / "gate.db", b"\x01" * 32).by_key(order.key)
    assert known is not None
    assert known.number == 1
    assert gate.admit(order, receipt) == order.key


def test_another_key_finds_nobody(tmp_path: Path, gate: Gate, issuer: Issuer) -> None:
    gate.admit(*issuer.order(ANN, Measure.SUSPEND))
    assert Memory(tmp_path / "gate.db", b"\x09" * 32).mark(ANN, Measure.SUSPEND) == 0
    with pytest.raises(ValueError, match="32 bytes"):
        Memory(tmp_path / "gate.db", b"short")


def test_a_memory_that_cannot_grow_refuses_the_order(gate: Gate, issuer: Issuer) -> None:
    with gate.memory.changing() as db:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFull):
        _fill(gate, issuer)
    assert gate.memory.gaps() == []


def _fill(gate: Gate, issuer: Issuer) -> None:
    for _ in range(200):
        gate.admit(*issuer.order(ANN, Measure.SUSPEND))


def test_a_number_of_an_urgent_act_cannot_be_bound_to_somebody_else(gate: Gate, issuer: Issuer) -> None:
    gate.admit_urgent("a" * 32, ANN, Measure.SUSPEND)
    order, receipt = issuer.order(BEN, Measure.SUSPEND)
    gate.admit(order, receipt)
    with pytest.raises(IllegalStep):
        gate.entered("a" * 32, order.number)
    with pytest.raises(IllegalStep):
        gate.entered("f" * 32, 7)


def test_an_act_that_hung_until_its_lift_is_taken_back(tmp_path: Path) -> None:
    peer = SimulatorPeer(tmp_path)
    slow, quick, person = peer.connect(), peer.connect(), peer.person()
    order, receipt = peer.issuer.order(person, Measure.SUSPEND)
    slow.faults.slow = lambda: _lift_once(slow, quick, order)
    with pytest.raises(ReceiptRefused, match="lifted while"):
        slow.apply(order, receipt)
    assert peer.can_write(person)


def _lift_once(slow: Simulator, quick: Simulator, order: Order) -> None:
    slow.faults.slow = None
    quick.lift(order)


def test_the_end_of_an_order_is_the_same_moment_in_every_time_zone(gate: Gate, issuer: Issuer) -> None:
    order, receipt = issuer.order(ANN, Measure.SUSPEND, datetime(2027, 1, 1, tzinfo=UTC))
    assert gate.admit(order, receipt) == gate.admit(order, receipt)
