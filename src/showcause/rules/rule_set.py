"""A rule set: rules in the order in which they may refer to each other, with the versions of all they name.

What a rule names (lists, thresholds, counters) changes without the rule; therefore the set holds the versions, and its
digest stands for all of it. Every decision says which set it was made with.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from showcause.domain.errors import BadInput
from showcause.rules.counters import Registry
from showcause.rules.schema import Type
from showcause.rules.tree import Plain, Rule, plain_type

SEMANTICS = 1
"""The version of what rules mean; any change of docs/reference/rule-semantics.md is a new number."""


@dataclass(frozen=True, slots=True)
class ListVersion:
    """One version of a named list: values of one type, none of them null (S-13)."""

    name: str
    version: int
    type: Type
    entries: frozenset[Plain]


@dataclass(frozen=True, slots=True)
class ThresholdVersion:
    """One version of a named number."""

    name: str
    version: int
    value: int | float

    @property
    def type(self) -> Type:
        """Return int or float, as it is written."""
        return plain_type(self.value)


_Named = TypeVar("_Named", Rule, ListVersion, ThresholdVersion)


@dataclass(frozen=True, eq=False)
class RuleSet:
    """Rules and what they name. `bounds.check` says whether the set can be evaluated.

    Raises: BadInput for an id or name that stands twice.
    """

    rules: tuple[Rule, ...]
    lists: tuple[ListVersion, ...] = ()
    thresholds: tuple[ThresholdVersion, ...] = ()
    counters: Registry = field(default_factory=Registry)

    def __post_init__(self) -> None:
        _ = self.by_id, self.list_by_name, self.threshold_by_name

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        """Return the rules by id."""
        return _unique("a rule", ((each.id, each) for each in self.rules))

    @cached_property
    def list_by_name(self) -> Mapping[str, ListVersion]:
        """Return the lists by name."""
        return _unique("a list", ((each.name, each) for each in self.lists))

    @cached_property
    def threshold_by_name(self) -> Mapping[str, ThresholdVersion]:
        """Return the thresholds by name."""
        return _unique("a threshold", ((each.name, each) for each in self.thresholds))


def _unique(what: str, named: Iterable[tuple[str, _Named]]) -> Mapping[str, _Named]:
    found: dict[str, _Named] = {}
    for name, each in named:
        if name in found:
            raise BadInput(f"{what} stands twice: {name}")
        found[name] = each
    return MappingProxyType(found)
