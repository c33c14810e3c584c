"""The benchmark of receipts runs, checks what it measured, and prints one JSON object a row."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench import receipts, rows
from bench.receipts import Case


def test_a_row_says_by_how_much_a_target_is_met_or_missed() -> None:
    assert rows.row("x", "y", 5000, 10_000)["of_target"] == 0.5
    assert not rows.row("x", "y", 5000, 10_000)["met"]
    assert rows.row("x", "y", 20_000, 10_000)["met"]
    assert "met" not in rows.row("x", "y", 20_000, None)


def test_the_percentiles_are_in_milliseconds() -> None:
    assert rows.latencies([n / 1000 for n in range(1, 101)]) == {"p50_ms": 51.0, "p99_ms": 100.0}


@pytest.mark.parametrize("clients", [receipts.threads, receipts.coroutines])
def test_a_case_is_measured_on_a_log_that_is_sound(tmp_path: Path, clients: receipts.Clients) -> None:
    with ThreadPoolExecutor(1) as fresh:  # where no browser's loop of events runs
        measured = fresh.submit(receipts.bare, tmp_path, Case(4, 3, 1e9), 0.5, clients).result()
    row = json.loads(json.dumps(measured))
    assert row["receipts"] > 0
    assert row["per_second"] == round(row["receipts"] / 0.5)
    assert row["met"] is False
    assert row["machine"]["cores"] >= 1
    assert row["peer"]["per_second"] > 0


def test_the_targets_are_those_that_the_project_states() -> None:
    targets = {str(case): case.target for case in receipts.CASES}
    assert targets == {"1": None, "16": None, "128": 10_000, "16 x 64": 40_000, "64 x 64": 40_000}
