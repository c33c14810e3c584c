"""The benchmark of asking runs a real server, whose judging is woken from the process of the pages."""

from pathlib import Path

from bench.asking import HOLD_EVERY, asking


def test_whoever_asks_is_answered_in_a_quiet_house_and_in_a_flood(tmp_path: Path) -> None:
    quiet, flooded = asking(tmp_path, 2 * HOLD_EVERY)
    for row in (quiet, flooded):
        assert sum(row["answers"].values()) == 2 * HOLD_EVERY
        assert set(row["answers"]) <= {"hold rule", "pass judged", "pass late"}
        assert 0 < row["p50_ms"] <= row["p95_ms"] <= row["p99_ms"]
    assert quiet["answers"].get("hold rule", 0) + quiet["answers"].get("pass late", 0) >= 2
