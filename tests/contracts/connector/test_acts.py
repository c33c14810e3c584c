"""Every connector acts once, believes only what it reads back, restores with a list, tells once, and lists orphans."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from showcause.connectors.gated import GatedPlatform
from showcause.domain.errors import (
    NotFound,
    PlatformUnavailable,
    RateLimited,
    Unsupported,
)
from showcause.domain.restriction import Measure
from tests.contracts.connector.peers import Peer

UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
SUSPEND = Measure.SUSPEND


def test_success_that_did_not_land_is_noticed_and_can_be_repeated(
    peer: Peer, connector: GatedPlatform
) -> None:
    person = peer.person()
    order, receipt = peer.issuer.order(person, SUSPEND)
    with peer.lying(), pytest.raises(PlatformUnavailable, match="success"):
        connector.apply(order, receipt)
    assert connector.apply(order, receipt).changed
    with peer.lying(), pytest.raises(PlatformUnavailable, match="success"):
        connector.lift(order)
    assert connector.lift(order).changed


def test_an_act_without_an_answer_is_found_done_when_repeated(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    order, receipt = peer.issuer.order(person, SUSPEND)
    with peer.silent(), pytest.raises(PlatformUnavailable):
        connector.apply(order, receipt)
    assert not peer.can_write(person)
    assert not connector.apply(order, receipt).changed


def test_an_error_of_the_platform_is_no_act(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    order, receipt = peer.issuer.order(person, SUSPEND)
    with peer.failing(), pytest.raises(PlatformUnavailable):
        connector.apply(order, receipt)
    assert peer.can_write(person)
    assert connector.apply(order, receipt).changed


def test_a_limit_of_the_platform_says_how_long_to_wait(peer: Peer, connector: GatedPlatform) -> None:
    order, receipt = peer.issuer.order(peer.person(), SUSPEND)
    with peer.limiting(1.5), pytest.raises(RateLimited) as caught:
        connector.apply(order, receipt)
    assert caught.value.retry_after == 1.5


def test_what_would_stop_the_person_from_reading_waits_for_service(
    peer: Peer, connector: GatedPlatform
) -> None:
    person = peer.person()
    order, receipt = peer.issuer.order(person, Measure.LOCK)
    if Measure.LOCK not in connector.card.measures:  # then nothing there stops anybody from reading
        with pytest.raises(Unsupported, match="does not offer"):
            connector.apply(replace(order, served=True), receipt)
        return
    with pytest.raises(Unsupported, match="served"):
        connector.apply(order, receipt)
    assert connector.apply(replace(order, served=True), receipt).changed
    assert not connector.deliver(person, "too late", "r1").delivered
    assert connector.lift(order).changed


def test_an_unknown_account_is_said_to_be_unknown(peer: Peer, connector: GatedPlatform) -> None:
    nobody = peer.nobody()
    assert not connector.state_of(nobody).exists
    with pytest.raises(NotFound):
        connector.apply(*peer.issuer.order(nobody, SUSPEND))
    assert not connector.deliver(nobody, "text", "r1").delivered


def test_what_the_card_does_not_hold_is_refused(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    for measure in set(Measure) - {m for m, c in connector.card.measures.items() if person.kind in c.kinds}:
        with pytest.raises(Unsupported):
            connector.apply(*peer.issuer.order(person, measure))


def test_a_restoration_lists_what_came_back_and_what_did_not(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    before = connector.snapshot(person)
    order, receipt = peer.issuer.order(person, SUSPEND)
    connector.apply(order, receipt)
    peer.leave_a_room(person)
    connector.lift(order)
    found = connector.compare(person, before)
    assert len(found.lost) == 1
    assert found.lost[0].startswith(f"{peer.loses}: ")
    assert len(found.restored) >= 2


def test_a_notice_reaches_a_suspended_person_once(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    connector.apply(*peer.issuer.order(person, SUSPEND))
    first = connector.deliver(person, "You were suspended because …", "statement-1")
    assert first.delivered
    assert first.reference
    assert first.channel == connector.card.notice_channel
    for again in (connector, peer.connect()):
        assert (
            again.deliver(person, "You were suspended because …", "statement-1").reference == first.reference
        )
    assert peer.notices(person) == ["You were suspended because …"]


def test_a_suspension_by_hand_is_listed(peer: Peer, connector: GatedPlatform) -> None:
    person, done = peer.person(), []
    peer.by_hand(person, SUSPEND)
    found = list(connector.restricted(lambda number, _: done.append(number)))
    assert (person, SUSPEND) in [(each.subject, each.measure) for each in found]
    assert done == sorted(done)
    assert done


def test_drift_is_seen_in_the_state(peer: Peer, connector: GatedPlatform) -> None:
    person = peer.person()
    order, receipt = peer.issuer.order(person, SUSPEND)
    connector.apply(order, receipt)
    connector._free(person, SUSPEND)
    assert connector.state_of(person).measures == frozenset()
    assert connector.apply(order, receipt).changed


def test_the_doctor_has_a_remedy_for_every_failing_check(peer: Peer, connector: GatedPlatform) -> None:
    with peer.failing():
        checks = connector.doctor()
    assert any(not check.ok for check in checks)
    assert all(check.ok or check.remedy for check in checks)
