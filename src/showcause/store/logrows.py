# ruff: noqa: S608 - the only names put into SQL are those of our own tables and columns
"""The rows of the log: leaves, full tiles, the tree head, and the queue that waits while the log is fenced.

Nothing here knows what a leaf means or how hashes combine; the writer in `casework` computes, this stores. Leaves go
in one call per batch. A right edge is not stored: the hashes of a partial tile are the last rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections

from showcause.domain.errors import LogInconsistent, Stale
from showcause.store.failures import told_as_ours

SEQUENCER = 0x73686F77
"""The advisory lock of PostgreSQL that the one sequencer holds while it appends."""

BULK = 32
"""From so many rows on, PostgreSQL is given them by COPY."""


@dataclass(frozen=True, slots=True)
class LogState:
    """The tree head and the right edge. `generation` counts its changes; `append` and `fence` set it."""

    size: int
    root: bytes
    peaks: bytes
    fenced: bool = False
    generation: int = 0


Leaf = tuple[bytes, bytes, str]
Tile = tuple[int, int, bytes, bytes]


@dataclass(frozen=True, slots=True)
class LogRows:
    """The log's rows as one transaction sees them."""

    alias: str

    def state(self) -> LogState:
        """Return the present head without locking it."""
        return self._state("")

    def lock(self) -> LogState:
        """Take the sequencer's place until the transaction ends and return the head."""
        if not self._postgres:
            return self._state("")
        self._all("SELECT pg_advisory_xact_lock(%s)", SEQUENCER)
        return self._state(" FOR UPDATE")

    def append(self, start: int, leaves: Sequence[Leaf], tiles: Iterable[Tile], new_state: LogState) -> None:
        """Store leaves (bytes, hash, id) from index `start` on, the tiles they complete, and the new head.

        Raises: Stale when the head is not at `start`; AlreadyExists when a leaf id is known; LogInconsistent when
        size and number of leaves differ.
        """
        if new_state.size != start + len(leaves):
            raise LogInconsistent(
                f"{len(leaves)} leaves from {start} on do not make a log of {new_state.size}"
            )
        rows = [(start + at, id, hash, leaf) for at, (leaf, hash, id) in enumerate(leaves)]
        self._bulk("log_entry", ("idx", "leaf_id", "hash", "leaf"), rows)
        self._bulk("log_tile", ("level", "n", "hashes", "root"), list(tiles))
        head = (new_state.size, new_state.root, new_state.peaks, start)
        changed = self._change("size = %s, root = %s, peaks = %s", "size = %s", head)
        if not changed:
            raise Stale(f"the log is not at {start} any more")

    def fence(self) -> None:
        """Stop the log: nothing ordinary is appended or signed until `unfence`."""
        self._change("fenced = %s", "fenced = %s", (True, False))

    def unfence(self) -> None:
        """Let the log go on."""
        self._change("fenced = %s", "fenced = %s", (False, True))

    def leaf(self, index: int) -> bytes | None:
        """Return a leaf's bytes."""
        return _first(self._all("SELECT leaf FROM log_entry WHERE idx = %s", index))

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the leaves from `start` up to but without `stop`, for entry bundles; 256 are read at a time."""
        for begin in range(start, stop, 256):
            end = min(begin + 256, stop)
            found = self._all(
                "SELECT leaf FROM log_entry WHERE idx >= %s AND idx < %s ORDER BY idx", begin, end
            )
            yield from (bytes(row[0]) for row in found)

    def entries(self, start: int, stop: int) -> list[tuple[int, str, bytes, bytes]]:
        """Return index, leaf id, hash and bytes of the leaves from `start` up to but without `stop`, as they stand."""
        query = "SELECT idx, leaf_id, hash, leaf FROM log_entry WHERE idx >= %s AND idx < %s ORDER BY idx"
        return [(int(row[0]), row[1], bytes(row[2]), bytes(row[3])) for row in self._all(query, start, stop)]

    def index_of(self, leaf_id: str) -> int | None:
        """Return where a leaf stands, or None."""
        found = self._all("SELECT idx FROM log_entry WHERE leaf_id = %s", leaf_id)
        return int(found[0][0]) if found else None

    def hashes(self, start: int, stop: int) -> list[bytes]:
        """Return the leaf hashes from `start` up to but without `stop`."""
        found = self._all("SELECT hash FROM log_entry WHERE idx >= %s AND idx < %s ORDER BY idx", start, stop)
        return [bytes(row[0]) for row in found]

    def tile(self, level: int, n: int) -> bytes | None:
        """Return the 256 hashes of a full tile, or None while it is not full."""
        return _first(self._all("SELECT hashes FROM log_tile WHERE level = %s AND n = %s", level, n))

    def tile_with_root(self, level: int, n: int) -> tuple[bytes, bytes] | None:
        """Return the 256 hashes of a full tile and its root, as they stand."""
        found = self._all("SELECT hashes, root FROM log_tile WHERE level = %s AND n = %s", level, n)
        return (bytes(found[0][0]), bytes(found[0][1])) if found else None

    def tile_roots(self, level: int, start: int, stop: int) -> list[bytes]:
        """Return the roots of the full tiles `start` up to but without `stop` of a level: the hashes one level up."""
        query = "SELECT root FROM log_tile WHERE level = %s AND n >= %s AND n < %s ORDER BY n"
        return [bytes(row[0]) for row in self._all(query, level, start, stop)]

    def queue_fenced(self, leaves: Sequence[tuple[str, bytes]]) -> None:
        """Keep leaves (id, bytes), in order and without an index, until the log goes on.

        Raises: AlreadyExists when a leaf waits already.
        """
        self._bulk("log_queue", ("leaf_id", "leaf"), leaves)

    def queued(self) -> int:
        """Return how many leaves wait."""
        return int(self._all("SELECT count(*) FROM log_queue")[0][0])

    def waiting(self) -> list[tuple[str, bytes]]:
        """Return the leaves (id, bytes) that wait, oldest first, and leave them there."""
        found = self._all("SELECT leaf_id, leaf FROM log_queue ORDER BY seq")
        return [(row[0], bytes(row[1])) for row in found]

    def drain(self, n: int | None = None) -> list[tuple[str, bytes]]:
        """Take the oldest `n` (None: all) waiting leaves (id, bytes) off the queue; append them in this transaction."""
        limit = "" if n is None else f" LIMIT {int(n)}"
        rows = self._all(f"SELECT seq, leaf_id, leaf FROM log_queue ORDER BY seq{limit}")
        if rows:
            with told_as_ours(), connections[self.alias].cursor() as cursor:
                cursor.execute("DELETE FROM log_queue WHERE seq <= %s", [rows[-1][0]])
        return [(row[1], bytes(row[2])) for row in rows]

    # --- inside ---

    @property
    def _postgres(self) -> bool:
        return bool(connections[self.alias].vendor == "postgresql")

    def _all(self, query: str, *values: Any) -> list[Any]:
        with told_as_ours(), connections[self.alias].cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall())

    def _state(self, suffix: str) -> LogState:
        found = self._all(f"SELECT size, root, peaks, fenced, generation FROM log_state WHERE id = 1{suffix}")
        if not found:
            raise LogInconsistent("the log has no head", "Run `showcause migrate`.")
        size, root, peaks, fenced, generation = found[0]
        return LogState(int(size), bytes(root), bytes(peaks), bool(fenced), int(generation))

    def _change(self, changes: str, where: str, values: Sequence[Any]) -> int:
        query = f"UPDATE log_state SET {changes}, generation = generation + 1 WHERE id = 1 AND {where}"
        with told_as_ours(), connections[self.alias].cursor() as cursor:
            cursor.execute(query, values)
            return int(cursor.rowcount)

    def _bulk(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        if not rows:
            return
        names = ", ".join(columns)
        with told_as_ours(), connections[self.alias].cursor() as cursor:
            if self._postgres and len(rows) >= BULK:
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
                return
            cursor.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})", rows
            )


def _first(rows: list[Any]) -> bytes | None:
    return bytes(rows[0][0]) if rows else None
