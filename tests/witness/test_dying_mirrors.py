"""A mirror that dies at any of its writes has vouched for nothing that it lost, and goes on after a new start."""

from pathlib import Path

import pytest

from showcause.witness.copies import Copies
from tests.transparency.logs import LOG_KEY
from tests.witness.uploading import SIZE, added, body, opened_mirror, sent, vouched

ORIGIN, OLD = LOG_KEY.name, 300
WRITES = 8
"""Of an upload from entry 300 on: three times a bundle and a tile, the edge above them, the checkpoint."""


class Died(BaseException):
    """What no part of the mirror can catch and go on."""


class Mortal(Copies):
    """Copies of a mirror that dies in the middle of one of its writes, or right after it."""

    def __init__(self, folder: Path, last: int, when: str) -> None:
        super().__init__(folder)
        self.left, self.when = last, when

    def write(self, origin: str, path: str, data: bytes) -> None:
        self.left -= 1
        if self.left < 0 and self.when == "amid":
            draft = self.place(origin) / f"{path}.new"
            draft.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(data[: len(data) // 2])
            raise Died
        super().write(origin, path, data)
        if self.left < 0:
            raise Died


@pytest.mark.parametrize("when", ["amid", "after"])
def test_a_mirror_that_dies_at_any_write_serves_its_older_copy_and_goes_on(tmp_path: Path, when: str) -> None:
    first, rest = body(0, OLD), body(OLD, SIZE)
    for last in range(WRITES):
        folder = tmp_path / str(last)
        folder.mkdir()
        with opened_mirror(folder) as mirror:
            added(mirror, OLD)
            vouched(mirror, OLD, sent(mirror, first))
            added(mirror, SIZE)
            mirror.copies = Mortal(mirror.copies.folder, last, when)
            with pytest.raises(Died):
                sent(mirror, rest)
        with opened_mirror(folder) as again:
            served = again.served(ORIGIN)
            assert served is not None
            if (last, when) == (WRITES - 1, "after"):
                assert served.size == SIZE
            else:
                vouched(again, OLD, sent(again, body(OLD, OLD)))
            vouched(again, SIZE, sent(again, body(again.next_entry(ORIGIN), SIZE)))


def test_the_number_of_writes_is_the_one_that_is_tried(tmp_path: Path) -> None:
    with opened_mirror(tmp_path) as mirror:
        added(mirror, OLD)
        sent(mirror, body(0, OLD))
        added(mirror, SIZE)
        mirror.copies = Mortal(mirror.copies.folder, WRITES, "amid")
        vouched(mirror, SIZE, sent(mirror, body(OLD, SIZE)))
        assert mirror.copies.left == 0


def test_a_full_disk_is_told_and_the_copy_stays_whole(tmp_path: Path) -> None:
    class Full(Copies):
        def write(self, origin: str, path: str, data: bytes) -> None:
            raise OSError(28, "No space left on device")

    with opened_mirror(tmp_path) as mirror:
        added(mirror, OLD)
        vouched(mirror, OLD, sent(mirror, body(0, OLD)))
        added(mirror, SIZE)
        good, mirror.copies = mirror.copies, Full(mirror.copies.folder)
        with pytest.raises(OSError, match="space"):
            sent(mirror, body(OLD, SIZE))
        mirror.copies = good
        vouched(mirror, SIZE, sent(mirror, body(OLD, SIZE)))
