"""A witness cosigns what continues what it saw, and nothing else; the statuses are the specification's.

Source: c2sp.org/tlog-witness.
"""

import threading
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from showcause.transparency import checkpoint, keys, merkle, note
from showcause.transparency.errors import Malformed
from showcause.witness import asking
from showcause.witness.cosigning import SIZE, Answer, Cosigner
from showcause.witness.memory import Memory
from tests.transparency.logs import LOG_KEY, OTHER_KEY, secret, signed

NOW = 1_790_000_000
LEAVES = [secret("leaf", number) for number in range(40)]
HASH_AT = merkle.in_memory(LEAVES)


def tree(size: int, leaves: list[bytes] = LEAVES) -> checkpoint.Checkpoint:
    return checkpoint.Checkpoint(LOG_KEY.name, size, merkle.root_of(leaves[:size]))


def question(old: int, new: int) -> bytes:
    return asking.write(old, merkle.consistency_proof(old, new, HASH_AT), signed(tree(new)))


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path / "witness.db")
    kinds = (keys.KeyKind.COSIGNATURE, keys.KeyKind.ML_DSA_44)
    opened.name_ourselves("witness.example/w1", kinds, secret("a") + secret("b"))
    opened.watch(str(LOG_KEY.verifier), "http://log.example")
    yield opened
    opened.close()


@pytest.fixture
def cosigner(memory: Memory) -> Cosigner:
    return Cosigner(memory, lambda: NOW)


def test_the_first_tree_and_its_continuations_are_cosigned_with_both_keys(cosigner: Cosigner) -> None:
    for old, new in ((0, 7), (7, 7), (7, 8), (8, 40)):
        answer = cosigner.add_checkpoint(question(old, new))
        assert answer.status is HTTPStatus.OK
        vkeys = [key.verifier for key in cosigner.memory.keys]
        opened = note.open_note(signed(tree(new)) + answer.body, vkeys)
        assert {(each.key.kind, each.time) for each in opened.by} == {
            (keys.KeyKind.COSIGNATURE, NOW),
            (keys.KeyKind.ML_DSA_44, NOW),
        }


def test_what_is_kept_has_the_logs_signature_and_ours_and_no_strangers(cosigner: Cosigner) -> None:
    foreign = note.sign_note(tree(7).text, [LOG_KEY, OTHER_KEY])
    cosigner.add_checkpoint(asking.write(0, (), foreign))
    kept = cosigner.latest(LOG_KEY.name)
    assert kept is not None
    assert {each.name for each in note.parse_note(kept).signatures} == {LOG_KEY.name, "witness.example/w1"}


def test_an_old_size_that_is_not_ours_is_answered_with_ours(cosigner: Cosigner) -> None:
    cosigner.add_checkpoint(question(0, 7))
    assert cosigner.add_checkpoint(question(5, 9)) == Answer(HTTPStatus.CONFLICT, "7\n", SIZE)


def test_a_log_that_is_not_watched_is_not_found(cosigner: Cosigner) -> None:
    other = checkpoint.Checkpoint("other.example/log", 7, secret("root"))
    body = asking.write(0, (), note.sign_note(other.text, [OTHER_KEY]))
    assert cosigner.add_checkpoint(body).status is HTTPStatus.NOT_FOUND


