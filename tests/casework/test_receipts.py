"""Receipts, checked by the gate's own code, which knows nothing of the code that made them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from showcause.casework.log import ledger, signing
from showcause.casework.log.receipts import (
    item_receipt,
    order_receipt,
    person_proof,
    person_receipt,
    receipt_for,
)
from showcause.domain.errors import Fenced, Forgotten, LogInconsistent, NotFound, NotPermitted, NotYetSigned
from showcause.store.store import Store
from showcause.transparency.campaign import Item, content_values
from showcause.transparency.commitments import commit
from showcause.transparency.errors import LogError, Unverified
from showcause.transparency.jcs import Json
from showcause.transparency.kinds import FIELDS, Slot
from showcause.transparency.leaf import Kind, Numbers
from showcause.transparency.receipt import Receipt, from_json, from_proof, to_json
from showcause.transparency.verify import Order, open_order, verify_receipt
from tests.databases import raw
from tests.logbook import ORDERS, SUBJECT, Book, opened_book, secret

ORDER = Order("garden", "account", SUBJECT["ref"], "suspend", None, 1, "garden")


@pytest.fixture
def book(store: Store, tmp_path: Path) -> Iterator[Book]:
    """A log on each database in turn."""
    (tmp_path / "signer").mkdir()
    yield from opened_book(store, tmp_path / "signer")


@pytest.fixture
def filed(sqlite_store: Store, tmp_path: Path) -> Iterator[Book]:
    """A log in a SQLite file."""
    (tmp_path / "signer").mkdir()
    yield from opened_book(sqlite_store, tmp_path / "signer")


def order_of(book: Book, leaf: str, note: str) -> Receipt:
    with book.store.read() as view:
        return order_receipt(view, leaf, note)


@pytest.mark.parametrize(
    "before, after", [(0, 0), (0, 1), (1, 0), (3, 2), (255, 0), (255, 1), (256, 300), (700, 9)]
)
def test_a_receipt_opens_the_gate_for_its_order(memory_book: Book, before: int, after: int) -> None:
    memory_book.write(before)
    leaf = memory_book.decide()
    memory_book.write(after)
    receipt = order_of(memory_book, leaf, memory_book.sign().note)
    opened = open_order(from_json(to_json(receipt)), ORDER, memory_book.policy, 0)
    assert (opened.leaf.id, opened.index) == (leaf, before)


@pytest.fixture
def memory_book(memory_store: Store, tmp_path: Path) -> Iterator[Book]:
    """A log in memory."""
    (tmp_path / "signer").mkdir()
    yield from opened_book(memory_store, tmp_path / "signer")


def test_a_receipt_holds_on_every_database(book: Book) -> None:
    book.write(300)
    leaf = book.decide()
    receipt = order_of(book, leaf, book.sign().note)
    assert open_order(receipt, ORDER, book.policy, 0).index == 300


def test_a_receipt_under_an_older_head_holds_while_the_log_grows(filed: Book) -> None:
    filed.write(4)
    leaf = filed.decide()
    note = filed.sign().note
    filed.write(600)
    filed.sign()
    assert open_order(order_of(filed, leaf, note), ORDER, filed.policy, 0).checkpoint.size == 5


def test_a_connector_learns_subject_and_orders_and_nothing_else(filed: Book) -> None:
    receipt = order_of(filed, filed.decide(), filed.sign().note)
    opened = verify_receipt(receipt, filed.policy).opened
    assert opened == {Slot.SUBJECT: SUBJECT, Slot.FACTS: {"orders": ORDERS}}


def test_the_person_concerned_gets_everything_of_theirs_and_not_who_decided(filed: Book) -> None:
    leaf = filed.decide(person="rose", actor="ada")
    note = filed.sign().note
    with filed.store.read() as view:
        proof = person_proof(view, leaf, note, filed.store.keys.owner("rose"))
    verified = verify_receipt(from_proof(proof.encode()), filed.policy)
    assert set(verified.opened) == {Slot.FACETS, Slot.SUBJECT, Slot.FACTS}
    for slot, values in verified.opened.items():
        assert set(values) == set(FIELDS[slot])
    assert "ada" not in str(verified.opened)


def test_the_one_who_decided_gets_their_own_part_and_not_the_persons(filed: Book) -> None:
    leaf = filed.decide(person="rose", actor="ada")
    note = filed.sign().note
    with filed.store.read() as view:
        receipt = person_receipt(view, leaf, note, filed.store.keys.owner("ada"))
    assert set(verify_receipt(receipt, filed.policy).opened) == {Slot.ACTOR}


def test_nobody_else_gets_openings(filed: Book) -> None:
    leaf = filed.decide()
    note = filed.sign().note
    with filed.store.read() as view, pytest.raises(NotPermitted):
        person_receipt(view, leaf, note, filed.store.keys.owner("eve"))


def test_a_receipt_never_carries_a_seed(filed: Book) -> None:
    leaf = filed.decide()
    note = filed.sign().note
    owner = filed.store.keys.owner("rose")
    with filed.store.read() as view:
        text = to_json(person_receipt(view, leaf, note, owner))
    for slot in Slot:
        assert filed.store.keys.seed(owner, leaf, slot).hex().encode() not in text


def test_before_the_signature_there_is_no_receipt(filed: Book) -> None:
    filed.write(2)
    note = filed.sign().note
    leaf = filed.decide()
    with pytest.raises(NotYetSigned, match="entry 2"):
        order_of(filed, leaf, note)
    assert order_of(filed, leaf, filed.sign().note).index == 2


def test_a_leaf_that_waits_behind_a_fence_has_no_receipt(filed: Book) -> None:
    filed.write(2)
    note = filed.sign().note
    signing.fence(filed.store)
    leaf = filed.decide()
    with pytest.raises(Fenced, match="waits"):
        order_of(filed, leaf, note)


def test_an_unknown_entry_is_not_found(filed: Book) -> None:
    filed.write(2)
    note = filed.sign().note
    with pytest.raises(NotFound):
        order_of(filed, "0" * 32, note)


def test_of_a_forgotten_person_only_the_bare_entry_can_be_proven(filed: Book) -> None:
    leaf = filed.decide()
    note = filed.sign().note
    filed.store.keys.forget(filed.store.keys.owner("rose"))
    with pytest.raises(Forgotten):
        order_of(filed, leaf, note)
    with filed.store.read() as view:
        bare = receipt_for(view, leaf, note, {})
    assert verify_receipt(bare, filed.policy).opened == {}


def test_rows_that_were_tampered_with_prove_nothing(filed: Book) -> None:
    filed.write(3)
    leaf = filed.decide()
    filed.write(3)
    note = filed.sign().note
    with raw(filed.store) as db:
        db.run(
            "DROP TRIGGER "
            + db.run(
                "SELECT name FROM sqlite_master WHERE tbl_name = 'log_entry' AND sql LIKE '%BEFORE UPDATE%'"
            )[0][0]
        )
        db.run("UPDATE log_entry SET hash = ? WHERE idx = 2", secret("forged"))
    with pytest.raises(LogInconsistent, match="do not prove entry 3"):
        order_of(filed, leaf, note)


def test_a_receipt_with_any_byte_flipped_is_refused(filed: Book) -> None:
    filed.write(2)
    leaf = filed.decide()
    filed.write(2)
    data = to_json(order_of(filed, leaf, filed.sign().note))
    for at in range(len(data)):
        flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(LogError):
            open_order(from_json(flipped), ORDER, filed.policy, 0)


@pytest.mark.parametrize("index", [0, 57, 149])
def test_an_item_of_a_campaign_is_proven_and_names_no_other_item(filed: Book, index: int) -> None:
    slots = [
        [
            commit(Slot.SUBJECT, secret(n, "subject"), {**SUBJECT, "ref": f"@spam{n}:garden.example"}),
            commit(Slot.CONTENT, secret(n, "content"), {"digest": secret(n).hex()}),
            commit(Slot.FACTS, secret(n, "facts"), {"orders": [[n + 1, "hide", None]]}),
        ]
        for n in range(150)
    ]
    items = [Item(n, (each[0].digest, each[1].digest, each[2].digest)) for n, each in enumerate(slots)]
    leaf = campaign_leaf(filed, items)
    note = filed.sign().note
    openings = [slots[index][0].opening(), slots[index][2].opening(("orders",))]
    with filed.store.read() as view:
        receipt = item_receipt(view, leaf, note, items, index, openings)
    order = Order("garden", "account", f"@spam{index}:garden.example", "hide", None, index + 1, "garden")
    verified = open_order(from_json(to_json(receipt)), order, filed.policy, 0)
    assert verified.item is not None
    assert verified.item.index == index
    assert set(verified.opened) == {Slot.CONTENT}
    assert set(verified.opened[Slot.CONTENT]) == {"count", "root"}
    others = [*items[:-1], Item(149, (secret(1), secret(2), secret(3)))]
    with filed.store.read() as view:
        wrong = item_receipt(view, leaf, note, others, index, openings)
    with pytest.raises(Unverified):
        verify_receipt(wrong, filed.policy)


def campaign_leaf(book: Book, items: list[Item]) -> str:
    with book.store.transaction() as tx:
        house = ledger.house(tx)
        id_ = secret("campaign").hex()[:32]
        values: dict[Slot, Mapping[str, Json]] = {
            Slot.CONTENT: content_values(items),
            Slot.SUBJECT: {"platform": "garden"},
        }
        numbers = Numbers("garden", 1, len(items))
        ledger.draft(tx, ledger.Draft(Kind.DECISION, id_, id_, house, house, values, numbers=numbers))
        ledger.append(tx)
    return id_
