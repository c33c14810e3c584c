"""The four evaluators behind one face: from a rule set and events to every rule's value, for comparing them."""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

import duckdb
from cel_expr_python import cel as google

from showcause.rules import cel, python_code, sql, tracing
from showcause.rules.rule_set import RuleSet
from showcause.rules.schema import Schema, Type
from showcause.rules.tracing import Truth

Given: TypeAlias = tuple[dict[str, Any], dict[str, Any]]
"""An admitted event, and its counters by name."""
Values: TypeAlias = list[dict[str, Truth]]
"""For each event, each rule's value."""


def by_python(rules: RuleSet, schema: Schema, given: Sequence[Given]) -> Values:
    """Return the values that the generated function finds; whatever is raised is an error here."""
    evaluate = python_code.compile_set(rules, schema)
    values = []
    for event, counters in given:
        failures: list[python_code.Failure] = []
        unknown: list[str] = []
        hits = evaluate(event, counters, failures, unknown)
        assert not failures, failures
        assert not set(hits) & set(unknown)
        found = dict.fromkeys((each.id for each in rules.rules), Truth.FALSE)
        values.append(found | dict.fromkeys(hits, Truth.TRUE) | dict.fromkeys(unknown, Truth.UNKNOWN))
    return values


def by_trace(rules: RuleSet, given: Sequence[Given]) -> Values:
    """Return the values that the trace evaluator finds."""
    return [
        {rule: found.truth for rule, found in tracing.trace_all(rules, event, counters).items()}
        for event, counters in given
    ]


def by_sql(rules: RuleSet, schema: Schema, given: Sequence[Given], types: dict[str, Type]) -> Values:
    """Return the values that DuckDB finds."""
    asked = sql.query(rules, schema, "events", keep=("event",))
    connection = with_events(schema, given, types)
    for name in asked.tables:
        entries, table = rules.list_by_name[name], sql.quoted(f"list:{name}")
        connection.execute(f"CREATE OR REPLACE TABLE {table} (value {sql.COLUMNS[entries.type]})")
        connection.execute(f"INSERT INTO {table} SELECT unnest(?)", [sorted(entries.entries)])
    found = connection.execute(asked.text + " ORDER BY event").fetchall()
    return [
        {rule.id: THREE[value] for rule, value in zip(rules.rules, row[1:], strict=True)} for row in found
    ]


def with_events(schema: Schema, given: Sequence[Given], types: dict[str, Type]) -> duckdb.DuckDBPyConnection:
    """Return the one connection of this process, with a table of just these events."""
    names = {"event": "BIGINT"} | {each.path: sql.COLUMNS[each.type] for each in schema}
    names |= {f"counter:{name}": sql.COLUMNS[each] for name, each in types.items()}
    connection = _connection()
    columns = ", ".join(f"{sql.quoted(name)} {type_}" for name, type_ in names.items())
    connection.execute(f"CREATE OR REPLACE TABLE events ({columns})")
    rows: list[Any] = []
    for number, (event, counters) in enumerate(given):
        rows += [number, *(_at(event, each.path) for each in schema), *(counters[name] for name in types)]
    one = f"({', '.join(f'?::{each}' for each in names.values())})"
    connection.execute(f"INSERT INTO events VALUES {', '.join([one] * len(given))}", rows)
    return connection


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    return connection


def by_cel(rules: RuleSet, schema: Schema, given: Sequence[Given], types: dict[str, Type]) -> Values:
    """Return the values that Google's evaluator of CEL finds."""
    variables = {each.path: google.Type.DYN for each in schema}
    variables |= {f"counter.{name}": google.Type.DYN for name in types}
    variables |= {cel.rule_variable(each.id): google.Type.INT for each in rules.rules}
    environment = google.NewEnv(variables=variables)
    programs = {each.id: environment.compile(cel.expression(rules, each.id)) for each in rules.rules}
    values = []
    for event, counters in given:
        data = {each.path: _at(event, each.path) for each in schema}
        data |= {f"counter.{name}": value for name, value in counters.items()}
        for rule, program in programs.items():
            data[cel.rule_variable(rule)] = program.eval(data=data).value()
        values.append({rule: Truth(data[cel.rule_variable(rule)] + 1) for rule in programs})
    return values


THREE = {True: Truth.TRUE, False: Truth.FALSE, None: Truth.UNKNOWN}


def _at(event: dict[str, Any], path: str) -> Any:
    group, dot, key = path.rpartition(".")
    return event[group][key] if dot else event[key]
