"""Several keys of one log: what signs when, and what is left of a key that is out of use."""

import os
from pathlib import Path

import pytest

from showcause.domain.errors import Broken, Misconfigured, SignerTaken
from showcause.gateways.signer import FileSigner, recover
from showcause.gateways.signer_keys import KeyFiles, destroy
from showcause.transparency.keys import KeyKind, SigningKey, VerifierKey, parse_verifier_key
from showcause.transparency.note import open_note, parse_note, sign_note
from showcause.transparency.policy import Policy, evaluate
from tests.logbook import ORIGIN, Clock, Files, heads, proof, secret

HEADS = heads(9)
ED25519, ML_DSA = KeyKind.ED25519.name, KeyKind.ML_DSA_44.name


@pytest.fixture
def files(tmp_path: Path) -> Files:
    made = Files(tmp_path)
    made.make()
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


def keys_of(signer: FileSigner) -> list[VerifierKey]:
    return [parse_verifier_key(each) for each in signer.verifier_keys]


def signed_by(note: str) -> list[bytes]:
    return [each.key_id for each in parse_note(note).signatures]


def test_a_prepared_key_signs_nothing_and_stays_the_same_until_it_is_adopted(
    files: Files, clock: Clock
) -> None:
    with files.open(clock) as signer:
        made = signer.prepare_key(ED25519)
        assert signer.prepare_key(ED25519) == made
        assert signer.verifier_keys == (signer.verifier_key,)
    with files.open(clock) as signer:
        assert signer.prepare_key(ED25519) == made
        assert signer.adopt_key() == (signer.verifier_key, made)
    assert all(each.stat().st_mode & 0o077 == 0 for each in files.folder.iterdir())


def test_during_a_rotation_each_checkpoint_is_signed_by_both_and_verifies_for_whoever_pins_either(
    files: Files, clock: Clock
) -> None:
    with files.open(clock) as signer:
        alone = signer.sign(HEADS[3], ())
        signer.prepare_key(ED25519)
        signer.adopt_key()
        old, coming = keys_of(signer)
        both = signer.sign(HEADS[3], ())
        assert both.startswith(alone), "the head that was signed before is signed by the coming key, too"
        for key in (old, coming):
            assert evaluate(Policy((key,)), both).checkpoint.size == 3
    with files.open(clock) as signer:
        assert signer.sign(HEADS[3], ()) == both, "Ed25519 says the same again after a restart"


def test_when_the_coming_key_takes_over_the_old_one_signs_nothing_and_is_on_the_disk_no_more(
    files: Files, clock: Clock
) -> None:
    old_text = files.key.read_bytes()
    with files.open(clock) as signer:
        signer.prepare_key(ED25519)
        signer.adopt_key()
        old, coming = keys_of(signer)
        assert signer.promote_key() == (str(coming),)
        note = signer.sign(HEADS[3], ())
        assert signed_by(note) == [coming.id]
        with pytest.raises(SignerTaken):
            files.open(clock)
    assert sorted(each.name for each in files.folder.iterdir()) == ["log.key", "log.state"]
    assert old_text not in {each.read_bytes() for each in files.folder.iterdir()}
    assert old.id not in signed_by(note)


def test_the_key_of_another_kind_signs_beside_the_first_and_states_no_time(
    files: Files, clock: Clock
) -> None:
    with files.open(clock) as signer:
        signer.prepare_key(ML_DSA)
        signer.adopt_key()
        first, second = keys_of(signer)
        assert (first.kind, second.kind) == (KeyKind.ED25519, KeyKind.ML_DSA_44)
        note = signer.sign(HEADS[3], ())
        assert [each.time for each in open_note(note, [first, second]).by] == [None, 0]
        assert signer.sign(HEADS[3], ()) == note, "while it lives it gives the note that it gave"
    with files.open(clock) as signer:
        again = signer.sign(HEADS[3], ())
        assert parse_note(again).signatures[0] == parse_note(note).signatures[0]
        assert open_note(again, [second]).text == parse_note(note).text, "equally valid"


