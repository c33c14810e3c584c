"""The instants at which a victim dies: a fuse at every point between two things that must not come apart.

Nothing of the product is replaced. The parts that a site is wired from (store, signer, connector, spool) are real ones
that say where they are; what only the operating system sees (a rename, a file opened for writing) is heard by an audit
hook of the interpreter.
"""

import os
import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Any


class Point(StrEnum):
    """Where a process may be killed; the value says what has happened and what has not."""

    KEY_FLUSHED = "key on the disk, row not written"
    RECORDS_WRITTEN = "records written, leaves not appended"
    BEFORE_COMMIT = "leaves appended, not committed"
    COMMITTED = "committed, nobody told"
    CLAIMED = "job leased, not begun"
    CLOSING = "job closed, its transaction open"
    CLOSED = "job closed and committed, worker not told"
    SIGNING = "head proven, not signed"
    STATE_OPENED = "signer's state open for writing"
    STATE_WRITTEN = "signer's state written, signature not given"
    SIGNED = "signature given, not used"
    SNAPSHOT_TAKEN = "snapshot taken, not kept"
    ORDER_SENT = "snapshot kept, order not admitted"
    ADMITTED = "order admitted by the gate, not imposed"
    IMPOSED = "imposed, not noted by the gate"
    LANDED = "noted by the gate, not confirmed in the record"
    LIFT_SENT = "lift asked for, gate not closed"
    LIFT_CLOSED = "gate closed, measure still stands"
    FREED = "freed, not confirmed in the record"
    DELIVERING = "text rendered, not delivered"
    DELIVERED = "delivered, not noted as served"
    VOIDING = "order cancelled, connector not told"
    VOIDED = "connector told of the void, job not closed"
    POLLED = "reports read, none submitted"
    REACH_TOLD = "reach of an account read, its report not submitted"
    URGENT_ASKED = "urgent act asked for, nothing spooled"
    SPOOLED = "urgent intent spooled, not acted"
    URGENT_IMPOSED = "urgent act on the platform, spool not told"
    URGENT_ACTED = "urgent act in the spool, not in the record"
    URGENT_RECORDED = "urgent act in the record, connector not told"
    URGENT_NUMBERED = "connector knows the number, spool still has it"
    SPOOL_REPLACED = "new spool written, old one not replaced"
    TILE_WRITTEN = "one public file written, not replaced"
    TILES_WRITTEN = "public tiles written, checkpoint not"
    CHECKPOINT_WRITTEN = "new checkpoint written, old one not replaced"
    CHECKPOINT_REPLACED = "checkpoint replaced, its time not set"


class Fuse:
    """Kills its own process, as `kill -9` does, when a point is reached for the n-th time."""

    def __init__(self, point: Point | None = None, nth: int = 1) -> None:
        self.point, self.left = point, nth

    def at(self, point: Point) -> None:
        """Say that a point is reached."""
        if point is self.point:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def listen(self, folder: Path) -> None:
        """Hear from now on which files of a site this process opens and renames. Cannot be undone."""
        state, spool = str(folder / "signer.json"), str(folder / "spool")
        public, checkpoint = str(folder / "public"), str(folder / "public" / "checkpoint")

        def heard(event: str, facts: tuple[Any, ...]) -> None:
            if event == "open" and str(facts[0]) == state and facts[2] & os.O_WRONLY:
                self.at(Point.STATE_OPENED)
            elif event == "os.rename" and str(facts[1]) == spool:
                self.at(Point.SPOOL_REPLACED)
            elif event == "os.rename" and str(facts[1]) == checkpoint:
                self.at(Point.CHECKPOINT_WRITTEN)
            elif event == "os.rename" and str(facts[1]).startswith(public):
                self.at(Point.TILE_WRITTEN)
            elif event == "os.utime" and str(facts[0]) == checkpoint:
                self.at(Point.CHECKPOINT_REPLACED)

        sys.addaudithook(heard)
