"""A log or a copy that has lost files: nothing is cosigned that is not stored, and the older copy stays what it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from showcause.transparency import audit, note, policy
from showcause.transparency.errors import Inconsistent, LogError, Missing
from showcause.transparency.keys import KeyKind
from showcause.transparency.tiles import Read
from showcause.witness.memory import Memory
from showcause.witness.mirroring import Mirror
from showcause.witness.pulling import copy
from tests.transparency.logs import LOG_KEY, Log, mixed_log, secret

OLD, SIZE = 600, 1003
ENTRIES = mixed_log(SIZE).entries
SMALL, LARGE = Log(ENTRIES[:OLD]).files(), Log(ENTRIES).files()
OURS = "mirror.example/m1"
NEEDED = [path for path in LARGE if path.startswith("tile/entries/") and path > "tile/entries/001"]


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    """A mirror that holds the first 600 entries."""
    memory = Memory(tmp_path / "mirror.db")
    memory.name_ourselves(OURS, [KeyKind.COSIGNATURE], secret("mirror"))
    memory.watch(str(LOG_KEY.verifier))
    made = Mirror(tmp_path / "copies", memory, lambda: 1_790_000_000)
    assert copied(made, SMALL.get) == OLD
    yield made
    memory.close()


def copied(mirror: Mirror, read: Read) -> int:
    """Let a mirror copy a log; return its size."""
    return copy(mirror, LOG_KEY.name, [LOG_KEY.verifier], read).size


def folder(mirror: Mirror) -> dict[str, bytes]:
    """Return all files of the copy."""
    place = mirror.copies.place(LOG_KEY.name)
    return {str(each.relative_to(place)): each.read_bytes() for each in place.rglob("*") if each.is_file()}


@pytest.mark.parametrize("path", [*NEEDED, "checkpoint"])
def test_a_log_without_one_of_its_files_is_not_cosigned_and_followed_when_it_has_it(
    mirror: Mirror, path: str
) -> None:
    before = folder(mirror)
    with pytest.raises(Missing):
        copied(mirror, {name: data for name, data in LARGE.items() if name != path}.get)
    assert folder(mirror) == before
    assert copied(mirror, LARGE.get) == SIZE
    after = folder(mirror)
    report = audit.audit(after.get, policy.Policy((LOG_KEY.verifier,)))
    assert report.sound, report.faults
    assert OURS in {each.name for each in note.parse_note(after["checkpoint"]).signatures}


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_a_file_that_comes_cut_is_as_good_as_missing(mirror: Mirror, cut: int) -> None:
    before = folder(mirror)
    with pytest.raises(LogError):
        copied(mirror, {**LARGE, NEEDED[0]: LARGE[NEEDED[0]][:cut]}.get)
    assert folder(mirror) == before


@pytest.mark.parametrize("path", [path for path in SMALL if path.startswith("tile/")])
@pytest.mark.parametrize("left", [None, 0])
def test_a_copy_that_lost_a_file_of_its_own_has_it_again_before_it_vouches_for_more(
    mirror: Mirror, path: str, left: int | None
) -> None:
    file = mirror.copies.place(LOG_KEY.name) / path
    file.unlink()
    if left is not None:
        file.write_bytes(SMALL[path][:left])
    before = folder(mirror)
    with pytest.raises(Missing):
        copied(
            mirror, {name: data for name, data in LARGE.items() if not name.startswith("tile/entries/0")}.get
        )
    assert folder(mirror) == before
    assert copied(mirror, LARGE.get) == SIZE
    report = audit.audit(folder(mirror).get, policy.Policy((LOG_KEY.verifier,)))
    assert report.sound, report.faults


@pytest.mark.parametrize("changed", [0, 300, OLD - 1])
@pytest.mark.parametrize("size", [OLD, SIZE])
def test_a_log_that_changed_an_entry_it_showed_before_is_never_cosigned(
    mirror: Mirror, changed: int, size: int
) -> None:
    before = folder(mirror)
    other = [*ENTRIES[:changed], ENTRIES[SIZE - 1], *ENTRIES[changed + 1 : size]]
    with pytest.raises(Inconsistent):
        copied(mirror, Log(other).files().get)
    assert folder(mirror) == before
