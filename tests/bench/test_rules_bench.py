"""The benchmark of rules measures what it says, on events that every machine draws alike."""

import json
from pathlib import Path

import pytest

from bench import rules as bench
from bench import rules_history, rules_kept, rules_peer, rules_workload
from showcause.rules import python_code
from showcause.rules.schema import Type
from tests.rules.evaluators import by_cel, by_python, by_sql, by_trace


def test_each_row_says_what_was_measured_and_how_far_from_the_aim(monkeypatch: pytest.MonkeyPatch) -> None:
    found = list(bench.rules(100, sizes=(20, 100)))
    assert [row["case"] for row in found] == [
        "20 rules",
        "100 rules",
        "20 rules, events just read from JSON",
        "20 rules, one value in twenty missing",
        "20 rules, all traced",
        "20 rules, hits traced",
        "20 rules, hits confirmed",
    ]
    assert all(row["per_second"] > 0 and row["machine"]["cpu"] for row in found)


def test_the_aims_are_those_that_were_set() -> None:
    assert bench.AIMS == {20: 350_000, 100: None, 500: 25_000, 2_000: 6_000}


def test_the_workload_has_the_same_hits_on_every_machine_and_in_every_evaluator() -> None:
    given, rules = rules_workload.events(500, missing=0.05), rules_workload.rule_set()
    types = {each.name: Type.INT for each in rules_workload.COUNTERS}
    traced = by_trace(rules, given)
    assert by_python(rules, rules_workload.SCHEMA, given) == traced
    assert by_sql(rules, rules_workload.SCHEMA, given, types) == traced
    assert by_cel(rules, rules_workload.SCHEMA, given, types) == traced


def test_one_event_in_eight_meets_a_rule() -> None:
    evaluate = python_code.compile_set(rules_workload.rule_set(), rules_workload.SCHEMA)
    given = rules_workload.events(4_000)
    assert sum(len(evaluate(event, counters, [])) for event, counters in given) == 522


def test_history_is_asked_in_one_query_for_all_rules_and_in_one_for_the_accounts_of_one(
    tmp_path: Path,
) -> None:
    backtest, one_rule = rules_history.history(2_000, tmp_path)
    assert (backtest["target"], one_rule["target"]) == (2_000_000, 10_000_000)
    assert backtest["rows"] == 2_000
    assert backtest["hits"] > one_rule["accounts"] > 0


def test_the_house_s_own_history_is_measured_by_the_code_that_answers(tmp_path: Path) -> None:
    moved, read, one, many = rules_kept.kept(2_000, tmp_path, moved=500)
    assert (moved["events"], read["events"]) == (500, 500)
    assert (one["rows"], one["target"], many["target"]) == (2_000, 10_000_000, 2_000_000)
    assert many["hits"] > one["hits"] > 0


def test_the_peer_gets_the_same_rules_in_its_own_language(tmp_path: Path) -> None:
    rules, events = rules_peer.write(rules_workload.rule_set(), rules_workload.events(3), tmp_path)
    text = (rules / "main.sml").read_text(encoding="utf-8")
    assert text.count("= Rule(when_all=[") == text.count("DeclareVerdict(verdict=") == 20
    assert "SuspiciousRule = Rule(when_all=[(YoungWithLinkRule or LinksEarlyRule), ModelSpam > 0.2, " in text
    assert [json.loads(line)["counters"] for line in events.read_text(encoding="utf-8").splitlines()] == [
        counters for _, counters in rules_workload.events(3)
    ]
