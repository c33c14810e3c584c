"""What is not wrong with a rule set and should be known: names without words, and what no rule reads."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from showcause.rules.messages import listed
from showcause.rules.powers import beyond_reviews, name_of
from showcause.rules.rule_file import WrittenRule
from showcause.rules.tree import Condition, RuleReference, Threshold, walk

if TYPE_CHECKING:
    from showcause.rules.folder import Loaded


def notes(loaded: "Loaded") -> Iterator[str]:
    """Yield one sentence for each thing that its author may want to mend."""
    for rule in loaded.rules:
        if (effect := beyond_reviews(rule.metadata.effects)) and (bare := _without_words(loaded, rule)):
            names = listed(f"`{each}`" for each in bare)
            yield f"rule {rule.id}: {effect.kind}: whoever is hit would read {names}; give that `words:` in its file."
    read = {name for rule in loaded.rules for name in _names(rule.condition)}
    named = {"list": [*loaded.lists], "threshold": [*loaded.thresholds], "counter": [*loaded.counters]}
    for kind, declared in named.items():
        yield from (f"no rule reads the {kind} {name}." for name in sorted({*declared} - read))


def _names(condition: Condition) -> Iterator[str]:
    for node in walk(condition):
        if isinstance(node, Threshold):
            yield node.name
        elif name := name_of(node):
            yield name


def _without_words(loaded: "Loaded", rule: WrittenRule) -> set[str]:
    """Return the names that a statement about a rule would have to show as they are written."""
    found: set[str] = set()
    waiting = [rule.condition]
    while waiting:
        for node in walk(waiting.pop()):
            if isinstance(node, RuleReference):
                waiting.append(loaded.conditions[node.rule])
            elif (name := name_of(node)) and not loaded.called[name].words:
                found.add(name)
    return found
