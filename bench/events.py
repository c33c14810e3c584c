"""Events: counted in windows, read at the door, taken in durably, judged, the whole way, and asked about (`asking`).

    python -m bench.events [--count N]

All figures are for one process and per second of CPU, because machines are shared. The windows are measured beside the
barest structures that count the same, which do nothing else: no bounds, no definitions, no state to write down. The
whole way is from a line of JSON to verdicts in the database: read, hashed, placed and flushed a thousand at a time,
then counted, judged by twenty rules, confirmed, chained, and flushed again. On these events the twenty rules speak
more than once of each event, which no platform's rules should; so the whole way has two more rows, where they speak of
one event in a hundred and of one in a thousand.
"""

import argparse
import gc
import json
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import rows, rules_workload
from bench.rows import Row
from showcause.casework.runner import Runner
from showcause.rules.arriving import door
from showcause.rules.counters import SECOND, Counter, Kind, Registry
from showcause.rules.declared import Declaration
from showcause.rules.fold import Fold
from showcause.store import schema
from showcause.store.config import open_store
from showcause.store.verdicts import verdicts
from showcause.stream.folding import Stream
from showcause.stream.intake import Intake
from showcause.stream.judging import judges
from showcause.stream.opening import open_beside

COUNT = 100_000
LOT = 1_000
BARE = 490_000
WHOLE = 100_000
VERDICTS = 1.64
"""How many things the twenty rules say of an event of this workload."""
SELDOM = (100, 1_000)
KEYS = (100_000, 1_000_000)
START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = 3600 * SECOND
FOUR = Registry(
    Counter("posts", Kind.COUNT, "actor.id", HOUR // 6, where="posts"),
    Counter("links", Kind.COUNT, "actor.id", HOUR, where="posts with links"),
    Counter("domains", Kind.DISTINCT, "actor.id", HOUR, "content.domain"),
    Counter("accounts", Kind.DISTINCT, "net.ip", HOUR, "actor.id"),
)

Happened = tuple[int, int, dict[str, Any]]


def happened(count: int, seed: int = 7) -> list[Happened]:
    """Return events of a day of a million: few accounts post much, most post little."""
    draw, at, made = random.Random(seed), 1_750_000_000 * SECOND, list[Happened]()
    for sequence in range(1, count + 1):
        at += draw.randrange(1, 2 * 86_400)
        content = {"links": draw.randrange(3) // 2, "domain": f"d{draw.randrange(28)}.example"}
        actor = {"id": int(draw.paretovariate(0.3)) % 200_000}
        event = {
            "kind": draw.choice(["post", "message"]),
            "actor": actor,
            "content": content,
            "net": {"ip": draw.randrange(50_000)},
        }
        made.append((sequence, at, event))
    return made


def is_post(event: Any) -> bool:
    """Tell whether an event passes the first filter."""
    return bool(event["kind"] == "post")


def has_link(event: Any) -> bool:
    """Tell whether an event passes the second filter."""
    return bool(event["kind"] == "post" and event["content"]["links"] > 0)


def windows(count: int) -> Row:
    """Measure four counters, and the state that they leave."""
    given = happened(count)

    def counted() -> Fold:
        fold = Fold(FOUR, {"posts": is_post, "links": has_link})
        for sequence, at, event in given:
            fold.advance(sequence, at, event)
        return fold

    fold, ours = best(counted)
    _, bare = best(lambda: bare_structures(given))
    state, writing = timed(fold.snapshot)
    _, reading = timed(lambda: Fold(FOUR, {"posts": is_post, "links": has_link}).restore(state))
    return rows.row(
        "events", "four counters", count / ours, BARE,
        bare_per_second=round(count / bare), of_bare=round(bare / ours, 2),
        state_mb=round(len(state) / 1e6, 2), state_written_s=round(writing, 3), state_read_s=round(reading, 3),
    )  # fmt: skip


def bare_structures(given: Sequence[Happened]) -> None:
    """Count the same with the barest structures."""
    posts, links = dict[int, deque[int]](), dict[int, deque[int]]()
    domains, accounts = dict[int, dict[str, int]](), dict[int, dict[int, int]]()

    def count(held: dict[int, deque[int]], key: int, at: int, span: int, adds: bool) -> int:
        times = held.get(key)
        if times is None:
            if not adds:
                return 0
            times = held[key] = deque()
        if adds:
            times.append(at)
        while times and times[0] <= at - span:
            times.popleft()
        return len(times)

    def distinct(held: dict[int, dict[Any, int]], key: int, value: Any, at: int) -> int:
        seen = held.setdefault(key, {})
        seen.pop(value, None)
        seen[value] = at
        while seen[first := next(iter(seen))] <= at - HOUR:
            del seen[first]
        return len(seen)

    for _, at, event in given:
        actor, post = event["actor"]["id"], event["kind"] == "post"
        count(posts, actor, at, HOUR // 6, post)
        count(links, actor, at, HOUR, post and event["content"]["links"] > 0)
        distinct(domains, actor, event["content"]["domain"], at)
        distinct(accounts, event["net"]["ip"], actor, at)


def lines(count: int) -> list[bytes]:
    """Return the events of the rules' workload as a platform sends them."""
    given = enumerate(rules_workload.events(count))
    return [json.dumps({"id": f"{n}", "data": event}).encode() for n, (event, _) in given]


def way(folder: Path, count: int) -> Iterator[Row]:
    """Measure the door, the log, the judging, and all of it."""
    sent, declared, key = lines(count), Declaration(rules_workload.SCHEMA), secrets.token_bytes(32)
    arrive = door("plaza", declared.schema, key).arrive
    _, read = timed(lambda: [arrive(each) for each in sent])
    yield rows.row("events", "read at the door", count / read, None)
    store = open_store(f"sqlite:///{folder}/main.db", folder / "keys.db", secrets.token_bytes(32))
    schema.migrate(store)
    intake = Intake(store, open_beside(store))

    def take() -> None:
        for place in range(0, count, LOT):
            now = START + timedelta(days=1) * place / 1_000_000
            intake.take("plaza", declared, sent[place : place + LOT], now)

    _, taken = timed(take)
    yield rows.row("events", f"taken in, flushed {LOT} at a time", count / taken, None)
    judged_by = judges(declared.schema, rules_workload.rule_set(), {})
    runner = Runner(store, lambda: secrets.token_hex(16), lambda: datetime.now(UTC))
    stream = Stream("plaza", judged_by, intake, runner.run)
    _, judged = timed(stream.catch_up)
    with store.read() as view:
        hits = len(verdicts(view, most=100 * count))
    yield rows.row("events", "judged by 20 rules over 5 counters", count / judged, None, verdicts=hits)
    yield rows.row("events", "the whole way", count / (taken + judged), WHOLE)
    again = Stream("plaza", judged_by, intake, runner.run)
    _, back = timed(again.turn)
    yield rows.row("events", "taken up again without a kept state", count / back, None)
    intake.log.close()
    store.close()


def seldom(folder: Path, count: int, one_in: int) -> Row:
    """Measure the whole way where rules speak of one event in so many, each thousand judged as it comes."""
    sent, declared = lines(count), Declaration(rules_workload.SCHEMA)
    store = open_store(f"sqlite:///{folder}/main.db", folder / "keys.db", secrets.token_bytes(32))
    schema.migrate(store)
    intake = Intake(store, open_beside(store))
    rule_set = rules_workload.rule_set(below=1 / one_in / VERDICTS)
    runner = Runner(store, lambda: secrets.token_hex(16), lambda: datetime.now(UTC))
    stream = Stream("plaza", judges(declared.schema, rule_set, {}), intake, runner.run)

    def go() -> None:
        for place in range(0, count, LOT):
            now = START + timedelta(days=1) * place / 1_000_000
            intake.take("plaza", declared, sent[place : place + LOT], now)
            stream.turn()

    _, took = timed(go)
    with store.read() as view:
        hits = len(verdicts(view, most=100 * count))
    intake.log.close()
    store.close()
    case = f"the whole way, rules speak of one event in {one_in:,}"
    return rows.row("events", case, count / took, WHOLE, verdicts=hits)


def best(run: Callable[[], Any], runs: int = 3) -> tuple[Any, float]:
    """Return the result and the least CPU time of some runs."""
    return min((timed(run) for _ in range(runs)), key=lambda each: each[1])


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    """Return a result and the CPU seconds that it took."""
    gc.collect()
    gc.freeze()  # as processes do that judge
    start = time.process_time()
    return run(), time.process_time() - start


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one row a case."""
    parser = argparse.ArgumentParser(prog="bench events", description="Measure events.")
    parser.add_argument("--count", type=int, default=COUNT, help="how many events [%(default)s]")
    count = parser.parse_args(arguments).count
    rows.show(windows(count))
    with tempfile.TemporaryDirectory() as folder:
        for row in way(Path(folder), count):
            rows.show(row)
    for one_in in SELDOM:
        with tempfile.TemporaryDirectory() as folder:
            rows.show(seldom(Path(folder), count, one_in))
    for keys in KEYS:
        subprocess.run([sys.executable, "-m", "bench.memory", str(keys)], check=True)
    subprocess.run([sys.executable, "-m", "bench.asking"], check=True)


if __name__ == "__main__":
    from showcause.store.standalone import configure

    configure()
    main()
