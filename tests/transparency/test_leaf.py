"""The leaf: its grammar is exactly the canonical JSON of a closed set of keys."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from showcause.transparency import kinds, leaf
from showcause.transparency.errors import Malformed
from tests.transparency.logs import plain_leaf, secret

DIGEST = st.binary(min_size=32, max_size=32)
HEX64 = DIGEST.map(bytes.hex)
HEX32 = st.binary(min_size=16, max_size=16).map(bytes.hex)
NUMBERS = st.builds(
    leaf.Numbers,
    st.from_regex(r"[a-z0-9][a-z0-9._:/@-]{0,63}", fullmatch=True),
    st.integers(1, 2**52),
    st.integers(1, 2**52),
)


@st.composite
def leaves(draw: st.DrawFn) -> leaf.Leaf:
    kind = draw(st.sampled_from(kinds.Kind))
    return leaf.Leaf(
        str(kind),
        draw(HEX32),
        draw(HEX64),
        draw(HEX64),
        tuple(draw(st.lists(DIGEST, min_size=7, max_size=7))),
        draw(st.none() | NUMBERS) if kind in kinds.RESTRICTING else None,
        draw(st.none() | HEX32) if kind in kinds.REFERRING else None,
        draw(HEX64) if kind in kinds.DOCUMENTED else None,
    )


@given(leaves())
def test_a_leaf_is_written_as_rfc_8785_says_and_reads_back(value: leaf.Leaf) -> None:
    data = leaf.encode(value)
    assert data == rfc8785.dumps(leaf.to_json(value))
    assert leaf.decode(data) == value
    assert leaf.outline(data) == (value.kind, value.id, value.numbers, value.re, value.doc)
    assert leaf.known(value) == value.kind


GOOD = plain_leaf("good", numbers=leaf.Numbers("matrix", 41, 2))
DATA = leaf.encode(GOOD)


@given(st.integers(0, len(DATA) - 1), st.binary(max_size=2))
def test_a_changed_leaf_is_refused_or_is_another_canonical_leaf(place: int, patch: bytes) -> None:
    changed = DATA[:place] + patch + DATA[place + 1 :]
    try:
        found = leaf.decode(changed)
    except Malformed:
        with pytest.raises(Malformed):
            leaf.outline(changed)
        return
    assert rfc8785.dumps(leaf.to_json(found)) == changed


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_other_json_is_no_leaf(value: Any) -> None:
    with pytest.raises(Malformed):
        leaf.decode(json.dumps(value).encode())


def _json(**changes: Any) -> bytes:
    members: dict[str, Any] = {**leaf.to_json(GOOD), **changes}
    return rfc8785.dumps({key: value for key, value in members.items() if value is not ...})


C = leaf.to_json(GOOD)["c"]
assert isinstance(C, list)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        DATA + b"\n",
        b" " + DATA,
        DATA.replace(b'","', b'", "', 1),
        DATA[:-1] + b',"x":1}',
        json.dumps(leaf.to_json(GOOD)).encode(),
        _json(f="showcause/v2"),
        _json(x=1),
        _json(id=...),
        _json(id="AB" * 16),
        _json(id="ab" * 15),
        _json(k="Decision"),
        _json(k=""),
        _json(k="a" * 33),
        _json(rules="zz" * 32),
        _json(policies=None),
        _json(n=None),
        _json(n=["matrix", 0, 1]),
        _json(n=["matrix", 1, 0]),
        _json(n=["matrix", -1, 1]),
        _json(n=["Matrix", 1, 1]),
        _json(n=['"', 1, 1]),
        _json(n=["", 1, 1]),
        _json(n=["matrix", 9007199254740991, 2]),
        _json(n=["matrix", "1", 1]),
        _json(n=["matrix", 1]),
        _json(re=None),
        _json(doc="ab" * 31),
        _json(c=C[:6]),
        _json(c=[*C, C[0]]),
        _json(c=[*C[:6], str(C[6])[:-1]]),
        _json(c=[*C[:6], str(C[6])[:-1] + "B"]),
        _json(c=[*C[:6], str(C[6])[:-1] + "="]),
        b"\xff" + DATA,
        DATA * 200,
        b"{" * 70_000,
    ],
)
def test_a_leaf_of_another_form_is_refused(data: bytes) -> None:
    for read in (leaf.decode, leaf.outline):
        with pytest.raises(Malformed):
            read(data)


@pytest.mark.parametrize("kind", kinds.Kind)
def test_a_kind_carries_only_what_is_lawful_for_it(kind: kinds.Kind) -> None:
    bare = plain_leaf("bare", str(kind))
    allowed = {
        "numbers": kind in kinds.RESTRICTING, "re": kind in kinds.REFERRING, "doc": kind in kinds.DOCUMENTED,
    }  # fmt: skip
    tries = {
        "numbers": replace(bare, numbers=leaf.Numbers("matrix", 1, 1)),
        "re": replace(bare, re=secret("re").hex()[:32]),
        "doc": replace(bare, doc=secret("doc").hex()),
    }
    for name, value in tries.items():
        written = rfc8785.dumps(leaf.to_json(value))
        if allowed[name]:
            assert leaf.decode(leaf.encode(value)) == value
        else:
            for attempt, given_ in ((leaf.encode, value), (leaf.decode, written), (leaf.outline, written)):
                with pytest.raises(Malformed):
                    attempt(given_)  # type: ignore[arg-type]  # each takes what stands beside it


def test_a_document_kind_without_its_document_is_refused() -> None:
    with pytest.raises(Malformed):
        leaf.encode(replace(plain_leaf("s", "setting"), doc=None))


def test_verifiers_read_kinds_that_they_do_not_know_and_writers_do_not_write_them() -> None:
    value = replace(GOOD, kind="future-kind", re="ab" * 16)
    assert leaf.decode(rfc8785.dumps(leaf.to_json(value))) == value
    for attempt in (leaf.encode, leaf.known):
        with pytest.raises(Malformed, match="not known"):
            attempt(value)


@pytest.mark.parametrize(
    "value",
    [
        replace(GOOD, id="x"), replace(GOOD, rules='"}'), replace(GOOD, slots=GOOD.slots[:6]),
        replace(GOOD, slots=(*GOOD.slots[:6], bytes(31))), replace(GOOD, slots=(*GOOD.slots, bytes(32))),
        replace(GOOD, numbers=leaf.Numbers('"', 1, 1)), replace(GOOD, numbers=leaf.Numbers("m", 2**53, 1)),
        replace(GOOD, numbers=leaf.Numbers("é", 1, 1)), replace(GOOD, numbers=leaf.Numbers("m", 2**53 - 1, 2)),
    ],
)  # fmt: skip
def test_a_value_that_is_no_leaf_is_not_written(value: leaf.Leaf) -> None:
    with pytest.raises(Malformed):
        leaf.encode(value)


def test_the_tables_of_kinds_and_slots_are_final() -> None:
    """A log cannot be migrated: whoever changes a word here changes what old logs mean."""
    words = [*kinds.Kind, *(f"{slot}.{field}" for slot in kinds.SLOTS for field in kinds.FIELDS[slot])]
    words += [
        f"{name}:{kind}"
        for name in ("RESTRICTING", "DOCUMENTED", "REFERRING")
        for kind in sorted(getattr(kinds, name))
    ]
    assert (
        sha256(" ".join(words).encode()).hexdigest()
        == "7cc09338d2730ae23f374c3f573a0fb1780bd312b0f1d37730d3a89829fb911a"
    )
