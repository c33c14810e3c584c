"""Every connector signs what it did with its own key, about exactly this order, and says the same when asked again."""

from dataclasses import replace

import pytest

from showcause.casework.ports import GivenUp, Order
from showcause.connectors.gated import GatedPlatform
from showcause.domain.errors import IllegalStep, PlatformUnavailable, ReceiptRefused
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.transparency import confirmation
from showcause.transparency.confirmation import Basis, Confirmation, Event, Ordered
from tests.contracts.connector.peers import CONNECTOR, KEY, Peer, now, token

SUSPEND = Measure.SUSPEND


def opened(note: str, order: Order, connector: GatedPlatform) -> Confirmation:
    """Return what a confirmation says, once it is seen to be signed by the connector and about this order."""
    said = confirmation.opened(note, KEY.verifier)
    assert (said.connector, said.platform) == (CONNECTOR, order.subject.platform)
    assert (said.about, said.measure) == (Ordered(order.number, order.leaf), order.measure)
    assert abs(said.time - now().timestamp()) < 60
    assert order.subject.ref not in note, "it names nobody"
    assert said.basis is (connector.basis if said.event in LOOKED else Basis.MEMORY)
    return said


LOOKED = {Event.IMPOSED, Event.STANDING, Event.LIFTED, Event.ABSENT}


def test_a_confirmation_is_signed_by_the_connectors_key_and_names_this_order(
    peer: Peer, connector: GatedPlatform
) -> None:
    order, receipt = peer.issuer.order(peer.person(), SUSPEND)
    imposed = connector.apply(order, receipt)
    assert opened(imposed.confirmation, order, connector).event is Event.IMPOSED
    again = peer.connect().apply(order, receipt)
    assert again.confirmation == imposed.confirmation, "the same bytes, also from another process"
    lifted = connector.lift(order)
    assert opened(lifted.confirmation, order, connector).event is Event.LIFTED
    assert peer.connect().lift(order).confirmation == lifted.confirmation


def test_a_receipt_of_another_decision_than_the_order_names_opens_nothing(
    peer: Peer, connector: GatedPlatform
) -> None:
    person = peer.person()
    order, receipt = peer.issuer.order(person, SUSPEND)
    with pytest.raises(ReceiptRefused, match="another decision"):
        connector.apply(replace(order, leaf="0" * 32), receipt)
    assert peer.can_write(person)


def test_what_stood_already_is_not_said_to_be_imposed(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    order, receipt = peer.issuer.order(person, SUSPEND)
    with peer.silent(), pytest.raises(PlatformUnavailable):
        connector.apply(order, receipt)
    found = opened(connector.apply(order, receipt).confirmation, order, connector).event
    # A platform that fetches says later itself that it was the one who did it.
    assert found is Event.STANDING or (found is Event.IMPOSED and connector.basis is Basis.CLAIMED)
    newer, its_receipt = peer.issuer.order(person, SUSPEND)
    connector.apply(newer, its_receipt)
    assert opened(connector.lift(order).confirmation, order, connector).event is Event.KEPT
    connector.lift(newer)
    third, _ = peer.issuer.order(person, SUSPEND)
    assert opened(connector.lift(third).confirmation, third, connector).event is Event.ABSENT


def test_an_order_put_back_after_it_was_undone_by_hand_is_confirmed_anew(
    peer: Peer, connector: GatedPlatform
) -> None:
    person = peer.person()
    first, _ = peer.issuer.order(person, SUSPEND)
    peer.by_hand(person, SUSPEND)
    assert opened(connector.lift(first).confirmation, first, connector).event is Event.LIFTED
    peer.by_hand(person, SUSPEND)
    again = connector.lift(first)
    assert again.changed
    assert opened(again.confirmation, first, connector).event is Event.LIFTED


def test_an_order_that_ended_without_the_platform_is_attested_from_memory(
    peer: Peer, connector: GatedPlatform
) -> None:
    person = peer.person()
    order, receipt = peer.issuer.order(person, SUSPEND)
    with pytest.raises(IllegalStep):
        connector.attest(order, GivenUp.VOID)
    with pytest.raises(IllegalStep):
        connector.attest(order, GivenUp.STUCK)
    with peer.failing(), pytest.raises(PlatformUnavailable):
        connector.apply(order, receipt)
    failed = connector.attest(order, GivenUp.FAILED)
    assert opened(failed, order, connector).event is Event.FAILED
    assert peer.connect().attest(order, GivenUp.FAILED) == failed
    cancelled = replace(order, number=99, key="9" * 32)
    connector.void(99)
    assert opened(connector.attest(cancelled, GivenUp.VOID), cancelled, connector).event is Event.VOID
    connector.lift(order)
    assert opened(connector.attest(order, GivenUp.STUCK), order, connector).event is Event.STUCK
    with pytest.raises(IllegalStep):
        connector.attest(order, GivenUp.FAILED)


def test_an_urgent_act_is_confirmed_under_its_id_in_the_spool(peer: Peer, connector: GatedPlatform) -> None:
    spool_id = connector.urgent(token(), Urgent.THREAT_TO_LIFE, peer.person(), SUSPEND)
    (entry,) = connector.spooled()
    said = confirmation.opened(entry.confirmation, KEY.verifier)
    assert (said.about, said.event) == (confirmation.Urgent(spool_id), Event.IMPOSED)


def test_an_observing_connector_says_that_it_looked_at_nothing(peer: Peer) -> None:
    observing = peer.connect(observe=True)
    order, _ = peer.issuer.order(peer.person(), SUSPEND)
    said = opened(observing.lift(order).confirmation, order, observing)
    assert said.event is Event.UNTOUCHED
