"""The walk over a whole log notices everything that anybody could change in it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from showcause.transparency import audit, leaf
from showcause.transparency.policy import Policy
from tests.transparency.logs import OTHER_KEY, R0, R1, Decision, Log, mixed_log, plain_leaf

SOUND = mixed_log(600, witnessed=True)


def walk(entries: list[bytes]) -> audit.Report:
    log = Log(entries)
    return audit.audit(log.files().get, R0)


def test_a_sound_log_has_no_fault() -> None:
    files = SOUND.files()
    report = audit.audit(files.get, R1)
    assert report.sound
    assert report.faults == []
    assert (report.entries, report.files, report.unknown) == (600, len(files), 0)
    assert report.checkpoint is not None
    assert report.checkpoint.size == 600
    assert sum(report.kinds.values()) == 600
    assert set(report.numbers) == {"matrix", "press"}


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 513])
def test_a_log_of_any_size_is_walked_to_its_end(size: int) -> None:
    log = mixed_log(size)
    report = audit.audit(log.files().get, R0)
    assert report.sound
    assert report.entries == size


def test_a_log_of_more_than_256_tiles_is_walked_through_all_its_levels() -> None:
    one = leaf.encode(plain_leaf("many", "hold"))
    name = plain_leaf("many").id.encode()
    files = Log([one.replace(name, b"%032x" % place) for place in range(66_000)]).files()
    assert audit.audit(files.get, R0).sound
    spoiled = ["tile/0/257.p/208", "tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1"]
    for path in spoiled:
        files[path] = files[path][:-1] + bytes([files[path][-1] ^ 1])
    assert sorted(fault.where for fault in audit.audit(files.get, R0).faults) == spoiled


def test_any_byte_changed_in_any_file_is_noticed() -> None:
    files = mixed_log(262, witnessed=True).files()
    small = {path: data for path, data in files.items() if len(data) < 9000}
    assert {
        "checkpoint",
        "tile/0/000",
        "tile/0/001.p/6",
        "tile/1/000.p/1",
        "tile/entries/001.p/6",
    } <= small.keys()
    step = {"tile/0/000": 97, "tile/entries/001.p/6": 11}  # the larger ones in steps: see the next test
    for path, data in small.items():
        for place in range(0, len(data), step.get(path, 1)):
            spoiled = bytearray(data)
            spoiled[place] ^= 1 << place % 8
            assert not audit.audit({**files, path: bytes(spoiled)}.get, R1).sound, (path, place)


def test_any_byte_changed_in_a_log_of_a_few_entries_is_noticed() -> None:
    files = mixed_log(5, witnessed=True).files()
    for path, data in files.items():
        for place in range(len(data)):
            for bit in (1, 128):
                spoiled = data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]
                assert not audit.audit({**files, path: spoiled}.get, R1).sound, (path, place)


@pytest.mark.parametrize("change", [lambda d: d[:-1], lambda d: d + b"\0", lambda d: b"", lambda d: None])
def test_any_file_cut_lengthened_emptied_or_removed_is_noticed(
    change: Callable[[bytes], bytes | None],
) -> None:
    files = SOUND.files()
    for path, data in files.items():
        report = audit.audit({**files, path: change(data)}.get, R1)
        assert not report.sound
        assert report.faults[0].where == path


def test_the_fault_names_the_file() -> None:
    files = SOUND.files()
    files["tile/0/001"] = bytes(8192)
    assert [(f.where, f.code) for f in audit.audit(files.get, R1).faults] == [
        ("tile/0/001", "log_inconsistent")
    ]


def test_a_bundle_that_is_gone_does_not_end_the_walk() -> None:
    files = SOUND.files()
    del files["tile/entries/000"]
    report = audit.audit(files.get, R1)
    assert report.entries == 344
    assert report.faults[0] == audit.Fault("tile/entries/000", "log_missing", "tile/entries/000 is missing")


def test_a_log_signed_by_somebody_else_is_not_walked() -> None:
    report = audit.audit(SOUND.files().get, Policy((OTHER_KEY.verifier,)))
    assert not report.sound
    assert report.entries == 0


def numbered(name: str, first: int, count: int = 1, connector: str = "matrix") -> bytes:
    return leaf.encode(plain_leaf(name, "decision", leaf.Numbers(connector, first, count)))


@pytest.mark.parametrize(
    "ranges, word",
    [
        ([(2, 1)], "gap"),
        ([(1, 1), (3, 1)], "gap"),
        ([(1, 2), (2, 1)], "repeat"),
        ([(1, 1), (1, 1)], "repeat"),
        ([(2, 1), (1, 1)], "gap"),
    ],
)
def test_a_gap_or_a_repeat_in_a_connectors_numbers_is_noticed(
    ranges: list[tuple[int, int]], word: str
) -> None:
    report = walk([numbered(f"{i}", first, count) for i, (first, count) in enumerate(ranges)])
    assert word in report.faults[0].message


def test_each_connector_counts_for_itself() -> None:
    report = walk(
        [numbered("a", 1, 3), numbered("b", 1, 1, "press"), numbered("c", 4, 2), numbered("d", 2, 1, "press")]
    )
    assert report.sound
    assert report.numbers == {"matrix": 5, "press": 2}


def test_an_id_that_comes_twice_is_noticed() -> None:
    twice = leaf.encode(plain_leaf("same", "hold"))
    assert "twice" in walk([twice, twice]).faults[0].message


def test_a_reference_to_nothing_or_to_the_future_is_noticed() -> None:
    decision = Decision().leaf()
    effect = leaf.encode(plain_leaf("e", "effect", re=decision.id))
    assert walk([leaf.encode(decision), effect]).sound
    assert "before it" in walk([effect, leaf.encode(decision)]).faults[0].message


def test_an_entry_that_is_no_leaf_is_noticed_and_a_kind_of_the_future_is_counted() -> None:
    future = leaf.encode(plain_leaf("f", "hold")).replace(b'"hold"', b'"moon"')
    report = walk([future, b"no leaf", b""])
    assert report.unknown == 1
    assert [fault.where for fault in report.faults] == ["entry 1", "entry 2"]


def test_a_root_that_the_entries_do_not_have_is_noticed() -> None:
    log, other = mixed_log(10), mixed_log(10)
    other.entries[3] = leaf.encode(replace(leaf.decode(other.entries[3]), rules="00" * 32))
    files = {**other.files(), "checkpoint": log.files()["checkpoint"]}
    assert [fault.where for fault in audit.audit(files.get, R0).faults] == ["checkpoint"]


def test_faults_are_counted_beyond_those_that_are_kept() -> None:
    report = walk([b"x"] * 150)
    assert (report.fault_count, len(report.faults)) == (150, audit.MAX_FAULTS)
