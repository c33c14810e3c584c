"""Rules and nothing else: how many events per second of processor time, how long a set takes to compile.

    python -m bench.rules [--events N] [--history ROWS] [--peer osprey --checkout FOLDER]

One process, one thread. The clock is that of the process, so that other programs on the machine disturb less; each row
is the best of several runs. It starts with events in memory as they are stored and ends with the ids of the rules that
fire. Aims: 350,000 events per second of processor time with 20 rules, 25,000 with 500, 6,000 with 2,000; over history,
2 million rows a second, and one rule over 10 million rows in less than a second; the same over files as the house
itself writes them, by the code that answers `rules who-else`.
"""

import argparse
import gc
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench import rows, rules_history, rules_kept, rules_peer, rules_workload
from bench.rows import Row
from bench.rules_workload import SCHEMA, Given
from showcause.rules import confirming, python_code, tracing
from showcause.rules.arriving import Arrival, door, reader
from showcause.rules.python_code import Evaluate, Failure
from showcause.rules.rule_set import RuleSet

EVENTS = 20_000
AIMS = {20: 350_000, 100: None, 500: 25_000, 2_000: 6_000}
RUNS = 5


def rules(count: int, sizes: Sequence[int] = tuple(AIMS)) -> Iterator[Row]:
    """Measure the function with 20 to 2,000 rules, events with gaps, traces, and compiling."""
    given = rules_workload.events(count)
    for number in sizes:
        built, took = timed(partial(python_code.compile_set, rules_workload.rule_set(number // 20), SCHEMA))
        share = given[: max(200, count * 20 // number)]
        yield function_row(f"{number} rules", built, share, AIMS[number], compile_ms=round(took * 1000))
    twenty = rules_workload.rule_set()
    function = python_code.compile_set(twenty, SCHEMA)
    fresh = [(event, counters) for event, (_, counters) in zip(read_again(given), given, strict=True)]
    yield function_row("20 rules, events just read from JSON", function, fresh, AIMS[20])
    gaps = rules_workload.events(count, missing=0.05)
    yield function_row("20 rules, one value in twenty missing", function, gaps, None)
    yield from traced(twenty, function, given)


def read_again(given: Sequence[Given]) -> Iterator[dict[str, Any]]:
    """Yield the events as they are read from the log: written as JSON at the door, and read by what judges them."""
    arrive, read = door("bench", SCHEMA, bytes(32)).arrive, reader(SCHEMA)
    for number, (event, _) in enumerate(given):
        arrived = arrive(json.dumps({"id": f"{number}", "data": event}).encode())
        assert isinstance(arrived, Arrival)
        yield read(arrived.body)


def function_row(case: str, function: Evaluate, given: Sequence[Given], aim: int | None, **more: Any) -> Row:
    """Measure the function on these events."""
    failures: list[Failure] = []
    unknown: list[str] = []

    def run() -> int:
        hits = 0
        for event, counters in given:
            hits += len(function(event, counters, failures, unknown))
        return hits

    hits, took = best(run)
    assert not failures, failures[:3]
    return rows.row("rules", case, len(given) / took, aim, **_described(given, hits, took), **more)


def traced(rule_set: RuleSet, function: Evaluate, given: Sequence[Given]) -> Iterator[Row]:
    """Measure the trace of every rule, of those that fired only, and what confirms those, as in production."""
    few = given[: max(100, len(given) // 20)]
    _, took = best(lambda: [tracing.trace_all(rule_set, event, counters) for event, counters in few], 2)
    yield rows.row("rules", "20 rules, all traced", len(few) / took, None, events=len(few))

    def hits_only() -> int:
        found = 0
        for event, counters in given:
            if hits := function(event, counters, []):
                found += len(tracing.confirm(rule_set, hits, event, counters))
        return found

    hits, took = best(hits_only)
    yield rows.row("rules", "20 rules, hits traced", len(given) / took, None, **_described(given, hits, took))
    confirm = confirming.confirming(rule_set)

    def hits_confirmed() -> int:
        found = 0
        for event, counters in given:
            if hits := function(event, counters, []):
                confirm(hits, event, counters)
                found += len(hits)
        return found

    hits, took = best(hits_confirmed)
    yield rows.row(
        "rules", "20 rules, hits confirmed", len(given) / took, None, **_described(given, hits, took)
    )


def best(run: Callable[[], Any], runs: int = RUNS) -> tuple[Any, float]:
    """Return a result, and the least processor time that it took."""
    gc.collect()
    found = [timed(run) for _ in range(runs)]
    return found[0][0], min(took for _, took in found)


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    """Return a result, and the processor time that it took."""
    began = time.process_time()
    result = run()
    return result, time.process_time() - began


def _described(given: Sequence[Given], hits: int, took: float) -> Row:
    return {
        "events": len(given),
        "hits_per_event": round(hits / len(given), 3),
        "microseconds": round(took / len(given) * 1e6, 2),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(prog="bench rules", description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument(
        "--history", type=int, default=rules_history.ROWS, metavar="ROWS", help="0 leaves it out"
    )
    parser.add_argument("--peer", choices=["osprey"], help="measure another engine beside ours")
    parser.add_argument(
        "--checkout", type=Path, help="where the peer is checked out, with an environment in `v`"
    )
    given = parser.parse_args(arguments)
    if given.peer and not given.checkout:
        parser.error("--peer needs --checkout")
    ours = 0.0
    for each in rules(given.events):
        ours = ours or each["per_second"]
        rows.show(each)
    if given.history:
        with tempfile.TemporaryDirectory() as folder:
            for each in rules_history.history(given.history, Path(folder)):
                rows.show(each)
            for each in rules_kept.kept(given.history, Path(folder)):
                rows.show(each)
    if given.peer:
        with tempfile.TemporaryDirectory() as folder:
            for each in rules_peer.osprey(given.checkout.resolve(), Path(folder), ours):
                rows.show(each)


if __name__ == "__main__":
    main()
