"""A connector and a platform's program killed at random between asking, doing and confirming: nothing is done twice."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from showcause.casework.ports import Confirmation, Order, Reason, Result
from showcause.connectors.orders import OrdersPlatform
from showcause.connectors.orders_book import Book
from showcause.connectors.orders_card import card
from showcause.domain.errors import NotYetConfirmed
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from showcause.web.api.orders import _told
from tests.contracts.connector.orders_peer import NAME, reference
from tests.contracts.connector.peers import CONNECTOR, gate_and_spool, now
from tests.contracts.connector.receipts import Issuer
from tests.crash.children import in_victim

KILLS = 25
pytestmark = pytest.mark.crash


class Noting(reference("forum").Forum):  # type: ignore[misc]  # a file of the guide, loaded as it stands there
    """The forum, which notes in the same transaction what really changed."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.sql("CREATE TABLE IF NOT EXISTS act (ref TEXT, what TEXT)")
        for what, event in (("restrict", "INSERT"), ("lift", "DELETE")):
            row = "NEW" if event == "INSERT" else "OLD"
            self.sql(
                f"CREATE TRIGGER IF NOT EXISTS {what} AFTER {event} ON measure "
                f"BEGIN INSERT INTO act VALUES ({row}.ref, '{what}'); END"
            )

    def acts(self, ref: str) -> list[str]:
        return [what for (what,) in self.sql("SELECT what FROM act WHERE ref = ? ORDER BY rowid", ref)]


def program(connector: OrdersPlatform) -> Callable[..., Any]:
    """Return the calls of the platform's program, which reach the connector without HTTP in between."""

    def call(method: str, path: str, body: Any = None) -> Any:
        if method == "GET":
            told = [_told(each, connector.connector) for each in connector.errands(None, 100)]
            return {"orders": [each.model_dump(mode="json") for each in told]}
        standing = None if body.get("standing") is None else frozenset(map(Measure, body["standing"]))
        reason = Reason(body["reason"]) if body.get("reason") else None
        return connector.confirm(
            path.split("/")[2], Confirmation(Result(body["outcome"]), reason, standing, body.get("has"))
        )

    return call


def test_no_restriction_is_doubled_lost_or_revived_by_kill_9(tmp_path: Path) -> None:
    issuer, dice, died = Issuer(CONNECTOR), random.Random(11), 0
    forum, log_key = Noting(str(tmp_path / "forum.db")), str(issuer.key.verifier)
    orders: list[tuple[Order, bytes]] = []

    def more() -> None:
        ref = f"person-{len(orders)}"
        forum.join(ref, "general")
        orders.append(issuer.order(Subject(NAME, SubjectKind.ACCOUNT, ref), Measure.SUSPEND))

    def opened() -> OrdersPlatform:
        gate, spool = gate_and_spool(tmp_path, NAME, issuer, observe=False)
        book = Book(tmp_path / "orders.db", b"\x02" * 32)
        return OrdersPlatform(card(NAME, "suspend:account", "yes"), book, gate, spool, now)

    def work() -> None:
        """Do everything, worker and program by turns, each as a process does that begins anew."""
        worker, visitor = opened(), opened()
        for _ in range(4):
            for at, (order, receipt) in enumerate(orders):
                known = worker.gate.memory.by_number(order.number)
                with suppress(NotYetConfirmed):
                    if known is None or known.state == "accepted":
                        worker.apply(order, receipt)
                    if at % 2:
                        worker.lift(order)
            reference("ten_lines").work(program(visitor), forum, log_key)

    def kill_soon(victim: int, _pipe: int) -> None:
        time.sleep(dice.uniform(0.0, 0.3))
        os.kill(victim, signal.SIGKILL)

    for _ in range(8):
        more()
    while died < KILLS:
        killed, _ = in_victim(lambda _pipe: work(), kill_soon)
        died += killed
        if not killed:
            more()
    work()
    work()
    for at, (order, _) in enumerate(orders):
        assert forum.acts(order.subject.ref) in (
            [["restrict", "lift"]] if at % 2 else [["restrict"]]
        ), order.subject.ref  # fmt: skip
    connector = opened()
    assert connector.errands(None, 100) == []
    assert connector.gate.memory.gaps() == []
    assert connector.gate.memory.unfinished() == 0
