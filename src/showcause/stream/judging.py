"""What events of one platform are judged by: its counters with their filters and its rules, compiled once."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from showcause.rules.canonical import rule_digest, rule_set_digest
from showcause.rules.confirming import Confirm, confirming
from showcause.rules.fold import Passes
from showcause.rules.owners import reads
from showcause.rules.python_code import Evaluate, compile_set
from showcause.rules.rule_set import RuleSet
from showcause.rules.schema import Schema
from showcause.rules.tree import Condition, Rule
from showcause.rules.windows import Event

NO_COUNTERS: Final[Mapping[str, float]] = MappingProxyType({})


@dataclass(frozen=True)
class Judges:
    """A rule set as it runs. `digest` is the set's, `versions` are its rules'; both are of what runs here.

    `made_of` are the ids of the records that it was read from: with them it can be read again, and replayed.
    """

    schema: Schema
    rule_set: RuleSet
    filters: Mapping[str, Passes]
    evaluate: Evaluate
    confirm: Confirm
    versions: Mapping[str, str]
    reads: Mapping[str, tuple[str, ...]]
    digest: str
    made_of: tuple[str, ...] = ()


def judges(
    schema: Schema, rule_set: RuleSet, filters: Mapping[str, Condition], made_of: tuple[str, ...] = ()
) -> Judges:
    """Compile a rule set; `filters` are the conditions of those counters that do not count every event.

    Raises: BadInput where `bounds.check` does.
    """
    return Judges(
        schema,
        rule_set,
        {name: passes(schema, name, condition) for name, condition in filters.items()},
        compile_set(rule_set, schema),
        confirming(rule_set),
        {each.id: rule_digest(each) for each in rule_set.rules},
        {each.id: reads(rule_set, each) for each in rule_set.rules},
        rule_set_digest(rule_set),
        made_of,
    )


def passes(schema: Schema, name: str, condition: Condition) -> Passes:
    """Compile a counter's filter. It never raises: what cannot be told does not pass."""
    evaluate = compile_set(RuleSet((Rule(name, condition),)), schema)

    def passed(event: Event) -> bool:
        return bool(evaluate(event, NO_COUNTERS, []))

    return passed
