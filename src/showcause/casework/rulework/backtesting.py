"""Evaluating a version over what happened: how often it would have hit, whom, and what differs from what is live.

Events go through the code that decides: the generated function, and the windows as a fold in their order. Where no
rule reads a counter and the events lie in Parquet, `querying` asks DuckDB instead; both give the same.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from showcause.casework.rulework import in_force
from showcause.casework.rulework.trying import MOST_SAMPLED, Forecast
from showcause.domain.errors import BadInput
from showcause.domain.rule import Piece, RuleVersion, Seen
from showcause.rules.fold import Fold, Passes
from showcause.rules.folder import Loaded
from showcause.rules.python_code import Evaluate, Failure, compile_set
from showcause.rules.rule_set import RuleSet
from showcause.rules.schema import Schema
from showcause.rules.tree import CounterValue, Rule, walk
from showcause.rules.windows import Event
from showcause.store.view import View

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
AT_ONCE: Final = 20_000


@dataclass(frozen=True, slots=True)
class Happened:
    """One event in its place; None where it is another platform's, or its people were forgotten."""

    sequence: int
    at: int
    id: str
    event: Event | None


@dataclass(frozen=True)
class Prepared:
    """A version read from its files, with what it would replace; `own` is the rule itself, '' for anything else."""

    whole: str
    after: Loaded
    before: Loaded
    touched: tuple[str, ...]
    touched_before: tuple[str, ...]
    own: str

    @property
    def needs_counters(self) -> bool:
        """Tell whether a rule that is looked at reads a counter."""
        sets = ((self.after, self.touched), (self.before, self.touched_before))
        return any(_reads_counters(loaded.rule_set) for loaded, touched in sets if touched)

    @property
    def longest(self) -> int:
        """Return the longest window that is read, in microseconds."""
        both = (*self.after.rule_set.counters, *self.before.rule_set.counters)
        return max((each.window for each in both), default=0)


def prepare(view: View, version: RuleVersion) -> Prepared:
    """Read a version, what it is evaluated with, and what is live instead, from the files that are kept.

    Raises: BadRules when they do not fit together any more; IllegalStep when something that it reads is gone.
    """
    found = in_force.compared(view, version)
    after = in_force.load(view, found.after)
    before = in_force.load(view, found.before) if found.before.focus else _nothing(after)
    own = version.name if version.kind is Piece.RULE else ""
    return Prepared(found.after.whole, after, before, found.after.focus, found.before.focus, own)


def prepare_past(view: View, after: RuleVersion, before: RuleVersion | None = None) -> Prepared:
    """Read a version of a rule, ended ones too, as it was evaluated; beside it an earlier version of the same rule.

    Raises: BadInput for versions of different rules, and for anything but rules.
    """
    if before is not None and (before.platform, before.name) != (after.platform, after.name):
        raise BadInput(
            f"{before.ref} and {after.ref} are different rules", "Ask for each: `showcause rules who-else`."
        )
    now = in_force.as_it_was(view, after)
    loaded = in_force.load(view, now)
    then = in_force.load(view, in_force.as_it_was(view, before)) if before else _nothing(loaded)
    return Prepared(now.whole, loaded, then, now.focus, now.focus if before else (), after.name)


def backtest(prepared: Prepared, events: Iterable[Happened], since: datetime, until: datetime) -> Forecast:
    """Return what a version would have done from a time up to another; earlier events only fill its windows."""
    tally = _Tally(prepared)
    start, end = microseconds(since), microseconds(until)
    after, before = _Judging(prepared.after), _Judging(prepared.before)
    shared = prepared.after.rule_set.counters.digest == prepared.before.rule_set.counters.digest
    for each in events:
        if each.at >= end:
            break
        values = after.advance(each)
        if each.event is None:
            if not shared:
                before.advance(each)
            continue
        values_before = values if shared else before.advance(each)
        if each.at >= start:
            tally.add(each, after.judge(each.event, values), before.judge(each.event, values_before))
    return tally.forecast(since, until)


def observe(prepared: Prepared, events: Iterable[Happened], after: int) -> Seen:
    """Return what a version saw since a place in the log, and how often it hit: what its trial shows."""
    judging, seen, hits = _Judging(prepared.after), 0, 0
    wanted = {prepared.own} if prepared.own else set(prepared.touched)
    for each in events:
        values = judging.advance(each)
        if each.event is not None and each.sequence > after:
            seen += 1
            hits += bool(wanted & judging.judge(each.event, values)[0])
    return Seen(seen, hits)


