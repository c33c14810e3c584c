"""The evaluator that decides: a whole rule set as one generated Python function (S-3, S-4, S-5, S-18).

What is generated, for one rule over two fields:

    def evaluate(event, counters, failures, unknown=NOBODY):
        hits = []; add = hits.append
        try:
            group0 = event['actor']
            f0 = event['kind']; f1 = group0['age_s']
        except WRONG_SHAPE:
            f0, f1 = load(event, counters)
        if f0 is None or f1 is None:
            try:
                if f0 == 'post' and f1 is not None and f1 < 86400: add('young')
                elif (f0 is None or f1 is None) and not (
                    f0 is not None and f0 != 'post' or f1 is not None and f1 >= 86400
                ): unknown.append('young')
            except FAILURE as error: failures.append(('young', error))
            return hits
        try:
            if f0 == 'post' and f1 < 86400: add('young')
        except FAILURE as error: failures.append(('young', error))
        return hits

Each used field is loaded once. Where nothing that the set uses is missing, which one look per field tells, plain tests
decide. Otherwise each leaf carries the guard that makes it false when an operand is missing, which the negation normal
form turns into Kleene's logic (`normal`), and a rule that does not hold is UNKNOWN unless its opposite holds. One `try`
a rule costs nothing until something is raised, and then touches no other rule.

Only text that is generated here is ever compiled, and with no builtins at all: names and texts from rules enter it as
`repr` of a checked value, lists and patterns as objects.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from textwrap import indent
from typing import Any, Protocol, TypeAlias

from showcause.rules import bounds
from showcause.rules.normal import Normal, normal, opposite
from showcause.rules.python_leaves import MISSING, Leaves, is_false_of_none, variable
from showcause.rules.rule_set import RuleSet
from showcause.rules.schema import Schema
from showcause.rules.tree import (
    And,
    Arithmetic,
    Or,
    Rule,
    RuleReference,
    walk,
)

Event: TypeAlias = Mapping[str, Any]
Counters: TypeAlias = Mapping[str, Any]
Failure: TypeAlias = tuple[str, Exception]


class Appends(Protocol):
    """Something that ids of rules are appended to."""

    def append(self, rule: str, /) -> object:
        """Take one."""
        ...


class Evaluate(Protocol):
    """The generated function."""

    def __call__(
        self, event: Event, counters: Counters, failures: list[Failure], unknown: Appends = ...
    ) -> list[str]:
        """Return the ids of the rules that fire on an admitted event, in their order.

        Rules that raised are appended to `failures`, other rules that are UNKNOWN to `unknown`.
        """
        ...


def compile_set(rule_set: RuleSet, schema: Schema) -> Evaluate:
    """Return the function that evaluates the whole set on one event.

    Raises: BadInput where `bounds.check` does.
    """
    bounds.check(rule_set, schema)
    return _built(*source(rule_set))


def source(rule_set: RuleSet) -> tuple[str, dict[str, Any]]:
    """Return the generated text and the objects that it names, for a set that was checked."""
    writer = _Writer(rule_set)
    careful = [indent(line, " ") for rule in rule_set.rules for line in writer.rule(rule)]
    plain = [line for rule in rule_set.rules for line in writer.rule(rule, sure=True)]
    head = ["def evaluate(event, counters, failures, unknown=NOBODY):", " hits = []; add = hits.append"]
    if writer.variables:
        head += [
            *writer.loads(),
            f" if {' or '.join(map(_is_missing, writer.variables.values()))}:",
            *careful,
        ]
        head.append("  return hits")
    return "\n".join([*head, *plain, " return hits", ""]), writer.names


def _built(text: str, names: dict[str, Any]) -> Evaluate:
    scope: dict[str, Any] = {**names, "__builtins__": {}}
    exec(compile(text, "<rules>", "exec"), scope)  # noqa: S102  generated above; see the module's docstring
    evaluate: Evaluate = scope["evaluate"]
    return evaluate


class _Writer:
    """Writes the function, and remembers which fields, lists and patterns it uses."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.leaves = Leaves(rule_set)
        self.names = self.leaves.names
        self.names |= {
            "FAILURE": Exception,
            "WRONG_SHAPE": (KeyError, TypeError),
            "NOBODY": deque[str](maxlen=0),
        }
        self.variables, self.rule_names = self.leaves.variables, self.leaves.rule_names
        self.sure = False
        self.referenced = _referenced(rule_set)
        self.never_sure = _never_sure(rule_set)

    # --- the frame

    def loads(self) -> Iterator[str]:
        """Yield the lines that load every used value: fast where the event has its form, carefully where not."""
        if not self.variables:
            return
        groups: dict[str, str] = {}
        yield " try:"
        for (kind, path), name in self.variables.items():
            group, _, key = path.rpartition(".") if kind == "field" else ("", "", path)
            if group and group not in groups:
                groups[group] = f"group{len(groups)}"
                yield f"  {groups[group]} = event[{group!r}]"
            holder = "counters" if kind == "counter" else groups.get(group, "event")
            yield f"  {name} = {holder}[{key!r}]"
        self.names["load"] = _loader(tuple(self.variables))
        yield f" except WRONG_SHAPE:\n  {', '.join(self.variables.values())}, = load(event, counters)"

    def rule(self, rule: Rule, *, sure: bool = False) -> Iterator[str]:
        """Yield the lines of one rule: its test, and for a rule that others read, what they read.

        With `sure`, no value is missing where these lines run.
        """
        self.leaves.temporary, self.sure = 0, sure
        name, test = self.rule_names[rule.id], self.test(normal(rule.condition))
        refers, doubt = rule.id in self.referenced, self._doubt(rule)
        if refers:
            yield f" {name} = not_{name} = False"
        yield " try:"
        if refers:
            yield f"  {name} = {test}"
        yield f"  if {name if refers else test}: add({rule.id!r})"
        yield from self._otherwise(rule, doubt)
        yield f" except FAILURE as error: failures.append(({rule.id!r}, error))"

    def _otherwise(self, rule: Rule, doubt: str | None) -> Iterator[str]:
        """Yield what is to be found out about a rule that does not hold: whether its opposite does."""
        name, note = f"not_{self.rule_names[rule.id]}", f"unknown.append({rule.id!r})"
        if rule.id not in self.referenced and doubt is None:
            return
        fails = self.test(opposite(rule.condition))
        if rule.id in self.referenced:
            yield f"  else:\n   {name} = {fails}"
            if doubt is not None:
                yield f"   if not {name}: {note}"
        else:
            yield f"  elif {doubt}not ({fails}): {note}"

    def _doubt(self, rule: Rule) -> str | None:
        """Return what must be asked first if a rule may be UNKNOWN here, nothing if it cannot be."""
        if rule.id in self.never_sure:
            return ""
        used = [self.variables[key] for each in walk(rule.condition) if (key := variable(each))]
        return (
            None if self.sure or not used else f"({' or '.join(map(_is_missing, dict.fromkeys(used)))}) and "
        )

    # --- conditions

    def test(self, condition: Normal) -> str:
        """Return the Python expression that is true where a condition in normal form is TRUE."""
        return self._test(condition, frozenset())[0]

    def _test(self, condition: Normal, known: frozenset[str]) -> tuple[str, frozenset[str]]:
        """Return the expression, and the guards that hold wherever it is true; `known` hold where it is reached."""
        match condition:
            case And():
                texts = []
                for each in condition.operands:
                    text, made = self._test(each, known)
                    texts.append(text)
                    known |= made
                return f"({' and '.join(texts)})", known
            case Or():
                ways = [self._test(each, known) for each in condition.operands]
                return f"({' or '.join(text for text, _ in ways)})", frozenset.intersection(
                    *(made for _, made in ways)
                )
            case _:
                return self._leaf(condition, known)

    def _leaf(self, leaf: Normal, known: frozenset[str]) -> tuple[str, frozenset[str]]:
        guards, test = self.leaves.guarded(leaf)
        made = frozenset(each for each in guards if each.endswith(MISSING))
        skipped = known | made if self.sure or is_false_of_none(leaf) else known
        needed = [each for at, each in enumerate(guards) if each not in skipped and each not in guards[:at]]
        return " and ".join([*needed, test]), known | made


def _is_missing(variable: str) -> str:
    return f"{variable} is None"


def _never_sure(rule_set: RuleSet) -> set[str]:
    """Return the rules that may be UNKNOWN without anything missing: they calculate, or refer to other rules."""
    return {
        rule.id
        for rule in rule_set.rules
        if any(isinstance(each, Arithmetic | RuleReference) for each in walk(rule.condition))
    }


def _referenced(rule_set: RuleSet) -> set[str]:
    return {
        node.rule
        for rule in rule_set.rules
        for node in walk(rule.condition)
        if isinstance(node, RuleReference)
    }


def _loader(wanted: tuple[tuple[str, str], ...]) -> Callable[[Event, Counters], tuple[Any, ...]]:
    """Return what loads the values of an event that lacks a group or a key: what is not there is missing (S-2)."""

    def load(event: Event, counters: Counters) -> tuple[Any, ...]:
        return tuple(
            counters.get(path) if kind == "counter" else _field(event, path) for kind, path in wanted
        )

    return load


def _field(event: Event, path: str) -> Any:
    group, dot, key = path.rpartition(".")
    holder = event.get(group) if dot else event
    return holder.get(key) if isinstance(holder, Mapping) else None
