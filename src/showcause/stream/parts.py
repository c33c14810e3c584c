"""One part of a platform's events: the counters and rules of the keys that belong to it.

Every part reads the whole log, in order, and looks at the events that are its own: those whose key falls to it. An
event has several keys (who did it, from which network), so several parts may look at it, each with the rules of
another key. Counters of a rule's own key are counted where the rule is judged and nowhere else. A counter that a rule
of another key reads is counted in full by every part, so that what is said is the same however many parts there are.

A window ends by the time of the event that looks at it. So parts need no common clock, and one may be far behind.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from showcause.domain.errors import BadInput, RecordCorrupt
from showcause.rules.counters import Registry
from showcause.rules.fold import MOST_ENTRIES, Field, Fold, Passes, field
from showcause.rules.owners import NO_KEY, owners, part_of
from showcause.rules.python_code import Appends, Evaluate, Failure, compile_set
from showcause.rules.rule_set import RuleSet
from showcause.rules.tree import RuleReference, walk
from showcause.rules.windows import Event, Number
from showcause.stream.judging import Judges

MOST_PARTS: Final = 64


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of a platform's events is judged: `number` of `of`, by the main key at the path `main`."""

    number: int = 1
    of: int = 1
    main: str = NO_KEY

    def __post_init__(self) -> None:
        """Check the numbers. Raises: BadInput."""
        if not 1 <= self.number <= self.of <= MOST_PARTS:
            raise BadInput(
                f"there is no part {self.number} of {self.of}", f"At most {MOST_PARTS} are possible."
            )

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


class Part:
    """The counters of one part, and its rules; it counts and evaluates as a fold and a rule set do."""

    def __init__(self, judges: Judges, share: Share) -> None:
        """Start before the first event."""
        self.share, self._judges = share, judges
        owned = owners(judges.rule_set, share.main)
        paths = sorted(set(owned.values()))
        self._keys: list[tuple[str, Field]] = [(path, field(path) if path else _nothing) for path in paths]
        self._rules = {
            path: _Group(judges, [rule for rule, key in owned.items() if key == path]) for path in paths
        }
        own, common = _counters(judges, owned)
        most = MOST_ENTRIES // (len(own) + 1)
        self._common = _fold(judges, common, most)
        self._own = {path: _fold(judges, names, most) for path, names in own.items()}
        self._of = {name: fold for fold in (self._common, *self._own.values()) for name in _names(fold)}
        self._mine: list[str] = []
        self._order = {each.id: number for number, each in enumerate(judges.rule_set.rules)}

    @property
    def sequence(self) -> int:
        """Return the place of the last event."""
        return self._common.sequence

    @property
    def at(self) -> int:
        """Return the logical time of the last event."""
        return self._common.at

    @property
    def reach(self) -> int:
        """Return how far the longest window reaches back, in microseconds."""
        return max(each.reach for each in self._folds())

    def begin(self, sequence: int, at: int) -> None:
        """Begin after an event that no window reaches back to, instead of before the first."""
        for each in self._folds():
            each.begin(sequence, at)

    def skip(self, sequence: int, at: int, gap: bool = False) -> None:
        """Pass over the next event, which no counter counts. Raises: as `Fold.skip`."""
        for each in self._folds():
            each.skip(sequence, at, gap)

    def advance(self, sequence: int, at: int, event: Event) -> dict[str, Number | None] | None:
        """Take the next event into account and return what its counters tell it; None if it is another part's.

        Raises: as `Fold.advance`.
        """
        parts, number = self.share.of, self.share.number
        self._mine = [path for path, key in self._keys if part_of(key(event), sequence, parts) == number]
        values = self._common.advance(sequence, at, event)
        for path, fold in self._own.items():
            if path in self._mine:
                values |= fold.advance(sequence, at, event)
            else:
                fold.skip(sequence, at)
        return values if self._mine else None

    def evaluate(
        self, event: Event, values: Mapping[str, Any], failures: list[Failure], unknown: Appends
    ) -> list[str]:
        """Return which of its rules fire on the last event, in the order of the set."""
        hits = [
            hit for path in self._mine for hit in self._rules[path].evaluate(event, values, failures, unknown)
        ]
        return sorted(hits, key=self._order.__getitem__) if len(self._mine) > 1 else hits

    def behind(self, name: str, event: Event) -> tuple[str, bool]:
        """Return what `Fold.behind` does."""
        return self._of[name].behind(name, event)

    def snapshot(self) -> bytes:
        """Return the whole state as bytes that are the same wherever the same events were folded."""
        own = {path: fold.snapshot().decode("ascii") for path, fold in self._own.items()}
        return json.dumps({"common": self._common.snapshot().decode("ascii"), "own": own}).encode("ascii")

    def restore(self, snapshot: bytes) -> None:
        """Take up the state of a snapshot, from before any event. Raises: RecordCorrupt when it is none of these."""
        try:
            state = json.loads(snapshot)
            self._common.restore(state["common"].encode("ascii"))
            for path, fold in self._own.items():
                fold.restore(state["own"][path].encode("ascii"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RecordCorrupt(f"the snapshot cannot be read: {error}", "Fold the events again.") from None

    def _folds(self) -> Sequence[Fold]:
        return (self._common, *self._own.values())


class _Group:
    """The rules of one key, with the rules that they refer to, which may be of another."""

    def __init__(self, judges: Judges, mine: Sequence[str]) -> None:
        rule_set, wanted, waiting = judges.rule_set, set(mine), list(mine)
        while waiting:
            for node in walk(rule_set.by_id[waiting.pop()].condition):
                if isinstance(node, RuleReference) and node.rule not in wanted:
                    wanted.add(node.rule)
                    waiting.append(node.rule)
        rules = tuple(each for each in rule_set.rules if each.id in wanted)
        some = RuleSet(rules, rule_set.lists, rule_set.thresholds, rule_set.counters)
        self._mine, self._guests = frozenset(mine), wanted != set(mine)
        self._evaluate: Evaluate = compile_set(some, judges.schema)

    def evaluate(
        self, event: Event, values: Mapping[str, Any], failures: list[Failure], unknown: Appends
    ) -> list[str]:
        if not self._guests:
            return self._evaluate(event, values, failures, unknown)
        failed, unsure = list[Failure](), list[str]()
        hits = self._evaluate(event, values, failed, unsure)
        failures += [each for each in failed if each[0] in self._mine]
        for each in unsure:
            if each in self._mine:
                unknown.append(each)
        return [each for each in hits if each in self._mine]


def _counters(judges: Judges, owned: Mapping[str, str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return the counters that are counted with one key alone, by that key, and those that every part counts."""
    readers: dict[str, set[str]] = {}
    for rule, names in judges.reads.items():
        for name in names:
            readers.setdefault(name, set()).add(owned[rule])
    own, common = dict[str, list[str]](), list[str]()
    for counter in judges.rule_set.counters:
        if readers.get(counter.name) == {counter.key}:
            own.setdefault(counter.key, []).append(counter.name)
        elif counter.name in readers:
            common.append(counter.name)
    return own, common


def _fold(judges: Judges, names: Sequence[str], most: int) -> Fold:
    registry = Registry(*(judges.rule_set.counters[name] for name in names))
    filters: dict[str, Passes] = {name: judges.filters[name] for name in names if name in judges.filters}
    return Fold(registry, filters, most)


def _names(fold: Fold) -> list[str]:
    return [each.name for each in fold.registry]


def _nothing(event: Event) -> None:
    return None
