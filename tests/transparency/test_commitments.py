"""Commitments: fields are opened one by one, and nothing but what was committed to can be opened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from showcause.transparency import commitments, kinds
from showcause.transparency.encoding import b64url
from showcause.transparency.errors import LogError, Malformed, Unverified
from showcause.transparency.jcs import Json, canonical
from showcause.transparency.kinds import FIELDS, Slot
from tests.transparency.logs import secret
from tests.transparency.test_jcs import VALUES

SEED = secret("seed")
FACETS = commitments.commit(Slot.FACETS, SEED, {"measures": ["suspend"], "ground": "terms"})


@given(
    st.binary(min_size=32, max_size=32), st.sampled_from([f for fields in FIELDS.values() for f in fields])
)
def test_a_salt_is_hkdf_sha256_of_the_seed(seed: bytes, field: str) -> None:
    info = b"showcause/v1 salt\x00" + field.encode()
    assert commitments.salt(seed, field) == HKDF(SHA256(), 32, None, info).derive(seed)


@given(st.data(), st.sampled_from([slot for slot in Slot if FIELDS[slot]]))
def test_whatever_is_opened_is_what_was_committed_to(data: st.DataObject, slot: Slot) -> None:
    values = data.draw(st.dictionaries(st.sampled_from(FIELDS[slot]), VALUES))
    opened = data.draw(st.sets(st.sampled_from(FIELDS[slot])))
    made = commitments.commit(slot, SEED, values)
    travelled = commitments.opening_from_json(commitments.opening_to_json(made.opening(opened)))
    assert commitments.check(travelled, made.digest) == {field: values.get(field) for field in opened}


def test_an_opening_shows_only_the_fields_that_were_asked_for() -> None:
    opening = FACETS.opening(["ground"])
    assert set(opening.disclosed) == {"ground"}
    text = canonical(commitments.opening_to_json(opening)).decode()
    assert b64url(SEED) not in text
    for field in set(FIELDS[Slot.FACETS]) - {"ground"}:
        assert b64url(commitments.salt(SEED, field)) not in text


def test_empty_and_full_slots_look_alike() -> None:
    empty = commitments.commit(Slot.FACETS, SEED, {})
    assert len(empty.digests) == len(FACETS.digests) == 13
    assert len(set(empty.digests)) == 13


def test_equal_values_under_different_seeds_or_fields_cannot_be_linked() -> None:
    other = commitments.commit(Slot.FACETS, secret("other"), {"measures": ["suspend"], "ground": "terms"})
    assert not set(other.digests) & set(FACETS.digests)
    same = commitments.commit(Slot.ACTOR, SEED, {"proposer": "x", "approver": "x"})
    assert len(set(same.digests)) == 2


def test_the_slot_is_part_of_its_digest() -> None:
    digests = (bytes(32),) * 3
    assert commitments.digest_of(Slot.SUBJECT, digests) != commitments.digest_of(Slot.CONTENT, digests)


@pytest.mark.parametrize("spoil", ["digest", "order", "slot", "value", "field", "salt", "other leaf"])
def test_a_spoiled_opening_opens_nothing(spoil: str) -> None:
    good, target = FACETS.opening(["ground"]), FACETS.digest
    d, digests = good.disclosed["ground"], good.digests
    other = commitments.commit(Slot.FACETS, secret("other"), {"ground": "law"})
    spoiled = {
        "digest": replace(good, digests=(bytes(32), *digests[1:])),
        "order": replace(good, digests=digests[::-1]),
        "slot": replace(good, slot=Slot.FACTS),
        "value": replace(good, disclosed={"ground": other.disclosures[1]}),
        "field": replace(good, disclosed={"clause": d}),
        "salt": replace(good, disclosed={"ground": d[:4] + "A" + d[5:]}),
        "other leaf": other.opening(),
    }[spoil]
    with pytest.raises(LogError):
        commitments.check(spoiled, target)


@given(st.integers(0, 12), st.integers(0, 31), st.integers(1, 255))
def test_an_opening_with_any_byte_of_a_digest_changed_opens_nothing(
    field: int, place: int, change: int
) -> None:
    digests = list(FACETS.digests)
    digests[field] = bytes(b ^ change if i == place else b for i, b in enumerate(digests[field]))
    with pytest.raises(Unverified):
        commitments.check(replace(FACETS.opening(), digests=tuple(digests)), FACETS.digest)


@pytest.mark.parametrize(
    "text",
    [
        b'["%s","ground", "terms"]', b'["%s","clause","terms"]', b'["%s","ground"]', b'{"a":"%s"}',
        b'["%s","ground",1.5]', b'["%sA","ground",null]', b'["%s","ground",null,null]', b'[null,"ground","%s"]',
    ],
)  # fmt: skip
def test_even_a_committed_disclosure_must_be_of_the_form(text: bytes) -> None:
    """A log that commits to nonsense is found out when it opens it."""
    d = b64url(text % b64url(bytes(32)).encode())
    digests = tuple(commitments.field_digest(d) if f == "ground" else bytes(32) for f in FIELDS[Slot.FACETS])
    opening = commitments.Opening(Slot.FACETS, {"ground": d}, digests)
    with pytest.raises(Malformed):
        commitments.check(opening, commitments.digest_of(Slot.FACETS, digests))


@pytest.mark.parametrize("slot, seed, values", [
    (Slot.FACETS, SEED, {"ref": "x"}), (Slot.FACETS, SEED[:31], {}), (Slot.RESERVED, SEED, {}),
    (Slot.FACETS, SEED, {"ground": "x" * 300_000}), (Slot.FACETS, SEED, {"ground": "\ud800"}),
])  # fmt: skip
def test_what_no_slot_can_hold_is_not_committed_to(slot: Slot, seed: bytes, values: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        commitments.commit(slot, seed, dict(values))


def test_a_field_that_the_slot_has_not_cannot_be_opened() -> None:
    with pytest.raises(Malformed):
        FACETS.opening(["ref"])


GOOD = commitments.opening_to_json(FACETS.opening(["ground"]))


@pytest.mark.parametrize("value", [
    None, [], {}, {**GOOD, "x": 1}, {**GOOD, "slot": "none"}, {**GOOD, "slot": 1}, {**GOOD, "disclosed": []},
    {**GOOD, "disclosed": {"ground": 1}}, {**GOOD, "disclosed": {"ground": "A" * 300_000}}, {**GOOD, "digests": "x"},
    {**GOOD, "digests": [1]}, {**GOOD, "digests": ["AA"]}, {**GOOD, "digests": [b64url(bytes(32))] * 33},
])  # fmt: skip
def test_json_that_is_no_opening_is_refused(value: Json) -> None:
    with pytest.raises(Malformed):
        commitments.opening_from_json(value)


@pytest.mark.parametrize("digests", [(), (bytes(32),) * 12, (bytes(31),) * 13])
def test_an_opening_has_one_digest_for_each_field(digests: tuple[bytes, ...]) -> None:
    with pytest.raises(Malformed):
        commitments.check(commitments.Opening(Slot.FACETS, {}, digests), FACETS.digest)


def test_a_time_is_written_in_one_way_only() -> None:
    time = datetime(2026, 11, 22, 9, 5, 0, tzinfo=UTC)
    assert commitments.moment(time) == "2026-11-22T09:05:00Z"
    assert commitments.moment(time.replace(year=33)) == "0033-11-22T09:05:00Z"
    naive, fraction = time.replace(tzinfo=None), time.replace(microsecond=1)
    for bad in (naive, fraction, time.astimezone(timezone(timedelta(hours=1)))):
        with pytest.raises(Malformed):
            commitments.moment(bad)


@pytest.mark.parametrize("number", [0, -1, 2**53])
def test_orders_are_numbered_from_one(number: int) -> None:
    with pytest.raises(Malformed):
        commitments.order_entry(number, "suspend", None)


def test_every_kind_of_slot_has_its_fields_and_reserved_has_none() -> None:
    assert [len(kinds.FIELDS[slot]) for slot in kinds.SLOTS] == [13, 3, 3, 8, 2, 1, 0]
