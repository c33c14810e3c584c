"""Guarantee 1: nothing is enforced without a log receipt or an urgent-lane entry; the connector checks it itself."""

from datetime import timedelta

import pytest

from showcause.casework import deciding, lodging, orphans
from showcause.casework.log import receipts
from showcause.casework.ports import Order
from showcause.casework.reading import subject_of
from showcause.domain.baseline import Orphan
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import NotYetSigned, ReceiptRefused
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from showcause.transparency.leaf import Slot
from showcause.transparency.receipt import to_json
from tests.house import PLATFORM, House


def test_every_act_on_the_platform_has_an_earlier_entry_in_the_log(house: House) -> None:
    for ref in ("a", "b", "c"):
        house.suspended(ref)
    acts = [act for act in house.world.acts() if act["what"] == "impose"]
    assert len(acts) == 3
    with house.store.read() as view:
        for act in acts:
            enforcement = view.get(Enforcement, act["by"])
            decision = view.get(Decision, enforcement.decision)
            logged = view.log.index_of(decision.leaf)
            effect = next(i for i, kind in enumerate(house.log_kinds()) if kind == "effect")
            assert logged is not None
            assert decision.decided_at is not None
            assert decision.decided_at.isoformat() <= act["at"]
            assert logged < effect + 2 * len(acts)


def test_an_order_whose_head_is_not_signed_waits(house: House) -> None:
    house.work()
    proposed = house.propose(house.case_of(house.report(house.account("sam"))), rung="suspend")
    house.run(deciding.approve, proposed.id, "cleo")
    house.now += timedelta(seconds=31)
    house.run(deciding.commit, proposed.id)
    head = house.worker.head
    assert head is not None
    with house.store.read() as view, pytest.raises(NotYetSigned):
        receipts.order_receipt(view, proposed.leaf, head.note)
    assert house.standing("sam") == set()
    house.work()
    assert house.standing("sam") == {Measure.SUSPEND}


@pytest.mark.parametrize("wrong", ["subject", "measure", "number", "end"])
def test_a_receipt_opens_the_gate_for_its_own_order_only(house: House, wrong: str) -> None:
    decided = house.suspended("sam")
    (enforcement,) = house.all(Enforcement)
    head = house.worker.head
    assert head is not None
    with house.store.read() as view:
        receipt = to_json(receipts.order_receipt(view, decided.leaf, head.note))
    other = house.account("innocent-ida")
    order = Order(
        key="f" * 32,
        subject=other if wrong == "subject" else house.account("sam"),
        measure=Measure.LIMIT if wrong == "measure" else Measure.SUSPEND,
        until=house.now if wrong == "end" else None,
        number=enforcement.number + (1 if wrong == "number" else 0),
    )
    fresh = house.connector("another.db")
    with pytest.raises(ReceiptRefused):
        fresh.apply(order, receipt)
    assert house.standing("innocent-ida") == set()
    assert house.standing("sam") == {Measure.SUSPEND}


def test_an_old_receipt_does_nothing_after_the_lift(house: House) -> None:
    from showcause.casework import hearing

    decided = house.suspended("sam")
    (enforcement,) = house.all(Enforcement)
    appeal = house.run(lodging.lodge, decided.reference, "wrong")
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "wrong")
    house.work()
    head = house.worker.head
    assert head is not None
    with house.store.read() as view:
        receipt = to_json(receipts.order_receipt(view, decided.leaf, head.note))
    order = Order(enforcement.id, house.account("sam"), Measure.SUSPEND, None, enforcement.number)
    with pytest.raises(ReceiptRefused):
        house.platform.apply(order, receipt)
    assert house.standing("sam") == set()


def test_what_somebody_restricted_by_hand_is_found_counted_and_public(house: House) -> None:
    house.suspended("sam")
    house.world.register("by-hand")
    house.world.impose(SubjectKind.ACCOUNT, "by-hand", Measure.SUSPEND)
    result = house.run(orphans.scan, PLATFORM, list(house.platform.restricted()))
    assert (len(result.new), result.explained) == (1, 1)
    (orphan,) = house.all(Orphan)
    with house.store.read() as view:
        assert subject_of(view, orphan.subject) == Subject(PLATFORM, SubjectKind.ACCOUNT, "by-hand")
    assert house.log_kinds()[-1] == "tally"
    house.run(orphans.scan, PLATFORM, list(house.platform.restricted()))
    assert len(house.all(Orphan)) == 1


def test_the_receipt_a_connector_gets_opens_the_orders_and_no_word_more(house: House) -> None:
    decided = house.suspended("sam")
    head = house.worker.head
    assert head is not None
    with house.store.read() as view:
        receipt = receipts.order_receipt(view, decided.leaf, head.note)
    opened = {(opening.slot, field) for opening in receipt.openings for field in opening.disclosed}
    assert opened == {
        (Slot.SUBJECT, "platform"),
        (Slot.SUBJECT, "kind"),
        (Slot.SUBJECT, "ref"),
        (Slot.FACTS, "orders"),
    }
