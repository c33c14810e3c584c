"""Durable receipts per second: from a leaf to a signed head that covers it, with SQLite flushing every commit.

    python -m bench.receipts [--seconds N]

Every submitter waits for its answer before it sends the next, so that throughput and latency belong together. A
receipt counts when the leaf is committed (WAL, synchronous=FULL), the signer's state is flushed, and the signature is
in the submitter's hands. At the end of each case the log is checked whole and receipts are verified by the code of the
gate. Leaves are encoded already; encoding is measured beside it. Threads and coroutines are two kinds of clients of
the same writer.

Targets: 10,000 a second for 128 submitters of single leaves, 40,000 in bulk, on two cores that do nothing else.
"""

import argparse
import asyncio
import random
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import rows
from bench.decisions import decisions
from bench.rows import Row
from showcause.casework.log.fsck import KnownHead, fsck
from showcause.casework.log.grouping import GroupWriter, Written
from showcause.casework.log.ledger import Encoded
from showcause.casework.log.receipts import receipt_for
from showcause.gateways.signer import FileSigner, make_key
from showcause.store import schema
from showcause.store.config import open_store
from showcause.store.store import Store
from showcause.transparency import leaf as leaves
from showcause.transparency.commitments import commit
from showcause.transparency.jcs import Json
from showcause.transparency.keys import parse_verifier_key
from showcause.transparency.kinds import SLOTS, Slot
from showcause.transparency.policy import Policy
from showcause.transparency.verify import verify_receipt

ORIGIN = "bench.example/log"
WARM_UP = 0.3
DURABLE = "SQLite WAL synchronous=FULL, signer's state flushed"


@dataclass(frozen=True, slots=True)
class Case:
    """How many submitters send how many leaves at a time."""

    submitters: int
    leaves: int
    target: float | None = None

    def __str__(self) -> str:
        return f"{self.submitters} x {self.leaves}" if self.leaves > 1 else f"{self.submitters}"


CASES = (Case(1, 1), Case(16, 1), Case(128, 1, 10_000), Case(16, 64, 40_000), Case(64, 64, 40_000))

FURTHER: list[Callable[[Path, float], Iterator[Row]]] = [decisions]
"""Benchmarks of more than the bare writer; each gets an empty folder and its seconds."""


@dataclass
class Site:
    """A store, a signer and a writer in a folder."""

    store: Store
    signer: FileSigner
    writer: GroupWriter
    taken: list[float] = field(default_factory=list)

    def note(self, began: float, since: float, until: float, written: Written[None]) -> None:
        """Check an answer, and count it if it was asked for and came within the measured time."""
        ended = time.perf_counter()
        assert written.head is not None, written.unsigned
        assert written.index is not None
        assert written.index < written.head.size
        if began >= since and ended <= until:
            self.taken.append(ended - began)


