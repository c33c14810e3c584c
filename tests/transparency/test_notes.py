"""Signed notes and keys, with the published examples of signed-note, tlog-checkpoint and tlog-cosignature."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.transparency import checkpoint, keys, note
from showcause.transparency.encoding import b64
from showcause.transparency.errors import LogError, Malformed, Unverified
from tests.transparency.logs import LOG_KEY, OTHER_KEY, SEEN, WITNESS_KEY, secret

# c2sp.org/signed-note, "Verifier keys", example
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
# c2sp.org/signed-note, first example: the text contains a blank line
POEM = """Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""  # noqa: E501
# c2sp.org/tlog-cosignature, first example
SOFA = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""  # noqa: E501
TEXT = "a text\n\nwith a blank line\n"


def test_the_specifications_example_opens_with_its_key() -> None:
    key = keys.parse_verifier_key(FOO)
    assert key.id.hex() == "530d903a"
    assert str(key) == FOO
    assert note.open_note(FOO_NOTE, [key]).text == "This is an example message.\n"


def test_the_text_of_a_note_reaches_to_its_last_blank_line() -> None:
    parsed = note.parse_note(POEM)
    assert parsed.text.count("\n") == 4
    assert [s.key_id.hex() for s in parsed.signatures] == ["367ba04b"]
    assert str(parsed) == POEM


def test_the_specifications_cosigned_checkpoint_is_taken_apart() -> None:
    parsed = note.parse_note(SOFA)
    tree = checkpoint.parse_checkpoint(parsed.text)
    assert (tree.origin, tree.size, tree.text) == ("example.com/behind-the-sofa", 20852163, parsed.text)
    cosignature = parsed.signatures[1]
    assert (cosignature.name, len(cosignature.data)) == ("witness.example.com/w1", 72)
    assert int.from_bytes(cosignature.data[:8], "big") == 1679315147


@pytest.mark.parametrize("key", [LOG_KEY, WITNESS_KEY])
def test_keys_survive_their_text_forms(key: keys.SigningKey) -> None:
    assert keys.parse_signing_key(key.private_text()) == key
    assert keys.parse_verifier_key(str(key.verifier)) == key.verifier


def test_a_private_key_never_shows_itself() -> None:
    assert LOG_KEY.seed.hex() not in repr(LOG_KEY)
    assert b64(LOG_KEY.seed)[:20] not in repr(LOG_KEY) + str(LOG_KEY)
    broken = LOG_KEY.private_text()[:-4]
    with pytest.raises(Malformed) as refused:
        keys.parse_signing_key(broken)
    assert broken[40:] not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/foo",
        FOO.replace("530d903a", "530d903b"),
        FOO.replace("530d903a", "530D903A"),
        FOO.replace("+Aeky", "+Beky"),
        FOO.replace("foo", "bar"),
        FOO.replace("foo", "f o"),
        FOO.replace("U2k", "U2l"),
        FOO[:-4],
        f"{FOO} ",
        f"{FOO}\n",
        FOO.replace("example", "\u2003"),
        "+" * 2000,
    ],
)
def test_a_verifier_key_with_a_fault_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        keys.parse_verifier_key(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "\ud800", "x" * 256])
def test_a_name_that_no_signature_line_can_carry_is_refused(name: str) -> None:
    with pytest.raises(Malformed):
        keys.SigningKey(name, keys.KeyKind.ED25519, bytes(32))


def test_signing_again_gives_the_same_bytes() -> None:
    assert note.sign_note(TEXT, [LOG_KEY]) == note.sign_note(TEXT, [LOG_KEY])


def test_a_note_opens_for_whoever_knows_one_of_its_keys() -> None:
    signed = note.cosign(note.sign_note(TEXT, [LOG_KEY, OTHER_KEY]), WITNESS_KEY, SEEN)
    for key in (LOG_KEY, OTHER_KEY, WITNESS_KEY):
        opened = note.open_note(signed, [key.verifier])
        assert [by.key for by in opened.by] == [key.verifier]
        assert opened.by[0].time == (SEEN if key is WITNESS_KEY else None)


def test_signatures_of_unknown_keys_are_passed_over_but_prove_nothing() -> None:
    signed = note.sign_note(TEXT, [OTHER_KEY])
    with pytest.raises(Unverified):
        note.open_note(signed, [LOG_KEY.verifier])
    with pytest.raises(Unverified):
        note.open_note(signed, [])


