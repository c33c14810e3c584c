"""`log fsck`: everything that is kept twice is compared. It finds and says where; it never repairs.

Two halves. The log against itself (`fsck_log`): every leaf is hashed again, every tile made again, head and right edge
computed from nothing but the leaves, and heads that were promised elsewhere (the signer's, the public one) must lie on
this log. The log against the records (`fsck_records`): what the log says was decided and done, and what the state rows
say. A difference there is an alarm: state rows are the truth for the product, the log for the public, and which of
them somebody touched is for people to find out.

`verify_public` is the same question asked by a stranger, of the public folder alone.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from showcause.casework.log import fsck_log, fsck_records
from showcause.casework.log.finding import Finding
from showcause.casework.log.fsck_log import KnownHead
from showcause.casework.log.hands import free_hands
from showcause.casework.log.public_log import reader
from showcause.casework.ports import Progress
from showcause.store.store import Store
from showcause.transparency.audit import Report, audit
from showcause.transparency.policy import Policy

MOST_FINDINGS = 1000
WORTH_SHARING = 250_000
"""From so many entries on, other cores are given their part; with fewer, beginning takes longer than it saves."""

__all__ = ["Finding", "FsckReport", "KnownHead", "PublicReport", "fsck", "verify_public"]


@dataclass(slots=True)
class FsckReport:
    """What was looked at and what did not hold; the first 1,000 findings are kept, all are counted."""

    size: int = 0
    fenced: bool = False
    waiting: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    finding_count: int = 0

    @property
    def sound(self) -> bool:
        """Whether everything that was compared agrees."""
        return self.finding_count == 0

    def add(self, found: Iterable[Finding]) -> None:
        """Note findings."""
        for finding in found:
            self.finding_count += 1
            if len(self.findings) < MOST_FINDINGS:
                self.findings.append(finding)


def fsck(
    store: Store,
    heads: Iterable[KnownHead] = (),
    *,
    records: bool = True,
    progress: Progress | None = None,
    hands: int | None = None,
) -> FsckReport:
    """Compare the log's rows with each other, with promised heads and, unless told not to, with the records.

    All from one moment of the database, read by this process alone; writers are not kept out. What rows say is worked
    out by `hands` other processes (None: as many as a large log is worth, 0: by this one).
    """
    report = FsckReport()
    with store.read() as view:
        if hands is None:
            hands = free_hands() if view.log.state().size >= WORTH_SHARING else 0
        walk = fsck_log.Walk(view.log, tuple(heads), hands)
        report.add(walk.run(progress))
        waiting = view.log.waiting()
        report.size, report.fenced, report.waiting = walk.state.size, walk.state.fenced, len(waiting)
        report.add(walk.wait(waiting))
        if records:
            report.add(fsck_records.compare(view, walk.seen, hands))
        report.kinds, report.numbers = dict(walk.seen.kinds), dict(walk.seen.numbers)
    return report


@dataclass(frozen=True, slots=True)
class PublicReport:
    """What a walk over a public folder found: the log itself, and documents that are missing or not what leaves say."""

    log: Report
    documents: int
    bad_documents: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether log and documents hold."""
        return self.log.sound and not self.bad_documents


_DOC = re.compile(rb'"doc":"([0-9a-f]{64})"')


def verify_public(folder: Path, policy: Policy, progress: Progress | None = None) -> PublicReport:
    """Walk a public log in a folder as a stranger would, believing only the keys of the policy."""
    read, named, bundles = reader(folder), dict[str, None](), 0

    def noting(path: str) -> bytes | None:
        nonlocal bundles
        data = read(path)
        if data is not None and path.startswith("tile/entries/"):
            named.update(dict.fromkeys(digest.decode() for digest in _DOC.findall(data)))
            bundles += 1
            if progress is not None:
                progress(bundles * 256, None)
        return data

    log = audit(noting, policy)
    bad = tuple(digest for digest in named if _digest(read(f"doc/{digest}.json")) != digest)
    return PublicReport(log, len(named), bad)


def _digest(data: bytes | None) -> str:
    return "" if data is None else hashlib.sha256(data).hexdigest()