def microseconds(moment: datetime) -> int:
    """Return a time as events carry it."""
    return (moment - EPOCH) // MICROSECOND


def moment(at: int) -> datetime:
    """Return the time of an event."""
    return EPOCH + at * MICROSECOND


# --- One event after the other ---------------------------------------------------------------------------------------


class _Judging:
    """A rule set at work: its windows and its function."""

    def __init__(self, loaded: Loaded) -> None:
        self.fold = Fold(loaded.rule_set.counters, filters_of(loaded))
        self.evaluate: Evaluate = compile_set(loaded.rule_set, loaded.platform.schema)
        self.begun = False

    def advance(self, each: Happened) -> Mapping[str, Any]:
        """Take an event into the windows, whose first one need not be the log's first."""
        if not self.begun:
            self.fold.sequence, self.fold.at, self.begun = each.sequence - 1, each.at - 1, True
        if each.event is None:
            self.fold.skip(each.sequence, each.at, gap=True)  # events of the history may be lost
            return {}
        return self.fold.advance(each.sequence, each.at, each.event)

    def judge(self, event: Event, values: Mapping[str, Any]) -> tuple[set[str], set[str]]:
        """Return the rules that fire, and those that cannot know."""
        failures: list[Failure] = []
        unknown: list[str] = []
        hits = self.evaluate(event, values, failures, unknown)
        return set(hits), {*unknown, *(rule for rule, _ in failures)}


def filters_of(loaded: Loaded) -> dict[str, Passes]:
    """Compile the filters of those counters that do not count every event."""
    schema, counters = loaded.platform.schema, loaded.counters.items()
    return {name: _passes(schema, name, each.where) for name, each in counters if each.where is not None}


def _passes(schema: Schema, name: str, condition: Any) -> Passes:
    evaluate = compile_set(RuleSet((Rule(name, condition),)), schema)
    return lambda event: bool(evaluate(event, {}, []))


@dataclass
class _Tally:
    """What is counted. New, lost and unchanged are hits of all rules that are looked at, rule by rule."""

    prepared: Prepared
    first: int = 0
    last: int = 0
    events: int = 0
    hits: int = 0
    degraded: int = 0
    new: int = 0
    lost: int = 0
    unchanged: int = 0
    accounts: dict[str, None] = field(default_factory=dict)
    accounts_before: dict[str, None] = field(default_factory=dict)
    sample: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        platform = self.prepared.after.platform
        self.wanted = {self.prepared.own} if self.prepared.own else set(self.prepared.touched)
        self.touched = {*self.prepared.touched, *self.prepared.touched_before}
        self.account = _reader(platform.account)

    def add(
        self, each: Happened, after: tuple[set[str], set[str]], before: tuple[set[str], set[str]]
    ) -> None:
        """Count one event."""
        self.first, self.last = self.first or each.sequence, each.sequence
        self.events += 1
        now, then = after[0] & self.touched, before[0] & self.touched
        self.degraded += bool(self.wanted & after[1])
        if not now and not then:
            return
        self.new += len(now - then)
        self.lost += len(then - now)
        self.unchanged += len(now & then)
        account = self.account(each.event) if each.event is not None else None
        if now & self.wanted:
            self.hits += 1
            if len(self.sample) < MOST_SAMPLED:
                self.sample.append(each.id)
        if account is not None:
            if now:
                self.accounts[account] = None
            if then:
                self.accounts_before[account] = None

    def forecast(self, since: datetime, until: datetime) -> Forecast:
        """Return all of it."""
        now, then = self.accounts.keys(), self.accounts_before.keys()
        return Forecast(
            self.prepared.whole, since, until, self.first, self.last, self.events, self.hits, self.degraded,
            len(now), self.new, self.lost, self.unchanged, len(now - then), len(then - now),
            tuple(self.sample), tuple(sorted(now)[:MOST_SAMPLED]),
        )  # fmt: skip


def _reader(path: str | None) -> Callable[[Event], str | None]:
    if path is None:
        return lambda event: None
    group, dot, key = path.rpartition(".")
    return lambda event: (event[group] if dot else event)[key]


def _reads_counters(rules: RuleSet) -> bool:
    return any(isinstance(node, CounterValue) for rule in rules.rules for node in walk(rule.condition))


def _nothing(after: Loaded) -> Loaded:
    """Return a rule set without rules on the same platform."""
    return Loaded(after.platform, (), {}, {}, {}, {})
