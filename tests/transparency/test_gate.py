"""THE GATE: a connector opens for exactly the order that the log commits to, and for nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.transparency import leaf, note, receipt, verify
from showcause.transparency.commitments import commit, order_entry
from showcause.transparency.errors import LogError, Malformed, Mismatched, Replayed, Unverified
from showcause.transparency.jcs import Json
from showcause.transparency.kinds import RESTRICTING, Kind, Slot
from showcause.transparency.policy import Policy
from tests.transparency.logs import (
    LOG_KEY,
    OTHER_KEY,
    R0,
    R1,
    SEEN,
    UNTIL,
    Campaign,
    Decision,
    Log,
    mixed_log,
    plain_leaf,
    secret,
)

ONE = Decision(number=3)
LOG = Log([*mixed_log(20).entries, leaf.encode(ONE.leaf()), *mixed_log(5).entries], witnessed=True)
GOOD = LOG.receipt(20, ONE.openings())


def log_of(decision: Decision, **changes: object) -> receipt.Receipt:
    """The receipt of a decision, with fields of its leaf replaced before it was logged."""
    entry = leaf.encode(replace(decision.leaf(), **changes))  # type: ignore[arg-type]
    return Log([entry, *mixed_log(4).entries]).receipt(0, decision.openings())


@pytest.mark.parametrize("policy", [R0, R1])
def test_the_gate_opens_for_the_order_that_the_receipt_is_for(policy: Policy) -> None:
    verified = verify.open_order(GOOD, ONE.order(), policy, last_number=2)
    assert verified.leaf == ONE.leaf()
    assert verified.index == 20
    assert verified.witnesses == ({"w1": SEEN} if policy is R1 else {})
    assert verified.opened[Slot.SUBJECT] == {"platform": "matrix", "kind": "account", "ref": ONE.ref}


@pytest.mark.parametrize("kind", Kind)
def test_only_kinds_that_restrict_open_the_gate(kind: Kind) -> None:
    base = plain_leaf("k", str(kind), slots={s: ONE.commitment(s).digest for s in (Slot.SUBJECT, Slot.FACTS)})
    numbers = leaf.Numbers("matrix", 3, 1) if kind in RESTRICTING else None
    found = Log([leaf.encode(replace(base, numbers=numbers))]).receipt(0, ONE.openings())
    if kind in RESTRICTING:
        verify.open_order(found, ONE.order(), R0, 0)
    else:
        with pytest.raises(Mismatched, match="restricts nobody"):
            verify.open_order(found, ONE.order(), R0, 0)


def test_a_leaf_of_an_unknown_kind_can_be_verified_but_opens_nothing() -> None:
    entry = leaf.encode(ONE.leaf()).replace(b'"decision"', b'"new-kind"')
    found = Log([entry]).receipt(0, ONE.openings())
    assert verify.verify_receipt(found, R0).leaf.kind == "new-kind"
    with pytest.raises(Malformed, match="not known"):
        verify.open_order(found, ONE.order(), R0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"platform": "mastodon"},
        {"kind": "post"},
        {"ref": "@other:example.org"},
        {"ref": ""},
        {"measure": "remove"},
        {"until": None},
        {"until": UNTIL + timedelta(seconds=1)},
        {"number": 2},
        {"number": 4},
        {"connector": "press"},
    ],
)
def test_a_receipt_for_one_order_opens_no_other(change: dict[str, object]) -> None:
    with pytest.raises(Mismatched):
        verify.open_order(GOOD, replace(ONE.order(), **change), R0, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "until",
    [
        UNTIL.replace(tzinfo=None),
        UNTIL.replace(microsecond=1),
        UNTIL.astimezone(timezone(timedelta(hours=1))),
    ],
)
def test_an_order_whose_end_has_no_exact_form_is_refused(until: datetime) -> None:
    with pytest.raises(Malformed):
        verify.open_order(GOOD, replace(ONE.order(), until=until), R0, 0)


def test_an_order_without_end_is_not_one_with_an_end() -> None:
    forever = Decision(until=None)
    found = Log([leaf.encode(forever.leaf())]).receipt(0, forever.openings())
    verify.open_order(found, forever.order(), R0, 0)
    with pytest.raises(Mismatched):
        verify.open_order(found, replace(forever.order(), until=datetime(2027, 1, 1, tzinfo=UTC)), R0, 0)


@pytest.mark.parametrize("last", [3, 4, 1_000_000])
def test_an_order_that_was_carried_out_or_overtaken_is_refused(last: int) -> None:
    with pytest.raises(Replayed):
        verify.open_order(GOOD, ONE.order(), R0, last)


def test_what_is_not_opened_is_not_believed() -> None:
    subject, facts = ONE.openings()
    partly = ONE.commitment(Slot.SUBJECT).opening(["platform", "kind"])
    minute = ONE.commitment(Slot.FACTS).opening(["minute"])
    for openings in ((), (subject,), (facts,), (partly, facts), (subject, minute)):
        with pytest.raises(Unverified, match="does not open"):
            verify.open_order(replace(GOOD, openings=openings), ONE.order(), R0, 0)


@pytest.mark.parametrize(
    "numbers", [None, leaf.Numbers("press", 3, 1), leaf.Numbers("matrix", 3, 2), leaf.Numbers("matrix", 2, 2),
                leaf.Numbers("matrix", 4, 1), leaf.Numbers("matrix", 1, 2**53 - 1)]
)  # fmt: skip
def test_the_numbers_in_the_leaf_are_those_of_the_opened_orders(numbers: leaf.Numbers | None) -> None:
    with pytest.raises(Mismatched):
        verify.open_order(log_of(ONE, numbers=numbers), ONE.order(), R0, 0)


ENTRY = order_entry(3, ONE.measure, ONE.until)


@pytest.mark.parametrize(
    "orders",
    [None, {}, "orders", [], [[]], [ENTRY, ENTRY], [[3]], [["3", *ENTRY[1:]]], [[True, *ENTRY[1:]]], [[*ENTRY, None]],
     [ENTRY, order_entry(5, "hide", None)], [[3, ["suspend"], ENTRY[2]]], [[3, "suspend", 0]], 7],
)  # fmt: skip
def test_opened_orders_of_another_form_open_nothing(orders: object) -> None:
    facts = commit(Slot.FACTS, secret("odd"), {"orders": orders})  # type: ignore[dict-item]
    entry = replace(ONE.leaf(), slots=(*ONE.leaf().slots[:3], facts.digest, *ONE.leaf().slots[4:]))
    openings = (ONE.commitment(Slot.SUBJECT).opening(), facts.opening())
    with pytest.raises(LogError):
        verify.open_order(Log([leaf.encode(entry)]).receipt(0, openings), ONE.order(), R0, 0)


@pytest.mark.parametrize("number", [2, 4])
def test_a_number_that_the_leaf_does_not_show_is_refused_before_its_orders_are_read(number: int) -> None:
    with pytest.raises(Mismatched, match=f"orders 3 to 3, not for {number}"):
        verify.open_order(GOOD, replace(ONE.order(), number=number), R0, 0)


@pytest.mark.parametrize("other", [2, 5])
def test_an_order_outside_the_leafs_numbers_spoils_the_others(other: int) -> None:
    """As many orders as the leaf has numbers, but not those numbers: something is hidden."""
    orders: list[Json] = [ENTRY, order_entry(other, "hide", None)]
    facts = commit(Slot.FACTS, secret("odd"), {"orders": orders})
    subject = ONE.commitment(Slot.SUBJECT)
    slots = {Slot.SUBJECT: subject.digest, Slot.FACTS: facts.digest}
    entry = plain_leaf("odd", "decision", leaf.Numbers("matrix", 3, 2), slots)
    found = Log([leaf.encode(entry)]).receipt(0, (subject.opening(), facts.opening()))
    with pytest.raises(Mismatched, match="not the numbers that the leaf shows"):
        verify.open_order(found, ONE.order(), R0, 0)


def test_one_decision_may_order_several_acts_and_each_opens_once() -> None:
    entries: list[Json] = [order_entry(7, "suspend", None), order_entry(8, "hide", UNTIL)]
    facts = commit(Slot.FACTS, secret("two"), {"orders": entries})
    subject = ONE.commitment(Slot.SUBJECT)
    entry = plain_leaf(
        "two",
        "decision",
        leaf.Numbers("matrix", 7, 2),
        {Slot.SUBJECT: subject.digest, Slot.FACTS: facts.digest},
    )
    found = Log([leaf.encode(entry)]).receipt(0, (subject.opening(), facts.opening(["orders"])))
    first = replace(ONE.order(), measure="suspend", until=None, number=7)
    verify.open_order(found, first, R0, 6)
    verify.open_order(found, replace(first, measure="hide", until=UNTIL, number=8), R0, 7)
    with pytest.raises(Mismatched):
        verify.open_order(found, replace(first, number=8), R0, 7)


SPOILED: dict[str, Callable[[], receipt.Receipt]] = {
    "another leaf": lambda: replace(GOOD, leaf=leaf.encode(Decision("d2").leaf())),
    "another index": lambda: replace(GOOD, index=19),
    "an index beyond the tree": lambda: replace(GOOD, index=26),
    "a shorter path": lambda: replace(GOOD, hashes=GOOD.hashes[:-1]),
    "a longer path": lambda: replace(GOOD, hashes=(*GOOD.hashes, bytes(32))),
    "no path": lambda: replace(GOOD, hashes=()),
    "another log's checkpoint": lambda: replace(GOOD, checkpoint=Log(LOG.entries[:20]).note()),
    "a checkpoint of a stranger": lambda: replace(
        GOOD, checkpoint=note.sign_note(note.parse_note(GOOD.checkpoint).text, [OTHER_KEY])
    ),
    "a checkpoint without signature": lambda: replace(GOOD, checkpoint=GOOD.checkpoint.split("—")[0]),
    "a changed checkpoint": lambda: replace(GOOD, checkpoint=GOOD.checkpoint.replace("\n26\n", "\n27\n")),
    "another decision's openings": lambda: replace(GOOD, openings=Decision("d2", number=3).openings()),
    "a campaign's item": lambda: replace(GOOD, item=Campaign().item_receipt(0)),
    "a leaf in another form": lambda: Log([GOOD.leaf + b"\n"]).receipt(0, GOOD.openings),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_receipt_proves_nothing(name: str) -> None:
    with pytest.raises(LogError):
        verify.verify_receipt(SPOILED[name](), R0)


def test_a_policy_that_trusts_another_log_opens_nothing() -> None:
    with pytest.raises(Unverified):
        verify.open_order(GOOD, ONE.order(), Policy((OTHER_KEY.verifier,)), 0)


def test_a_receipt_below_the_level_of_the_policy_opens_nothing() -> None:
    plain = Log(LOG.entries).receipt(20, ONE.openings())
    verify.open_order(plain, ONE.order(), R0, 0)
    with pytest.raises(Unverified, match="quorum"):
        verify.open_order(plain, ONE.order(), R1, 0)


WIRE = receipt.to_json(GOOD)


@given(st.integers(0, len(WIRE) - 1), st.integers(1, 255))
def test_a_receipt_with_any_byte_changed_opens_nothing(place: int, change: int) -> None:
    data = bytes(b ^ change if i == place else b for i, b in enumerate(WIRE))
    with pytest.raises(LogError):
        verify.open_order(receipt.from_json(data), ONE.order(), R1, 0)


def test_refusals_name_no_person() -> None:
    for order in (replace(ONE.order(), ref="@alice:home"), replace(ONE.order(), measure="remove")):
        with pytest.raises(LogError) as refused:
            verify.open_order(GOOD, order, R0, 0)
        assert "alice" not in refused.value.message + refused.value.hint
        assert ONE.ref not in refused.value.message + refused.value.hint


def test_the_log_key_is_the_only_one_that_signs_checkpoints_here() -> None:
    assert verify.verify_receipt(GOOD, R0).log == LOG_KEY.name