Clients = Callable[[Site, Case, float], None]


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Open a fresh site."""
    key, state = folder / "log.key", folder / "log.state"
    make_key(ORIGIN, secrets.token_bytes(32), key, state)
    store = open_store(f"sqlite:///{folder}/log.db", folder / "keys.db", secrets.token_bytes(32))
    schema.migrate(store)
    with store.read(), store.database.connection().cursor() as cursor:
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)
    clock = _now
    with FileSigner(key, state, ORIGIN, clock) as signer:
        with GroupWriter(store, signer, lambda: secrets.token_hex(16), clock) as writer:
            yield Site(store, signer, writer)
        _check(store, signer)
    store.close()


def _now() -> datetime:
    return datetime.now(UTC)


def _check(store: Store, signer: FileSigner) -> None:
    last = signer.last()
    report = fsck(store, [KnownHead("signer", last)], records=False)
    assert report.sound, report.findings[:5]
    assert report.size == last.size


def _template() -> tuple[bytes, bytes]:
    whole = leaves.encode(_leaf("0" * 32))
    before, after = whole.split(b"0" * 32 + b'"')
    return before, b'"' + after


def _leaf(id_: str) -> leaves.Leaf:
    digest = secrets.token_bytes(32).hex()
    return leaves.Leaf("recusal", id_, digest, digest, tuple(secrets.token_bytes(32) for _ in SLOTS))


def _encoded(template: tuple[bytes, bytes], n: int) -> list[Encoded]:
    before, after = template
    ids = [secrets.token_hex(16) for _ in range(n)]
    return [Encoded(id_, before + id_.encode() + after) for id_ in ids]


def threads(made: Site, case: Case, seconds: float) -> None:
    """Submit from as many threads."""
    template, start = _template(), threading.Barrier(case.submitters)

    def submitter() -> None:
        start.wait()
        since = time.perf_counter() + WARM_UP
        while (began := time.perf_counter()) < since + seconds:
            written = made.writer.submit_leaves(_encoded(template, case.leaves)).wait()
            made.note(began, since, since + seconds, written)

    clients = [threading.Thread(target=submitter) for _ in range(case.submitters)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def coroutines(made: Site, case: Case, seconds: float) -> None:
    """Submit from as many coroutines of one loop."""
    template = _template()

    async def submitter(since: float) -> None:
        while (began := time.perf_counter()) < since + seconds:
            written = await made.writer.write_leaves(_encoded(template, case.leaves))
            made.note(began, since, since + seconds, written)

    async def together() -> None:
        since = time.perf_counter() + WARM_UP
        await asyncio.gather(*(submitter(since) for _ in range(case.submitters)))

    asyncio.run(together())


def bare(folder: Path, case: Case, seconds: float, clients: Clients) -> Row:
    """Measure the bare log writer."""
    with site(folder) as made:
        cpu = time.process_time()
        clients(made, case, seconds)
        cpu = time.process_time() - cpu
        size = made.signer.last().size
        _verify_some(made)
    receipts = len(made.taken) * case.leaves
    return rows.row(
        "receipts",
        f"{case} submitters",
        receipts / seconds,
        case.target,
        clients=clients.__name__,
        receipts=receipts,
        **rows.latencies(made.taken),
        cpu_us_per_receipt=round(cpu / size * 1e6, 1),
        durable=DURABLE,
        peer=peer(folder, case, seconds),
    )


def _verify_some(made: Site) -> None:
    policy = Policy((parse_verifier_key(made.signer.verifier_key),))
    head = made.writer.submit_leaves(_encoded(_template(), 1)).wait().head
    assert head is not None
    with made.store.read() as view:
        for index in random.sample(range(head.size), min(10, head.size)):
            [(_, id_, _, data)] = view.log.entries(index, index + 1)
            receipt = receipt_for(view, id_, head.note, {})
            assert verify_receipt(receipt, policy).index == index
            assert receipt.leaf == data


def peer(folder: Path, case: Case, seconds: float) -> Row | None:
    """Measure tlog-scales' writer with batches of as many leaves, or return None where it is not installed."""
    try:
        from tlog_scales import signing, writer
    except ImportError:
        return None
    batch, template = case.submitters * case.leaves, _template()
    log = writer.TilesWriter.create(folder / "peer", ORIGIN)
    signers: list[Any] = [signing.PlainEd25519Signer(ORIGIN, secrets.token_bytes(32))]
    start, done = time.perf_counter(), 0
    while time.perf_counter() < start + min(seconds, 3):
        for each in _encoded(template, batch):
            log.add_leaf(each.data)
        log.commit(signers)
        done += batch
    rate = done / (time.perf_counter() - start)
    name = "tlog-scales writer, one thread, tiles written and flushed at each commit"
    return {"name": name, "batch": batch, "per_second": round(rate)}


def encoding(seconds: float) -> Iterator[Row]:
    """Measure what comes before: encoding a leaf, and committing to the fields of its slots."""
    values: dict[Slot, dict[str, Json]] = {
        Slot.FACETS: {"measures": ["suspend"], "ground": "INCOMPATIBLE_CONTENT", "deciders": 2},
        Slot.SUBJECT: {"platform": "garden", "kind": "account", "ref": "@rose:garden.example"},
        Slot.FACTS: {"minute": "2026-03-02T10:00:00Z", "orders": [[1, "suspend", None]], "text": "x" * 200},
        Slot.ACTOR: {"proposer": "0" * 32, "approver": "1" * 32},
    }
    seed, one = secrets.token_bytes(32), _leaf("0" * 32)
    yield rows.row("receipts", "encode a leaf", _rate(lambda: leaves.encode(one), seconds), None)
    commit_all = lambda: [commit(slot, seed, fields).digest for slot, fields in values.items()]  # noqa: E731
    yield rows.row("receipts", "commit to all fields of four slots", _rate(commit_all, seconds), None)


def _rate(act: Callable[[], object], seconds: float) -> float:
    start, done = time.perf_counter(), 0
    while time.perf_counter() < start + seconds:
        for _ in range(50):
            act()
        done += 50
    return done / (time.perf_counter() - start)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON object a row."""
    parser = argparse.ArgumentParser(prog="showcause bench receipts", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each case is measured")
    parser.add_argument("--folder", type=Path, help="where to write, to measure that disk")
    asked = parser.parse_args(arguments)
    for made in encoding(min(asked.seconds, 2)):
        rows.show(made)
    for case in CASES:
        for clients in (threads, coroutines):
            with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
                rows.show(bare(Path(folder), case, asked.seconds, clients))
    for further in FURTHER:
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            for made in further(Path(folder), asked.seconds):
                rows.show(made)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
