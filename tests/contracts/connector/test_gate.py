"""Every connector keeps its gate shut: without a receipt that binds to this very order, nobody is touched."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from showcause.casework.ports import Order, Platform
from showcause.connectors.gated import GatedPlatform
from showcause.domain.errors import (
    BadInput,
    IllegalStep,
    ReceiptRefused,
    Unsupported,
)
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject
from tests.contracts.connector.peers import Peer, token

UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
SUSPEND = Measure.SUSPEND


Forgery = Callable[[Order, Subject], Order]


def test_a_connector_has_all_that_a_platform_needs(connector: GatedPlatform) -> None:
    names = [name for name in dir(Platform) if not name.startswith("_")]
    assert len(names) > 15
    assert [name for name in names if getattr(type(connector), name) is getattr(Platform, name)] == []


def test_a_valid_receipt_suspends(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    assert peer.can_write(person)
    outcome = connector.apply(*peer.issuer.order(person, SUSPEND, UNTIL))
    assert outcome.changed
    assert not peer.can_write(person)
    assert SUSPEND in connector.state_of(person).measures


@pytest.mark.parametrize("receipt", [b"", b"{}", b"null", b"\xff\x00", b'{"f":"showcause/v1 receipt"}'])
def test_without_a_receipt_there_is_no_act(peer: Peer, connector: GatedPlatform, receipt: bytes) -> None:
    person = peer.person()
    order, _ = peer.issuer.order(person, SUSPEND)
    with pytest.raises(ReceiptRefused):
        connector.apply(order, receipt)
    assert peer.can_write(person)


FORGERIES: dict[str, Forgery] = {
    "subject": lambda order, other: replace(order, subject=other),
    "measure": lambda order, _: replace(order, measure=Measure.LOCK, served=True),
    "end": lambda order, _: replace(order, until=UNTIL + timedelta(days=1)),
    "open end": lambda order, _: replace(order, until=None),
    "number": lambda order, _: replace(order, number=order.number + 1),
    "fraction of a second": lambda order, _: replace(order, until=UNTIL + timedelta(microseconds=1)),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_receipt_for_something_else_opens_nothing(peer: Peer, connector: GatedPlatform, what: str) -> None:
    person, other = peer.person(), peer.somebody_else()
    order, receipt = peer.issuer.order(person, SUSPEND, UNTIL)
    forged = FORGERIES[what](order, other)
    if forged.measure not in connector.card.measures:
        forged = replace(forged, measure=Measure.LIMIT)
    with pytest.raises(ReceiptRefused):
        connector.apply(forged, receipt)
    assert connector.state_of(person).measures == connector.state_of(other).measures == frozenset()


def test_a_receipt_for_another_connector_opens_nothing(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    order, _ = peer.issuer.order(person, SUSPEND)
    with pytest.raises(ReceiptRefused, match="connector"):
        connector.apply(order, peer.issuer.issue(order, connector="somebody-else"))
    assert peer.can_write(person)


def test_a_receipt_for_another_platform_opens_nothing(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    order, receipt = peer.issuer.order(replace(person, platform="elsewhere"), SUSPEND)
    with pytest.raises(ReceiptRefused, match="platform"):
        connector.apply(order, receipt)
    with pytest.raises(ReceiptRefused, match="platform"):
        connector.apply(replace(order, subject=person), receipt)
    assert peer.can_write(person)


def test_a_receipt_with_one_flipped_byte_opens_nothing(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    order, receipt = peer.issuer.order(person, SUSPEND)
    for at in range(0, len(receipt), max(1, len(receipt) // 60)):
        flipped = receipt[:at] + bytes([receipt[at] ^ 1]) + receipt[at + 1 :]
        with pytest.raises(ReceiptRefused):
            connector.apply(order, flipped)
    assert peer.can_write(person)


def test_a_lift_needs_no_receipt(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    order, receipt = peer.issuer.order(person, SUSPEND)
    connector.apply(order, receipt)
    assert connector.lift(order).changed
    assert peer.can_write(person)
    assert not connector.lift(order).changed


def test_an_old_receipt_replayed_after_the_lift_does_nothing(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    order, receipt = peer.issuer.order(person, SUSPEND)
    connector.apply(order, receipt)
    connector.lift(order)
    for again in (connector, peer.connect()):
        with pytest.raises(ReceiptRefused):
            again.apply(order, receipt)
    assert peer.can_write(person)


def test_a_late_restriction_never_follows_a_newer_one(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    older, newer = peer.issuer.order(person, SUSPEND), peer.issuer.order(person, SUSPEND)
    connector.apply(*newer)
    connector.lift(newer[0])
    with pytest.raises(ReceiptRefused):
        connector.apply(*older)
    assert peer.can_write(person)


def test_an_order_that_was_lifted_before_it_came_is_never_carried_out(
    peer: Peer, connector: GatedPlatform
) -> None:
    person = peer.person()
    order, receipt = peer.issuer.order(person, SUSPEND)
    connector.lift(order)
    with pytest.raises(ReceiptRefused):
        connector.apply(order, receipt)
    assert peer.can_write(person)


def test_a_lift_leaves_what_another_order_still_holds(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    first, second = peer.issuer.order(person, SUSPEND), peer.issuer.order(person, SUSPEND)
    connector.apply(*first)
    assert not connector.apply(*second).changed
    assert connector.lift(first[0]).kept_by == (second[0].number,)
    assert not peer.can_write(person)
    assert connector.lift(second[0]).changed
    assert peer.can_write(person)


def test_lifting_cannot_be_turned_against_somebody_else(peer: Peer, connector: GatedPlatform) -> None:
    person, other = peer.person(), peer.somebody_else()
    order, receipt = peer.issuer.order(person, SUSPEND)
    connector.apply(order, receipt)
    with pytest.raises(BadInput):
        connector.lift(replace(order, subject=other))
    assert not peer.can_write(person)


def test_a_repeated_order_acts_once(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    order, receipt = peer.issuer.order(person, SUSPEND)
    assert connector.apply(order, receipt).changed
    assert not connector.apply(order, receipt).changed
    assert not peer.connect().apply(order, receipt).changed


def test_a_number_is_used_for_one_order_only(peer: Peer, connector: GatedPlatform) -> None:
    person, other = peer.person(), peer.somebody_else()
    order, receipt = peer.issuer.order(person, SUSPEND)
    connector.apply(order, receipt)
    twin = replace(order, subject=other, key="f" * 32)
    with pytest.raises(ReceiptRefused):
        connector.apply(twin, peer.issuer.issue(twin))
    assert peer.can_write(other)


def test_a_void_number_is_never_carried_out_and_is_no_gap(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    first, second, third = (peer.issuer.order(person, SUSPEND) for _ in range(3))
    connector.apply(*third)
    assert connector.gate.memory.gaps() == [(1, 2)]
    connector.void(second[0].number)
    assert connector.gate.memory.gaps() == [(1, 1)]
    with pytest.raises(ReceiptRefused):
        connector.apply(*second)
    with pytest.raises(IllegalStep):
        connector.void(third[0].number)
    assert not connector.gate.memory.is_void(first[0].number)


def test_in_observe_mode_nothing_acts(peer: Peer) -> None:
    observing, person = peer.connect(observe=True), peer.person()
    order, receipt = peer.issuer.order(person, SUSPEND)
    with pytest.raises(Unsupported, match="observes"):
        observing.apply(order, receipt)
    with pytest.raises(Unsupported, match="observes"):
        observing.urgent(token(), Urgent.THREAT_TO_LIFE, person, SUSPEND)
    peer.by_hand(person, SUSPEND)
    observing.lift(order)
    assert not peer.can_write(person)
