"""Checking confirmations: whatever is changed behind a connector's back is found, in the log and in the records."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from showcause.casework import effects, forgetting
from showcause.casework.log.fsck import fsck
from showcause.domain.enforcement import Enforcement
from showcause.store.store import Store
from showcause.transparency import confirmation
from showcause.transparency.confirmation import Event
from showcause.transparency.keys import KeyKind, SigningKey
from tests.casework import floods
from tests.casework.test_fsck import change
from tests.house import CONNECTOR_KEY, PLATFORM, House, opened_house

THIEF = SigningKey(PLATFORM, KeyKind.ED25519, b"t" * 32)


@pytest.fixture
def filed(sqlite_store: Store, tmp_path: Path) -> Iterator[House]:
    """A whole house in a SQLite file, so that somebody can reach into it."""
    with opened_house(sqlite_store, tmp_path) as opened:
        yield opened


def found(house: House) -> set[tuple[str, str]]:
    """Return where the comparison found something, by kind of record, and what."""
    return {(finding.where.split()[0], finding.code) for finding in fsck(house.store).findings}


def keep(house: House, order: Enforcement, *notes: str) -> None:
    """Put other confirmations into an order's row."""
    sql = "UPDATE enforcements SET body = json_set(body, '$.confirmations', json(?)) WHERE id = ?"
    change(house.store, sql, json.dumps(notes), order.id)


def suspended(house: House, ref: str = "sam") -> Enforcement:
    [order] = house.all(Enforcement, decision=house.suspended(ref).id)
    return order


def test_a_confirmation_taken_out_of_the_record_is_missed(filed: House) -> None:
    order = suspended(filed)
    assert found(filed) == set()
    keep(filed, order)
    assert found(filed) == {("leaf", "confirmation")}


@pytest.mark.parametrize("key", [CONNECTOR_KEY, THIEF])
def test_a_confirmation_put_in_its_place_is_not_what_the_effect_commits_to(
    filed: House, key: SigningKey
) -> None:
    order = suspended(filed)
    said = replace(confirmation.read(order.confirmations[0]), time=1)
    keep(filed, order, confirmation.signed(said, key))
    both = {("leaf", "confirmation"), ("enforcement", "confirmation")}
    assert found(filed) == (both if key is THIEF else {("leaf", "confirmation")})


def test_a_confirmation_of_another_order_is_none_of_this_one(filed: House) -> None:
    one, other = suspended(filed), suspended(filed, "tom")
    keep(filed, one, *one.confirmations, *other.confirmations)
    assert found(filed) == {("enforcement", "confirmation")}


def test_another_key_in_the_platforms_row_is_an_alarm(filed: House) -> None:
    suspended(filed)
    sql = "UPDATE platforms SET body = json_set(body, '$.key', ?)"
    change(filed.store, sql, str(THIEF.verifier))
    assert found(filed) == {("platform", "key")}


def test_an_effect_that_nobody_confirmed_is_an_alarm(filed: House) -> None:
    order = suspended(filed)
    filed.run(effects.log_effect, order, "applied")
    assert found(filed) == {("leaf", "unconfirmed")}


def test_an_effect_that_says_more_than_the_connector_is_an_alarm(filed: House) -> None:
    order = suspended(filed)
    filed.run(effects.log_effect, order, "lifted", order.confirmations[0])
    assert found(filed) == {("leaf", "confirmation"), ("enforcement", "effect")}


def test_every_item_of_a_campaign_commits_to_its_own(filed: House) -> None:
    floods.decide(filed, 101)
    assert found(filed) == set()
    one, other = filed.all(Enforcement)[50:52]
    assert confirmation.read(one.confirmations[0]).about != confirmation.read(other.confirmations[0]).about
    keep(filed, one, *other.confirmations)
    assert found(filed) == {("leaf", "confirmation"), ("enforcement", "confirmation")}


def test_what_was_confirmed_of_somebody_who_was_forgotten_is_still_checked(filed: House) -> None:
    filed.suspended("sam", rung="suspend-7d")
    filed.wait(days=400)
    filed.wait(seconds=1)
    [order] = filed.all(Enforcement)
    forgetting.forget(filed.runner, {PLATFORM: filed.platform}, order.subject, "ada")
    assert found(filed) == set()
    [order] = filed.all(Enforcement)
    said = [confirmation.read(each) for each in order.confirmations]
    assert [each.event for each in said] == [Event.IMPOSED, Event.LIFTED]
    keep(filed, order, confirmation.signed(said[0], THIEF))
    assert found(filed) == {("enforcement", "confirmation")}
