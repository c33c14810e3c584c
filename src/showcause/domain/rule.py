"""Versions of rules, and of the lists, thresholds and counters that they read: what each says, and how far each is.

A version never changes what it says. It is tried on what happened (backtest), then on what happens without any effect
(shadow), then with effects on a share of the entities (canary), and only then acts on all. Whoever is in a hurry pushes
it: that is public, narrower, and ends by itself.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from showcause.domain.errors import BadInput, IllegalStep
from showcause.domain.lifecycle import RuleState

BACKTEST_HOLDS = timedelta(days=30)
"""So long a backtest speaks for a version; what happened before may have been another world."""

FEWEST_EVENTS = 100
"""A backtest, a shadow and a canary that saw fewer events say nothing."""

CANARY_AT_MOST = Fraction(1, 2)
"""A canary that acts on more than this share is no trial any more."""

PUSH_LASTS = timedelta(hours=24)
"""So long a pushed version acts before it was ratified."""

PUSH_RESTS = timedelta(days=7)
"""So long nothing of the same name can be pushed again after a push that nobody ratified."""

MOST_PUSHES = 3
"""So many pushes that nobody ratified a platform bears within that time, whatever they say."""

ALONE_LASTS = timedelta(days=7)
"""In single-operator mode what would need two people lasts so long, unless somebody else ratifies it."""

CONFIDENCE = 0.95

IN_FORCE = (RuleState.SHADOW, RuleState.CANARY, RuleState.LIVE, RuleState.PUSHED)
"""The states in which a version is evaluated."""

ACTING = (RuleState.CANARY, RuleState.LIVE, RuleState.PUSHED)
"""The states in which it has effects."""

WAITING = (RuleState.DRAFT, RuleState.BACKTESTED, RuleState.SHADOW, RuleState.CANARY, RuleState.PUSHED)
"""The states of a version that is on its way and does not act on all for good."""


class Piece(StrEnum):
    """What can have versions: the parts of a rule set."""

    SCHEMA = "schema"
    COUNTER = "counter"
    THRESHOLD = "threshold"
    LIST = "list"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Caps:
    """How many different accounts a rule may touch in an hour and in a day."""

    hour: int
    day: int


CAPS = {
    "low": Caps(500, 2_000),
    "medium": Caps(200, 800),
    "high": Caps(50, 200),
    "critical": Caps(10, 40),
}
"""By the severity that the rule states: the more harm a wrong hit does, the fewer."""


@dataclass(frozen=True, slots=True)
class Read:
    """Something that a version reads, by its kind and name."""

    kind: Piece
    name: str


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """One version of a rule, or of something that rules read.

    `name` is the id that never changes. `digest` is over what it says, `commitment` is what the public sees of it (for
    a list it is salted, so that nobody can try names); `text` seals its files. `meaning` is a digest of a rule's
    condition alone. `reads` are all that it reads, directly or through others. `brings` are the versions of new parts
    that take every step together with it, `brought_by` the version that brings this one. Share and seed are those of
    the file; `canary_share` is the one that was set.

    `entered_at` and `entered_after` say when shadow or canary began, and after which event of the log. `reason` seals
    why it was pushed. `expires_at` is set while it acts for a time only.
    """

    id: str
    state: RuleState
    platform: str
    kind: Piece
    name: str
    number: int
    digest: str
    commitment: str
    text: str
    reads: tuple[Read, ...]
    brings: tuple[str, ...]
    proposer: str
    proposed_at: datetime
    second_needed: bool
    restricts: bool
    meaning: str = ""
    clause: str = ""
    severity: str = ""
    effects: tuple[str, ...] = ()
    expected: str = ""
    share: str = ""
    seed: str = ""
    by: str = ""
    brought_by: str | None = None
    single_operator: bool = False
    backtest: str | None = None
    approver: str | None = None
    approved_at: datetime | None = None
    entered_at: datetime | None = None
    entered_after: int = 0
    canary_share: str = ""
    pushed_at: datetime | None = None
    pushed_by: str | None = None
    reason: str = ""
    expires_at: datetime | None = None
    ratified_by: str | None = None
    live_from: datetime | None = None
    retired_at: datetime | None = None
    revision: int = 0

    @property
    def ref(self) -> str:
        """Return how people name it, `flood@3`."""
        return f"{self.name}@{self.number}"

    @property
    def caps(self) -> Caps | None:
        """Return how many accounts it may touch; while it is pushed a tenth. None for what has no effects."""
        caps = CAPS.get(self.severity)
        if caps is None or self.state is not RuleState.PUSHED:
            return caps
        return Caps(max(1, caps.hour // 10), max(1, caps.day // 10))


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a version would have done in a period, beside what the version in force would have done.

    `whole` is the digest of everything it was evaluated with. `first` and `last` are the sequence numbers of the event
    log, 0 for events from files. `degraded` counts the events about which it could not know. `new`, `lost` and
    `unchanged` compare its hits with those of the versions in force. `sealed` holds the sample and the accounts,
    `digest` commits to all of it.
    """

    id: str
    version: str
    whole: str
    since: datetime
    until: datetime
    first: int
    last: int
    events: int
    hits: int
    degraded: int
    accounts: int
    new: int
    lost: int
    unchanged: int
    accounts_new: int
    accounts_lost: int
    sealed: str
    digest: str
    recorded_at: datetime
    recorded_by: str
    revision: int = 0

    @property
    def rate(self) -> float:
        """Return the share of events that it hits."""
        return self.hits / self.events

    @property
    def at_most(self) -> float:
        """Return the upper bound of that share, with 95 % confidence."""
        return upper_bound(self.hits, self.events)

    @property
    def degraded_share(self) -> float:
        """Return the share of events about which it cannot know."""
        return self.degraded / self.events


