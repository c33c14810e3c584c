"""A mirror of a log that replaces its key: it copies under whichever it knows, and a fork under either is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from showcause.transparency.errors import Inconsistent, Unverified
from showcause.transparency.export import CHECKPOINT
from showcause.transparency.keys import KeyKind, SigningKey
from showcause.transparency.note import open_note, parse_note, sign_note
from showcause.witness.memory import Memory
from showcause.witness.mirroring import Mirror
from showcause.witness.pulling import copy
from tests.transparency.logs import LOG_KEY, Log, mixed_log, secret

COMING = SigningKey(LOG_KEY.name, KeyKind.ED25519, secret("coming"))
ENTRIES = mixed_log(40).entries


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    memory = Memory(tmp_path / "mirror.db")
    memory.name_ourselves("mirror.example/m1", [KeyKind.COSIGNATURE], secret("m"))
    memory.watch(str(LOG_KEY.verifier), "http://log.example")
    yield Mirror(tmp_path / "copies", memory, lambda: 1_790_000_000)
    memory.close()


def shown(entries: list[bytes], *signers: SigningKey) -> dict[str, bytes]:
    files = Log(entries).files()
    text = parse_note(files[CHECKPOINT]).text
    return files | {CHECKPOINT: sign_note(text, signers).encode()}


def visit(mirror: Mirror, files: dict[str, bytes]) -> int:
    return copy(mirror, LOG_KEY.name, mirror.memory.keys_of(LOG_KEY.name), files.get).size


def test_a_mirror_copies_from_the_first_key_to_the_last_without_a_break(mirror: Mirror) -> None:
    assert visit(mirror, shown(ENTRIES[:10], LOG_KEY)) == 10
    assert visit(mirror, shown(ENTRIES[:20], LOG_KEY, COMING)) == 20, "it knows the old key alone"
    with pytest.raises(Unverified):
        visit(mirror, shown(ENTRIES[:30], COMING))
    mirror.memory.watch(str(COMING.verifier))
    assert visit(mirror, shown(ENTRIES[:30], LOG_KEY, COMING)) == 30
    served = mirror.copies.note(LOG_KEY.name)
    assert len(open_note(served, [LOG_KEY.verifier, COMING.verifier]).by) == 2
    mirror.memory.drop(str(LOG_KEY.verifier))
    assert visit(mirror, shown(ENTRIES, COMING)) == 40


@pytest.mark.parametrize("signer", [LOG_KEY, COMING])
def test_a_mirror_keeps_a_fork_under_either_key(mirror: Mirror, signer: SigningKey) -> None:
    mirror.memory.watch(str(COMING.verifier))
    visit(mirror, shown(ENTRIES[:20], LOG_KEY, COMING))
    with pytest.raises(Inconsistent):
        visit(mirror, shown([*ENTRIES[:19], b"another", *ENTRIES[20:]], signer))
    [evidence] = mirror.memory.forks(LOG_KEY.name)
    assert open_note(evidence.note, [signer.verifier]).by
