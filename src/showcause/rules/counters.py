"""Counters by name: what a rule may ask of the events before this one, declared once and shared by all rules.

A counter never changes. Its id is its name and a digest of everything that decides its values, so a changed filter,
window, key or bound is another counter, which starts where its backfill says and never silently empty under the old
id. A registry is a set of counters with a digest of its own; that digest stands in snapshots and decisions.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from showcause.domain.errors import BadInput

FORMAT: Final = 1
"""Raised when the meaning of a definition changes; part of every digest."""
SECOND: Final = 1_000_000
"""Logical time counts microseconds."""
LONGEST: Final = 366 * 24 * 3600 * SECOND
MOST_COUNTERS: Final = 256
MOST_ENTRIES: Final = 10_000
"""How many entries a counter keeps for one key when its definition does not say."""
MOST_WHERE: Final = 4096
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PATH: Final = re.compile(r"[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39})?")


class Kind(StrEnum):
    """What a counter tells of the events in its window."""

    COUNT = "count"
    """How many there are."""
    DISTINCT = "distinct"
    """How many different values a field had."""
    SUM = "sum"
    """The exact sum of a field of whole numbers."""
    SUM_OF_FRACTIONS = "sum-of-fractions"
    """The exact sum of a field of fractions, rounded once, when it is read."""


@dataclass(frozen=True)
class Counter:
    """One definition. `key`, `value` and the fields of `where` are dotted paths into an event.

    `window` is in microseconds and half-open: an event at time `t` sees (t - window, t], itself included. `where` is
    the filter as the rules' canonical text, empty for all events. `most` bounds the entries that are kept for one key:
    a key that has more is *saturated*, and says so.
    """

    name: str
    kind: Kind
    key: str
    window: int
    value: str | None = None
    where: str = ""
    most: int = MOST_ENTRIES

    def __post_init__(self) -> None:
        """Check the form. Raises: BadInput."""
        if not _NAME.fullmatch(self.name):
            raise BadInput(f"{self.name[:64]!r} is no name of a counter", "Small letters, digits and _.")
        for path in (self.key, *([] if self.value is None else [self.value])):
            if not _PATH.fullmatch(path):
                raise BadInput(
                    f"counter {self.name}: {path[:64]!r} is no path of a field", "As in `actor.id`."
                )
        if not 1 <= self.window <= LONGEST:
            raise BadInput(f"counter {self.name}: a window lasts from one microsecond to 366 days")
        if not 1 <= self.most <= 1_000_000:
            raise BadInput(f"counter {self.name}: it keeps 1 to 1,000,000 entries for each key")
        if (self.value is None) != (self.kind is Kind.COUNT):
            needs = (
                "counts events and takes no value" if self.kind is Kind.COUNT else "needs a value to look at"
            )
            raise BadInput(f"counter {self.name}: {self.kind} {needs}")
        if len(self.where) > MOST_WHERE:
            raise BadInput(f"counter {self.name}: its filter is longer than {MOST_WHERE} characters")

    @cached_property
    def id(self) -> str:
        """Return the name with the first 16 digits of the definition's digest; short enough to read, never reused."""
        return f"{self.name}@{hashlib.sha256(self.canonical).hexdigest()[:16]}"

    @property
    def canonical(self) -> bytes:
        """Return the definition as the bytes that its id is made of."""
        parts = {
            "format": FORMAT,
            "name": self.name,
            "kind": self.kind,
            "key": self.key,
            "window": self.window,
            "value": self.value,
            "where": self.where,
            "most": self.most,
        }
        return json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()


class Registry:
    """The counters in force, in the order of their names."""

    __slots__ = ("_by_name", "digest")

    def __init__(self, *counters: Counter) -> None:
        """Take the counters. Raises: BadInput when two have one name, or when there are too many."""
        self._by_name = {each.name: each for each in sorted(counters, key=lambda each: each.name)}
        if len(self._by_name) != len(counters):
            raise BadInput("two counters have the same name", "A changed counter replaces the one before it.")
        if len(counters) > MOST_COUNTERS:
            raise BadInput(f"there are {len(counters)} counters; at most {MOST_COUNTERS} are kept")
        ids = "\n".join(each.id for each in self)
        self.digest = hashlib.sha256(f"showcause counters {FORMAT}\n{ids}".encode()).hexdigest()

    def __iter__(self) -> Iterator[Counter]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def __getitem__(self, name: str) -> Counter:
        """Return the counter of a name. Raises: BadInput."""
        try:
            return self._by_name[name]
        except KeyError:
            raise BadInput(
                f"there is no counter {name[:64]!r}", f"There are: {', '.join(self._by_name)}."
            ) from None