@dataclass(frozen=True, slots=True)
class Seen:
    """What a version did on the live stream since it entered its state: events evaluated, and hits."""

    events: int
    hits: int


def upper_bound(hits: int, events: int) -> float:
    """Return the largest rate that is still compatible with so many hits, with 95 % confidence.

    Source: Clopper and Pearson 1934, one-sided: the p with P(X <= hits) = 0.05.
    """
    if hits >= events:
        return 1.0
    return _quantile(hits + 1, events - hits, CONFIDENCE)


def lower_bound(hits: int, events: int) -> float:
    """Return the smallest rate that is still compatible with so many hits, with 95 % confidence."""
    if hits <= 0:
        return 0.0
    return _quantile(hits, events - hits + 1, 1 - CONFIDENCE)


def check_forecast(backtest: Backtest, expected: str) -> None:
    """Check that a forecast says something, and is not beyond the rate that the rule's file expects.

    Raises: IllegalStep.
    """
    if backtest.events < FEWEST_EVENTS:
        raise IllegalStep(
            f"the backtest saw {backtest.events} events; fewer than {FEWEST_EVENTS} say nothing",
            "Backtest over a longer period.",
        )
    if expected and lower_bound(backtest.hits, backtest.events) > float(Fraction(expected)):
        raise IllegalStep(
            f"it hits {_percent(backtest.rate)} of the events; its file expects {_percent(float(Fraction(expected)))}",
            "Narrow the condition, or state the higher rate in the file and propose that.",
        )


def check_seen(seen: Seen, backtest: Backtest) -> None:
    """Check that a trial on the live stream saw enough, and hits no more than the backtest foretold.

    Raises: IllegalStep.
    """
    if seen.events < FEWEST_EVENTS:
        raise IllegalStep(
            f"it saw {seen.events} events since it entered this state; it needs {FEWEST_EVENTS}",
            "Wait until more has happened.",
        )
    if lower_bound(seen.hits, seen.events) > backtest.at_most:
        raise IllegalStep(
            f"it hits {_percent(seen.hits / seen.events)} of the events; the backtest foretold "
            f"{_percent(backtest.at_most)} at most",
            "Find out why, and backtest it again over a recent period.",
        )


def share_of(text: str) -> Fraction:
    """Return the share of a canary: more than nothing, and at most a half.

    Raises: BadInput.
    """
    try:
        number, percent = text.strip().removesuffix("%").strip(), text.strip().endswith("%")
        share = Fraction(number) / (100 if percent else 1) if len(text) <= 24 else Fraction(0)
    except (ValueError, ZeroDivisionError):
        raise BadInput(f"{text[:24]!r} is no share", "Write 10 %, 0.1 or 1/10.") from None
    if not 0 < share <= CANARY_AT_MOST:
        raise BadInput(
            f"a canary acts on more than nothing and on {_percent(float(CANARY_AT_MOST))} at most, not on {text[:24]}",
            "A share of 0 tries nothing, and a share of all is no trial.",
        )
    return share


def _percent(rate: float) -> str:
    return f"{rate * 100:.3g} %"


# --- The incomplete beta function, for the exact bounds -------------------------------------------------------------


def _quantile(a: int, b: int, wanted: float) -> float:
    """Return x with I_x(a, b) = wanted, by halving: the function grows with x."""
    low, high = 0.0, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        if _beta(a, b, middle) < wanted:
            low = middle
        else:
            high = middle
    return high


def _beta(a: int, b: int, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), 0 < x < 1."""
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _beta_tail(b, a, 1.0 - x)
    return _beta_tail(a, b, x)


def _beta_tail(a: int, b: int, x: float) -> float:
    """Return I_x(a, b) where its continued fraction converges quickly: below the mean.

    Source: Abramowitz and Stegun 26.5.8, evaluated from the front by Lentz's method.
    """
    if x <= 0.0:
        return 0.0
    tiny, front = 1e-300, a * math.log(x) + b * math.log1p(-x) - math.log(a)
    front += math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    value, above, below = 1.0, 1.0, 0.0
    for step in range(1, 20_000):
        half = step // 2
        if step % 2:
            term = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            term = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        below = 1.0 + term * below
        below = 1.0 / (below if abs(below) > tiny else tiny)
        above = 1.0 + term / above
        above = above if abs(above) > tiny else tiny
        value *= above * below
        if step > 1 and abs(above * below - 1.0) < 1e-15:
            break
    return math.exp(front) / value
