"""The connector to the simulator: the same port, the same gate and the same spool as for a real platform."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from showcause.casework.ports import (
    Capability,
    CapabilityCard,
    Check,
    Clock,
    Delivery,
    Found,
    IncomingReport,
    PlatformState,
    Progress,
    ReportBatch,
    Restored,
    Snapshot,
)
from showcause.connectors.comparison import compare_items
from showcause.connectors.gate import Gate
from showcause.connectors.gated import GatedPlatform
from showcause.connectors.simulator_world import World
from showcause.connectors.urgent import UrgentSpool
from showcause.domain.errors import PlatformUnavailable, RateLimited
from showcause.domain.restriction import Measure
from showcause.domain.subject import Reach, Subject, SubjectKind

T = TypeVar("T")
_ACCOUNT, _CONTENT, _SPACE = (SubjectKind.ACCOUNT,), (SubjectKind.CONTENT,), (SubjectKind.SPACE,)
_PAGE: Final = 100

MEASURES: Final = {
    Measure.SUSPEND: Capability(_ACCOUNT, True, loses="followers who left meanwhile"),
    Measure.LOCK: Capability(_ACCOUNT, True, needs_service_first=True),
    Measure.LIMIT: Capability(_ACCOUNT, True),
    Measure.LABEL: Capability(_CONTENT, True),
    Measure.HIDE: Capability(_CONTENT, True),
    Measure.REMOVE: Capability(_CONTENT, False, loses="the text of the post"),
    Measure.BLOCK_SPACE: Capability(_SPACE, True),
}


@dataclass
class Faults:
    """What goes wrong between us and the platform, until it is switched off again.

    `down`, `error_500` and `rate_limited` (seconds to wait) refuse every call. `lies` answers success to acts
    and does nothing. `hangs` carries an act out and never answers. `slow` is called before each call, for
    instance to sleep.
    """

    down: bool = False
    error_500: bool = False
    rate_limited: float | None = None
    lies: bool = False
    hangs: bool = False
    slow: Callable[[], None] | None = None

    def strike(self) -> None:
        """Raise what a call meets now, if anything."""
        if self.slow:
            self.slow()
        if self.down:
            raise PlatformUnavailable("the simulator does not answer")
        if self.error_500:
            raise PlatformUnavailable("the simulator answered 500")
        if self.rate_limited is not None:
            raise RateLimited("the simulator asks to wait", retry_after=self.rate_limited)


class Simulator(GatedPlatform):
    """The fictional platform behind the port."""

    def __init__(self, world: World, gate: Gate, spool: UrgentSpool, clock: Clock) -> None:
        super().__init__(gate, spool, clock)
        self.world, self.faults = world, Faults()
        self._card = CapabilityCard(
            gate.platform, MEASURES, "inbox", False, ("followers who left meanwhile",)
        )

    @property
    def card(self) -> CapabilityCard:
        """Return what this platform offers."""
        return self._card

    def reports(self, cursor: str | None) -> ReportBatch:
        """Return the reports after a cursor, which is the number of the last one seen."""
        last = int(cursor or 0)
        rows = self._ask(lambda: self.world.reports_after(last, _PAGE))
        return ReportBatch(
            tuple(self._report(row) for row in rows),
            str(rows[-1]["seq"] if rows else last),
            len(rows) == _PAGE,
        )

    def snapshot(self, subject: Subject) -> Snapshot:
        """Return what the subject has now."""
        return Snapshot(self._clock(), self._ask(lambda: self._items(subject)))

    def compare(self, subject: Subject, snapshot: Snapshot) -> Restored:
        """Return what of a snapshot is there again and what is not."""
        return compare_items(snapshot.items, self._ask(lambda: self._items(subject)))

    def state_of(self, subject: Subject) -> PlatformState:
        """Return which measures stand on the platform now, whoever put them there."""
        return self._ask(
            lambda: PlatformState(
                self.world.exists(subject.kind, subject.ref),
                self.world.standing(subject.kind, subject.ref),
                self._clock(),
            )
        )

    def restricted(self, progress: Progress | None = None) -> Iterator[Found]:
        """Yield every restriction that stands."""
        standing = self._ask(self.world.all_standing)
        for done, (kind, ref, measure, since) in enumerate(standing, 1):
            yield Found(self._subject(kind, ref), measure, since)
            if progress:
                progress(done, len(standing))

    def reach(self, subject: Subject) -> Reach | None:
        """Return the number of followers of an account."""
        if subject.kind is not SubjectKind.ACCOUNT:
            return None
        return Reach(followers=self._ask(lambda: self.world.followers(subject.ref)))

    def deliver(self, subject: Subject, text: str, reference: str) -> Delivery:
        """Put a text into the inbox, once per reference; a locked account cannot read it."""
        state = self.state_of(subject)
        if not state.exists:
            return Delivery(False, "inbox", bounced="unknown account")
        if Measure.LOCK in state.measures:
            return Delivery(False, "inbox", bounced="the account is locked and cannot read")
        return Delivery(True, "inbox", self._ask(lambda: self.world.notify(subject.ref, text, reference)))

    def doctor(self) -> list[Check]:
        """Return whether the simulator answers, and the connector's own points."""
        try:
            self.faults.strike()
            answers = Check("simulator", True, "the simulator answers")
        except PlatformUnavailable as error:
            answers = Check("simulator", False, error.message, "Switch the fault off that was switched on.")
        return [answers, *self._own_checks()]

    def _impose(self, subject: Subject, measure: Measure, key: str) -> None:
        self._act(lambda: self.world.impose(subject.kind, subject.ref, measure, key))

    def _free(self, subject: Subject, measure: Measure) -> None:
        self._act(lambda: self.world.free(subject.kind, subject.ref, measure, "lift"))

    def _ask(self, call: Callable[[], T]) -> T:
        self.faults.strike()
        return call()

    def _act(self, call: Callable[[], None]) -> None:
        self.faults.strike()
        if self.faults.lies:
            return
        call()
        if self.faults.hangs:
            raise PlatformUnavailable("the simulator did not answer in time")

    def _items(self, subject: Subject) -> dict[str, Any]:
        match subject.kind:
            case SubjectKind.ACCOUNT:
                return self.world.profile(subject.ref)
            case SubjectKind.CONTENT | SubjectKind.MEDIA:
                return self.world.posted(subject.ref) or {}
            case SubjectKind.SPACE:
                return {}

    def _subject(self, kind: SubjectKind, ref: str) -> Subject:
        return Subject(self._card.platform, kind, ref)

    def _report(self, row: dict[str, Any]) -> IncomingReport:
        kind, evidence = SubjectKind(row["kind"]), json.loads(row["evidence"])
        author = evidence.get("author") if kind is SubjectKind.CONTENT and evidence else None
        return IncomingReport(
            external_key=f"{self._card.platform}:{row['seq']}",
            subject=self._subject(kind, row["ref"]),
            author=self._subject(SubjectKind.ACCOUNT, author) if author else None,
            reporter=self._subject(SubjectKind.ACCOUNT, row["reporter"]),
            reason=row["reason"],
            received_at=datetime.fromisoformat(row["at"]),
            evidence=evidence or None,
            hint=row["hint"],
        )
