"""Another Python implementation of tiled logs, `tlog-scales`, reads our logs, and we read one that it wrote."""

from pathlib import Path

import pytest
from tlog_scales import backend, reader, signing, tiles, tlog, writer

from showcause.transparency import checkpoint, keys, merkle, note, policy
from showcause.transparency.bundles import decode_bundle, read_bundle
from showcause.transparency.tiles import ENTRIES, Read, Tile, node_reader, rows_of_files
from tests.peers.published import OLD, SIZE, Published, flip, publish
from tests.transparency.logs import LOG_KEY, WITNESS_KEY, secret

INDICES = [0, 1, 255, 256, 258, 700, 767, 768, SIZE - 1]


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return publish(tmp_path)


def theirs(published: Published) -> tuple[reader.TilesReader, tlog.Checkpoint]:
    found = reader.TilesReader(backend.LocalBackend(published.folder))
    return found, found.get_checkpoint()


def verified_by_them(tree: tlog.Checkpoint) -> set[str]:
    known = signing.VkeySet(*(signing.Vkey.from_string(str(k.verifier)) for k in (LOG_KEY, WITNESS_KEY)))
    return {key.name for key, _ in known.verify(tree.signatures, tree)}


def test_they_accept_our_signature_cosignature_root_inclusion_and_consistency(published: Published) -> None:
    files, tree = theirs(published)
    assert verified_by_them(tree) == {LOG_KEY.name, WITNESS_KEY.name}
    assert files.calculate_root_hash() == tree.root_hash
    for index in INDICES:
        assert files.get_entry(index) == published.log.entries[index]
    check_all(files, tree)
    older = tlog.Checkpoint.from_text(published.old_note.read_text())
    files.get_consistency_proof(OLD, SIZE).check(older.root_hash, tree.root_hash)


def test_they_make_the_same_proofs_as_we_do(published: Published) -> None:
    files, _ = theirs(published)
    hash_at = merkle.in_memory([merkle.leaf_hash(entry) for entry in published.log.entries])
    for index in INDICES:
        assert tuple(files.get_inclusion_proof(index, SIZE).node_hashes) == merkle.inclusion_proof(
            index, SIZE, hash_at
        )
    for old in (1, 255, 256, OLD, 1000):
        ours = merkle.consistency_proof(old, SIZE, hash_at)
        assert tuple(files.get_consistency_proof(old, SIZE).node_hashes) == ours


@pytest.mark.parametrize("path", ["tile/0/001", "tile/1/000.p/3", "tile/entries/001"])
def test_they_refuse_a_changed_file_of_ours(published: Published, path: str) -> None:
    flip(published.folder / path, 40)
    files, tree = theirs(published)
    with pytest.raises(tlog.InclusionProofInvalid):
        check_all(files, tree)


def check_all(files: reader.TilesReader, tree: tlog.Checkpoint) -> None:
    for index in INDICES:
        leaf = tiles.leaf_hash(files.get_entry(index))
        files.get_inclusion_proof(index, SIZE).check(leaf, tree.root_hash)


def test_they_refuse_a_changed_size_of_ours(published: Published) -> None:
    path = published.folder / "checkpoint"
    path.write_text(path.read_text().replace(f"\n{SIZE}\n", f"\n{SIZE - 1}\n"))
    assert verified_by_them(theirs(published)[1]) == set()


def vkey_text(key: signing.Vkey) -> str:
    return str(key.serialize())  # type: ignore[no-untyped-call]


def from_folder(folder: Path) -> Read:
    return lambda path: (folder / path).read_bytes() if (folder / path).is_file() else None


def test_we_accept_a_log_that_they_wrote_in_steps_and_refuse_it_when_changed(tmp_path: Path) -> None:
    folder, entries = tmp_path / "theirs", [b"their entry %d" % i for i in range(600)]
    signer = signing.PlainEd25519Signer("theirs.example/log", secret("their key"))
    made = writer.TilesWriter.create(folder, "theirs.example/log")
    notes: list[str] = []
    for start, end in ((0, 3), (3, 300), (300, 600)):
        for entry in entries[start:end]:
            made.add_leaf(entry)
        made.commit([signer])
        notes.append((folder / "checkpoint").read_text())
    trust = policy.Policy((keys.parse_verifier_key(vkey_text(signer.vkey)),))
    trees = [policy.evaluate(trust, text).checkpoint for text in notes]
    read = from_folder(folder)
    _check(read, trees, entries)
    flip(folder / "tile/0/001", 33)
    with pytest.raises(ValueError, match=r"is not proven|does not continue"):
        _check(read, trees, entries)


def _check(read: Read, trees: list[checkpoint.Checkpoint], entries: list[bytes]) -> None:
    last = trees[-1]
    hash_at = node_reader(rows_of_files(read, last.size))
    for older in trees:
        path = merkle.consistency_proof(older.size, last.size, hash_at)
        merkle.verify_consistency(older.size, older.root, last.size, last.root, path)
    for index in (0, 255, 256, 257, 511, 599):
        tile = Tile(ENTRIES, index // 256, min(256, last.size - index // 256 * 256))
        entry = decode_bundle(read_bundle(read, tile), tile.width)[index % 256]
        assert entry == entries[index]
        path = merkle.inclusion_proof(index, last.size, hash_at)
        merkle.verify_inclusion(merkle.leaf_hash(entry), index, last.size, path, last.root)


def test_we_read_their_verifier_keys_and_they_read_ours() -> None:
    for key in (LOG_KEY, WITNESS_KEY):
        assert vkey_text(signing.Vkey.from_string(str(key.verifier))) == str(key.verifier)
    signer = signing.PlainEd25519Signer("theirs.example/log", secret("their key"))
    assert keys.parse_verifier_key(vkey_text(signer.vkey)).public == signer.vkey.pubkey


def test_they_verify_a_note_that_only_we_wrote(published: Published) -> None:
    text = note.sign_note(published.log.note().split("\n\n")[0] + "\n", [LOG_KEY])
    assert verified_by_them(tlog.Checkpoint.from_text(text)) == {LOG_KEY.name}


def test_they_accept_our_second_kind_of_cosignature_and_we_theirs() -> None:
    ours = keys.SigningKey("witness.example/pq", keys.KeyKind.ML_DSA_44, secret("pq"))
    tree = checkpoint.Checkpoint(LOG_KEY.name, SIZE, secret("root"))
    signed = note.cosign(note.sign_note(tree.text, [LOG_KEY]), ours, 1_764_000_000)
    read = tlog.Checkpoint.from_text(signed)
    known = signing.VkeySet(signing.Vkey.from_string(str(ours.verifier)))
    assert {key.name for key, _ in known.verify(read.signatures, read)} == {ours.name}

    theirs_ = signing.MLDSA44CosignatureSigner("witness.example/theirs", secret("theirs"))
    made = theirs_.sign(read)
    line = str(note.Signature(made.name, made.key_id.to_bytes(4, "big"), made.payload))
    vkey = keys.VerifierKey(theirs_.vkey.name, keys.KeyKind.ML_DSA_44, theirs_.vkey.pubkey)
    opened = note.open_note(signed + line, [vkey])
    assert [each.key for each in opened.by] == [vkey]
