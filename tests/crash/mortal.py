"""The parts of a site as a victim is wired from them: the real ones, each with a fuse between its steps."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from showcause.casework.ports import Delivery, Head, Ids, Order, Outcome, ReportBatch, Snapshot
from showcause.casework.runner import Runner
from showcause.connectors.simulator import Simulator
from showcause.connectors.urgent import UrgentSpool
from showcause.domain.restriction import Measure
from showcause.domain.subject import Reach, Subject
from showcause.gateways.signer import FileSigner, State
from showcause.store.jobs import LEASE, Job, Jobs
from showcause.store.keys import KeyStore
from showcause.store.store import Store
from showcause.store.tx import Tx
from showcause.store.view import View
from tests.crash.points import Fuse, Point

P = ParamSpec("P")
R = TypeVar("R")
Tell = Callable[[str, Any], None]


class MortalKeys(KeyStore):
    """Keys that may be the last thing written."""

    fuse = Fuse()

    def owner(self, lookup: str) -> str:
        """Return an owner; its key is flushed."""
        found = super().owner(lookup)
        self.fuse.at(Point.KEY_FLUSHED)
        return found


class MortalJobs(Jobs):
    """Jobs whose worker dies before, while and after it closes them."""

    def claim(self, now: datetime, kinds: Any = None, n: int = 1, lease: Any = LEASE) -> list[Job]:
        """Lease jobs."""
        claimed = super().claim(now, kinds, n, lease)
        if claimed:
            _fuse_of(self.store).at(Point.CLAIMED)
        return claimed

    def finish(self, tx: Tx, job: Job) -> None:
        """Close a job within the transaction of its effect."""
        super().finish(tx, job)
        _fuse_of(self.store).at(Point.CLOSING)
        MortalStore.closing = True


class MortalStore(Store):
    """A store whose process dies around its commits."""

    fuse = Fuse()
    closing = False

    @property
    def jobs(self) -> Jobs:
        """Return the jobs."""
        return MortalJobs(self)

    @contextmanager
    def transaction(self, now: datetime | None = None) -> Iterator[Tx]:
        """Open a transaction."""
        with super().transaction(now) as tx:
            yield tx
            self.fuse.at(Point.BEFORE_COMMIT)
        self.fuse.at(Point.COMMITTED)
        if MortalStore.closing:
            MortalStore.closing = False
            self.fuse.at(Point.CLOSED)


class PublishingStore(MortalStore):
    """The store as the publisher sees it: when its reading ends, all files but the checkpoint are written."""

    @contextmanager
    def read(self, now: datetime | None = None) -> Iterator[View]:
        """Open a view."""
        with super().read(now) as view:
            yield view
            self.fuse.at(Point.TILES_WRITTEN)


def _fuse_of(store: Store) -> Fuse:
    assert isinstance(store, MortalStore)
    return store.fuse


class TellingRunner(Runner):
    """A runner that says what was acknowledged, once the caller has it."""

    fuse = Fuse()
    tell: Tell = staticmethod(lambda _what, _about: None)

    def run(
        self, verb: Callable[Concatenate[Tx, datetime, Ids, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run one use case."""

        def dying(tx: Tx, now: datetime, ids: Ids, /, *args: P.args, **kwargs: P.kwargs) -> R:
            result = verb(tx, now, ids, *args, **kwargs)
            self.fuse.at(Point.RECORDS_WRITTEN)
            return result

        result = super().run(dying, *args, **kwargs)
        record: Any = result
        if hasattr(record, "revision"):
            self.tell("record", [type(record).__name__, record.id, record.revision])
        return result


class MortalSigner(FileSigner):
    """A signer that dies before, while and after it signs, and says what it signed once the caller may have it."""

    fuse = Fuse()
    tell: Tell = staticmethod(lambda _what, _about: None)

    def sign(self, head: Head, proof: Sequence[bytes]) -> str:
        """Sign a head."""
        self.fuse.at(Point.SIGNING)
        note = super().sign(head, proof)
        self.tell("head", [head.size, head.root.hex()])
        self.fuse.at(Point.SIGNED)
        return note

    def _remember(self, state: State) -> None:
        super()._remember(state)
        self.fuse.at(Point.STATE_WRITTEN)


class MortalSpool(UrgentSpool):
    """An urgent spool whose process dies between intent, act and entry."""

    fuse = Fuse()

    def add(self, *args: Any, **kwargs: Any) -> Any:
        """Write an intent."""
        self.fuse.at(Point.URGENT_ASKED)
        added = super().add(*args, **kwargs)
        self.fuse.at(Point.SPOOLED)
        return added

    def acted(self, spool_id: str, confirmation: str = "") -> None:
        """Note that it was acted."""
        self.fuse.at(Point.URGENT_IMPOSED)
        super().acted(spool_id, confirmation)
        self.fuse.at(Point.URGENT_ACTED)

    def remove(self, spool_id: str) -> None:
        """Take an entry out."""
        self.fuse.at(Point.URGENT_NUMBERED)
        super().remove(spool_id)


class MortalSimulator(Simulator):
    """A connector that dies between the gate and the platform."""

    fuse = Fuse()

    def reports(self, cursor: str | None) -> ReportBatch:
        """Read reports."""
        batch = super().reports(cursor)
        if batch.reports:
            self.fuse.at(Point.POLLED)
        return batch

    def reach(self, subject: Subject) -> Reach | None:
        """Tell an account's reach."""
        told = super().reach(subject)
        self.fuse.at(Point.REACH_TOLD)
        return told

    def snapshot(self, subject: Subject) -> Snapshot:
        """Take a snapshot."""
        taken = super().snapshot(subject)
        self.fuse.at(Point.SNAPSHOT_TAKEN)
        return taken

    def apply(self, order: Order, receipt_json: bytes) -> Outcome:
        """Carry out an order."""
        self.fuse.at(Point.ORDER_SENT)
        outcome = super().apply(order, receipt_json)
        self.fuse.at(Point.LANDED)
        return outcome

    def lift(self, order: Order) -> Outcome:
        """Undo a restriction."""
        self.fuse.at(Point.LIFT_SENT)
        outcome = super().lift(order)
        self.fuse.at(Point.FREED)
        return outcome

    def deliver(self, subject: Subject, text: str, reference: str) -> Delivery:
        """Deliver a text."""
        self.fuse.at(Point.DELIVERING)
        delivery = super().deliver(subject, text, reference)
        self.fuse.at(Point.DELIVERED)
        return delivery

    def void(self, number: int) -> None:
        """Note a cancelled order."""
        self.fuse.at(Point.VOIDING)
        super().void(number)
        self.fuse.at(Point.VOIDED)

    def entered(self, spool_id: str, number: int) -> None:
        """Note that an urgent act entered the record."""
        self.fuse.at(Point.URGENT_RECORDED)
        super().entered(spool_id, number)

    def _impose(self, subject: Subject, measure: Measure, key: str) -> None:
        self.fuse.at(Point.ADMITTED)
        super()._impose(subject, measure, key)
        self.fuse.at(Point.IMPOSED)

    def _free(self, subject: Subject, measure: Measure) -> None:
        self.fuse.at(Point.LIFT_CLOSED)
        super()._free(subject, measure)
