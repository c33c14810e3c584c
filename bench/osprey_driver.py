"""Runs within Osprey's own interpreter: evaluates events by its engine, and prints hits and processor time as JSON.

    VENV/bin/python osprey_driver.py RULES EVENTS.jsonl gevent|async

No coordinator, no labels, no Druid, and no calls of functions that wait for a network: the engine alone, as ours.
"""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import gevent.pool
from osprey.async_worker.cli.main import bootstrap_stdlib_engine, init_config
from osprey.async_worker.executor import execute as execute_async
from osprey.engine.executor.execution_context import Action
from osprey.engine.executor.executor import execute

AT_ONCE = 12


def main(rules: str, events: str, mode: str) -> None:
    """Evaluate every event twice, the second time by the clock."""
    init_config()
    engine, functions = bootstrap_stdlib_engine(rules)
    graph = engine.execution_graph
    actions = [
        Action(action_id=number, action_name="event", data=json.loads(line), timestamp=datetime.now(UTC))
        for number, line in enumerate(Path(events).read_text(encoding="utf-8").splitlines())
    ]

    async def all_async() -> list[list[str]]:
        return [
            _fired(await execute_async(graph, functions, each, max_concurrent=AT_ONCE)) for each in actions
        ]

    pool = gevent.pool.Pool(AT_ONCE)

    def run() -> list[list[str]]:
        if mode == "async":
            return asyncio.run(all_async())
        return [_fired(execute(graph, functions, each, pool)) for each in actions]

    run()
    began = time.process_time()
    hits = run()
    print(json.dumps({"hits": hits, "cpu_seconds": time.process_time() - began}))


def _fired(result: object) -> list[str]:
    return sorted(each.verdict for each in result.verdicts)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(*sys.argv[1:])
