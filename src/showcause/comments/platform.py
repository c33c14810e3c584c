"""The connector to the comment section: the same port, the same gate and the same spool as for every platform.

The section is ours and lies in a database of its own, so the urgent lane works here also while the main one is down.
A hidden comment keeps its place with a mark that names the rule and the decision's leaf: the order brings both along,
so that drawing a thread asks no other database. No receipt binds to the rule's name; a mark restricts nobody.

Letters go into the author's inbox here, unless the author gave an address and this house sends mail: then the caller is
told that they belong there, and they stand in the inbox as well.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from showcause.casework.ports import (
    Capability,
    CapabilityCard,
    Check,
    Clock,
    Delivery,
    Found,
    Order,
    PlatformState,
    Progress,
    ReportBatch,
    Restored,
    Snapshot,
)
from showcause.comments import acts, erasing, inbox, judging, snapshots
from showcause.comments.acts import Why
from showcause.comments.queue import queue
from showcause.comments.section import Section
from showcause.connectors.comparison import compare_items
from showcause.connectors.gate import Gate
from showcause.connectors.gated import GatedPlatform
from showcause.connectors.urgent import UrgentSpool
from showcause.domain.errors import ShowcauseError
from showcause.domain.restriction import Measure
from showcause.domain.subject import Reach, Subject, SubjectKind

T = TypeVar("T")
_ACCOUNT, _CONTENT = (SubjectKind.ACCOUNT,), (SubjectKind.CONTENT,)

MEASURES: Final = {
    Measure.SUSPEND: Capability(_ACCOUNT, True),
    Measure.LIMIT: Capability(_ACCOUNT, True),
    Measure.LABEL: Capability(_CONTENT, True),
    Measure.HIDE: Capability(_CONTENT, True),
}
"""Nothing is removed for good: that would take a comment out of its thread without a trace."""
LONG: Final = 24
"""Hours after which a comment has waited too long for validation."""
CHANNEL: Final = "inbox"
BY_MAIL: Final = "the author gave an address"


class CommentsPlatform(GatedPlatform):
    """The comment section behind the port. `erased` is the list of who was forgotten, `mails` whether letters leave."""

    def __init__(
        self,
        section: Section,
        gate: Gate,
        spool: UrgentSpool,
        clock: Clock,
        erased: Path | None = None,
        *,
        mails: bool = False,
    ) -> None:
        super().__init__(gate, spool, clock)
        self.section, self._erased, self._mails = section, erased, mails
        self._card = CapabilityCard(gate.platform, MEASURES, CHANNEL, False)
        self._ordered: dict[str, Order] = {}

    @property
    def card(self) -> CapabilityCard:
        """Return what this platform offers."""
        return self._card

    def reports(self, cursor: str | None) -> ReportBatch:
        """Return nothing: readers report on this house's own pages, which take the reports in themselves."""
        return ReportBatch((), cursor or "")

    def snapshot(self, subject: Subject) -> Snapshot:
        """Return what the subject has now."""
        return Snapshot(self._clock(), self._ask(lambda: snapshots.snapshot(self.section, subject)))

    def compare(self, subject: Subject, snapshot: Snapshot) -> Restored:
        """Return what of a snapshot is there again and what is not."""
        return compare_items(snapshot.items, self._ask(lambda: snapshots.snapshot(self.section, subject)))

    def state_of(self, subject: Subject) -> PlatformState:
        """Return which measures stand on the platform now, whoever put them there."""
        exists, measures = self._ask(lambda: acts.state_of(self.section, subject))
        return PlatformState(exists, measures, self._clock())

    def restricted(self, progress: Progress | None = None) -> Iterator[Found]:
        """Yield every restriction that stands."""
        total = self._ask(lambda: acts.count(self.section))
        for done, each in enumerate(acts.restricted(self.section), 1):
            subject = Subject(self._card.platform, each.kind, each.ref)
            yield Found(subject, each.measure, each.since)
            if progress:
                progress(done, max(done, total))

    def reach(self, subject: Subject) -> Reach | None:
        """Return None: an author of comments has no followers here."""
        return None

    def deliver(self, subject: Subject, text: str, reference: str) -> Delivery:
        """Put a letter into the author's inbox, once per reference; one with an address is also to be mailed."""
        name = self._ask(lambda: inbox.put(self.section, self._clock(), subject.ref, text, reference))
        if name is None:
            return Delivery(False, CHANNEL, bounced="the section does not know this author")
        if self._mails and inbox.is_mailed(self.section, subject.ref):
            return Delivery(False, CHANNEL, name, bounced=BY_MAIL)
        return Delivery(True, CHANNEL, name)

    def judged(self, subject: Subject, clauses: Collection[str], leaf: str, at: datetime) -> None:
        """Let a comment say that no breach of these rules was found in it."""
        if subject.kind is SubjectKind.CONTENT:
            self._act(lambda: judging.note(self.section, subject.ref, clauses, leaf, at))

    def forget(self, subject: Subject, references: Collection[str]) -> None:
        """Erase a person's words and names here, and cut what the gate remembers loose from them."""
        super().forget(subject, references)
        erasing.forget_for_good(self.section, self._clock(), subject, self._erased)

    def doctor(self) -> list[Check]:
        """Return whether the section answers, who may show it, how long people wait, and the connector's own points."""
        try:
            found = self._ask(lambda: (acts.count(self.section), queue(self.section)))
        except ShowcauseError as error:
            silent = Check("comments", False, error.message, "Look at the database of the comments.")
            return [silent, *self._own_checks()]
        standing, waiting = found
        origins, hours = self.section.settings.origins, waiting.age(self._clock()) // 3600
        return [
            Check("comments", True, f"the section answers; {standing} measures stand"),
            Check("origins", bool(origins), f"{', '.join(origins) or 'nobody'} may show it",
                  "Name your sites in `origins`; then restart `showcause serve`."),
            Check("validation", hours < LONG, f"{waiting.waiting} comments wait, the oldest for {hours} hours",
                  "Somebody has to read them at the desk; or choose another `validation`."),
            *self._own_checks(),
        ]  # fmt: skip

    def _restrict(self, order: Order, receipt_json: bytes, key: str) -> bool:
        self._ordered[key] = order
        try:
            return super()._restrict(order, receipt_json, key)
        finally:
            del self._ordered[key]

    def _impose(self, subject: Subject, measure: Measure, key: str) -> None:
        why = _why(self._ordered[key], key) if key in self._ordered else Why(key)
        self._act(lambda: acts.impose(self.section, self._clock(), subject, measure, why))

    def _give_back(self, order: Order) -> None:
        why = _why(order, order.key)
        self._act(lambda: acts.free(self.section, self._clock(), order.subject, order.measure, why))

    def _free(self, subject: Subject, measure: Measure) -> None:
        self._act(lambda: acts.free(self.section, self._clock(), subject, measure, Why("")))

    def _ask(self, call: Callable[[], T]) -> T:
        """Ask the section something."""
        return call()

    def _act(self, call: Callable[[], None]) -> None:
        """Let the section do something."""
        call()


def _why(order: Order, key: str) -> Why:
    return Why(key, order.clause, order.leaf or None)
