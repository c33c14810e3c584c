"""A backtest finds the same by every way: one event after the other, by query, from the log, and from lines."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from showcause.casework.rulework import backtesting, history, in_force, querying
from showcause.casework.rulework.backtesting import Happened, Prepared
from showcause.casework.rulework.trying import Forecast
from showcause.domain.errors import BadInput
from showcause.domain.rule import Piece, RuleVersion, Seen
from showcause.rules import sql
from showcause.rules.admitting import admit
from showcause.rules.declared import Declaration
from showcause.rules.schema import Schema
from showcause.stream.intake import Intake
from showcause.stream.opening import open_beside
from tests.casework.rule_life import Life
from tests.casework.test_rule_life import CASES, READS
from tests.house import NOON, PLATFORM, House
from tests.rules.folders import RULE

START = backtesting.microseconds(NOON) - 3_600_000_000
LISTED = {
    "rules/night_links.yaml": RULE.replace(
        "kind == 'post' and content.links > 0",
        "kind == 'post' and content.links > 0 and content.domain in blocked and not actor.verified",
    ).replace("links: 1}}", "links: 1, domain: bad.example}, actor: {verified: false}}")
}


@pytest.fixture
def life(house: House) -> Life:
    return Life(house)


def sent(count: int, seed: int = 5) -> list[dict[str, Any]]:
    """Return the data of some events, with much of it missing."""
    chance = random.Random(seed)
    return [
        {
            "kind": chance.choice(["post", "post", "like", "report"]),
            "actor": {
                "id": f"u{int(chance.paretovariate(0.7)) % 30}",
                "verified": chance.choice([True, False, None]),
            },
            "content": {
                "links": chance.choice([None, 0, 0, 1, 3]),
                "domain": chance.choice([None, "bad.example", "good.example", "pré.example"]),
            },
        }
        for _ in range(count)
    ]


def happened(schema: Schema, data: Sequence[dict[str, Any]]) -> list[Happened]:
    return [
        Happened(number, START + number * 1_000_000, f"e{number}", admit(schema, each).event)
        for number, each in enumerate(data, 1)
    ]


def prepared(life: Life, version: RuleVersion) -> Prepared:
    with life.house.store.read() as view:
        return backtesting.prepare(view, version)


def parquet(folder: Path, schema: Schema, events: Sequence[Happened]) -> list[Path]:
    """Write events as history has them, in two files."""
    names = {"sequence": "BIGINT", "at": "BIGINT", "id": "VARCHAR"} | {
        each.path: sql.COLUMNS[each.type] for each in schema
    }
    files = [folder / "one.parquet", folder / "two.parquet"]
    with duckdb.connect() as db:
        columns = ", ".join(f"{sql.quoted(name)} {kind}" for name, kind in names.items())
        db.execute(f"CREATE TABLE t ({columns})")
        rows = [
            [each.sequence, each.at, each.id, *(_at(each.event, path) for path in list(names)[3:])]
            for each in events
        ]
        lists = [list(column) for column in zip(*rows, strict=True)]
        db.execute(f"INSERT INTO t SELECT {', '.join(['unnest(?)'] * len(names))}", lists)
        db.execute(f"COPY (FROM t WHERE sequence % 2 = 0) TO '{files[0]}' (FORMAT parquet)")
        db.execute(f"COPY (FROM t WHERE sequence % 2 = 1) TO '{files[1]}' (FORMAT parquet)")
    return files


def _at(event: Any, path: str) -> Any:
    group, dot, key = path.rpartition(".")
    return event[group][key] if dot else event[key]


@pytest.mark.parametrize("first, second", [(CASES, LISTED), (LISTED, CASES)])
def test_duckdb_and_the_function_that_decides_foretell_the_same(
    first: dict[str, str], second: dict[str, str], life: Life, tmp_path: Path
) -> None:
    life.through(life.propose(first).id)
    case = prepared(life, life.propose(second))
    schema = case.after.platform.schema
    events = happened(schema, sent(1_500))
    since, until = NOON - timedelta(minutes=50), NOON - timedelta(minutes=40)
    assert not case.needs_counters
    one = backtesting.backtest(case, events, since, until)
    two = querying.backtest_parquet(case, parquet(tmp_path, schema, events), since, until)
    assert one == two
    assert one.events == 600
    assert min(one.hits, one.degraded, one.unchanged, one.accounts) > 0
    assert one.new + one.lost > 0
    assert list(querying.read_parquet(sorted(tmp_path.glob("*.parquet")), schema)) == events


def test_the_difference_is_counted_by_hand(life: Life) -> None:
    life.through(life.propose().id)  # a post with a link
    case = prepared(life, life.propose(CASES))  # and not verified
    data = [
        {"kind": "post", "actor": {"id": "a", "verified": False}, "content": {"links": 1}},  # both
        {"kind": "post", "actor": {"id": "b", "verified": True}, "content": {"links": 1}},  # lost
        {"kind": "post", "actor": {"id": "b"}, "content": {"links": 1}},  # lost, and cannot know
        {"kind": "like", "actor": {"id": "c", "verified": False}, "content": {"links": 1}},  # neither
    ]
    found = backtesting.backtest(
        case, happened(case.after.platform.schema, data), NOON - timedelta(hours=1), NOON
    )
    assert (found.events, found.hits, found.degraded) == (4, 1, 1)
    assert (found.new, found.lost, found.unchanged) == (0, 2, 1)
    assert (found.accounts, found.accounts_new, found.accounts_lost) == (1, 0, 1)
    assert (found.sample, found.hit_accounts) == (("e1",), ("a",))


def test_a_changed_list_is_foretold_for_every_rule_that_reads_it(life: Life) -> None:
    life.through(life.propose(LISTED).id)
    longer = {
        "lists/blocked.yaml": "name: blocked\nversion: 2\ntype: text\nentries: [bad.example, new.example]\n"
    }
    draft = life.propose(LISTED | longer, "blocked")
    case = prepared(life, draft)
    data = [
        {
            "kind": "post",
            "actor": {"id": domain, "verified": False},
            "content": {"links": 1, "domain": domain},
        }
        for domain in ("bad.example", "worse.example", "new.example", "new.example")
    ]
    found = backtesting.backtest(
        case, happened(case.after.platform.schema, data), NOON - timedelta(hours=1), NOON
    )
    assert (found.hits, found.new, found.lost, found.unchanged) == (3, 2, 1, 1)
    assert (found.accounts_new, found.accounts_lost) == (1, 1)


def test_windows_are_full_before_the_period_begins(life: Life) -> None:
    rule = (
        READS["rules/night_links.yaml"]
        .replace("posts_10m < 90", "posts_10m >= 3")
        .replace("links: 1}}\n    counters: {posts_10m: 1}", "links: 1}}\n    counters: {posts_10m: 3}")
    )
    case = prepared(life, life.propose({"rules/night_links.yaml": rule}))
    assert case.needs_counters
    data = [{"kind": "post", "actor": {"id": "a"}, "content": {"links": 1}}] * 4
    events = happened(case.after.platform.schema, data)
    last = backtesting.moment(events[3].at)
    found = backtesting.backtest(case, events, last, last + timedelta(seconds=1))
    assert (found.first, found.events, found.hits) == (4, 1, 1)
    assert backtesting.observe(case, events, 2) == Seen(2, 2)
    assert backtesting.observe(case, events[3:], 0) == Seen(1, 0), "without what was before"


def test_the_log_and_the_lines_it_was_taken_from_foretell_the_same(life: Life, tmp_path: Path) -> None:
    case = prepared(life, life.propose(READS))
    schema = case.after.platform.schema
    log = open_beside(life.house.store)
    intake = Intake(life.house.store, log)
    lines = [
        json.dumps({"id": f"e{number}", "time": "2026-11-22T11:00:00Z", "data": each}).encode()
        for number, each in enumerate(sent(300), 1)
    ]
    for each in intake.take(PLATFORM, Declaration(schema, "actor.id", "content.id"), lines, life.house.now):
        assert each.taken
    intake.take("other", Declaration(schema), [b'{"id": "x", "data": {"kind": "post"}}'], life.house.now)
    file = tmp_path / "day.ndjson"
    file.write_bytes(b"\n".join([*lines, b"{}"]) + b"\n")
    since, until = NOON - timedelta(hours=2), NOON + timedelta(hours=1)
    one = backtesting.backtest(case, history.from_log(log, PLATFORM, schema), since, until)
    refused: Counter[str] = Counter()
    two = backtesting.backtest(
        case, history.from_lines([file], PLATFORM, schema, intake.key, refused), since, until
    )
    assert one == two
    assert (one.events, refused.total()) == (300, 1)
    assert one.hits > 0
    assert all(each.startswith("~") for each in one.hit_accounts), "no account is named, only its hash"
    halfway = log.read(149, 1)[0].at
    assert [each.sequence for each in history.from_log(log, PLATFORM, schema, since=halfway)] == list(
        range(150, 302)
    )
    assert [each.sequence for each in history.from_log(log, PLATFORM, schema, after=299)] == [300, 301]
    log.close()


def test_a_version_that_ended_is_compared_as_it_was_with_the_lists_of_its_time(life: Life) -> None:
    first = life.through(life.propose(LISTED).id)
    listed = "name: blocked\nversion: 2\ntype: text\nentries: [bad.example, good.example]\n"
    life.through(life.propose(LISTED | {"lists/blocked.yaml": listed}, "blocked").id)
    life.house.wait(hours=1)
    wider = {
        "rules/night_links.yaml": LISTED["rules/night_links.yaml"].replace(" and not actor.verified", "")
    }
    second = life.through(life.propose(wider | {"lists/blocked.yaml": listed}).id)
    life.house.wait(hours=1)
    life.through(
        life.propose(
            wider | {"lists/blocked.yaml": listed.replace("2", "3").replace("good", "new")}, "blocked"
        ).id
    )
    people = (("a", False, "bad"), ("b", True, "bad"), ("c", False, "good"), ("d", True, "new"))
    data = [
        {
            "kind": "post",
            "actor": {"id": who, "verified": verified},
            "content": {"links": 1, "domain": f"{at}.example"},
        }
        for who, verified, at in people
    ]

    def found(*versions: RuleVersion) -> Forecast:
        with life.house.store.read() as view:
            case = backtesting.prepare_past(view, *(view.get(RuleVersion, each.id) for each in versions))
        return backtesting.backtest(
            case, happened(case.after.platform.schema, data), NOON - timedelta(hours=1), NOON
        )

    assert found(first).hit_accounts == ("a", "c"), "with the list as it was when the version ended"
    assert found(second).hit_accounts == ("a", "b", "d"), "with the list as it is now"
    both = found(second, first)
    assert (both.new, both.lost, both.unchanged, both.accounts_new, both.accounts_lost) == (2, 1, 1, 2, 1)
    with life.house.store.read() as view, pytest.raises(BadInput, match="only rules"):
        backtesting.prepare_past(view, in_force.live(view, PLATFORM)[Piece.LIST, "blocked"])