def test_one_bad_signature_of_a_known_key_spoils_the_whole_note() -> None:
    good, bad = note.sign_note(TEXT, [LOG_KEY]), note.sign_note("another text\n", [OTHER_KEY])
    mixed = good + bad.split("\n\n")[1]
    assert note.open_note(mixed, [LOG_KEY.verifier]).text == TEXT
    with pytest.raises(Unverified):
        note.open_note(mixed, [LOG_KEY.verifier, OTHER_KEY.verifier])


def test_the_same_seed_as_log_and_as_witness_is_two_keys() -> None:
    as_witness = keys.SigningKey(LOG_KEY.name, keys.KeyKind.COSIGNATURE, LOG_KEY.seed)
    assert as_witness.verifier.id != LOG_KEY.verifier.id
    with pytest.raises(Unverified):
        note.open_note(note.sign_note(TEXT, [LOG_KEY]), [as_witness.verifier])


def test_a_cosignature_covers_its_time() -> None:
    line = note.signature_of(TEXT, WITNESS_KEY, SEEN)
    later = note.Signature(line.name, line.key_id, (SEEN + 1).to_bytes(8, "big") + line.data[8:])
    with pytest.raises(Unverified):
        note.open_note(str(note.Note(TEXT, (later,))), [WITNESS_KEY.verifier])


@pytest.mark.parametrize(
    "key, time", [(LOG_KEY, 1), (WITNESS_KEY, None), (WITNESS_KEY, -1), (WITNESS_KEY, 2**63)]
)
def test_only_cosignatures_carry_a_time_and_they_must(key: keys.SigningKey, time: int | None) -> None:
    with pytest.raises(Malformed):
        note.signature_of(TEXT, key, time)


def test_sixteen_signatures_are_accepted_and_too_many_are_not() -> None:
    many = [keys.SigningKey(f"k{i}.example", keys.KeyKind.ED25519, secret(i)) for i in range(65)]
    assert len(note.parse_note(note.sign_note(TEXT, many[:16])).signatures) == 16
    with pytest.raises(Malformed):
        note.sign_note(TEXT, many)


GOOD = note.sign_note(TEXT, [LOG_KEY])


@pytest.mark.parametrize(
    "spoiled",
    [
        "",
        "\n",
        "\n\n",
        TEXT,
        GOOD[:-1],
        GOOD + "\n",
        GOOD.replace("\n\n—", "\n—"),
        GOOD.replace("—", "-"),
        GOOD.replace("— ", "—"),
        GOOD.replace("\n—", "\r\n—"),
        GOOD.replace("a text", "a\ttext"),
        GOOD[:-2] + "\n",
        GOOD[:-3] + "B=\n",
        GOOD.replace(LOG_KEY.name, f"{LOG_KEY.name}+"),
        GOOD + "— name\n",
        GOOD + "— name AAAAAA==\n",
        GOOD + "— name AAAA AAAA\n",
        GOOD.encode().replace("—".encode(), b"\xff\xfe\xfd"),
        "x" * 70_000 + GOOD,
        GOOD + "\ud800",
    ],
)
def test_a_note_of_another_form_is_refused(spoiled: str | bytes) -> None:
    with pytest.raises(LogError):
        note.open_note(spoiled, [LOG_KEY.verifier])


@pytest.mark.parametrize(
    "text", ["a\tb\n", "a\rb\n", "a\0b\n", "no newline", "\ud800\n", "x" * 70_000 + "\n"]
)
def test_a_text_that_no_note_can_carry_is_not_signed(text: str) -> None:
    with pytest.raises(Malformed):
        note.sign_note(text, [LOG_KEY])


@given(st.integers(0, len(GOOD.encode()) - 1), st.integers(1, 255))
def test_a_note_with_any_byte_changed_does_not_open(place: int, change: int) -> None:
    data = bytearray(GOOD.encode())
    data[place] ^= change
    with pytest.raises(LogError):
        note.open_note(bytes(data), [LOG_KEY.verifier])


@given(st.binary(max_size=400))
def test_bytes_from_anywhere_end_in_a_refusal(data: bytes) -> None:
    with pytest.raises(LogError):
        note.open_note(data, [LOG_KEY.verifier])


@given(st.text(st.characters(blacklist_categories=["Cc", "Cs"]), max_size=60))
def test_any_text_without_control_characters_can_be_signed_and_opened(text: str) -> None:
    assert note.open_note(note.sign_note(f"{text}\n", [LOG_KEY]), [LOG_KEY.verifier]).text == f"{text}\n"
