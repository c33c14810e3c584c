"""Canonical JSON and the reader for hostile JSON."""

import time

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from showcause.transparency import encoding, jcs
from showcause.transparency.errors import Malformed

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-jcs.MAX_INTEGER, jcs.MAX_INTEGER)
    | st.text(st.characters(blacklist_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(blacklist_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_canonical_json_is_rfc_8785_and_reads_back(value: jcs.Json) -> None:
    text = jcs.canonical(value)
    assert text == rfc8785.dumps(value)
    assert jcs.parse_canonical(text, "it", 10_000_000) == value


@pytest.mark.parametrize("value", [1.0, float("nan"), 2**53, b"bytes", ["\ud800"], {1: 2}, object()])
def test_a_value_that_has_no_canonical_text_is_refused(value: object) -> None:
    with pytest.raises(Malformed):
        jcs.canonical(value)  # type: ignore[arg-type]


def test_a_value_that_contains_itself_is_refused() -> None:
    loop: list[jcs.Json] = []
    loop.append(loop)
    with pytest.raises(Malformed):
        jcs.canonical(loop)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"nul", b"[1,]", b"1.0", b"1e3", b"-0.0", b"NaN", b"Infinity", b"9007199254740992", b'{"a":1,"a":1}',
        b'"\xff"', b'"\xed\xa0\x80"', b"[1] [2]", b"\xef\xbb\xbf1", b'"\t"', b"'a'", b"9" * 100_000,
    ],
)  # fmt: skip
def test_json_that_we_do_not_accept_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed, match="it is not the JSON that we accept"):
        jcs.parse(text, "it", 1_000_000)


@pytest.mark.parametrize("text", [b" 1", b"1\n", b'{"b":1,"a":2}', b'"\\u0061"', b"[1, 2]", b'"\\/"', b"-0"])
def test_one_value_has_one_text(text: bytes) -> None:
    jcs.parse(text, "it", 100)
    with pytest.raises(Malformed, match="not canonical"):
        jcs.parse_canonical(text, "it", 100)


@pytest.mark.parametrize("text", [b'"\\ud800"', b'{"\\udfff":1}'])
def test_half_a_character_is_no_text(text: bytes) -> None:
    with pytest.raises(Malformed):
        jcs.parse_canonical(text, "it", 100)


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 1_000_000,
        b'{"a":' * 200_000,
        b"[" * 500_000 + b"]" * 500_000,
        b'"' + b'\\"' * 500_000,
        b'\\"' * 500_000,
        b'"' * 999_999,
        b'"[" ' * 250_000,
        b"\\" * 1_000_000,
        b"1" * 1_000_001,
    ],
)
def test_hostile_json_is_refused_within_a_second_of_work(text: bytes) -> None:
    start = time.process_time()
    with pytest.raises(Malformed):
        jcs.parse(text, "it", 1_000_000)
    assert time.process_time() - start < 1


def test_brackets_inside_texts_are_no_nesting() -> None:
    assert jcs.parse(b'["[[[[[[[[[[[[[[[[[\\"[[[[[["]', "it", 100) == ['[[[[[[[[[[[[[[[[["[[[[[[']


@given(st.binary(max_size=64))
def test_bytes_survive_their_text_forms(data: bytes) -> None:
    assert encoding.from_b64(encoding.b64(data), "it", len(data)) == data
    assert encoding.from_b64url(encoding.b64url(data), "it", len(data)) == data
    assert encoding.from_hex(data.hex(), "it", len(data)) == data


@pytest.mark.parametrize(
    "text", ["QQ", "QQ=", "QR==", "QQ==\n", " QQ==", "QQ== ", "Q-==", "QQ==QQ==", "é", "=", "A==="]
)
def test_base64_that_is_not_the_one_text_of_its_bytes_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        encoding.from_b64(text, "it")


@pytest.mark.parametrize("text", ["QQ==", "QR", "Q", "Q+", "Q/", "QQ\n", "é", "QQ ", "A"])
def test_base64url_that_is_not_the_one_text_of_its_bytes_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        encoding.from_b64url(text, "it")
