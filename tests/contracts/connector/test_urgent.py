"""Every connector has an urgent lane that works without database or log, and never without a trace."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from showcause.casework.ports import Order, Spooled
from showcause.connectors.gated import GatedPlatform
from showcause.connectors.tokens import issue_token
from showcause.domain.errors import (
    BadInput,
    NotPermitted,
    PlatformUnavailable,
)
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from tests.contracts.connector.peers import Peer, now, token

UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
SUSPEND = Measure.SUSPEND


def spooled(connector: GatedPlatform) -> list[Spooled]:
    return list(connector.spooled())


def test_the_urgent_lane_acts_without_a_receipt_and_spools_first(
    peer: Peer, connector: GatedPlatform
) -> None:
    person = peer.person()
    spool_id = connector.urgent(token(), Urgent.THREAT_TO_LIFE, person, SUSPEND)
    assert not peer.can_write(person)
    (entry,) = spooled(peer.connect())
    assert (entry.id, entry.subject, entry.acted) == (spool_id, person, True)
    assert entry.snapshot is not None


def test_an_urgent_act_that_meets_a_dead_platform_is_resumed(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    with peer.failing(), pytest.raises(PlatformUnavailable):
        connector.urgent(token(), Urgent.THREAT_TO_LIFE, person, SUSPEND, "c" * 32)
    (entry,) = spooled(connector)
    assert not entry.acted
    peer.connect().resume(entry.id)
    assert not peer.can_write(person)
    assert spooled(connector)[0].acted


def test_an_urgent_act_is_not_replayed_after_its_lift(peer: Peer, connector: GatedPlatform) -> None:
    person, spool_id = peer.person(), "d" * 32
    connector.urgent(token(), Urgent.THREAT_TO_LIFE, person, SUSPEND, spool_id)
    connector.entered(spool_id, 1)
    assert spooled(connector) == []
    connector.lift(Order("e" * 32, person, SUSPEND, None, 1))
    assert peer.can_write(person)
    assert connector.urgent(token(), Urgent.THREAT_TO_LIFE, person, SUSPEND, spool_id) == spool_id
    assert peer.can_write(person)


def test_what_must_not_be_copied_is_not_in_the_spool(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    for category in (Urgent.CHILD_ABUSE, Urgent.PRIVATE_ADDRESS):
        connector.urgent(token(category), category, person, SUSPEND)
    assert [entry.snapshot for entry in spooled(connector)] == [None, None]


def test_an_urgent_act_needs_a_token_for_its_category(peer: Peer, connector: GatedPlatform) -> None:
    person, stranger = (
        peer.person(),
        issue_token(Ed25519PrivateKey.generate(), "a" * 32, "b" * 32, (Urgent.THREAT_TO_LIFE,), UNTIL),
    )
    bad = (b"", b"x.y", stranger, token(Urgent.TERRORISM), token(expires=now()), token()[:-4] + b"AAAA")
    for each in bad:
        with pytest.raises(NotPermitted):
            connector.urgent(each, Urgent.THREAT_TO_LIFE, person, SUSPEND)
    assert spooled(connector) == []
    assert peer.can_write(person)


def test_the_urgent_lane_takes_reversible_measures_only(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    for measure in (Measure.LOCK, Measure.REMOVE):
        with pytest.raises(BadInput):
            connector.urgent(token(), Urgent.THREAT_TO_LIFE, person, measure)
    assert peer.can_write(person)


def test_an_urgent_act_that_has_entered_is_repeated_by_its_order(
    peer: Peer, connector: GatedPlatform
) -> None:
    person, spool_id = peer.person(), "a" * 32
    connector.urgent(token(), Urgent.THREAT_TO_LIFE, person, SUSPEND, spool_id)
    connector.entered(spool_id, 1)
    order, receipt = peer.issuer.order(person, SUSPEND)
    assert not connector.apply(order, receipt).changed
    assert connector.lift(order).changed
    assert peer.can_write(person)


def test_an_order_that_overtakes_the_entering_of_its_urgent_act_takes_its_place(
    peer: Peer, connector: GatedPlatform
) -> None:
    person, spool_id = peer.person(), "b" * 32
    with peer.failing(), pytest.raises(PlatformUnavailable):
        connector.urgent(token(), Urgent.THREAT_TO_LIFE, person, SUSPEND, spool_id)
    order, receipt = peer.issuer.order(person, SUSPEND)
    assert connector.apply(order, receipt).changed
    connector.entered(spool_id, order.number)
    assert spooled(connector) == []
    assert connector.lift(order).kept_by == ()
    assert peer.can_write(person)
