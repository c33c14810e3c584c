"""Personal text can be read with its owner's key, and with nothing else."""

from datetime import timedelta

import pytest

from showcause.domain.errors import Forgotten, KeyMissing, NotFound
from showcause.domain.subject import Subject, SubjectKind
from showcause.store.store import Store
from tests.databases import raw
from tests.store.samples import NOW, new_id

JANE = Subject("demo", SubjectKind.ACCOUNT, "@jane:example.org")
JOHN = Subject("demo", SubjectKind.ACCOUNT, "@john:example.org")
WORDS = {"said": "Ich weiß, wo du wohnst", "list": [1, None, True]}


def test_what_was_sealed_is_read_again(store: Store) -> None:
    with store.transaction(NOW) as tx:
        id = tx.seal(tx.owner_of(JANE), "facts", WORDS)
        assert tx.unseal(id) == WORDS
        assert tx.owner_of_sealed(id) == tx.owner_of(JANE)
    with store.read() as view:
        assert view.unseal(id) == WORDS


def test_an_owner_is_the_same_each_time_and_tells_nothing(store: Store) -> None:
    with store.transaction(NOW) as tx:
        assert tx.owner_of(JANE) == tx.owner_of(JANE)
        assert tx.owner_of(JANE) != tx.owner_of(JOHN)
        assert len(tx.owner_of(JANE)) == 32


def test_no_word_stands_in_the_database(durable_store: Store) -> None:
    with durable_store.transaction(NOW) as tx:
        id = tx.seal(tx.owner_of(JANE), "facts", WORDS)
    with raw(durable_store) as database:
        row = repr(database.run("SELECT * FROM sealed WHERE id = ?", id))
    assert "wohnst" not in row
    assert "jane" not in row


def test_a_forgotten_persons_words_are_gone_and_anothers_are_not(store: Store) -> None:
    with store.transaction(NOW) as tx:
        jane, john = tx.owner_of(JANE), tx.owner_of(JOHN)
        hers, his = tx.seal(jane, "facts", WORDS), tx.seal(john, "facts", WORDS)
    store.keys.forget(jane)
    with store.read() as view:
        with pytest.raises(Forgotten):
            view.unseal(hers)
        assert view.unseal(his) == WORDS
    with store.transaction(NOW) as tx:
        assert tx.drop_forgotten([jane]) == 1
        assert tx.drop_forgotten([jane]) == 0, "once is enough"
        with pytest.raises(Forgotten):
            tx.unseal(hers)


def test_of_what_a_forgotten_person_sealed_the_database_keeps_no_byte(durable_store: Store) -> None:
    with durable_store.transaction(NOW) as tx:
        jane = tx.owner_of(JANE)
        hers = tx.seal(jane, "facts", WORDS)
    with raw(durable_store) as database:
        changed = "UPDATE sealed SET {} WHERE id = ?"
        assert "only emptied" in database.refusal(changed.format("purpose = 'other'"), hers)
        assert "only emptied" in database.refusal(changed.format("ciphertext = nonce"), hers)
    durable_store.keys.forget(jane)
    with durable_store.transaction(NOW) as tx:
        tx.drop_forgotten([jane])
    with raw(durable_store) as database:
        [[nonce, ciphertext]] = database.run("SELECT nonce, ciphertext FROM sealed WHERE id = ?", hers)
    assert bytes(nonce) == bytes(ciphertext) == b""


def test_who_comes_back_is_somebody_new(store: Store) -> None:
    with store.transaction(NOW) as tx:
        before = tx.owner_of(JANE)
    store.keys.forget(before)
    with store.transaction(NOW) as tx:
        assert tx.owner_of(JANE) != before


def test_nothing_is_sealed_for_a_forgotten_person(store: Store) -> None:
    with store.transaction(NOW) as tx:
        jane = tx.owner_of(JANE)
    store.keys.forget(jane)
    with pytest.raises(Forgotten), store.transaction(NOW) as tx:
        tx.seal(jane, "facts", WORDS)


def test_a_missing_key_that_no_erasure_explains_is_an_alarm(store: Store) -> None:
    with pytest.raises(KeyMissing), store.transaction(NOW) as tx:
        tx.seal(new_id(), "facts", WORDS)


def test_a_value_moved_to_another_row_does_not_open(durable_store: Store) -> None:
    with durable_store.transaction(NOW) as tx:
        jane = tx.owner_of(JANE)
        mine = tx.seal(jane, "facts", WORDS)
    other = new_id()
    copied = (
        "INSERT INTO sealed SELECT ?, owner, {}, nonce, ciphertext, created, expires FROM sealed WHERE id = ?"
    )
    with raw(durable_store) as database:
        database.run(copied.format("purpose"), other, mine)
    with durable_store.read() as view, pytest.raises(KeyMissing):
        view.unseal(other)


def test_what_is_needed_no_longer_is_dropped(store: Store) -> None:
    with store.transaction(NOW) as tx:
        jane = tx.owner_of(JANE)
        contact = tx.seal(jane, "contact", "jane@example.org", expires=NOW + timedelta(days=1))
        facts = tx.seal(jane, "facts", WORDS)
    with store.transaction(NOW) as tx:
        assert tx.drop_expired() == 0
    with store.transaction(NOW + timedelta(days=1)) as tx:
        assert tx.drop_expired() == 1
        with pytest.raises(NotFound):
            tx.unseal(contact)
        assert tx.unseal(facts) == WORDS
