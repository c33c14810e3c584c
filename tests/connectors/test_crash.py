"""Killed at random and started again: no restriction is doubled, none is without an order, none follows its lift."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from showcause.casework.ports import Order
from showcause.connectors.simulator import Simulator
from showcause.domain.errors import PlatformUnavailable
from showcause.domain.restriction import Measure
from tests.contracts.connector.peers import SimulatorPeer
from tests.crash.children import in_victim

KILLS = 40
pytestmark = pytest.mark.crash


def work(connector: Simulator, orders: list[tuple[Order, bytes]]) -> None:
    """Apply every order and lift every second one, as a worker does that begins anew each time."""
    for at, (order, receipt) in enumerate(orders):
        known = connector.gate.memory.by_number(order.number)
        if known is None or known.state != "lifted":
            connector.apply(order, receipt)
        if at % 2:
            connector.lift(order)


def test_no_restriction_is_doubled_or_revived_by_kill_9(tmp_path: Path) -> None:
    def kill_soon(victim: int, _pipe: int) -> None:
        time.sleep(dice.uniform(0.0, 0.12))
        os.kill(victim, signal.SIGKILL)

    peer = SimulatorPeer(tmp_path)
    orders = [peer.issuer.order(peer.person(), Measure.SUSPEND) for _ in range(25)]
    connector, dice, died = peer.connect(), random.Random(7), 0
    while died < KILLS:
        killed, _ = in_victim(lambda _pipe: work(connector, orders), kill_soon)
        died += killed
        if not killed:
            orders.append(peer.issuer.order(peer.person(), Measure.SUSPEND))
    work(connector, orders)
    for at, (order, _) in enumerate(orders):
        acts = [act for act in peer.world.acts() if act["ref"] == order.subject.ref and act["changed"]]
        assert [act["what"] for act in acts] == (["impose", "free"] if at % 2 else ["impose"])
        assert acts[0]["by"] == order.key
        assert peer.can_write(order.subject) is bool(at % 2)
    assert connector.gate.memory.gaps() == []
    assert connector.gate.memory.unfinished() == 0


def test_an_act_whose_answer_was_lost_is_not_done_again_by_another_process(tmp_path: Path) -> None:
    peer = SimulatorPeer(tmp_path)
    person, connector = peer.person(), peer.connect()
    order, receipt = peer.issuer.order(person, Measure.SUSPEND)
    connector.faults.hangs = True

    def die_unanswered(_pipe: int) -> None:
        try:
            connector.apply(order, receipt)
        except PlatformUnavailable:
            os.kill(os.getpid(), signal.SIGKILL)

    assert in_victim(die_unanswered, lambda *_: None)[0]
    assert not peer.connect().apply(order, receipt).changed
    assert len([act for act in peer.world.acts() if act["what"] == "impose"]) == 1
