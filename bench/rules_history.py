"""Rules over history: one query over Parquet, as a backtest and a counterfactual ask it.

The file has a column for each field and counter, and as many rows as asked for: the workload's events over and over,
with every fraction and many whole numbers changed at random, so that nothing compresses better than real events would.
One thread; processor time; the best of several runs, reading included.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb

from bench import rows, rules_workload
from bench.rows import Row
from bench.rules_workload import COUNTERS, SCHEMA
from showcause.rules import sql
from showcause.rules.rule_set import RuleSet
from showcause.rules.schema import Field, Type

ROWS = 10_000_000
AIM = 2_000_000
SECONDS_FOR_ONE_RULE = 1.0
RUNS = 3
SHIFTED = {"actor.id": 200_000, "actor.followers": 40, "actor.age_s": 86_400}


def history(count: int, folder: Path) -> Iterator[Row]:
    """Write a history of so many events, and measure a backtest of twenty rules and one rule's accounts."""
    source = f"read_parquet('{written(count, folder)}')"
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        whole = rules_workload.rule_set()
        backtest = _counting(whole, source)
        counts, took = best(lambda: connection.execute(backtest).fetchall()[0])
        hits = sum(counts)
        yield rows.row(
            "rules", "history, 20 rules", count / took, AIM, rows=count, hits=hits, cpu_seconds=_short(took)
        )
        first = RuleSet(whole.rules[:1], counters=COUNTERS)
        asked = sql.query(first, SCHEMA, source, keep=("actor.id",)).text
        who = f'SELECT count(DISTINCT "actor.id") FROM ({asked}) WHERE {sql.column(first.rules[0].id)}'
        accounts, took = best(lambda: connection.execute(who).fetchall()[0][0])
        shown = {"rows": count, "accounts": accounts, "cpu_seconds": _short(took)}
        yield rows.row(
            "rules", "history, accounts of one rule", count / took, ROWS / SECONDS_FOR_ONE_RULE, **shown
        )


def written(count: int, folder: Path) -> Path:
    """Write the file and return its path."""
    path = folder / "history.parquet"
    given = rules_workload.events(min(count, 20_000))
    columns = [(each.path, sql.COLUMNS[each.type]) for each in SCHEMA]
    columns += [(f"counter:{each.name}", "BIGINT") for each in COUNTERS]
    with duckdb.connect() as connection:
        connection.execute("SELECT setseed(0.5)")
        described = ", ".join(f"{sql.quoted(name)} {type_}" for name, type_ in columns)
        connection.execute(f"CREATE TABLE few ({described})")
        listed: list[list[object]] = [[] for _ in columns]
        for event, counters in given:
            values = [(event[each.group] if each.group else event)[each.key] for each in SCHEMA]
            for column, value in zip(
                listed, [*values, *(counters[each.name] for each in COUNTERS)], strict=True
            ):
                column.append(value)
        connection.execute(f"INSERT INTO few SELECT {', '.join(['unnest(?)'] * len(columns))}", listed)
        changed = ", ".join(
            [*map(_changed, SCHEMA), *(sql.quoted(f"counter:{each.name}") for each in COUNTERS)]
        )
        times = -(-count // len(given))
        select = f"SELECT {changed} FROM few CROSS JOIN range({times}) LIMIT {count}"
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    return path


def _changed(field: Field) -> str:
    name = sql.quoted(field.path)
    if field.type is Type.FLOAT:
        return f"{name} * (0.75 + 0.5 * random()) AS {name}"
    if field.path in SHIFTED:
        return f"{name} + (random() * {SHIFTED[field.path]})::BIGINT AS {name}"
    return name


def _counting(rule_set: RuleSet, source: str) -> str:
    """Return the query for how often each rule fires."""
    counts = ", ".join(f"count(*) FILTER ({sql.column(each.id)})" for each in rule_set.rules)
    return f"SELECT {counts} FROM ({sql.query(rule_set, SCHEMA, source).text})"


def best(run: Callable[[], Any]) -> tuple[Any, float]:
    """Return a result, and the least processor time that it took."""
    found = []
    for _ in range(RUNS):
        began = time.process_time()
        result = run()
        found.append((time.process_time() - began, result))
    took, result = min(found, key=lambda each: each[0])
    return result, took


def _short(seconds: float) -> float:
    return round(seconds, 2)
