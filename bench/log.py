"""The log as it grows: the whole check of a large one, proofs per second, and what `bench receipts` measures.

    python -m bench.log [--size N] [--seconds N] [--folder FOLDER] [--receipts]

The large log is synthetic: one kind of entry, each with the record that explains it, written in batches. The check is
`log fsck` with everything on: entries, tiles, head, the signer's head, and every entry against its record. Aim: a
million entries in 15 seconds on two cores. A proof is made from the database as for a person, for entries drawn at
random, each verified as a connector does. How long a browser takes is measured by `bench browser`.
"""

import argparse
import json
import random
import resource
import secrets
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import receipts, rows
from bench.rows import Row
from showcause.casework.log import ledger
from showcause.casework.log.fsck import KnownHead, fsck
from showcause.casework.log.receipts import receipt_for
from showcause.casework.log.signing import SignedHead, sign_head
from showcause.casework.log.tree import Nodes
from showcause.gateways.signer import FileSigner, make_key
from showcause.store import schema
from showcause.store.config import open_store
from showcause.store.store import Store
from showcause.store.tables import TABLES
from showcause.transparency import leaf as leaves
from showcause.transparency.keys import parse_verifier_key
from showcause.transparency.kinds import SLOTS
from showcause.transparency.policy import Policy
from showcause.transparency.receipt import Receipt
from showcause.transparency.verify import verify_receipt

SIZE = 1_000_000
AIM = 15.0
BATCH = 10_000
KIND = "recusal"
NOTES = next(table.name for table in TABLES if table.kind == "leaf-note")


def log(folder: Path, size: int, seconds: float) -> Iterator[Row]:
    """Write a log of this size, and measure its check and its proofs."""
    key, state = folder / "log.key", folder / "log.state"
    make_key(receipts.ORIGIN, secrets.token_bytes(32), key, state)
    store = open_store(f"sqlite:///{folder}/log.db", folder / "keys.db", secrets.token_bytes(32))
    schema.migrate(store)
    with FileSigner(key, state, receipts.ORIGIN, lambda: datetime.now(UTC)) as signer:
        write(store, size)
        head = sign_head(store, signer)
        assert head is not None
        yield checked(store, signer, records=False)
        yield checked(store, signer, records=True)
        yield from proven(store, head, Policy((parse_verifier_key(signer.verifier_key),)), seconds)
    store.close()


def write(store: Store, size: int) -> None:
    """Append so many entries, each with its note."""
    for start in range(0, size, BATCH):
        made = [_entry() for _ in range(min(BATCH, size - start))]
        with store.transaction(datetime.now(UTC)) as tx:
            for each in made:
                tx.draft(each)
            ledger.append(tx)
            with store.database.connection().cursor() as cursor:
                cursor.executemany(
                    f"INSERT INTO {NOTES} (id, revision, body, body_version, kind, about) "
                    "VALUES (%s, 0, %s, 1, %s, %s)",
                    [(each.id, _body(), KIND, secrets.token_hex(16)) for each in made],
                )


def checked(store: Store, signer: FileSigner, *, records: bool) -> Row:
    """Measure the check of the whole log, alone or with the records that explain it."""
    began, cpu = time.perf_counter(), _processor_seconds()
    found = fsck(store, [KnownHead("the signer", signer.last())], records=records)
    took, cpu = time.perf_counter() - began, _processor_seconds() - cpu
    assert found.sound, found.findings[:5]
    return rows.row(
        "log",
        f"fsck of {found.size} entries, {'every check on' if records else 'without the records'}",
        found.size / took,
        SIZE / AIM if records else None,
        seconds=round(took, 2),
        cpu_seconds=round(cpu, 2),
        most_memory_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    )


def proven(store: Store, head: SignedHead, policy: Policy, seconds: float) -> Iterator[Row]:
    """Measure proofs of entries drawn at random: made cold, made with what the service remembers, and verified."""
    for case, nodes in (("made", None), ("made, with remembered nodes", Nodes())):
        with store.read() as view:
            drawn = [_id_at(store, random.randrange(head.size)) for _ in range(1000)]
            made: list[Receipt] = []
            began = time.perf_counter()
            while time.perf_counter() < began + seconds:
                made.append(receipt_for(view, drawn[len(made) % len(drawn)], head.note, {}, nodes))
            took = time.perf_counter() - began
        yield rows.row("log", f"proofs {case}", len(made) / took, None, entries=head.size)
    began, done = time.perf_counter(), 0
    while time.perf_counter() < began + seconds:
        verify_receipt(made[done % len(made)], policy)
        done += 1
    yield rows.row("log", "proofs verified", done / (time.perf_counter() - began), None, entries=head.size)


def _processor_seconds() -> float:
    """Return what this process and the ended ones that it began have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _id_at(store: Store, index: int) -> str:
    with store.read() as view:
        [(_, leaf, _, _)] = view.log.entries(index, index + 1)
    return leaf


def _body() -> str:
    """Return what most notes hold besides: who seals which slots, and where."""
    part = {"owner": secrets.token_hex(16), "sealed": secrets.token_hex(16), "slots": ["facts", "actor"]}
    return json.dumps({"parts": [part]})


def _entry() -> ledger.Encoded:
    digest = secrets.token_hex(32)
    made = leaves.Leaf(
        KIND, secrets.token_hex(16), digest, digest, tuple(secrets.token_bytes(32) for _ in SLOTS)
    )
    return ledger.Encoded(made.id, leaves.encode(made))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON object a row."""
    parser = argparse.ArgumentParser(prog="showcause bench log", description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=SIZE, help="how many entries the large log has")
    parser.add_argument(
        "--seconds", type=float, default=5.0, help="how long proofs and receipts are measured"
    )
    parser.add_argument("--folder", type=Path, help="where to write, to measure that disk")
    parser.add_argument("--receipts", action="store_true", help="first what `bench receipts` measures")
    asked = parser.parse_args(arguments)
    if asked.receipts:
        again = ["--seconds", str(asked.seconds), *(["--folder", str(asked.folder)] if asked.folder else [])]
        receipts.main(again)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        for made in log(Path(folder), asked.size, asked.seconds):
            rows.show(made)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
