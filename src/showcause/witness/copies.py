"""The files of the copies, and one turn at a time for whoever changes one: also between programs, also after a kill."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from showcause.transparency.checkpoint import Checkpoint, parse_checkpoint
from showcause.transparency.export import CHECKPOINT
from showcause.transparency.merkle import HASH
from showcause.transparency.note import parse_note
from showcause.transparency.tiles import ENTRIES, WIDTH, Read, Tile, full_tiles


class Copies:
    """The copies of one or more logs below a folder, each in a folder named by the hash of its log's name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def place(self, origin: str) -> Path:
        """Return the folder of a log's copy."""
        return self.folder / sha256(origin.encode()).hexdigest()

    @contextmanager
    def turn(self, origin: str) -> Iterator[None]:
        """Keep everybody else from changing the copy of a log while the block runs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.place(origin).with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)  # each opened file is a holder of its own, threads' as well
            yield
        finally:
            os.close(lock)

    def note(self, origin: str) -> str:
        """Return the checkpoint that the copy of a log serves; nothing when there is none."""
        note = self.read(origin)(CHECKPOINT)
        return note.decode() if note else ""

    def held(self, origin: str) -> Checkpoint | None:
        """Return the tree that the copy of a log serves, or None."""
        note = self.note(origin)
        return parse_checkpoint(parse_note(note).text) if note else None

    def read(self, origin: str) -> Read:
        """Return what reads the files of a copy."""
        place = self.place(origin)

        def read(path: str) -> bytes | None:
            try:
                return (place / path).read_bytes()
            except FileNotFoundError:
                return None

        return read

    def write(self, origin: str, path: str, data: bytes) -> None:
        """Write a file in one step, flushed with its folder; call it in a turn."""
        file = self.place(origin) / path
        missing = [each for each in (file.parent, *file.parent.parents) if not each.exists()]
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(file.name + ".new")
        with draft.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
        for folder in (file.parent, *(each.parent for each in missing)):
            _flush(folder)

    def is_there(self, origin: str, tile: Tile) -> bool:
        """Tell whether a file of a copy stands there in its whole length."""
        try:
            length = (self.place(origin) / tile.path).stat().st_size
        except FileNotFoundError:
            return False
        return length > 0 if tile.level == ENTRIES else length == tile.width * HASH

    def whole_up_to(self, origin: str, size: int) -> int:
        """Return how many of the copy's first `size` entries stand before the first file that is lost or cut.

        Partial tiles above the lowest level do not count: they are made of those that do.
        """
        files = (*full_tiles(0, size), *open_bundle(size))
        lost = (tile for tile in files if not self.is_there(origin, tile))
        return min((tile.index * WIDTH ** (max(tile.level, 0) + 1) for tile in lost), default=size)


def open_bundle(size: int) -> tuple[Tile, ...]:
    """Return the last bundle and the hashes of its entries, where it is not full."""
    index, width = divmod(size, WIDTH)
    return (Tile(ENTRIES, index, width), Tile(0, index, width)) if width else ()


def _flush(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
