"""The benchmark of events measures the whole way, and counts what the barest structures count."""

from pathlib import Path

from bench import events as bench
from bench.memory import memory


def test_each_row_says_what_was_measured(tmp_path: Path) -> None:
    found = [bench.windows(500), *bench.way(tmp_path, 500)]
    assert [row["case"] for row in found] == [
        "four counters",
        "read at the door",
        "taken in, flushed 1000 at a time",
        "judged by 20 rules over 5 counters",
        "the whole way",
        "taken up again without a kept state",
    ]
    assert all(row["per_second"] > 0 and row["machine"]["cpu"] for row in found)
    assert found[0]["bare_per_second"] > 0
    assert found[3]["verdicts"] > 0


def test_rules_that_seldom_speak_have_a_row_of_their_own(tmp_path: Path) -> None:
    found = bench.seldom(tmp_path, 4_000, 100)
    assert found["case"] == "the whole way, rules speak of one event in 100"
    assert 10 < found["verdicts"] < 90
    assert found["target"] == bench.WHOLE


def test_memory_is_measured_in_a_process_of_its_own() -> None:
    found = memory(2_000)
    assert found["case"] == "memory of windows over 2,000 accounts"
    assert found["peak_mib"] > 0


def test_the_aims_are_those_that_were_set() -> None:
    assert (bench.BARE, bench.WHOLE) == (490_000, 100_000)
