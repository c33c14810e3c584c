"""The same rules and events in Osprey, beside ours: `bench rules --peer osprey --checkout FOLDER`.

FOLDER is a checkout of Osprey with an environment in `v` that has its worker installed. Our trees are written as its
rules; it evaluates the same events in one process, by the executor it uses in production and by its experimental one.
The hits have to be equal. What is compared is the engines alone: no coordinator, labels, Druid or functions that wait
for a network, and Osprey offers such functions where we have none.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import rows, rules_workload
from bench.rows import Row
from bench.rules_workload import SCHEMA, Given
from showcause.rules import python_code
from showcause.rules.rule_set import RuleSet
from showcause.rules.schema import Type
from showcause.rules.tree import (
    And,
    Arithmetic,
    Comparison,
    Condition,
    Constant,
    CounterValue,
    FieldValue,
    Flag,
    ListLiteral,
    Membership,
    Not,
    Or,
    Pattern,
    RuleReference,
    TextRelation,
    TextTest,
    Value,
)

EVENTS = 2_000
MODES = ("gevent", "async")
TYPES = {Type.BOOL: "bool", Type.INT: "int", Type.FLOAT: "float", Type.TEXT: "str"}
QUIET = {"DD_TRACE_ENABLED": "false", "DD_DOGSTATSD_DISABLE": "true"}


def osprey(checkout: Path, folder: Path, ours: float) -> Iterator[Row]:
    """Measure Osprey's executors; `ours` is what we reached, in events per second of processor time."""
    rule_set, given = rules_workload.rule_set(), rules_workload.events(EVENTS)
    evaluate = python_code.compile_set(rule_set, SCHEMA)
    expected = [sorted(evaluate(event, counters, [])) for event, counters in given]
    rules, events = write(rule_set, given, folder)
    version = subprocess.run(
        ["git", "-C", str(checkout), "log", "-1", "--format=%h"], capture_output=True, text=True, check=False
    ).stdout.strip()
    for mode in MODES:
        found = _run(checkout, rules, events, mode)
        differing = sum(theirs != mine for theirs, mine in zip(found["hits"], expected, strict=True))
        reached = len(given) / found["cpu_seconds"]
        shown = {
            "events": len(given),
            "events_with_other_hits": differing,
            "ours_times": round(ours / reached),
        }
        yield rows.row("rules", f"osprey {version}, {mode} executor, 20 rules", reached, None, **shown)


def write(rule_set: RuleSet, given: list[Given], folder: Path) -> tuple[Path, Path]:
    """Write Osprey's rules and the events, and return both paths."""
    rules, events = folder / "rules", folder / "events.jsonl"
    (rules / "config").mkdir(parents=True)
    (rules / "config" / "example.yaml").write_text(
        'example: {some_str: "none", some_int: 1}\n', encoding="utf-8"
    )
    (rules / "main.sml").write_text(sml(rule_set), encoding="utf-8")
    lines = [json.dumps(event | {"counters": counters}) for event, counters in given]
    events.write_text("\n".join(lines), encoding="utf-8")
    return rules, events


def sml(rule_set: RuleSet) -> str:
    """Return the rules in Osprey's language, each with a verdict of its id."""
    counters = [(f"counters.{each.name}", Type.INT) for each in rule_set.counters]
    fields = [(each.path, each.type) for each in SCHEMA] + counters
    lines = [f"{_named(path)}: {TYPES[type_]} = JsonData(path='$.{path}')" for path, type_ in fields]
    for rule in rule_set.rules:
        parts = rule.condition.operands if isinstance(rule.condition, And) else (rule.condition,)
        texts = ", ".join(map(_condition, parts))
        lines.append(f"{_named(rule.id)}Rule = Rule(when_all=[{texts}], description='{rule.id}')")
        verdict = f"DeclareVerdict(verdict='{rule.id}')"
        lines.append(f"WhenRules(rules_any=[{_named(rule.id)}Rule], then=[{verdict}])")
    return "\n".join(lines) + "\n"


def _condition(node: Condition) -> str:
    match node:
        case Flag():
            return _named(node.value.path)
        case Not():
            return f"not {_condition(node.operand)}"
        case And() | Or():
            joint = " and " if isinstance(node, And) else " or "
            return f"({joint.join(map(_condition, node.operands))})"
        case RuleReference():
            return f"{_named(node.rule)}Rule"
        case Comparison():
            return f"{_value(node.left)} {node.relation.value} {_value(node.right)}"
        case Membership(items=ListLiteral() as items):
            return f"{_value(node.operand)} in {list(items.items)!r}"
        case Pattern():
            return f"RegexMatch(target={_value(node.subject)}, pattern={node.pattern!r})"
        case TextTest(relation=TextRelation.CONTAINS, argument=Constant(value=str() as text)):
            return f"RegexMatch(target={_value(node.subject)}, pattern={re.escape(text)!r})"
        case TextTest(relation=TextRelation.STARTS_WITH):
            return f"StringStartsWith(s={_value(node.subject)}, start={_value(node.argument)})"
        case TextTest(relation=TextRelation.ENDS_WITH):
            return f"StringEndsWith(s={_value(node.subject)}, end={_value(node.argument)})"
        case _:
            raise AssertionError(f"the workload has no {node}")


def _value(value: Value) -> str:
    match value:
        case FieldValue():
            return _named(value.path)
        case CounterValue():
            return _named(f"counters.{value.counter}")
        case Constant():
            return repr(value.value)
        case Arithmetic():
            return f"({_value(value.left)} {value.operator.value} {_value(value.right)})"
        case _:
            raise AssertionError(f"the workload has no {value}")


def _named(path: str) -> str:
    return "".join(part.capitalize() for part in re.split(r"[._]", path))


def _run(checkout: Path, rules: Path, events: Path, mode: str) -> dict[str, Any]:
    driver = Path(__file__).with_name("osprey_driver.py")
    command = [str(checkout / "v" / "bin" / "python"), str(driver), str(rules), str(events), mode]
    done = subprocess.run(command, capture_output=True, text=True, env=QUIET, check=False, cwd=checkout)
    if done.returncode:
        raise SystemExit(f"Osprey's engine did not run:\n{done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
