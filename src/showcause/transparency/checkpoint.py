"""Checkpoints: what a log commits to, as the text of a signed note.

Source: c2sp.org/tlog-checkpoint.
"""

from dataclasses import dataclass

from showcause.transparency.encoding import MAX_SIZE, b64, from_b64, from_decimal
from showcause.transparency.errors import Malformed
from showcause.transparency.merkle import EMPTY_ROOT, HASH


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log named `origin` has `size` entries under `root`.

    `extensions` are lines that other logs may add and nobody can audit; a checkpoint that we print has none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin:
            raise Malformed("a checkpoint's origin is one line that is not empty")
        if not 0 <= self.size <= MAX_SIZE:
            raise Malformed("a checkpoint's size is not below 2^63")
        if len(self.root) != HASH or (self.size == 0 and self.root != EMPTY_ROOT):
            raise Malformed("a checkpoint's root is 32 bytes, and the empty tree has only one root")
        if any(not line or "\n" in line for line in self.extensions):
            raise Malformed("a checkpoint has no empty lines")

    @property
    def text(self) -> str:
        """The note text that is signed."""
        lines = (self.origin, str(self.size), b64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a note text as a checkpoint; verify the note around it first.

    Raises: Malformed.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() != "":
        raise Malformed("a checkpoint has three lines: origin, size and root")
    size = from_decimal(lines[1], "a checkpoint's size")
    return Checkpoint(lines[0], size, from_b64(lines[2], "a checkpoint's root", HASH), tuple(lines[3:]))
