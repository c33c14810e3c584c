"""The list of the events that were emptied because somebody was forgotten: it is in no backup, and is replayed.

It says place and digest of each, which stay in the log itself, and of nobody who it was. The digest is there because a
log that was put back and went on has other events in the places that are missing from it.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Erasures:
    """One list. It is only ever added to."""

    path: Path

    def add(self, emptied: Iterable[tuple[int, bytes]]) -> None:
        """Name events by place and digest; then they are on the disk."""
        # A line begins with its break: half a line of before, after a power cut, spoils no other.
        lines = "".join(f"\n{sequence} {digest.hex()}" for sequence, digest in emptied)
        new = not self.path.exists()
        opened = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        with os.fdopen(opened, "w", encoding="ascii") as out:
            out.write(lines)
            out.flush()
            os.fsync(opened)
        if new:
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def since(self, place: int) -> tuple[list[tuple[int, bytes]], int]:
        """Return what was added after a place, and the place up to which that is; all of it if the list is shorter."""
        if not self.path.exists():
            return [], 0
        with self.path.open("rb") as opened:
            end = opened.seek(0, os.SEEK_END)
            opened.seek(place if place <= end else 0)
            found = [_named(line) for line in opened.read(end).split(b"\n")]
        return [each for each in found if each is not None], end


def _named(line: bytes) -> tuple[int, bytes] | None:
    sequence, _, digest = line.partition(b" ")
    if not sequence.isdigit() or len(digest) != 64:
        return None
    return int(sequence), bytes.fromhex(digest.decode("ascii"))
