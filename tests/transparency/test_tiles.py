"""Tiles and bundles: paths, which files a growing log owes, and readers that say when something is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.transparency import bundles, export, merkle, tiles
from showcause.transparency.errors import LogError, Malformed, Missing
from showcause.transparency.tiles import ENTRIES, Tile
from tests.transparency.logs import Log, mixed_log


@pytest.mark.parametrize(
    "tile, path",
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 999), "tile/0/999"),
        (Tile(1, 1000, 3), "tile/1/x001/000.p/3"),
        (Tile(ENTRIES, 1234067), "tile/entries/x001/x234/067"),  # the specification's own example
        (Tile(ENTRIES, 7, 255), "tile/entries/007.p/255"),
        (Tile(63, 2**63 - 1, 1), "tile/63/x009/x223/x372/x036/x854/x775/807.p/1"),
    ],
)
def test_every_tile_has_exactly_one_path(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert tiles.parse_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "tile", "tile/0", "/tile/0/000", "tile/0/000/", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000",
        "tile/-1/000", "tile/0/x000/000", "tile/0/x000/x001/000", "tile/0/001/000", "tile/0/x001", "tile/0/000.p/0",
        "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p", "tile/data/000", "tile/entries/000\n",
        "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/0/../000", "tile/0/٠٠٠", "tile/0/" + "x001/" * 5000 + "000",
    ],
)  # fmt: skip
def test_a_path_of_another_form_is_refused(path: str) -> None:
    with pytest.raises(Malformed):
        tiles.parse_path(path)


def test_the_specifications_tree_of_70000_has_the_files_that_it_says() -> None:
    full = list(tiles.full_tiles(0, 70_000))
    assert [sum(tile.level == level for tile in full) for level in (ENTRIES, 0, 1, 2)] == [273, 273, 1, 0]
    partial = {(tile.level, tile.width) for tile in tiles.partial_tiles(70_000)}
    assert partial == {(ENTRIES, 112), (0, 112), (1, 17), (2, 1)}
    assert {(t.level, t.width) for t in tiles.partial_tiles(256)} == {(1, 1)}


@given(st.integers(0, 300_000), st.integers(0, 300_000), st.integers(0, 300_000))
def test_full_tiles_do_not_depend_on_the_steps_in_which_a_log_grew(a: int, b: int, c: int) -> None:
    a, b, c = sorted((a, b, c))
    steps = [*tiles.full_tiles(a, b), *tiles.full_tiles(b, c)]
    assert sorted(map(repr, steps)) == sorted(map(repr, tiles.full_tiles(a, c)))


LOG = mixed_log(700)
HASHES = [merkle.leaf_hash(entry) for entry in LOG.entries]


def test_proofs_read_from_files_are_the_same_as_from_memory() -> None:
    files = LOG.files()
    hash_at = tiles.node_reader(tiles.rows_of_files(files.get, 700, keep=2))
    assert merkle.root_at(700, hash_at) == merkle.root_of(HASHES)
    for index in range(0, 700, 37):
        assert merkle.inclusion_proof(index, 700, hash_at) == LOG.path(index)
    for old in (1, 255, 256, 257, 512, 699):
        known = merkle.consistency_proof(old, 700, merkle.in_memory(HASHES))
        assert merkle.consistency_proof(old, 700, hash_at) == known


def test_a_log_published_step_by_step_has_the_same_files_as_one_published_at_once() -> None:
    published: dict[str, bytes] = {}
    old = 0
    for size in (1, 255, 256, 300, 600, 700):
        part = Log(LOG.entries[:size])
        files = part.files()
        rows = tiles.rows_of_files(files.get, size)
        found = export.files_between(
            old, part.note(), rows, lambda first, count: LOG.entries[first : first + count]
        )
        published.update(found)
        assert {path: published[path] for path in files} == files
        old = size
    with pytest.raises(Malformed):
        list(export.files_between(701, LOG.note(), rows, lambda i, n: LOG.entries[i : i + n]))


def test_the_checkpoint_is_written_after_what_it_promises() -> None:
    assert [path for path, _ in export.files_of(LOG.entries, LOG.note())][-1] == "checkpoint"


def test_a_partial_file_that_was_removed_is_cut_from_the_full_one() -> None:
    files = LOG.files()
    assert "tile/0/001.p/44" not in files
    assert tiles.rows_of_files(files.get, 300)(0, 250, 50) == HASHES[250:300]
    cut = bundles.read_bundle(files.get, Tile(ENTRIES, 1, 44))
    assert bundles.decode_bundle(cut, 44) == LOG.entries[256:300]


def test_a_missing_or_cut_tile_is_noticed_by_its_reader() -> None:
    files = LOG.files()
    del files["tile/0/001"]
    files["tile/0/000"] = files["tile/0/000"][:-1]
    hash_at = tiles.node_reader(tiles.rows_of_files(files.get, 700))
    with pytest.raises(Missing):
        hash_at(0, 256)
    with pytest.raises(Malformed):
        hash_at(0, 0)
    with pytest.raises(Missing):
        hash_at(0, 700)
    with pytest.raises(Missing):
        bundles.read_bundle(lambda path: None, Tile(ENTRIES, 0, 5))


@given(st.lists(st.binary(max_size=40), max_size=9))
def test_a_bundle_gives_back_its_entries_and_nothing_else(entries: list[bytes]) -> None:
    data = bundles.encode_bundle(entries)
    assert bundles.decode_bundle(data, len(entries)) == entries
    for spoiled, width in ((data + b"\0", len(entries)), (data, len(entries) + 1), (data[:-1], len(entries))):
        if spoiled != data or width != len(entries):
            with pytest.raises(LogError):
                bundles.decode_bundle(spoiled, width)


def test_a_bundle_of_too_many_or_too_long_entries_is_refused() -> None:
    bundles.encode_bundle([bytes(65_535)] * 2)
    for entries in ([bytes(65_536)], [b""] * 257):
        with pytest.raises(Malformed):
            bundles.encode_bundle(entries)


@pytest.mark.parametrize(
    "level, index, width", [(-2, 0, 1), (64, 0, 1), (0, -1, 1), (0, 2**63, 1), (0, 0, 0), (0, 0, 257)]
)
def test_there_is_no_tile_out_of_bounds(level: int, index: int, width: int) -> None:
    with pytest.raises(Malformed):
        Tile(level, index, width)
