"""Guarantee 13: anyone can verify, with independent tools, offline and without us, that the record was not altered.

The log is that of a house in which things happened, as its worker published it; the verifiers are Debian's Go library,
another Python implementation, and `showcause verify` in an empty folder.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tlog_scales import backend, reader, signing, tiles

from showcause.casework import founding, hearing, lodging
from showcause.casework.log import fsck, public_log, receipts
from showcause.transparency import note
from tests.databases import fresh_sqlite
from tests.house import House, opened_house
from tests.peers.published import flip
from tests.transparency.logs import WITNESS_KEY

if TYPE_CHECKING:
    from tests.services.golang import Go

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Record:
    """What an outsider has: the published files, a checkpoint that they kept, the log's key, a person's proof."""

    folder: Path
    kept: Path
    key: str
    proof: bytes
    size: int


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """Play some of a house's life, publish its log twice, and keep the first checkpoint."""
    folder = tmp_path_factory.mktemp("house")
    with fresh_sqlite(folder) as store, opened_house(store, folder) as house:
        for at in range(130):
            house.run(founding.change_setting, "high-reach", str(5_000 + at), "ada")
        house.suspended("first")
        kept = folder / "kept"
        kept.write_text(cosigned(house))
        decided = house.suspended("second")
        for at in range(130):
            house.run(founding.change_setting, "high-reach", str(6_000 + at), "ada")
        appeal = house.run(lodging.lodge, decided.reference, "wrong")
        house.run(hearing.claim, appeal.id, "dan")
        house.run(hearing.reverse, appeal.id, "dan", "wrong")
        house.work()
        checkpoint = cosigned(house)
        head = house.worker.head
        assert head is not None
        public_log.publish(house.store, folder / "public", head, house.signer.verifier_key, house.now)
        (folder / "public" / "checkpoint").write_text(checkpoint)
        statement = house.statement_of(decided)
        with house.store.read() as view:
            proof = receipts.person_proof(view, decided.leaf, head.note, statement.person).encode()
        yield Record(folder / "public", kept, house.signer.verifier_key, proof, head.size)


def cosigned(house: House) -> str:
    """Return the newest checkpoint with the cosignature of somebody outside."""
    house.work()
    head = house.worker.head
    assert head is not None
    return note.cosign(head.note, WITNESS_KEY, int(house.now.timestamp()))


@pytest.fixture
def copy(record: Record, tmp_path: Path) -> Path:
    """A copy of the published files, to be tampered with."""
    folder = tmp_path / "public"
    subprocess.run(["cp", "-r", record.folder, folder], check=True)
    return folder


TAMPERED = ["checkpoint", "tile/0/000", "tile/entries/000"]


@pytest.fixture(scope="module")
def go_program(go: "Go") -> Path:
    return go.build(ROOT / "tests" / "peers" / "go" / "verify.go")


def by_go(program: Path, record: Record, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(program), str(folder), record.key, str(WITNESS_KEY.verifier), str(record.kept)]
    indices = [str(index) for index in (0, 1, 100, 255, 256, record.size - 1)]
    return subprocess.run([*command, *indices], capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.peers
def test_debians_go_library_accepts_our_log_and_that_it_continues_what_somebody_kept(
    go_program: Path, record: Record
) -> None:
    done = by_go(go_program, record, record.folder)
    assert done.returncode == 0, done.stderr
    assert f"{record.size} continues" in done.stdout


@pytest.mark.peers
@pytest.mark.parametrize("path", TAMPERED)
def test_debians_go_library_refuses_a_tampered_one(
    go_program: Path, record: Record, copy: Path, path: str
) -> None:
    flip(copy / path, 40)
    assert by_go(go_program, record, copy).returncode == 1


def by_tlog_scales(record: Record, folder: Path) -> None:
    """Check signature, every entry and every path with the other Python implementation. Raises when refused."""
    files = reader.TilesReader(backend.LocalBackend(folder))
    tree = files.get_checkpoint()
    verified = signing.VkeySet(signing.Vkey.from_string(record.key)).verify(tree.signatures, tree)
    assert [key.name for key, _ in verified]
    for index in range(record.size):
        leaf = tiles.leaf_hash(files.get_entry(index))
        files.get_inclusion_proof(index, record.size).check(leaf, tree.root_hash)


def test_another_python_implementation_accepts_every_entry(record: Record) -> None:
    by_tlog_scales(record, record.folder)


@pytest.mark.parametrize("path", TAMPERED)
def test_another_python_implementation_refuses_a_tampered_one(record: Record, copy: Path, path: str) -> None:
    flip(copy / path, 40)
    with pytest.raises(Exception):  # noqa: B017, PT011  # each kind of damage has its own error there
        by_tlog_scales(record, copy)


def test_our_own_audit_of_the_public_files_says_what_was_touched(record: Record, copy: Path) -> None:
    from showcause.transparency.policy import parse_policy

    trusted = parse_policy(f"log {record.key}\nquorum none\n".encode())
    assert fsck.verify_public(record.folder, trusted).sound
    for path in TAMPERED[1:]:
        flip(copy / path, 40)
        assert not fsck.verify_public(copy, trusted).sound, path
        flip(copy / path, 40)
    assert fsck.verify_public(copy, trusted).sound


def offline(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `showcause verify` where there is no site."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), "HOME": str(folder)}
    command = [sys.executable, "-m", "showcause", "verify", *arguments]
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False
    )


def test_the_person_concerned_verifies_offline_and_one_flipped_byte_is_refused(
    record: Record, tmp_path: Path
) -> None:
    proof = tmp_path / "mine.tlog-proof"
    proof.write_bytes(record.proof)
    good = offline(tmp_path, "mine.tlog-proof", "--key", record.key)
    assert good.returncode == 0, good.stderr
    assert "This file is a valid proof." in good.stdout
    assert "It does not prove that the decision was right" in good.stdout
    for place in range(30, len(record.proof), len(record.proof) // 12):
        data = bytearray(record.proof)
        data[place] ^= 1
        proof.write_bytes(bytes(data))
        assert offline(tmp_path, "mine.tlog-proof", "--key", record.key).returncode == 1, place


def test_a_proof_says_nothing_to_who_trusts_another_log(record: Record, tmp_path: Path) -> None:
    proof = tmp_path / "mine.tlog-proof"
    proof.write_bytes(record.proof)
    other = str(WITNESS_KEY.verifier)
    assert offline(tmp_path, "mine.tlog-proof", "--key", other).returncode == 1
