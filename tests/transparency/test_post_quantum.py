"""The third kind of key: ML-DSA-44, which signs a checkpoint's origin, size and root, and its own name.

Source: c2sp.org/tlog-cosignature.
"""

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from showcause.transparency import note, policy
from showcause.transparency.checkpoint import Checkpoint
from showcause.transparency.errors import Malformed, Unverified
from showcause.transparency.keys import KeyKind, SigningKey, parse_signing_key, parse_verifier_key
from tests.transparency.logs import LOG_KEY, secret

KEY = SigningKey("witness.example/w1", KeyKind.ML_DSA_44, secret("ml-dsa"))
TREE = Checkpoint(LOG_KEY.name, 8, secret("root"))
TIME = 1_764_000_000


def cosigned(tree: Checkpoint = TREE, key: SigningKey = KEY, time: int = TIME) -> str:
    return note.cosign(note.sign_note(tree.text, [LOG_KEY]), key, time)


def test_a_cosignature_opens_with_its_time() -> None:
    opened = note.open_note(cosigned(), [KEY.verifier])
    assert opened.text == TREE.text
    assert [each.time for each in opened.by] == [TIME]


def test_what_is_signed_is_the_structure_of_the_specification() -> None:
    signature = note.parse_note(cosigned()).signatures[1].data
    name, origin = KEY.name.encode(), TREE.origin.encode()
    message = b"subtree/v1\n\x00" + bytes([len(name)]) + name + TIME.to_bytes(8, "big")
    message += bytes([len(origin)]) + origin + bytes(8) + (8).to_bytes(8, "big") + TREE.root
    MLDSA44PublicKey.from_public_bytes(KEY.verifier.public).verify(signature[8:], message)


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(TREE, size=9),
        dataclasses.replace(TREE, root=secret("another")),
        dataclasses.replace(TREE, origin="log.example/other"),
    ],
)
def test_a_signature_of_one_tree_is_none_of_another(other: Checkpoint) -> None:
    line = str(note.parse_note(cosigned()).signatures[1])
    with pytest.raises(Unverified):
        note.open_note(f"{other.text}\n{line}", [KEY.verifier])


def test_lines_that_nobody_can_audit_are_not_part_of_it() -> None:
    line = str(note.parse_note(cosigned()).signatures[1])
    extended = dataclasses.replace(TREE, extensions=("anything",))
    assert note.open_note(f"{extended.text}\n{line}", [KEY.verifier]).by[0].time == TIME


def test_another_name_makes_the_same_key_another() -> None:
    namesake = SigningKey("witness.example/w2", KEY.kind, KEY.seed)
    data = note.parse_note(cosigned()).signatures[1].data
    assert not namesake.verifier.verifies(TREE.text.encode(), data)


def test_a_text_that_is_no_checkpoint_is_not_signed() -> None:
    with pytest.raises(Malformed):
        note.signature_of("anything\n", KEY, TIME)


def test_a_log_signs_a_second_time_without_stating_when() -> None:
    second = SigningKey(LOG_KEY.name, KeyKind.ML_DSA_44, secret("second"))
    signed = note.sign_note(TREE.text, [LOG_KEY, second])
    by = {each.key.kind: each.time for each in note.open_note(signed, [LOG_KEY.verifier, second.verifier]).by}
    assert by == {KeyKind.ED25519: None, KeyKind.ML_DSA_44: 0}
    trusted = policy.evaluate(policy.Policy((second.verifier,)), signed)
    assert trusted.checkpoint == TREE


def test_the_text_forms_come_back_and_a_policy_takes_the_key() -> None:
    assert parse_verifier_key(str(KEY.verifier)) == KEY.verifier
    assert parse_signing_key(KEY.private_text()) == KEY
    pinned = policy.Policy((LOG_KEY.verifier,), {"w1": KEY.verifier}, quorum="w1")
    assert policy.parse_policy(pinned.to_bytes()) == pinned
    assert policy.evaluate(pinned, cosigned()).witnesses == {"w1": TIME}


def test_a_key_of_another_length_is_none() -> None:
    with pytest.raises(Malformed):
        dataclasses.replace(KEY.verifier, public=KEY.verifier.public[:-1])
