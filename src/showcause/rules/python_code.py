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
from dataclasses import dataclass, field
from textwrap import indent
from typing import Any, Protocol, TypeAlias, assert_never

from showcause.rules import bounds
from showcause.rules.normal import Normal, normal, opposite
from showcause.rules.rule_set import RuleSet
from showcause.rules.schema import Schema, Type
from showcause.rules.searching import compiled
from showcause.rules.tree import (
    And,
    Arithmetic,
    Calculation,
    Comparison,
    Constant,
    CounterValue,
    FieldValue,
    Flag,
    Length,
    ListLiteral,
    Membership,
    NamedList,
    Negative,
    Node,
    Not,
    Or,
    Pattern,
    Relation,
    Rule,
    RuleReference,
    TextRelation,
    TextTest,
    Threshold,
    Value,
    type_of,
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


EXACT = 9007199254740992
LARGEST = 1.7976931348623157e308


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


@dataclass(slots=True)
class _Guarded:
    """A value as Python text: the conditions under which it may be read, and whether it may be infinite or NaN."""

    text: str
    guards: list[str] = field(default_factory=list)
    unbounded: bool = False


class _Writer:
    """Writes the function, and remembers which fields, lists and patterns it uses."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.set = rule_set
        self.names: dict[str, Any] = {
            "FAILURE": Exception,
            "WRONG_SHAPE": (KeyError, TypeError),
            "NOBODY": deque[str](maxlen=0),
            "length": len,
        }
        self.sure = False
        self.variables: dict[tuple[str, str], str] = {}
        self.patterns: dict[str, str] = {}
        self.lists: dict[str, str] = {}
        self.temporary = 0
        self.referenced = _referenced(rule_set)
        self.never_sure = _never_sure(rule_set)
        self.rule_names = {each.id: f"r{number}" for number, each in enumerate(rule_set.rules)}

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
        self.temporary, self.sure = 0, sure
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
        used = [self.variables[key] for each in walk(rule.condition) if (key := _variable(each))]
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
        guards, test = self._guarded(leaf)
        made = frozenset(each for each in guards if each.endswith(MISSING))
        skipped = known | made if self.sure or _is_false_of_none(leaf) else known
        needed = [each for at, each in enumerate(guards) if each not in skipped and each not in guards[:at]]
        return " and ".join([*needed, test]), known | made

    def _guarded(self, leaf: Normal) -> tuple[list[str], str]:
        match leaf:
            case Flag():
                value = self.value(leaf.value)
                return value.guards, value.text
            case Not(operand=Flag() as flag):
                value = self.value(flag.value)
                return value.guards, f"{value.text} is False"
            case RuleReference():
                return [], self.rule_names[leaf.rule]
            case Not(operand=RuleReference() as reference):
                return [], f"not_{self.rule_names[reference.rule]}"
            case Comparison():
                return self._comparison(leaf)
            case Membership():
                return self._membership(leaf, "in")
            case Not(operand=Membership() as membership):
                return self._membership(membership, "not in")
            case TextTest():
                return self._text_test(leaf)
            case Not(operand=TextTest() as test):
                guards, text = self._text_test(test)
                return guards, f"not {text}"
            case Pattern():
                return self._pattern(leaf)
            case Not(operand=Pattern() as pattern):
                guards, text = self._pattern(pattern)
                return guards, f"not {text}"
            case _:
                raise AssertionError(f"not in normal form: {leaf}")

    def _comparison(self, leaf: Comparison) -> tuple[list[str], str]:
        left, right, relation = self.value(leaf.left), self.value(leaf.right), leaf.relation
        if left.unbounded is right.unbounded or relation is Relation.UNEQUAL:
            left, right = self._finite(left), self._finite(right)
        # Against a finite value one bound is enough: NaN passes no comparison, and one infinity passes only this one.
        grows = relation in (Relation.MORE, Relation.AT_LEAST)
        text = f"{left.text} {relation.value} {right.text}"
        if left.unbounded and relation is not Relation.EQUAL:
            text = f"{LARGEST} >= {text}" if grows else f"-{LARGEST} <= {text}"
        if right.unbounded and relation is not Relation.EQUAL:
            text = f"{text} >= -{LARGEST}" if grows else f"{text} <= {LARGEST}"
        return [*left.guards, *right.guards], text

    def _membership(self, leaf: Membership, how: str) -> tuple[list[str], str]:
        operand = self._finite(self.value(leaf.operand))
        return operand.guards, f"{operand.text} {how} {self._items(leaf.items)}"

    def _items(self, items: ListLiteral | NamedList) -> str:
        if isinstance(items, ListLiteral):
            return f"{{{', '.join(map(repr, items.items))}}}" if items.items else "()"
        if items.name not in self.lists:
            self.lists[items.name] = f"list{len(self.lists)}"
            self.names[self.lists[items.name]] = self.set.list_by_name[items.name].entries
        return self.lists[items.name]

    def _text_test(self, leaf: TextTest) -> tuple[list[str], str]:
        subject, argument = self.value(leaf.subject), self.value(leaf.argument)
        guards = [*subject.guards, *argument.guards]
        match leaf.relation:
            case TextRelation.CONTAINS:
                return guards, f"({argument.text} in {subject.text})"
            case TextRelation.STARTS_WITH:
                return guards, f"{subject.text}.startswith({argument.text})"
            case TextRelation.ENDS_WITH:
                return guards, f"{subject.text}.endswith({argument.text})"
            case _:
                assert_never(leaf.relation)

    def _pattern(self, leaf: Pattern) -> tuple[list[str], str]:
        if leaf.pattern not in self.patterns:
            self.patterns[leaf.pattern] = f"search{len(self.patterns)}"
            self.names[self.patterns[leaf.pattern]] = compiled(leaf.pattern)
        subject = self.value(leaf.subject)
        return subject.guards, f"{self.patterns[leaf.pattern]}({subject.text})"

    # --- values

    def value(self, value: Value) -> _Guarded:
        """Return the Python text of a value."""
        match value:
            case Constant():
                return _Guarded(f"({value.value!r})" if _signed(value.value) else repr(value.value))
            case Threshold():
                return _Guarded(repr(self.set.threshold_by_name[value.name].value))
            case FieldValue():
                return self._loaded("field", value.path)
            case CounterValue():
                return self._loaded("counter", value.counter)
            case Length():
                operand = self.value(value.operand)
                return _Guarded(f"length({operand.text})", operand.guards)
            case Negative():
                operand = self.value(value.operand)
                return _Guarded(f"(-{operand.text})", operand.guards, operand.unbounded)
            case Arithmetic():
                return self._arithmetic(value)
            case _:
                assert_never(value)

    def _loaded(self, kind: str, path: str) -> _Guarded:
        name = self.variables.setdefault((kind, path), f"f{len(self.variables)}")
        return _Guarded(name, [name + MISSING])

    def _arithmetic(self, value: Arithmetic) -> _Guarded:
        divides = value.operator is Calculation.DIVIDE
        left, right = self.value(value.left), self.value(value.right)
        right = self._finite(right) if divides else right
        guards = [*left.guards, *right.guards]
        if divides:
            guards.append(f"{right.text} != 0")
        text = f"({left.text} {value.operator.value} {right.text})"
        if type_of(value) is Type.INT:  # whole numbers grow beyond the bound without any sign of it
            return self._within(text, guards, str(EXACT))
        return _Guarded(
            text, guards, unbounded=True
        )  # a sum of infinities stays one, or becomes NaN: checked once

    def _finite(self, made: _Guarded) -> _Guarded:
        """Return a value that is certainly finite, the check being among its guards (S-8)."""
        return self._within(made.text, made.guards, repr(LARGEST)) if made.unbounded else made

    def _within(self, text: str, guards: list[str], bound: str) -> _Guarded:
        name = f"t{self.temporary}"
        self.temporary += 1
        return _Guarded(name, [*guards, f"-{bound} <= ({name} := {text}) <= {bound}"])


MISSING = " is not None"


def _is_missing(variable: str) -> str:
    return f"{variable} is None"


def _variable(node: Node) -> tuple[str, str] | None:
    match node:
        case FieldValue():
            return "field", node.path
        case CounterValue():
            return "counter", node.counter
        case _:
            return None


def _never_sure(rule_set: RuleSet) -> set[str]:
    """Return the rules that may be UNKNOWN without anything missing: they calculate, or refer to other rules."""
    return {
        rule.id
        for rule in rule_set.rules
        if any(isinstance(each, Arithmetic | RuleReference) for each in walk(rule.condition))
    }


def _is_false_of_none(leaf: Normal) -> bool:
    """Say whether a leaf's test needs no guard: None is not true, is not False, equals no constant, is in no list."""
    match leaf:
        case Flag() | Not(operand=Flag()):
            return True
        case Comparison(relation=Relation.EQUAL):
            kinds = {isinstance(each, Constant | Threshold) for each in (leaf.left, leaf.right)}
            return kinds == {True, False} and all(not _is_made(each) for each in (leaf.left, leaf.right))
        case Membership():
            return not _is_made(leaf.operand)
        case _:
            return False


def _is_made(value: Value) -> bool:
    return isinstance(value, Arithmetic | Negative | Length)


def _signed(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value < 0


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
