"""The log against itself: one walk over its rows, from the leaves up to the head."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from showcause.casework.log import fsck_entries
from showcause.casework.log.finding import Finding
from showcause.casework.log.fsck_entries import Bundle, Entry, Said
from showcause.casework.log.hands import spread
from showcause.casework.ports import Head, Progress
from showcause.store.logrows import LogRows
from showcause.transparency.leaf import Numbers
from showcause.transparency.merkle import Peaks
from showcause.transparency.tiles import WIDTH, subtree_root

__all__ = ["Finding", "KnownHead", "Seen", "Walk"]

AT_ONCE = 4 * WIDTH
"""So many entries are read at once, and worked out by one hand: few enough to stay near the processor."""


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

    def add(self, place: str, start: int, several: Iterable[Said | None]) -> Iterator[Finding]:
        """Take in what leaves in a row say; yield what each breaks of what those before it said."""
        ids, kinds = self.ids, self.kinds
        for at, said in enumerate(several, start):
            if said is None:
                continue
            kind, own, numbers, re, doc = said
            kinds[kind] += 1
            if re is not None and re not in ids:
                yield Finding(f"{place} {at}", "dangling", f"refers to {re}, which is not before it")
            if own in ids:
                yield Finding(f"{place} {at}", "repeated", f"the leaf id {own} comes twice")
            ids[own] = kind
            if doc is not None:
                self.documents[doc] = f"{place} {at}"
            if numbers is not None:
                yield from self._numbered(f"{place} {at}", numbers)

    def _numbered(self, where: str, n: Numbers) -> Iterator[Finding]:
        due = self.numbers.get(n.connector, 0) + 1
        self.numbers[n.connector] = max(n.last, due - 1)
        if n.first != due:
            yield Finding(
                where, "numbers", f"has the numbers {n.first} to {n.last} of {n.connector}; {due} was due"
            )


class Walk:
    """One pass over the rows of one moment. What entries say by themselves is worked out by `hands`, if there are."""

    def __init__(self, log: LogRows, heads: Sequence[KnownHead] = (), hands: int = 0) -> None:
        self.log, self.state, self.hands = log, log.state(), hands
        self.seen = Seen()
        self._full, self._rest = Peaks(), list[bytes]()
        self._above: dict[int, list[bytes]] = {}
        self.heads = sorted(heads, key=lambda known: known.head.size)

    def run(self, progress: Progress | None = None) -> Iterator[Finding]:
        """Yield what does not hold, from the first entry to the head."""
        size = self.state.size
        for bundle in self._bundles():
            for findings in bundle.findings.values():
                yield from findings
            yield from self.seen.add("entry", bundle.start, bundle.said)
            yield from self._heads_within(bundle)
            if bundle.stop < min(bundle.start + WIDTH, size):
                yield Finding(f"entry {bundle.stop}", "missing", f"is missing; the log has {size}")
                return  # above a hole nothing can be computed
            yield from self._grow(bundle)
            if progress is not None:
                progress(bundle.stop, size)
        yield from self._heads_within(Bundle(size))
        yield from self._edge()

    def wait(self, waiting: Sequence[tuple[str, bytes]]) -> Iterator[Finding]:
        """Take in the leaves that wait without a place; they follow those that have one."""
        for at, (leaf_id, data) in enumerate(waiting):
            said, findings = fsck_entries.read(f"waiting entry {at}", leaf_id, data)
            yield from findings
            yield from self.seen.add("waiting entry", at, [said])
        if waiting and not self.state.fenced:
            yield Finding("queue", "waiting", f"{len(waiting)} entries wait although the log is not fenced")

    def _bundles(self) -> Iterator[Bundle]:
        for bundles in spread(fsck_entries.examine, self._entries(), self.hands):
            yield from bundles

    def _entries(self) -> Iterator[tuple[int, list[Entry]]]:
        for start in range(0, self.state.size, AT_ONCE):
            yield start, self.log.entries(start, min(start + AT_ONCE, self.state.size))

    def _grow(self, bundle: Bundle) -> Iterator[Finding]:
        if bundle.root is None:
            self._rest = bundle.each_hash()
        else:
            self._full = self._full.append([bundle.root])
            yield from self._tiles(0, bundle.start // WIDTH, bundle.hashes, bundle.root)

    def _peaks(self, rest: Sequence[bytes]) -> Peaks:
        """Give the right edge behind the full tiles and these further hashes, fewer than fill a tile."""
        edge = Peaks().append(rest)
        return Peaks(self._full.size * WIDTH + edge.size, self._full.hashes + edge.hashes)

    def _tiles(self, level: int, n: int, hashes: bytes, root: bytes) -> Iterator[Finding]:
        where, stored = f"tile {level}/{n}", self.log.tile_with_root(level, n)
        if stored is None:
            yield Finding(where, "missing", "is missing")
        else:
            if stored[0] != hashes:
                yield Finding(where, "tile", "is not made of the hashes below it")
            if stored[1] != root:
                yield Finding(where, "root", "has another root than its hashes")
        row = self._above.setdefault(level + 1, [])
        row.append(root)
        if len(row) == WIDTH:
            self._above[level + 1] = []
            yield from self._tiles(level + 1, n // WIDTH, b"".join(row), subtree_root(row))

    def _heads_within(self, bundle: Bundle) -> Iterator[Finding]:
        last = min(bundle.stop, bundle.start + WIDTH - 1)
        while self.heads and self.heads[0].head.size <= last:
            known = self.heads.pop(0)
            rest = bundle.each_hash()[: known.head.size - bundle.start]
            if self._peaks(rest).root() != known.head.root:
                yield Finding(
                    f"head {known.name}", "history", f"is not this log at {known.head.size} entries"
                )

    def _edge(self) -> Iterator[Finding]:
        state, size, peaks = self.state, self.state.size, self._peaks(self._rest)
        if peaks.root() != state.root:
            yield Finding(
                "head", "root", f"the entries do not hash to the root of the head at {size} entries"
            )
        if peaks.to_bytes() != (state.peaks or Peaks().to_bytes()):
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
