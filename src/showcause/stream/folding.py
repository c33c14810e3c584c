"""The stream: events of one platform, judged in order, with place, verdicts and digest in one transaction.

The windows live in memory. What makes them survive is the log: a kept state and the events after it give them again.
So nothing is judged twice and nothing is left out, whenever the process ends:

1. Read the place up to which was judged, the newest kept state before it, and the events between: no verdict is made.
2. Compare the chained digest of what those events were told with the one that stands beside the place. A difference
   means that something is not as it was when it was judged; nothing goes on then.
3. Judge the next events, and write their verdicts, their effects, the place and the digest in one transaction.
4. From time to time keep the state, after the transaction. Lost, it costs only time.

When people were forgotten, or counters or rules changed, what was judged stands as it is; the windows are made again
from the log as it is now, and the chain goes on with a link that says so.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias

from showcause.domain.errors import Broken, EventsMissing, LogInconsistent, Stale
from showcause.rules.arriving import reader
from showcause.rules.fold import Fold
from showcause.rules.python_code import Failure
from showcause.rules.rule_set import SEMANTICS
from showcause.rules.windows import Event
from showcause.store import verdicts
from showcause.store.event_pieces import Gone
from showcause.store.events import Stored
from showcause.store.tx import Tx
from showcause.store.verdicts import Asked, Doubt, KeptSet, Reached, Verdict
from showcause.stream.intake import Intake
from showcause.stream.judging import Judges
from showcause.stream.parts import Part, Share

log = logging.getLogger("showcause.stream")

BATCH: Final = 1_000
EVERY: Final = 250_000
"""After how many events the state is kept: reading them again takes about a second."""
NOTHING: Final = hashlib.sha256(b"showcause stream 1").hexdigest()
"""What the chain of digests begins with."""

NOBODY_ASKED: Final[Mapping[int, int]] = MappingProxyType({})

Ids: TypeAlias = Callable[[], str]
Act: TypeAlias = Callable[[Tx, datetime, Ids, Verdict, Mapping[str, str], dict[str, int]], Verdict]
"""Does what follows from a verdict, in its transaction, and returns it with what came of it.

