"""Receipts on their way: JSON for connectors, `.tlog-proof` files for people."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.transparency import leaf, proof, receipt, verify, words
from showcause.transparency.errors import LogError, Malformed
from showcause.transparency.kinds import Kind, Slot
from tests.transparency.logs import R0, R1, SEEN, Campaign, Decision, Log, mixed_log, plain_leaf

ONE = Decision()
LOG = Log([leaf.encode(ONE.leaf()), *mixed_log(8).entries], witnessed=True)
FLOOD = Campaign()
FLOOD_LOG = Log([leaf.encode(FLOOD.leaf()), *mixed_log(3).entries])
RECEIPTS = [
    LOG.receipt(0),
    LOG.receipt(0, ONE.openings()),
    LOG.receipt(5),
    FLOOD_LOG.receipt(0, [FLOOD.content().opening()], FLOOD.item_receipt(3)),
]


@pytest.mark.parametrize("one", RECEIPTS)
def test_a_receipt_survives_both_ways_of_travelling(one: receipt.Receipt) -> None:
    assert receipt.from_json(receipt.to_json(one)) == one
    assert receipt.from_proof(receipt.to_proof(one).encode()) == one
    for data in (receipt.to_json(one), receipt.to_proof(one).encode()):
        assert receipt.from_file(data) == one
    verify.verify_receipt(one, R0)


def test_a_receipt_as_a_file_is_a_proof_for_anybodys_program() -> None:
    read = proof.parse_proof(receipt.to_proof(RECEIPTS[1]).encode())
    assert proof.verify_proof(read, RECEIPTS[1].leaf, R1).checkpoint.size == 9


def test_the_order_of_keys_in_a_receipt_does_not_matter() -> None:
    members = json.loads(receipt.to_json(RECEIPTS[1]))
    assert receipt.from_json(json.dumps(dict(reversed(members.items())), indent=1).encode()) == RECEIPTS[1]


def spoiled(**changes: Any) -> bytes:
    members = {**json.loads(receipt.to_json(RECEIPTS[3])), **changes}
    return json.dumps({key: value for key, value in members.items() if value is not ...}).encode()


ITEM = json.loads(receipt.to_json(RECEIPTS[3]))["item"]
HASH = "A" * 43 + "="


@pytest.mark.parametrize(
    "data",
    [
        b"", b"null", b"[]", b"{}", b"\xff", spoiled(f="showcause/v2 receipt"), spoiled(f=...), spoiled(x=1),
        spoiled(leaf=1), spoiled(leaf="x" * 70_000), spoiled(leaf="\ud800"), spoiled(index=-1), spoiled(index=True),
        spoiled(index="1"), spoiled(index=2**53), spoiled(index=1.0), spoiled(hashes=None), spoiled(hashes=[1]),
        spoiled(hashes=["A"]), spoiled(hashes=[HASH] * 64), spoiled(checkpoint=None), spoiled(checkpoint="x" * 70_000),
        spoiled(openings=None), spoiled(openings=[None]), spoiled(openings=ITEM["openings"][:1] * 2),
        spoiled(openings=ITEM["openings"] * 4), spoiled(item=None), spoiled(item={**ITEM, "x": 1}),
        spoiled(item={**ITEM, "item": "{}"}), spoiled(item={**ITEM, "openings": ITEM["openings"][:1] * 2}),
        b"[" * 900_000, b'{"f":' * 200_000, b" " * 1_100_000, receipt.to_json(RECEIPTS[0])[:-1],
    ],
)  # fmt: skip
def test_json_that_is_no_receipt_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        receipt.from_json(data)


@pytest.mark.parametrize(
    "extra", [None, b"", b"{}", b"[]", b'{"f":"x","leaf":"","openings":[]}', b"\xff", b"[" * 9000]
)
def test_a_proof_of_another_log_is_no_receipt(extra: bytes | None) -> None:
    text = str(proof.TlogProof(0, (), LOG.note(), extra))
    with pytest.raises(Malformed):
        receipt.from_proof(text.encode())


def test_a_receipt_too_long_to_be_read_is_not_written() -> None:
    openings = ONE.commitment(Slot.FACTS).opening()
    huge = replace(openings, disclosed={f"f{i}": "A" * 200_000 for i in range(6)})
    for write in (receipt.to_json, receipt.to_proof):
        with pytest.raises(Malformed):
            write(replace(RECEIPTS[0], openings=(huge,)))


@given(st.binary(max_size=200))
def test_bytes_from_anywhere_end_in_a_refusal(data: bytes) -> None:
    for read in (receipt.from_json, receipt.from_proof, receipt.from_file):
        with pytest.raises(LogError):
            read(data)


def test_words_tell_what_a_file_shows_and_what_it_does_not_prove() -> None:
    text = "\n".join(words.explain(verify.verify_receipt(RECEIPTS[1], R1)))
    for part in (
        ONE.leaf().id,
        "a decision",
        "log.example/garden",
        "witness w1",
        "2026-09-21",
        ONE.ref,
        "number 1",
    ):
        assert part in text
    assert "does not prove that the decision was right" in text
    assert "no log can" in text


def test_words_say_when_no_witness_saw_it_and_when_nothing_is_opened() -> None:
    text = "\n".join(words.explain(verify.verify_receipt(RECEIPTS[0], R0)))
    assert "No witness has cosigned" in text
    assert "opens no field" in text


def test_words_say_how_old_the_newest_cosignature_is() -> None:
    verified = verify.verify_receipt(RECEIPTS[1], R1)
    seen = datetime.fromtimestamp(SEEN, UTC)
    for later, said in (
        (timedelta(days=2, hours=5), "is 2 days old."),
        (timedelta(hours=1), "is 1 hour old."),
        (timedelta(), "is 0 seconds old."),
        (-timedelta(hours=1), "is dated in the future"),
    ):
        assert any(said in line for line in words.explain(verified, seen + later)), said
    unseen = verify.verify_receipt(RECEIPTS[1], R0)
    assert not any("newest" in line for line in words.explain(unseen, seen))


def test_words_of_a_campaign_name_the_item() -> None:
    text = "\n".join(words.explain(verify.verify_receipt(RECEIPTS[3], R0)))
    assert "item 3 of them" in text
    assert "@bot3:example.org" in text
    assert "numbers 1 to 9" in text


def test_a_proof_cannot_write_to_the_terminal() -> None:
    nasty = Decision(ref="\x1b[2J\u202eevil\u0085")
    found = Log([leaf.encode(nasty.leaf())]).receipt(0, nasty.openings())
    assert all(line.isprintable() for line in words.explain(verify.verify_receipt(found, R0)))


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_words(kind: Kind) -> None:
    found = Log([leaf.encode(plain_leaf("k", str(kind)))]).receipt(0)
    assert "does not know" not in words.explain(verify.verify_receipt(found, R0))[0]
