"""Whose key a rule goes by: where its events are judged when several processes share a platform's events.

A rule belongs to the key of the counters that it reads. Where it reads counters of several keys, it belongs to the
platform's main key if that is one of them, else to the first by name; the counters of the other keys are then counted
in full by every process that judges the rule. A rule without counters belongs to the main key. This decides where an
event is judged and never what is said of it.
"""

from collections.abc import Mapping
from typing import Protocol
from zlib import crc32

from showcause.rules.rule_set import RuleSet
from showcause.rules.tree import CounterValue, Rule, RuleReference, walk

NO_KEY = ""
"""The owner of rules where a platform names no key: events are shared out by their places."""


class Named(Protocol):
    """What says which fields of an event name somebody."""

    @property
    def account(self) -> str | None:
        """Return the path that names the account."""

    @property
    def content(self) -> str | None:
        """Return the path that names the content."""


def main_key(platform: Named) -> str:
    """Return the key by which a platform's events are shared out where no counter says otherwise."""
    return platform.account or platform.content or NO_KEY


def reads(rule_set: RuleSet, rule: Rule) -> tuple[str, ...]:
    """Return the counters that a rule reads, itself or by the rules that it refers to."""
    found, waiting = set[str](), [rule.condition]
    while waiting:
        for node in walk(waiting.pop()):
            if isinstance(node, CounterValue):
                found.add(node.counter)
            elif isinstance(node, RuleReference):
                waiting.append(rule_set.by_id[node.rule].condition)
    return tuple(sorted(found))


def keys_of(rule_set: RuleSet, rule: Rule) -> tuple[str, ...]:
    """Return the keys of the counters that a rule reads, by name."""
    return tuple(sorted({rule_set.counters[name].key for name in reads(rule_set, rule)}))


def owner(rule_set: RuleSet, rule: Rule, main: str) -> str:
    """Return the path of the key that a rule belongs to, where the platform's main key is this."""
    keys = keys_of(rule_set, rule)
    return main if main in keys or not keys else keys[0]


def owners(rule_set: RuleSet, main: str) -> Mapping[str, str]:
    """Return the owner of each rule."""
    return {each.id: owner(rule_set, each, main) for each in rule_set.rules}


def part_of(value: object, sequence: int, parts: int) -> int:
    """Return which of so many parts, from 1 on, has the events of a key; without the key, the event's place decides.

    It is the same on every machine and for ever.
    """
    return crc32(f"{sequence if value is None else value}".encode()) % parts + 1
