"""The question that a witness is asked: an old size, a consistency proof, and the checkpoint to be cosigned.

Source: c2sp.org/tlog-witness, "add-checkpoint".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from showcause.transparency.encoding import b64, from_b64, from_decimal
from showcause.transparency.errors import Malformed
from showcause.transparency.merkle import HASH, MAX_PATH
from showcause.transparency.note import MAX_NOTE

MOST_BYTES: Final = MAX_NOTE + 4096
_OLD: Final = "old "


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, taken apart and not to be believed yet."""

    old: int
    proof: tuple[bytes, ...]
    note: str


def write(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """Write the question whether a note's checkpoint continues the tree of `old` entries."""
    lines = [f"{_OLD}{old}", *(b64(each) for each in proof), ""]
    return ("".join(f"{line}\n" for line in lines) + note).encode()


def parse(body: bytes) -> Asked:
    """Take a question apart.

    Raises: Malformed.
    """
    if len(body) > MOST_BYTES:
        raise Malformed(f"a question has at most {MOST_BYTES} bytes")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Malformed("a question is UTF-8 text") from None
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or not lines[0].startswith(_OLD):
        raise Malformed("a question is: old size, proof lines, an empty line, a checkpoint")
    if len(lines) - 1 > MAX_PATH:
        raise Malformed(f"a consistency proof has at most {MAX_PATH} lines")
    old = from_decimal(lines[0].removeprefix(_OLD), "the old size")
    return Asked(old, tuple(from_b64(line, "a proof line", HASH) for line in lines[1:]), note)
