"""The walk over a whole log: every entry hashed, every byte of every tile recomputed, the root bound to the signature.

It reads nothing but the public files, so that a mirror, a journalist or a court can run it. It further
checks what a log of showcause/v1 promises: entries are leaves, no id comes twice, a reference names an
earlier leaf, and the numbers of each connector's orders run 1, 2, 3, ... without gap or repeat. It cannot
tell whether what was decided was right, nor whether something was done that never came into the log.

Cost, measured on one core of a 2-core virtual machine, leaves of 575 bytes, files in memory: 7.2 s a million.
"""

from collections import Counter
from dataclasses import dataclass, field

from showcause.transparency.bundles import decode_bundle, read_bundle
from showcause.transparency.checkpoint import Checkpoint
from showcause.transparency.errors import Inconsistent, LogError, Malformed, Missing
from showcause.transparency.export import CHECKPOINT
from showcause.transparency.leaf import Outline, known, outline
from showcause.transparency.merkle import EMPTY_ROOT, Peaks, fold, leaf_hash
from showcause.transparency.policy import Policy, evaluate
from showcause.transparency.tiles import (
    ENTRIES,
    MAX_LEVEL,
    WIDTH,
    Read,
    Tile,
    hashes_of,
    read_tile,
    subtree_root,
)

MAX_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not hold, and where: a file's path, or an entry's index."""

    where: str
    code: str
    message: str


@dataclass(slots=True)
class Report:
    """What a walk found. `numbers` maps each connector to the last number of its orders; all before it are there, too,
    unless `faults` says otherwise. Only the first 100 faults are kept; `fault_count` counts all.
    """

    checkpoint: Checkpoint | None = None
    entries: int = 0
    files: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0

    @property
    def sound(self) -> bool:
        """Whether everything that was checked holds."""
        return self.fault_count == 0

    def add(self, where: str, error: LogError) -> None:
        """Note a fault."""
        self.fault_count += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(where, error.code, error.message))


def audit(read: Read, policy: Policy) -> Report:
    """Walk a log from its checkpoint through all its files and give all that does not hold; never raises a LogError."""
    report = Report()
    try:
        note = read(CHECKPOINT)
        if note is None:
            raise Missing("the log has no checkpoint")
        report.checkpoint = evaluate(policy, note).checkpoint
        report.files += 1
        _Walk(read, report, report.checkpoint.size).run(report.checkpoint.root)
    except LogError as error:
        report.add(CHECKPOINT, error)
    return report


class _Walk:
    """One pass from left to right; holds one tile per level and the peaks above the full ones."""

    def __init__(self, read: Read, report: Report, size: int) -> None:
        self.read, self.report, self.size = read, report, size
        self.open: list[list[bytes]] = [[] for _ in range(MAX_LEVEL)]
        self.done = [0] * MAX_LEVEL
        self.peaks = Peaks()
        self.ids: set[bytes] = set()

    def run(self, root: bytes) -> None:
        for first in range(0, self.size, WIDTH):
            hashes = self.bundle(Tile(ENTRIES, first // WIDTH, min(WIDTH, self.size - first)))
            if hashes is None:
                return
            self.rise(0, hashes)
        for level, hashes in enumerate(self.open):
            if hashes:
                self.compare(Tile(level, self.done[level], len(hashes)), hashes)
        right = self.peaks.hashes + Peaks().append(self.open[0]).hashes
        if (fold(right) if right else EMPTY_ROOT) != root:
            self.report.add(
                CHECKPOINT, Inconsistent("the entries do not hash to the root that the log signed")
            )

    def bundle(self, tile: Tile) -> list[bytes] | None:
        """Check one bundle and give its leaf hashes; from the tile beside it when it cannot be read, to go on."""
        try:
            entries = decode_bundle(read_bundle(self.read, tile), tile.width)
        except LogError as error:
            self.report.add(tile.path, error)
            return self.from_tile(Tile(0, tile.index, tile.width))
        self.report.files += 1
        for place, entry in enumerate(entries, tile.index * WIDTH):
            try:
                self.leaf(outline(entry))
            except LogError as error:
                self.report.add(f"entry {place}", error)
        self.report.entries += len(entries)
        return [leaf_hash(entry) for entry in entries]

    def from_tile(self, tile: Tile) -> list[bytes] | None:
        try:
            return hashes_of(read_tile(self.read, tile), tile.width)
        except LogError as error:
            self.report.add(tile.path, error)
            return None

    def rise(self, level: int, hashes: list[bytes]) -> None:
        """Add hashes to the open tile of a level; a tile that becomes full is checked and gives one hash above."""
        tile = self.open[level]
        tile += hashes
        if len(tile) == WIDTH:
            self.compare(Tile(level, self.done[level]), tile)
            self.open[level], self.done[level] = [], self.done[level] + 1
            above = subtree_root(tile)
            if level == 0:
                self.peaks = self.peaks.append((above,))
            self.rise(level + 1, [above])

    def compare(self, tile: Tile, hashes: list[bytes]) -> None:
        try:
            if read_tile(self.read, tile) != b"".join(hashes):
                raise Inconsistent("the tile is not made of the hashes below it")
            self.report.files += 1
        except LogError as error:
            self.report.add(tile.path, error)

    def leaf(self, leaf: Outline) -> None:
        """Check what a leaf promises about those before it."""
        report, own = self.report, bytes.fromhex(leaf.id)
        report.kinds[leaf.kind] += 1
        repeated = own in self.ids
        dangling = leaf.re is not None and bytes.fromhex(leaf.re) not in self.ids
        self.ids.add(own)
        if leaf.numbers:
            n = leaf.numbers
            wanted = report.numbers.get(n.connector, 0) + 1
            report.numbers[n.connector] = max(n.last, wanted - 1)
            if n.first != wanted:
                word = "repeat" if n.first < wanted else "leave a gap"
                raise Inconsistent(f"numbers {n.first} to {n.last} of {n.connector} {word}: {wanted} is due")
        if repeated:
            raise Inconsistent(f"leaf id {leaf.id} comes twice")
        if dangling:
            raise Malformed(f"leaf {leaf.id} refers to a leaf that is not before it")
        try:
            known(leaf)
        except Malformed:
            report.unknown += 1
