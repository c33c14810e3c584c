"""The house's own history: moving events there, reading them again as windows do, and forecasts by query over it.

The files are laid out as the house writes them (`showcause.stream.history_files`): 200,000 events each, small groups of
rows, zstd. Forecasts go through the code that `rules who-else` runs, from the versions read to the numbers told. One
thread; processor time, reading included; the best of several runs, except for moving, which is done once.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb

from bench import rows, rules_history, rules_workload
from bench.rows import Row
from bench.rules_workload import SCHEMA
from showcause.casework.rulework import querying
from showcause.casework.rulework.backtesting import EPOCH, Prepared
from showcause.rules.arriving import text_of
from showcause.rules.declared import Declaration
from showcause.rules.folder import Loaded
from showcause.rules.rule_set import RuleSet
from showcause.rules.schema_file import Platform
from showcause.rules.sql import literal, quoted
from showcause.rules.tree import CounterValue, Rule, RuleReference, walk
from showcause.store.config import open_store
from showcause.store.events import MOST_AT_ONCE, EventLog, Offered
from showcause.store.keys import MEMORY
from showcause.stream.history import History
from showcause.stream.history_files import BLOCK, BODY, SEALED, TIME
from showcause.stream.moving import MOST, Moving

PLATFORM = "plaza"
START = datetime(2026, 3, 1, tzinfo=UTC)
MOVED = 100_000
"""Events that are moved; what a row says is a rate."""


def kept(count: int, folder: Path, moved: int = MOVED) -> Iterator[Row]:
    """Measure the house's history of so many events."""
    yield from _moving(moved, folder)
    files = _files(count, folder)
    ends = START, START + timedelta(days=36_500)
    whole = _without_counters()
    for case, rules, aim in (
        ("the house's files, one rule, who else", RuleSet(whole.rules[:1]), rules_history.ROWS),
        (f"the house's files, {len(whole.rules)} rules without counters", whole, rules_history.AIM),
    ):
        asked = partial(querying.backtest_parquet, _prepared(rules), files, *ends, ())
        found, took = rules_history.best(asked)
        shown = {"rows": count, "files": len(files), "hits": found.hits, "accounts": found.accounts}
        yield rows.row("rules", case, count / took, aim, **shown, cpu_seconds=round(took, 2))


def _moving(count: int, folder: Path) -> Iterator[Row]:
    """Measure moving events to files and reading them again from there."""
    (folder / "site").mkdir()
    store = open_store("sqlite:///:memory:", MEMORY, bytes(32))
    log = EventLog.open(
        f"sqlite:///{folder / 'site' / 'events.db'}", bytes(32), None,
        lambda log: History(log, folder / "site" / "history", lambda: START),
    )  # fmt: skip
    given = rules_workload.events(min(count, 20_000))
    for start in range(0, count, MOST_AT_ONCE):
        some = [
            (number, given[number % len(given)][0])
            for number in range(start, min(start + MOST_AT_ONCE, count))
        ]
        offered = [Offered(PLATFORM, f"e{n}", None, _body(n, event)) for n, event in some]
        log.append(offered, START + timedelta(seconds=start))
    assert isinstance(log.shelf, History)
    began, mover = time.process_time(), Moving(log.shelf)
    while mover.move(PLATFORM, Declaration(SCHEMA), "ab" * 32, START + timedelta(days=9)):
        pass
    took = time.process_time() - began
    size = sum(each.bytes for each in log.pieces())
    yield rows.row(
        "rules", "events moved to files, compared", count / took, None, events=count, bytes_each=size // count
    )

    def read() -> int:
        after = 0
        while some := log.read(after, 2_000):
            after = some[-1].sequence
        return after

    last, took = rules_history.best(read)
    assert last == count
    yield rows.row("rules", "events read from files as the log has them", count / took, None, events=count)
    log.close()
    store.close()


def _body(number: int, event: dict[str, object]) -> bytes:
    data = {
        name: {key: each for key, each in sorted(value.items()) if each is not None}
        if isinstance(value, dict)
        else value
        for name, value in sorted(event.items())
    }
    return text_of(
        f"e{number}", None, {name: value for name, value in data.items() if value not in (None, {})}
    )


def _files(count: int, folder: Path) -> list[Path]:
    """Write so many events as the house does, and return the files."""
    source, files = rules_history.written(count, folder), []
    fields = ", ".join(quoted(each.path) for each in SCHEMA)
    at = (START - EPOCH) // timedelta(microseconds=1)
    with duckdb.connect() as db:
        db.execute("SET threads = 1")
        for start in range(0, count, MOST):
            files.append(folder / f"kept-{start}.parquet")
            db.execute(
                f"COPY (SELECT number + 1 AS sequence, {at} + number * 1000 AS \"at\", 'e' || number AS id, "
                f"NULL::BIGINT AS {quoted(TIME)}, NULL::BLOB AS {quoted(SEALED)}, NULL::BLOB AS {quoted(BODY)}, "
                f"{fields} "
                f"FROM (SELECT *, file_row_number AS number FROM read_parquet({literal(str(source))}, "
                f"file_row_number = true)) WHERE number >= {start} AND number < {start + MOST}) "
                f"TO {literal(str(files[-1]))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {BLOCK})"
            )
    source.unlink()
    return files


def _without_counters() -> RuleSet:
    """Return those rules of the workload that read no counter, themselves or by another rule."""
    chosen: list[Rule] = []
    for each in rules_workload.rule_set().rules:
        names = {one.id for one in chosen}
        parts = list(walk(each.condition))
        if any(isinstance(one, CounterValue) for one in parts):
            continue
        if all(one.rule in names for one in parts if isinstance(one, RuleReference)):
            chosen.append(each)
    return RuleSet(tuple(chosen))


def _prepared(rules: RuleSet) -> Prepared:
    platform = Platform(PLATFORM, SCHEMA, "actor.id")
    after, before = (Loaded(platform, (), {}, {}, {}, {}) for _ in range(2))
    vars(after)["rule_set"] = rules  # as if they had been read from files, which have more than a condition
    names = tuple(each.id for each in rules.rules)
    return Prepared("", after, before, names, (), names[0] if len(names) == 1 else "")
