"""From a report on a platform to the act there, without the undo delay: how long, and where the time goes.

    python -m bench.path [--number N] [--folder FOLDER]

One report after another is taken in, proposed on by one person, committed, signed and carried out on the simulated
platform, by the worker that serves a site, with SQLite flushing every commit (WAL, synchronous=FULL) and the signer its
file. The undo delay is skipped by moving the site's clock; the person's thinking is not in it, nor are the pauses
between two rounds of `showcause serve` (at most 0.2 s, and the polling interval for reports). The clock runs from the
moment at which the report can be read on the platform until the simulator has acted behind its gate.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import rows
from bench.rows import Row
from bench.stand import PLATFORM, UNDO, Stand, stand
from showcause.casework.log.fsck import fsck
from showcause.casework.ports import Order, Outcome, Snapshot
from showcause.casework.worker import Worker, World
from showcause.domain.enforcement import Enforcement
from showcause.domain.lifecycle import EnforcementState
from showcause.domain.subject import Subject
from showcause.store.jobs import Job

WARM_UP = 5
STAGES = ("intake", "claim and propose", "jobs", "commit", "sign", "receipt", "snapshot", "gate and act")
"""`jobs`: taking jobs from the table; `receipt`: counting the attempt, building order and receipt."""


class Spans:
    """How long each stage of the present decision takes, in seconds; a stage inside another is not counted twice."""

    def __init__(self) -> None:
        self.took: dict[str, float] = dict.fromkeys(STAGES, 0.0)
        self._stage, self._since, self.is_over = "", 0.0, False

    @property
    def total(self) -> float:
        """Return the sum of all stages."""
        return sum(self.took.values())

    @contextmanager
    def span(self, stage: str) -> Iterator[None]:
        """Count the block's time for a stage."""
        outer = self._stage
        self._switch(stage)
        try:
            yield
        finally:
            self._switch(outer)

    def _switch(self, stage: str) -> None:
        now = time.perf_counter()
        if self._stage and not self.is_over:
            self.took[self._stage] += now - self._since
        self._stage, self._since = stage, now

    def finish(self) -> None:
        """Count no more: the platform has acted."""
        self._switch("")
        self.is_over = True


class WatchedPlatform:
    """The platform, with a note of how long a snapshot takes, and the act behind its gate."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.spans = inner, Spans()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def snapshot(self, subject: Subject) -> Snapshot:
        """Take a snapshot."""
        with self.spans.span("snapshot"):
            taken: Snapshot = self.inner.snapshot(subject)
        return taken

    def apply(self, order: Order, receipt: bytes) -> Outcome:
        """Carry an order out."""
        with self.spans.span("gate and act"):
            done: Outcome = self.inner.apply(order, receipt)
        self.spans.finish()
        return done


class WatchedWorker(Worker):
    """The worker that serves a site, with a note of how long its steps take."""

    watched: WatchedPlatform

    def sign(self) -> None:
        """Sign the committed head if it has grown."""
        with self.watched.spans.span("sign"):
            super().sign()

    def _do(self, job: Job) -> None:
        stage = {"commit": "commit", "apply": "receipt"}.get(job.kind, "jobs")
        with self.watched.spans.span(stage):
            super()._do(job)


def measured(made: Stand, worker: WatchedWorker) -> Spans:
    """Bring one report to its act and return how long each stage took."""
    made.report()
    spans, worker.watched.spans = Spans(), Spans()
    with spans.span("intake"):
        worker.poll(PLATFORM)
    case = made.waiting_case()
    with spans.span("claim and propose"):
        made.propose(case)
    worker.run_due()  # the reporter's acknowledgement stands in nobody's way
    made.clock.now += UNDO
    worker.watched.spans = spans
    with spans.span("jobs"):
        worker.run_due()
    assert spans.is_over, "the platform has acted"
    return spans


def path(folder: Path, number: int) -> Row:
    """Measure so many reports, one after another."""
    with stand(folder) as made:
        watched = WatchedPlatform(made.platform)
        worker = WatchedWorker(made.site.runner, World({PLATFORM: watched}, made.site.signer))
        worker.watched = watched
        for _ in range(WARM_UP):
            measured(made, worker)
        cpu = time.process_time()
        all_ = [measured(made, worker) for _ in range(number)]
        cpu = time.process_time() - cpu
        _check(made, WARM_UP + number)
    whole = [each.total for each in all_]
    stages = {name: rows.latencies([each.took[name] for each in all_]) for name in STAGES}
    return rows.row(
        "path",
        "report to act, one after another",
        len(whole) / sum(whole),
        None,
        reports=number,
        **rows.latencies(whole),
        cpu_ms_per_report=round(cpu / number * 1000, 1),
        stages=stages,
        without="the undo delay, the person, the pauses of `serve`",
        durable="SQLite WAL synchronous=FULL, signer's state flushed",
        platform="simulator with its own durable gate",
    )


def _check(made: Stand, number: int) -> None:
    """Check that every report led to one act that the platform shows and the record confirms."""
    with made.site.store.read() as view:
        orders = view.find(Enforcement)
    assert [each.state for each in orders] == [EnforcementState.APPLIED] * number
    assert sum(bool(act["changed"]) for act in made.platform.world.acts()) == number
    found = fsck(made.site.store)
    assert found.sound, found.findings[:5]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON object a row."""
    parser = argparse.ArgumentParser(prog="showcause bench path", description=__doc__.splitlines()[0])
    parser.add_argument("--number", type=int, default=200, help="how many reports are measured")
    parser.add_argument("--folder", type=Path, help="where to write, to measure that disk")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        rows.show(path(Path(folder), asked.number))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
