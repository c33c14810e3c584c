"""What a connector signs about one order: one text for one statement, and nothing that anybody else signed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.transparency.confirmation import (
    MAX_CONFIRMATION,
    Basis,
    Confirmation,
    Event,
    Ordered,
    Urgent,
    of_effect,
    opened,
    parsed,
    read,
    signed,
)
from showcause.transparency.errors import LogError, Malformed, Mismatched, Unverified
from showcause.transparency.jcs import MAX_INTEGER
from showcause.transparency.keys import KeyKind, SigningKey
from showcause.transparency.note import cosign, sign_note
from tests.transparency.logs import WITNESS_KEY, secret

KEY = SigningKey("plaza", KeyKind.ED25519, secret("connector plaza"))
SUSPENDED = Confirmation(
    "plaza", "plaza", Ordered(17, "4f" * 16), "suspend", Event.IMPOSED, 1_795_608_000, Basis.READ_BACK
)
TEXT = """showcause/v1 confirmation
connector plaza
platform plaza
order 17 of 4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f
measure suspend
event imposed
time 1795608000
basis read-back
"""
NOTE = signed(SUSPENDED, KEY)

names = st.from_regex(r"[a-z0-9][a-z0-9._:/@-]{0,63}", fullmatch=True)
ids = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)
orders = st.builds(Ordered, st.integers(1, MAX_INTEGER), ids)
confirmations = st.builds(
    Confirmation,
    names,
    names,
    orders | st.builds(Urgent, ids),
    st.from_regex(r"[a-z][a-z-]{0,31}", fullmatch=True),
    st.sampled_from(Event),
    st.integers(0, 2**63 - 1),
    st.sampled_from(Basis),
)


def test_a_confirmation_is_exactly_this_text() -> None:
    assert SUSPENDED.text == TEXT
    assert NOTE.startswith(TEXT + "\n— plaza ")
    assert opened(NOTE, KEY.verifier) == SUSPENDED
    assert str(Urgent("6c" * 16)) + "\n" in replace(SUSPENDED, about=Urgent("6c" * 16)).text


@given(confirmations)
def test_what_was_signed_is_what_is_read(confirmation: Confirmation) -> None:
    assert parsed(confirmation.text) == confirmation
    key = replace(KEY, name=confirmation.connector)
    note = signed(confirmation, key)
    assert note == signed(confirmation, key), "signing again gives the same bytes"
    assert len(note) <= MAX_CONFIRMATION
    assert opened(note, key.verifier) == confirmation


@given(confirmations, confirmations)
def test_two_statements_never_have_one_text(one: Confirmation, other: Confirmation) -> None:
    assert (one.text == other.text) == (one == other)


def test_no_byte_of_it_can_be_changed() -> None:
    data = NOTE.encode()
    for at in range(len(data)):
        for bit in (0x01, 0x20, 0x80):
            flipped = bytearray(data)
            flipped[at] ^= bit
            with pytest.raises(LogError):
                opened(flipped.decode("latin-1" if flipped[at] > 127 else "utf-8", "replace"), KEY.verifier)


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("v1", "v2"),
        TEXT.replace("order 17", "order 017"),
        TEXT.replace("order 17", "order 0"),
        TEXT.replace("order 17", f"order {MAX_INTEGER + 1}"),
        TEXT.replace("order 17", "order ١٧"),
        TEXT.replace("4f4f", "4F4F"),
        TEXT.replace("imposed", "upheld"),
        TEXT.replace("1795608000", "1795608000.5"),
        TEXT.replace("1795608000", "-1"),
        TEXT.replace("1795608000", str(2**63)),
        TEXT.replace("basis read-back\n", ""),
        TEXT.replace("suspend", "suspend sam"),
        TEXT + "person sam\n",
        TEXT.replace("\n", "\r\n"),
        " " + TEXT,
        TEXT[:-1],
        "",
    ],
)
def test_no_other_text_is_read(text: str) -> None:
    with pytest.raises(Malformed):
        parsed(text)


def test_what_another_key_signed_is_not_this_connectors() -> None:
    thief = SigningKey("plaza", KeyKind.ED25519, secret("thief"))
    with pytest.raises(Unverified):
        opened(signed(SUSPENDED, thief), KEY.verifier)
    with pytest.raises(Unverified):
        opened(NOTE, SigningKey("forum", KeyKind.ED25519, KEY.seed).verifier)


def test_a_connector_speaks_for_itself_alone() -> None:
    with pytest.raises(Malformed):
        signed(replace(SUSPENDED, connector="forum"), KEY)
    with pytest.raises(Mismatched):
        opened(sign_note(replace(SUSPENDED, connector="forum").text, [KEY]), KEY.verifier)


def test_nobody_signs_below_a_confirmation() -> None:
    with pytest.raises(Malformed):
        read(cosign(NOTE, WITNESS_KEY, 1_795_608_001))
    with pytest.raises(Malformed):
        opened(NOTE, WITNESS_KEY.verifier)
    with pytest.raises(Malformed):
        read("x" * (MAX_CONFIRMATION + 1))


@pytest.mark.parametrize(
    "change",
    [
        {"about": Ordered(0, "4f" * 16)},
        {"about": Ordered(1, "person")},
        {"about": Urgent("")},
        {"connector": "Plaza"},
        {"measure": "Suspend\nevent lifted"},
        {"time": -1},
        {"time": 2**63},
    ],
)
def test_what_is_out_of_form_is_not_signed(change: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        signed(replace(SUSPENDED, **change), replace(KEY, name=str(change.get("connector", "plaza"))))  # type: ignore[arg-type]  # wrong on purpose


def test_an_effect_commits_to_a_confirmation_of_its_own_order() -> None:
    assert of_effect({"text": NOTE, "orders": [[17, "suspend", None]]}) == NOTE
    assert of_effect({"text": NOTE}) == NOTE, "the orders were not opened"
    assert of_effect({"text": None, "orders": []}) is None
    assert of_effect({}) is None
    with pytest.raises(Mismatched):
        of_effect({"text": NOTE, "orders": [[18, "suspend", None]]})
    with pytest.raises(Mismatched):
        of_effect({"text": NOTE, "orders": [[17, "lock", None]]})
    with pytest.raises(Malformed):
        of_effect({"text": "suspended, believe me"})