def test_a_signature_of_nobody_known_or_a_broken_one_is_forbidden(cosigner: Cosigner) -> None:
    strange = note.sign_note(tree(7).text, [OTHER_KEY])
    broken = signed(tree(7)).replace(tree(7).text.split("\n")[2], tree(8).text.split("\n")[2])
    for text in (strange, broken):
        assert cosigner.add_checkpoint(asking.write(0, (), text)).status is HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    "body",
    [
        b"", b"old 1\n", b"old 01\n\n", b"old -1\n\n", b"new 1\n\nx", b"\xff\xfe", b"old 0\nAAAA\n\nx\n1\nx\n",
        b"old 0\n" + b"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n" * 64 + b"\n", b"old 0\n\n" + b"x" * 200_000,
        b"old 9223372036854775808\n\n",
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused(cosigner: Cosigner, body: bytes) -> None:
    assert cosigner.add_checkpoint(body).status is HTTPStatus.BAD_REQUEST


def test_an_old_size_above_the_checkpoints_is_refused(cosigner: Cosigner) -> None:
    body = asking.write(9, (), signed(tree(7)))
    assert cosigner.add_checkpoint(body).status is HTTPStatus.BAD_REQUEST


def test_a_fork_is_refused_and_kept_as_evidence(cosigner: Cosigner) -> None:
    cosigner.add_checkpoint(question(0, 7))
    other = [secret("other", number) for number in range(40)]
    proof = merkle.consistency_proof(7, 9, merkle.in_memory(other))
    for forged in (
        asking.write(7, proof, signed(tree(9, other))),
        asking.write(7, (), signed(tree(7, other))),
    ):
        assert cosigner.add_checkpoint(forged).status is HTTPStatus.UNPROCESSABLE_ENTITY
    kept = cosigner.memory.forks(LOG_KEY.name)
    assert [checkpoint.parse_checkpoint(note.parse_note(each.note).text).size for each in kept] == [9, 7]
    assert all(note.open_note(each.note, [LOG_KEY.verifier]) for each in kept)
    assert cosigner.add_checkpoint(question(7, 8)).status is HTTPStatus.OK


def test_nobody_makes_a_fork_of_a_good_checkpoint_by_a_bad_proof(cosigner: Cosigner) -> None:
    """Checkpoints are public, and anybody may ask."""
    bad = (secret("x"),)
    assert cosigner.add_checkpoint(asking.write(0, bad, signed(tree(7)))).status == 422
    cosigner.add_checkpoint(question(0, 7))
    assert cosigner.add_checkpoint(asking.write(7, bad, signed(tree(7)))).status == 422
    assert cosigner.memory.forks() == []
    assert cosigner.add_checkpoint(asking.write(7, bad, signed(tree(9)))).status == 422
    assert len(cosigner.memory.forks()) == 1, "nobody has shown yet that it is none"
    cosigner.add_checkpoint(question(7, 9))
    assert cosigner.memory.forks() == []


def test_a_proof_where_none_is_needed_and_an_empty_tree_with_a_root_are_refused(cosigner: Cosigner) -> None:
    superfluous = asking.write(0, (secret("x"),), signed(tree(7)))
    text = f"{LOG_KEY.name}\n0\n{tree(7).text.split(chr(10))[2]}\n"
    rooted = asking.write(0, (), note.sign_note(text, [LOG_KEY]))
    for body in (superfluous, rooted):
        assert cosigner.add_checkpoint(body).status is HTTPStatus.UNPROCESSABLE_ENTITY


def test_two_askers_at_once_never_turn_it_back(cosigner: Cosigner) -> None:
    cosigner.add_checkpoint(question(0, 7))
    answers: list[Answer] = []
    askers = [
        threading.Thread(target=lambda new=new: answers.append(cosigner.add_checkpoint(question(7, new))))
        for new in (8, 9, 10, 11, 12, 13)
    ]
    for each in askers:
        each.start()
    for each in askers:
        each.join()
    won = [each for each in answers if each.status is HTTPStatus.OK]
    assert len(won) == 1
    assert all(each.status is HTTPStatus.CONFLICT for each in answers if each is not won[0])


def refused_by_the_disk(memory: Memory) -> None:
    with memory.changing():
        memory._connection.execute("ROLLBACK")  # as SQLite does by itself on some failures of the disk
        raise OSError("full")


def test_a_change_that_the_disk_refuses_is_told_as_such_and_the_next_one_works(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "w.db")
    with pytest.raises(OSError, match="full"):
        refused_by_the_disk(memory)
    memory.name_ourselves("w.example", (keys.KeyKind.COSIGNATURE,), secret("first"))
    memory.close()


def test_after_a_restart_it_is_the_same_witness_with_the_same_memory(tmp_path: Path) -> None:
    path, kinds = tmp_path / "w.db", (keys.KeyKind.COSIGNATURE,)
    first = Memory(path)
    first.name_ourselves("w.example", kinds, secret("first"))
    first.watch(str(LOG_KEY.verifier))
    Cosigner(first, lambda: NOW).add_checkpoint(question(0, 7))
    first.close()
    again = Memory(path)
    again.name_ourselves("w.example", kinds, secret("second"))
    assert again.keys[0].seed == secret("first")
    seen = again.seen(LOG_KEY.name)
    assert seen is not None
    assert seen.size == 7
    with pytest.raises(Malformed):
        again.name_ourselves("another.example", kinds, secret("third"))
    again.close()


# --- a log with two keys ------------------------------------------------------------------------------------

COMING = keys.SigningKey(LOG_KEY.name, keys.KeyKind.ED25519, secret("coming"))


def asked_with(
    signers: list[keys.SigningKey], size: int, leaves: list[bytes] = LEAVES, old: int = 0
) -> bytes:
    proof = merkle.consistency_proof(old, size, HASH_AT) if 0 < old < size else ()
    return asking.write(old, proof, note.sign_note(tree(size, leaves).text, signers))


def test_a_further_key_of_a_log_is_known_beside_the_first_and_its_files_are_where_they_were(
    memory: Memory,
) -> None:
    [watched] = [memory.watch(str(COMING.verifier))]
    assert watched.keys == (LOG_KEY.verifier, COMING.verifier)
    assert watched.url == "http://log.example"
    assert len(memory.watched()) == 1


@pytest.mark.parametrize("signers", [[LOG_KEY], [COMING], [LOG_KEY, COMING]])
def test_a_tree_that_either_key_signed_is_cosigned_and_kept_with_the_signatures_that_are_known(
    cosigner: Cosigner, signers: list[keys.SigningKey]
) -> None:
    cosigner.memory.watch(str(COMING.verifier))
    assert cosigner.add_checkpoint(asked_with(signers, 7)).status is HTTPStatus.OK
    kept = note.parse_note(cosigner.latest(LOG_KEY.name) or "")
    assert [each.key_id for each in kept.signatures if each.name == LOG_KEY.name] == [
        key.verifier.id for key in signers
    ]


@pytest.mark.parametrize("signer", [LOG_KEY, COMING])
def test_a_fork_under_either_key_is_kept_as_evidence(cosigner: Cosigner, signer: keys.SigningKey) -> None:
    cosigner.memory.watch(str(COMING.verifier))
    cosigner.add_checkpoint(asked_with([LOG_KEY, COMING], 7))
    forked = asked_with([signer], 7, [secret("other", number) for number in range(7)], old=7)
    assert cosigner.add_checkpoint(forked).status is HTTPStatus.UNPROCESSABLE_ENTITY
    [evidence] = cosigner.memory.forks(LOG_KEY.name)
    assert note.open_note(evidence.note, [signer.verifier]).by


def test_a_key_that_ended_is_dropped_and_signs_nothing_for_this_witness_any_more(cosigner: Cosigner) -> None:
    memory = cosigner.memory
    with pytest.raises(Malformed, match="only key"):
        memory.drop(str(LOG_KEY.verifier))
    memory.watch(str(COMING.verifier), "http://log.example")
    cosigner.add_checkpoint(asked_with([LOG_KEY, COMING], 7))
    memory.drop(str(LOG_KEY.verifier))
    memory.drop(str(LOG_KEY.verifier))
    assert cosigner.add_checkpoint(asked_with([LOG_KEY], 7, old=7)).status is HTTPStatus.FORBIDDEN
    assert cosigner.add_checkpoint(asked_with([COMING], 9, old=7)).status is HTTPStatus.OK
