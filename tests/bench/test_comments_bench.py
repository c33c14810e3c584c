"""The benchmark of comments measures what readers and the desk read, whole answers, and posts that are on the disk."""

from pathlib import Path

from bench import comments_measures as bench


def test_each_row_says_what_was_measured(tmp_path: Path) -> None:
    found = list(bench.measured(tmp_path, "", 2_000, runs=3, sent=64))
    cases = [row["case"] for row in found]
    assert cases[0] == "the stage, in bulk"
    assert {"page, newest", "fragment, replies", "permalink", "rendered, frame"} <= set(cases)
    assert cases[-1] == f"posts by {bench.WRITERS} at once"
    assert 0 < found[-1]["flushes"] <= 64
    assert all(row["p95_ms"] > 0 for row in found if "aim_ms" in row)


def test_scripts_and_styles_are_weighed() -> None:
    row = bench.weights()
    scripts = [row[name]["bytes"] for name in row if name.endswith(".js")]
    assert scripts
    assert sum(scripts) <= 20_000


def test_the_aim_is_the_one_that_was_set() -> None:
    assert bench.AIM_MS == 30.0
