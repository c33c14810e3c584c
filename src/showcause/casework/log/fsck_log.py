"""The log against itself: one walk over its rows, from the leaves up to the head."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from showcause.casework.ports import Head, Progress
from showcause.store.logrows import LogRows
from showcause.transparency.errors import LogError
from showcause.transparency.leaf import Leaf, decode
from showcause.transparency.merkle import Peaks, leaf_hash
from showcause.transparency.tiles import WIDTH, subtree_root


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not hold, and where: an entry, a tile, the head, or a record by kind and id."""

    where: str
    code: str
    says: str


@dataclass(frozen=True, slots=True)
class KnownHead:
    """A head that was promised elsewhere, and by whom: the signer, the public folder, a mirror."""

    name: str
    head: Head


@dataclass(slots=True)
class Seen:
    """What the leaves said, for the comparison with the records. `numbers` is the last order number by connector."""

    ids: dict[str, str] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    numbers: dict[str, int] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)

    def add(self, where: str, leaf: Leaf) -> Iterator[Finding]:
        """Take in a leaf; yield what it breaks of what those before it said."""
        self.kinds[leaf.kind] += 1
        if leaf.re is not None and leaf.re not in self.ids:
            yield Finding(where, "dangling", f"refers to {leaf.re}, which is not before it")
        if leaf.id in self.ids:
            yield Finding(where, "repeated", f"the leaf id {leaf.id} comes twice")
        self.ids[leaf.id] = leaf.kind
        if leaf.doc is not None:
            self.documents[leaf.doc] = where
        if leaf.numbers is not None:
            n, due = leaf.numbers, self.numbers.get(leaf.numbers.connector, 0) + 1
            self.numbers[n.connector] = max(n.last, due - 1)
            if n.first != due:
                yield Finding(
                    where, "numbers", f"has the numbers {n.first} to {n.last} of {n.connector}; {due} was due"
                )


class Walk:
    """One pass over the rows of one moment."""

    def __init__(self, log: LogRows, heads: Sequence[KnownHead] = ()) -> None:
        self.log, self.state = log, log.state()
        self.seen, self.peaks = Seen(), Peaks()
        self._above: dict[int, list[bytes]] = {}
        self.heads = sorted(heads, key=lambda known: known.head.size)

    def run(self, progress: Progress | None = None) -> Iterator[Finding]:
        """Yield what does not hold, from the first entry to the head."""
        size = self.state.size
        for start in range(0, size, WIDTH):
            hashes: list[bytes] = []
            yield from self._entries(start, min(start + WIDTH, size), hashes)
            yield from self._heads_within(hashes)
            if len(hashes) < min(WIDTH, size - start):
                return  # above a hole nothing can be computed
            self.peaks = self.peaks.append(hashes)
            if len(hashes) == WIDTH:
                yield from self._tiles(0, start // WIDTH, hashes)
            if progress is not None:
                progress(start + len(hashes), size)
        yield from self._heads_within([])
        yield from self._edge()

    def wait(self, waiting: Sequence[tuple[str, bytes]]) -> Iterator[Finding]:
        """Take in the leaves that wait without a place; they follow those that have one."""
        for at, (leaf_id, data) in enumerate(waiting):
            yield from self._leaf(f"waiting entry {at}", leaf_id, data)
        if waiting and not self.state.fenced:
            yield Finding("queue", "waiting", f"{len(waiting)} entries wait although the log is not fenced")

    def _entries(self, start: int, stop: int, hashes: list[bytes]) -> Iterator[Finding]:
        wanted = start
        for index, leaf_id, stored, data in self.log.entries(start, stop):
            if index != wanted:
                break
            where, computed = f"entry {index}", leaf_hash(data)
            if computed != stored:
                yield Finding(where, "hash", "its bytes are not those that were hashed")
            hashes.append(computed)
            yield from self._leaf(where, leaf_id, data)
            wanted += 1
        if wanted < stop:
            yield Finding(f"entry {wanted}", "missing", f"is missing; the log has {self.state.size}")

    def _leaf(self, where: str, leaf_id: str, data: bytes) -> Iterator[Finding]:
        try:
            leaf = decode(data)
        except LogError as error:
            yield Finding(where, error.code, error.message)
            return
        if leaf.id != leaf_id:
            yield Finding(where, "id", f"is filed under {leaf_id} and says {leaf.id}")
        yield from self.seen.add(where, leaf)

    def _tiles(self, level: int, n: int, hashes: Sequence[bytes]) -> Iterator[Finding]:
        where, root = f"tile {level}/{n}", subtree_root(hashes)
        stored = self.log.tile(level, n)
        if stored is None:
            yield Finding(where, "missing", "is missing")
        elif stored != b"".join(hashes):
            yield Finding(where, "tile", "is not made of the hashes below it")
        if stored is not None and self.log.tile_roots(level, n, n + 1) != [root]:
            yield Finding(where, "root", "has another root than its hashes")
        self._above.setdefault(level + 1, []).append(root)
        row = self._above[level + 1]
        if len(row) == WIDTH:
            self._above[level + 1] = []
            yield from self._tiles(level + 1, n // WIDTH, row)

    def _heads_within(self, hashes: Sequence[bytes]) -> Iterator[Finding]:
        while self.heads and self.heads[0].head.size <= self.peaks.size + len(hashes):
            known = self.heads.pop(0)
            missing = known.head.size - self.peaks.size
            if self.peaks.append(hashes[:missing]).root() != known.head.root:
                yield Finding(
                    f"head {known.name}", "history", f"is not this log at {known.head.size} entries"
                )

    def _edge(self) -> Iterator[Finding]:
        state, size = self.state, self.state.size
        if self.peaks.root() != state.root:
            yield Finding(
                "head", "root", f"the entries do not hash to the root of the head at {size} entries"
            )
        if self.peaks.to_bytes() != (state.peaks or Peaks().to_bytes()):
            yield Finding("head", "edge", "the right edge is not that of the entries")
        if self.log.entries(size, size + 1):
            yield Finding(f"entry {size}", "beyond", f"stands beyond the head, which has {size}")
        for level in range(8):
            n = size >> 8 * (level + 1)
            if self.log.tile(level, n) is not None:
                yield Finding(f"tile {level}/{n}", "beyond", "stands beyond the head")
        for known in self.heads:
            yield Finding(
                f"head {known.name}", "behind", f"has {known.head.size} entries, this log only {size}"
            )