It is told whom the event names, by the schema's paths, and what came of the rule's earlier verdicts, which it goes on
counting: that is written with the place.
"""


class Answering(Protocol):
    """What follows where somebody asked about an event before they act, and waits for what is said."""

    def answer(
        self,
        tx: Tx,
        now: datetime,
        ids: Ids,
        verdict: Verdict,
        names: Mapping[str, str],
        came: dict[str, int],
        asked: Asked,
    ) -> Verdict:
        """Do what follows from a verdict, as `Act` does."""
        ...

    def doubt(
        self,
        tx: Tx,
        now: datetime,
        ids: Ids,
        doubt: Doubt,
        names: Mapping[str, str],
        came: dict[str, int],
        asked: Asked,
    ) -> None:
        """Do what follows where a rule could say nothing."""
        ...


class Run(Protocol):
    """Runs a use case in one transaction, as the runner does."""

    def __call__(self, verb: Callable[..., None], /, *args: Any) -> None:
        """Call `verb(tx, now, ids, ...)`."""
        ...


def nothing(
    tx: Tx, now: datetime, ids: Ids, verdict: Verdict, names: Mapping[str, str], came: dict[str, int]
) -> Verdict:
    """Let nothing follow from a verdict."""
    return verdict


@dataclass(slots=True)
class _Judged:
    """What came of some events."""

    verdicts: list[tuple[Verdict, Stored]] = field(default_factory=list)
    doubts: list[tuple[Doubt, Stored]] = field(default_factory=list)
    asked: Mapping[int, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    names: dict[int, Mapping[str, str]] = field(default_factory=dict)


@dataclass
class Stream:
    """The events of one platform and what judges them. One process at a time; a second one is noticed and stops.

    With a `share`, it is one part of these events, and other processes judge the others.

    With `start`, what was there up to that event when it ran the first time only fills the windows, and the record says
    so at once; without it, the first event of all is judged.
    """

    name: str
    judges: Judges
    intake: Intake
    run: Run
    act: Act = nothing
    every: int = EVERY
    batch: int = BATCH
    start: int | None = None
    share: Share = field(default_factory=Share)
    answering: Answering | None = None
    _fold: Fold | Part | None = field(default=None, init=False)
    _place: Reached | None = field(default=None, init=False)
    _written: Reached | None = field(default=None, init=False)
    _told: str = field(default=NOTHING, init=False)
    _since: int = field(default=0, init=False)
    _link: str = field(default=NOTHING, init=False)
    _erased: int = field(default=0, init=False)
    _kept: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._read = reader(self.judges.schema)
        part = f" {self.share} {self.share.main} {self.judges.digest}" if self.share.of > 1 else ""
        self._key = f"{self.name} {self.judges.rule_set.counters.digest}{part}"

    def catch_up(self, upto: int | None = None) -> int:
        """Judge all events that are there, or those up to one; return how many. Raises: as `turn`."""
        judged = 0
        while some := self.turn(upto):
            judged += some
        return judged

    def turn(self, upto: int | None = None) -> int:
        """Judge the next events, none beyond `upto`, and return how many; 0 when there are none.

        Raises: Broken when what is read again is not what was judged; Stale when another process judges, too;
        LogInconsistent when events are missing; StoreBusy, StoreFull.
        """
        fold = self._ready()
        most = self.batch if upto is None else min(self.batch, upto - fold.sequence)
        events = self.intake.log.read(fold.sequence, most) if most > 0 else []
        if not events:
            return 0
        try:
            asked = self.intake.log.asked(events[0].sequence - 1, events[-1].sequence)
            judged = self._judge(fold, events, asked)
            after = self._after(fold, judged)
            self.run(self._commit, judged, self._place, after)
        except BaseException:
            self._fold = None  # it is ahead of what stands: the next turn begins from there
            raise
        self._place = self._written
        if fold.sequence - self._kept >= self.every:
            self.keep()
        return len(events)

    def keep(self) -> None:
        """Keep the state of the windows, so that the events before need not be read again."""
        if self._fold is None or self._fold.sequence == self._kept:
            return
        state = self._told.encode() + b"\n" + self._fold.snapshot()
        digest = hashlib.sha256(state).hexdigest()
        self.intake.log.keep_snapshot(self._fold.sequence, self._key, self._erased, digest, state)
        self._kept = self._fold.sequence

    # --- judging ---

    def _judge(
        self,
        fold: Fold | Part,
        events: Sequence[Stored],
        asked: Mapping[int, int] = NOBODY_ASKED,
        *,
        again: bool = False,
    ) -> _Judged:
        """Judge some events; `again` only moves windows and chain on to where they were."""
        made, rules, told = _Judged(asked=asked), self.judges, self._told
        evaluate = fold.evaluate if isinstance(fold, Part) else rules.evaluate
        for each in events:
            if each.platform != self.name or each.body is None:
                _check_there(each, self.name)
                fold.skip(each.sequence, each.at, each.gap)
                continue
            event = self._read(each.body)
            values = fold.advance(each.sequence, each.at, event)
            if values is None:
                continue  # another part looks at it
            before = (len(made.failures), len(made.unknown)) if asked else (0, 0)
            hits = evaluate(event, values, made.failures, made.unknown)
            if asked and each.sequence in asked:
                made.doubts += self._doubts(each, made, *before)
            told = _link(told, each.sequence, values, hits)
            if hits and not again:
                rules.confirm(hits, event, values)
                made.verdicts += [(said, each) for said in self._verdicts(fold, each, event, values, hits)]
        self._told = told
        return made

    def _doubts(self, each: Stored, made: _Judged, failures: int, unknown: int) -> list[tuple[Doubt, Stored]]:
        """Return which rules could say nothing of an event that somebody asked about."""
        why = {rule: "failed" for rule, _ in made.failures[failures:]}
        why |= dict.fromkeys(made.unknown[unknown:], "unknown")
        versions, digest = self.judges.versions, self.judges.digest
        return [
            (Doubt(each.sequence, each.at, rule, versions[rule], digest, said), each)
            for rule, said in why.items()
        ]

    def _verdicts(
        self, fold: Fold | Part, each: Stored, event: Event, values: Mapping[str, Any], hits: Sequence[str]
    ) -> Iterator[Verdict]:
        """Yield what the rules that fired said of the last event: what a replay needs, and no more.

        How a rule came to it is traced when somebody asks: from these values it follows.
        """
        judges, commits, behind = self.judges, each.commitment.hex(), dict[str, tuple[str, bool]]()
        for rule in hits:
            reads = judges.reads[rule]
            if not reads:
                yield Verdict(
                    each.sequence, rule, judges.versions[rule], judges.digest, each.at, commits=commits
                )
                continue
            for name in reads:
                if name not in behind:
                    behind[name] = fold.behind(name, event)
            yield Verdict(
                each.sequence,
                rule,
                judges.versions[rule],
                judges.digest,
                each.at,
                {name: values[name] for name in reads},
                tuple([name for name in reads if behind[name][1]]),
                {name: behind[name][0] for name in reads},
                commits,
            )

    def _after(self, fold: Fold | Part, judged: _Judged) -> Reached:
        counts = {rule: list(each) for rule, each in (self._place.counts if self._place else {}).items()}
        fired = Counter(verdict.rule for verdict, _ in judged.verdicts)
        failed = Counter(rule for rule, _ in judged.failures)
        for kind, counted in enumerate((fired, Counter(judged.unknown), failed)):
            for rule, count in counted.items():
                counts.setdefault(rule, [0, 0, 0])[kind] += count
        for rule, error in judged.failures[:1]:
            log.error(
                "rule %s failed on an event: %s (%d in all)", rule, type(error).__name__, len(judged.failures)
            )
        return Reached(
            fold.sequence,
            fold.at,
            self._erased,
            self.judges.rule_set.counters.digest,
            self.judges.digest,
            self._told,
            self._since,
            self._link,
            {rule: (each[0], each[1], each[2]) for rule, each in counts.items()},
            self._place.came if self._place else {},
            self.share.of,
        )

    def _commit(
        self, tx: Tx, now: datetime, ids: Ids, judged: _Judged, before: Reached | None, after: Reached
    ) -> None:
        shared = self.share.of > 1 and (self.share.number == 1 or bool(judged.verdicts or judged.doubts))
        so_far = verdicts.came_of_all(tx, self.name) if shared else after.came
        came = {rule: dict(each) for rule, each in so_far.items()}
        acted = [
            self._act(tx, now, ids, verdict, stored, came, judged) for verdict, stored in judged.verdicts
        ]
        for doubt, stored in judged.doubts:
            if self.answering is not None and (asked := _asked(judged, stored)) is not None:
                names, counts = self._names(judged, stored), came.setdefault(doubt.rule, {})
                self.answering.doubt(tx, now, ids, doubt, names, counts, asked)
        came = {rule: each for rule, each in came.items() if each}
        first = self.share.number == 1
        self._written = replace(after, came=came if first else {})
        verdicts.move(tx, self.name, before, self._written, self.share.number)
        if shared and not first and came != so_far:
            verdicts.note_came(tx, self.name, came)
        verdicts.add(tx, acted)
        if judged.verdicts and self.judges.made_of:
            verdicts.keep_set(tx, KeptSet(self.judges.digest, self.name, SEMANTICS, self.judges.made_of))

    def _act(
        self,
        tx: Tx,
        now: datetime,
        ids: Ids,
        verdict: Verdict,
        stored: Stored,
        came: dict[str, dict[str, int]],
        judged: _Judged,
    ) -> Verdict:
        names, counts = self._names(judged, stored), came.setdefault(verdict.rule, {})
        if self.answering is not None and (asked := _asked(judged, stored)) is not None:
            return self.answering.answer(tx, now, ids, verdict, names, counts, asked)
        return self.act(tx, now, ids, verdict, names, counts)

    def _names(self, judged: _Judged, stored: Stored) -> Mapping[str, str]:
        """Return whom an event names, which is decrypted once for all that rules say of it."""
        if stored.sequence not in judged.names:
            judged.names[stored.sequence] = self.intake.names(stored.sealed)
        return judged.names[stored.sequence]

    # --- taking up where it was ---

    def _ready(self) -> Fold | Part:
        """Return the windows at the place up to which was judged."""
        while self._fold is None or self._erased != self.intake.log.head().erased:
            self._fold = self._again()
        return self._fold

    def _again(self) -> Fold | Part:
        """Return the windows at that place, from the newest kept state before it and the events after that."""
        head = self.intake.log.head()
        with self.intake.store.read() as view:
            self._place = place = verdicts.place(view, self.name, self.share.number)
            whole = place if place is not None else verdicts.place(view, self.name)
        if (whole.of if whole is not None else 1) != self.share.of:
            raise Stale(f"the events of {self.name} are not judged in {self.share.of} parts")
        upto, self._erased = (place.sequence if place else self.start or 0), head.erased
        if head.sequence < upto:
            raise LogInconsistent(
                f"{upto} events were judged and the log of events has {head.sequence}",
                "Put back the file of events that belongs to this database. Nothing is judged until then.",
            )
        self._since, self._link = self._beginning(place)
        fold = self._first(upto)
        if place is not None and fold.sequence < self.intake.log.left(self.name):
            # What would be read again has left the history. No window reaches back so far; the chain begins anew.
            self._since, self._link = place.sequence, _linked(place.told, "left", self._erased)
            fold = self._first(0)
        if fold.sequence <= self._since:
            self._read_again(fold, self._since)
            self._told = self._link  # what was told before that was told by others
        self._read_again(fold, upto)
        if place is not None and self._told != self._expected(place):
            if self._erased != self.intake.log.head().erased:
                return fold  # somebody was forgotten meanwhile: it is done once more
            raise Broken(
                f"the events of {self.name} up to {upto} give other values than when they were judged",
                "Keep the database and the file of events as they are. Something in them was changed, or the program "
                "counts otherwise than the one that judged them.",
            )
        if place is None and self.start is not None:
            begun = self._after(fold, _Judged())
            self.run(self._commit, _Judged(), None, begun)
            self._place = self._written
        return fold

    def _beginning(self, place: Reached | None) -> tuple[int, str]:
        """Return since which event all was judged by what judges now, and the link of the chain there."""
        if place is None:
            return self.start or 0, NOTHING
        now = (self._erased, self.judges.rule_set.counters.digest, self.judges.digest)
        if now == (place.erased, place.registry, place.rules):
            return place.since, place.link
        return place.sequence, _linked(place.told, *now)

    def _first(self, upto: int) -> Fold | Part:
        """Return the windows from which on events are read again: as they were kept, or empty where none can see."""
        alone = self.share.of == 1
        fold = (
            Fold(self.judges.rule_set.counters, self.judges.filters)
            if alone
            else Part(self.judges, self.share)
        )
        self._told, self._kept = NOTHING, 0
        self._restore(fold, upto)
        if fold.sequence <= self._since:
            self._begin(fold)
        return fold

    def _expected(self, place: Reached) -> str:
        """Return the link at the place."""
        return self._link if self._since == place.sequence else place.told

    def _restore(self, fold: Fold | Part, upto: int) -> None:
        kept = self.intake.log.snapshot(self._key)
        if kept is None or kept[0] > upto:
            return
        sequence, digest, state = kept
        if hashlib.sha256(state).hexdigest() != digest:
            log.warning(
                "the kept state of the windows of %s is damaged; all events are read again", self.name
            )
            return
        told, _, snapshot = state.partition(b"\n")
        fold.restore(snapshot)
        self._told, self._kept = told.decode("ascii"), sequence

    def _begin(self, fold: Fold | Part) -> None:
        """Pass over what no window can see where all was judged by what judges now."""
        log = self.intake.log
        for since in log.read(self._since - 1, 1) if self._since else ():
            sequence, at = log.last_until(since.at - fold.reach)
            if sequence > fold.sequence:
                fold.begin(sequence, at)

    def _read_again(self, fold: Fold | Part, upto: int) -> None:
        while fold.sequence < upto:
            events = self.intake.log.read(fold.sequence, min(self.batch, upto - fold.sequence))
            # A gap may reach beyond: another platform was judged further, and of this one nothing is between.
            events = [
                each
                for number, each in enumerate(events)
                if each.sequence <= upto or (each.gap and not number)
            ]
            if not events:
                raise LogInconsistent(f"event {fold.sequence + 1} is missing from the log of events")
            self._judge(fold, events, again=True)


def _asked(judged: _Judged, stored: Stored) -> Asked | None:
    until = judged.asked.get(stored.sequence)
    return None if until is None or stored.body is None else Asked(until, stored.body)


def _check_there(stored: Stored, platform: str) -> None:
    """Check that an event is not only missing for now. Raises: EventsMissing."""
    if stored.gone is Gone.MISSING and stored.platform == platform:
        raise EventsMissing(f"event {stored.sequence} {stored.why}", "Put the file back from a copy.")


def _linked(*what: Any) -> str:
    """Return the link with which a chain goes on where what was before is not read again."""
    return hashlib.sha256(repr(what).encode()).hexdigest()


def _link(told: str, sequence: int, values: Mapping[str, Any], hits: Sequence[str]) -> str:
    """Return the next link of the chain: what one event was told by every counter, and which rules fired."""
    said = f"{told} {sequence} {list(values.values())} {hits}"
    return hashlib.sha256(said.encode()).hexdigest()
