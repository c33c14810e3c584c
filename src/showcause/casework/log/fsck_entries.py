"""What entries say, and whether each is what was hashed and filed: the part of the check that needs nothing else.

Nothing of ours is imported but the log's formats, so that other processes begin quickly with it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from showcause.casework.log.finding import Finding
from showcause.transparency.errors import LogError
from showcause.transparency.leaf import Numbers, Outline, outline
from showcause.transparency.merkle import HASH, leaf_hash
from showcause.transparency.tiles import WIDTH, hashes_of, subtree_root

Entry: TypeAlias = tuple[int, str, bytes, bytes]
"""Index, id under which it is filed, stored hash, bytes."""
Said: TypeAlias = tuple[str, str, Numbers | None, str | None, str | None]
"""An `Outline` as a plain tuple, which is sent from process to process at a third of the cost."""


@dataclass(slots=True)
class Bundle:
    """Up to 256 entries in a row: their hashes as a tile has them, the root above them if they fill it, what each says
    (None where it is no leaf), and what does not hold of each by itself."""

    start: int
    hashes: bytes = b""
    root: bytes | None = None
    said: list[Said | None] = field(default_factory=list)
    findings: dict[int, list[Finding]] = field(default_factory=dict)

    @property
    def stop(self) -> int:
        """Where the next entry would stand."""
        return self.start + len(self.said)

    def each_hash(self) -> list[bytes]:
        """Take the hashes apart."""
        return hashes_of(self.hashes, len(self.hashes) // HASH)


def examine(part: tuple[int, Sequence[Entry]]) -> list[Bundle]:
    """Work out entries in bundles, given where the first should stand; behind a hole there is nothing more."""
    start, entries = part
    bundles: list[Bundle] = []
    for at in range(0, len(entries) or 1, WIDTH):
        bundles.append(_bundle(start + at, entries[at : at + WIDTH]))
        if bundles[-1].root is None:
            break
    return bundles


def _bundle(start: int, entries: Iterable[Entry]) -> Bundle:
    bundle, hashes = Bundle(start), list[bytes]()
    for index, filed, stored, data in entries:
        if index != bundle.stop:
            break
        computed = leaf_hash(data)
        hashes.append(computed)
        said, findings = read(f"entry {index}", filed, data)
        if computed != stored:
            findings.insert(0, Finding(f"entry {index}", "hash", "its bytes are not those that were hashed"))
        if findings:
            bundle.findings[index] = findings
        bundle.said.append(said and said[:])
    bundle.hashes = b"".join(hashes)
    bundle.root = subtree_root(hashes) if len(hashes) == WIDTH else None
    return bundle


def read(where: str, filed: str, data: bytes) -> tuple[Outline | None, list[Finding]]:
    """Return what an entry says, None when it is no leaf, and what does not hold of it by itself."""
    try:
        said = outline(data)
    except LogError as error:
        return None, [Finding(where, error.code, error.message)]
    if said.id != filed:
        return said, [Finding(where, "id", f"is filed under {filed} and says {said.id}")]
    return said, []
