"""What rules said, and how far a stream is: one transaction, once for each event, and never taken back."""

from dataclasses import replace

import pytest

from showcause.domain.errors import AlreadyExists, Stale
from showcause.store import verdicts
from showcause.store.store import Store
from showcause.store.tx import Tx
from showcause.store.verdicts import Reached, Verdict
from tests.databases import raw

FIRST = Verdict(
    7, "flood", "a" * 64, "b" * 64, 1_000, {"posts": 5, "sum": None}, ("posts",), {"posts": "f" * 64}
)
PLACE = Reached(7, 1_000, 0, "c" * 64, "b" * 64, "d" * 64, 3, "e" * 64, {"flood": (1, 2, 0)})


def test_verdicts_and_the_place_are_read_back(shared_store: Store) -> None:
    with shared_store.transaction() as tx:
        verdicts.add(tx, [FIRST, FIRST._replace(event=8)])
        verdicts.move(tx, "plaza", None, PLACE)
    with shared_store.read() as view:
        assert verdicts.reached(view, "plaza") == PLACE
        assert verdicts.reached(view, "agora") is None
        assert verdicts.verdicts(view) == [FIRST, FIRST._replace(event=8)]
        assert verdicts.verdicts(view, after=7) == [FIRST._replace(event=8)]
        assert verdicts.verdicts(view, rule="other") == []


def test_of_an_event_a_rule_says_one_thing_once(store: Store) -> None:
    with store.transaction() as tx:
        verdicts.add(tx, [FIRST])
    with pytest.raises(AlreadyExists), store.transaction() as tx:
        verdicts.add(tx, [FIRST])


def judge(tx: Tx, after: Reached) -> None:
    verdicts.add(tx, [FIRST])
    verdicts.move(tx, "plaza", PLACE, after)


def test_two_who_judge_the_same_events_cannot_both_go_on(store: Store) -> None:
    """The second finds that the place moved, and nothing of its transaction stands."""
    with store.transaction() as tx:
        verdicts.move(tx, "plaza", None, PLACE)
    one, other = replace(PLACE, sequence=9, told="e" * 64), replace(PLACE, sequence=9, told="f" * 64)
    with store.transaction() as tx:
        verdicts.move(tx, "plaza", PLACE, one)
    with pytest.raises(Stale), store.transaction() as tx:
        judge(tx, other)
    with store.read() as view:
        assert verdicts.reached(view, "plaza") == one
        assert verdicts.verdicts(view) == []


def test_no_shell_changes_what_was_said(durable_store: Store) -> None:
    with durable_store.transaction() as tx:
        verdicts.add(tx, [FIRST])
        verdicts.move(tx, "plaza", None, PLACE)
    with raw(durable_store) as database:
        assert "protected" in database.refusal("UPDATE verdicts SET rule = 'other'")
        assert "protected" in database.refusal("DELETE FROM verdicts")
        assert "protected" in database.refusal("UPDATE streams SET sequence = 6")
        assert "protected" in database.refusal("DELETE FROM streams")
