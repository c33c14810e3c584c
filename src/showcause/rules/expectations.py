"""The cases that a rule file expects: each is evaluated as an event would be, in two ways, and explained."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from showcause.domain.errors import Broken
from showcause.rules.admitting import Event
from showcause.rules.codes import Code
from showcause.rules.messages import Fault
from showcause.rules.python_code import compile_set
from showcause.rules.rule_cases import Case, Outcome
from showcause.rules.rule_file import WrittenRule
from showcause.rules.schema import Schema
from showcause.rules.sheet import Node, Shape
from showcause.rules.tracing import Operand, Seen, Trace, Truth, trace
from showcause.rules.tree import Plain, RuleReference, Span, walk

if TYPE_CHECKING:
    from showcause.rules.folder import Loaded

MEANS: Mapping[Outcome, Truth] = {
    Outcome.HIT: Truth.TRUE,
    Outcome.MISS: Truth.FALSE,
    Outcome.UNKNOWN: Truth.UNKNOWN,
}
"""What a condition is when a case holds."""

SAID: Mapping[Truth, str] = {Truth.TRUE: "yes", Truth.FALSE: "no", Truth.UNKNOWN: "unknown"}
"""How a trace says what came of a part."""

_OUTCOMES: Mapping[Truth, str] = {
    Truth.TRUE: "the rule fires here",
    Truth.FALSE: "the rule does not fire here",
    Truth.UNKNOWN: "the rule cannot know here",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one case."""

    rule: WrittenRule
    case: Case
    trace: Trace

    @property
    def holds(self) -> bool:
        """Say whether the rule does what the case expects."""
        return self.trace.truth is MEANS[self.case.outcome]


def run(loaded: "Loaded", only: str | None = None) -> Iterator[Result]:
    """Evaluate the cases of all rules, or of one.

    Raises: Broken when the function that decides and the evaluator that explains differ.
    """
    evaluate = compile_set(loaded.rule_set, loaded.platform.schema)
    for rule in loaded.rules:
        for case in rule.metadata.cases if only in (None, rule.id) else ():
            event = event_of(loaded.platform.schema, case)
            counters = {**dict.fromkeys(loaded.counters), **dict(case.counters)}
            found = trace(loaded.rule_set, rule.id, event, counters)
            fires = rule.id in evaluate(event, counters, [])
            if fires is not (found.truth is Truth.TRUE):
                raise Broken(f"the evaluators differ about rule {rule.id}, case {case.name!r}")
            yield Result(rule, case, found)


def failures(loaded: "Loaded") -> Iterator[Fault]:
    """Yield a fault for each case that does not hold."""
    for result in run(loaded):
        if not result.holds:
            node = Node(
                Shape.OTHER, result.case.node.start, result.case.node.start + len(result.case.outcome)
            )
            what = f"{_OUTCOMES[result.trace.truth]}, and the case expects {_expects(result.case.outcome)}"
            why = "; ".join(leaf_in_words(loaded, result.rule, each) for each in result.trace.deciding()[:3])
            yield result.rule.fault(node, Code.CASE_FAILS, what, f"{why[:1].upper()}{why[1:]}.")


def _expects(outcome: Outcome) -> str:
    return {"hit": "a hit", "miss": "a miss", "unknown": "that it cannot know"}[outcome.value]


def event_of(schema: Schema, case: Case) -> Event:
    """Return the event of a case in the form in which events are stored; what the case leaves out is missing."""
    given = dict(case.event)
    event: Event = {group: {} for group in schema.groups}
    for each in schema:
        (event if each.group is None else event[each.group])[each.key] = given.get(each.path)
    return event


# --- A trace in words ------------------------------------------------------------------------------------------------


def lines(loaded: "Loaded", result: Result) -> Iterator[str]:
    """Yield how a rule was evaluated, a line for each part that was looked at, indented as parts lie in one another."""
    yield from _lines(loaded, result.rule, result.trace.seen, 0)


def _lines(loaded: "Loaded", rule: WrittenRule, seen: Seen, depth: int) -> Iterator[str]:
    if not seen.parts:
        yield f"{'  ' * depth}{leaf_in_words(loaded, rule, seen)}"
        return
    if isinstance(seen.node, RuleReference):
        yield f"{'  ' * depth}rule {seen.node.rule} is {SAID[seen.truth]}:"
        rule = loaded.by_id[seen.node.rule]
    else:
        yield f"{'  ' * depth}{type(seen.node).__name__.lower()} is {SAID[seen.truth]}:"
    for each in seen.parts:
        yield from _lines(loaded, rule, each, depth + 1)


def leaf_in_words(loaded: "Loaded", rule: WrittenRule, seen: Seen) -> str:
    """Return one condition as it is written, what came of it, and what it read."""
    owner = _owner_of(loaded, rule, seen)
    text = source_of(owner, seen.node.span)
    read = ", ".join(dict.fromkeys(_read(each) for each in seen.operands))
    why = f"; {seen.why}" if seen.why and "missing" not in seen.why else ""
    return f"`{text}` is {SAID[seen.truth]}{f' ({read}{why})' if read or why else ''}"


def _owner_of(loaded: "Loaded", rule: WrittenRule, seen: Seen) -> WrittenRule:
    """Return the rule in whose text a part stands: the rule itself, or one that it refers to."""
    if any(each is seen.node for each in walk(rule.condition)):
        return rule
    return next((o for o in loaded.rules if any(each is seen.node for each in walk(o.condition))), rule)


def source_of(rule: WrittenRule, span: Span) -> str:
    """Return a part of a rule's condition as its author wrote it, in one line."""
    text = rule.root.at("when").value.split("\n")[span.line - 1 : span.end_line]
    if len(text) == 1:
        return " ".join(text[0][span.column : span.end_column].split())
    whole = [text[0][span.column :], *text[1:-1], text[-1][: span.end_column]] if text else []
    return " ".join(" ".join(each.partition("#")[0] for each in whole).split())


def _read(operand: Operand) -> str:
    return f"{operand.name} is {_value(operand.value)}"


def _value(value: Plain | None) -> str:
    match value:
        case None:
            return "missing"
        case bool():
            return "yes" if value else "no"
        case str():
            return repr(value if len(value) <= 60 else value[:59] + "…")
        case _:
            return str(value)
