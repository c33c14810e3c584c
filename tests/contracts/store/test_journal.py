"""Every change has its line, in the same transaction, and no line holds a person's words."""

import pytest

from showcause.domain.case import Case
from showcause.domain.errors import AlreadyExists, BadInput
from showcause.domain.lifecycle import CaseState, FilingState
from showcause.domain.statement import Statement
from showcause.store.store import Store
from tests.store.samples import NOW, new_id, plant


def test_an_insert_and_an_update_write_their_lines(store: Store) -> None:
    with store.transaction(NOW) as tx:
        case = plant(tx, Case)
        tx.update(case, verb="claim", actor="m1", state=CaseState.CLAIMED, claimed_by="m1")
    with store.read() as view:
        born, claimed = view.journal(case.id)
    assert (born.at, born.verb, born.actor, born.kind, born.revision) == (NOW, "plant", "test", "case", 0)
    assert (claimed.verb, claimed.actor, claimed.revision) == ("claim", "m1", 1)
    assert (dict(born.codes), dict(claimed.codes)) == ({"state": ":waiting"}, {"state": "waiting:claimed"})


def test_both_legs_of_a_statement_stand_in_the_journal(store: Store) -> None:
    with store.transaction(NOW) as tx:
        statement = plant(tx, Statement)
        tx.update(statement, verb="exempt", actor="system", filing=FilingState.EXEMPT)
    with store.read() as view:
        _, exempted = view.journal(statement.id)
    assert dict(exempted.codes) == {"filing": "due:exempt"}


def test_a_change_that_fails_leaves_no_line(store: Store) -> None:
    with store.transaction(NOW) as tx:
        case = plant(tx, Case)
        with pytest.raises(AlreadyExists):
            tx.insert(case, verb="plant", actor="test")
    with store.read() as view:
        assert len(view.journal(case.id)) == 1


def test_a_note_holds_codes(store: Store) -> None:
    id = new_id()
    with store.transaction(NOW) as tx:
        tx.note("look", "m1", id, "case", reason="urgent", seen=3, alone=True, until=None)
    with store.read() as view:
        (line,) = view.journal(id)
    assert dict(line.codes) == {"reason": "urgent", "seen": 3, "alone": True, "until": None}


@pytest.mark.parametrize(
    "bad", ["Jane Doe", "é", "a\nb", "x" * 129, "mail to jane", ["list"], {"a": "b"}, 1.5, b"bytes"]
)
def test_what_could_be_a_persons_words_is_refused(bad: object, store: Store) -> None:
    with pytest.raises(BadInput), store.transaction(NOW) as tx:
        tx.note("look", "m1", new_id(), "case", said=bad)  # type: ignore[arg-type]  # that is the point


def test_verb_and_actor_are_codes_too(store: Store) -> None:
    for verb, actor in (("looked at it", "m1"), ("look", "Jane Doe")):
        with pytest.raises(BadInput), store.transaction(NOW) as tx:
            tx.note(verb, actor, new_id(), "case")