def test_all_three_sign_and_the_second_one_stays_when_the_first_is_replaced(
    files: Files, clock: Clock
) -> None:
    with files.open(clock) as signer:
        for kind in (ED25519, ML_DSA):
            signer.prepare_key(kind)
            signer.adopt_key()
        old, coming, second = keys_of(signer)
        assert second.kind is KeyKind.ML_DSA_44
        assert signed_by(signer.sign(HEADS[2], ())) == [old.id, coming.id, second.id]
        signer.promote_key()
        assert signed_by(signer.sign(HEADS[5], proof(2, 5))) == [coming.id, second.id]
        signer.drop_key(str(second))
        assert signed_by(signer.sign(HEADS[5], ())) == [coming.id]


@pytest.mark.parametrize("died_after", ["hardlink_to", "rename", "destroy"])
def test_whoever_dies_while_the_keys_change_places_goes_on_where_they_stopped(
    files: Files, clock: Clock, died_after: str
) -> None:
    with files.open(clock) as signer:
        signer.prepare_key(ED25519)
        signer.adopt_key()
        _, coming = keys_of(signer)
    at = KeyFiles(files.key)
    at.past.hardlink_to(at.principal)
    if died_after != "hardlink_to":
        at.coming.rename(at.principal)
    if died_after == "destroy":
        destroy(at.past)
    with files.open(clock) as signer:
        assert not at.past.exists()
        if died_after == "hardlink_to":
            signer.promote_key()
        assert signer.verifier_keys == (str(coming),)
        assert signed_by(signer.sign(HEADS[3], ())) == [coming.id]


def test_a_key_that_is_destroyed_is_overwritten_before_its_name_goes(tmp_path: Path) -> None:
    key, other_name = tmp_path / "key", tmp_path / "kept"
    key.write_bytes(b"secret")
    os.link(key, other_name)
    destroy(key)
    destroy(key)
    assert not key.exists()
    assert other_name.read_bytes() == bytes(6)


def test_a_coming_key_can_be_given_up_and_the_principal_one_cannot(files: Files, clock: Clock) -> None:
    with files.open(clock) as signer:
        made = signer.prepare_key(ED25519)
        signer.adopt_key()
        signer.drop_key(made)
        signer.drop_key(signer.verifier_key)
        assert signer.verifier_keys == (signer.verifier_key,)
        with pytest.raises(Misconfigured):
            signer.promote_key()
        with pytest.raises(Misconfigured):
            signer.adopt_key()


@pytest.mark.parametrize("wrong", ["another log's", "another kind", "readable", "damaged"])
def test_a_further_key_that_does_not_belong_here_keeps_the_signer_from_opening(
    files: Files, clock: Clock, wrong: str
) -> None:
    name = "another.example" if wrong == "another log's" else ORIGIN
    kind = KeyKind.ML_DSA_44 if wrong == "another kind" else KeyKind.ED25519
    path = KeyFiles(files.key).coming
    path.write_text(SigningKey(name, kind, secret("other")).private_text())
    path.chmod(0o644 if wrong == "readable" else 0o600)
    if wrong == "damaged":
        path.write_text("PRIVATE+KEY+")
    with pytest.raises(Misconfigured):
        files.open(clock)


def test_the_signer_remembers_a_head_that_either_key_signed(files: Files, clock: Clock) -> None:
    with files.open(clock) as signer:
        signer.prepare_key(ED25519)
        signer.adopt_key()
        text = parse_note(signer.sign(HEADS[2], ())).text
        held = KeyFiles(files.key).signing()[1]
        larger = text.replace("\n2\n", "\n7\n")
        assert signer.learn(sign_note(larger, [held]))
        assert signer.last().size == 7


def test_a_lost_state_is_set_again_from_a_checkpoint_of_either_key(files: Files, clock: Clock) -> None:
    with files.open(clock) as signer:
        signer.prepare_key(ED25519)
        signer.adopt_key()
        text = parse_note(signer.sign(HEADS[4], ())).text
    files.state.unlink()
    coming = KeyFiles(files.key).signing()[1]
    assert recover(files.key, files.state, sign_note(text, [coming]), clock()) == HEADS[4]


def test_after_a_write_of_the_keys_failed_this_signer_signs_no_more(files: Files, clock: Clock) -> None:
    with files.open(clock) as signer:
        (files.folder / "log-prepared.key").mkdir()
        with pytest.raises(Broken):
            signer.prepare_key(ED25519)
        with pytest.raises(Broken):
            signer.sign(HEADS[1], ())
