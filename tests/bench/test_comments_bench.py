"""The benchmark of comments measures what readers and the desk read, whole answers, and posts that are on the disk."""

import sqlite3
from pathlib import Path

from bench import comments_many, comments_peer
from bench import comments_measures as bench
from showcause.comments.opening import open_section


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


def test_the_comments_are_copied_for_the_peer_and_both_figures_stand_in_a_row(tmp_path: Path) -> None:
    section = open_section(f"sqlite:///{tmp_path / 'ours.db'}", "courrier", b"k" * 32)
    comments_many.fill(section, 1_000)
    with sqlite3.connect(tmp_path / "ours.db") as source:
        assert comments_peer.fill(source, tmp_path / "isso.db") == 1_000
    with sqlite3.connect(tmp_path / "isso.db") as there:
        sql = "SELECT COUNT(*) FROM comments c JOIN threads t ON t.id = c.tid WHERE t.uri = ?"
        assert there.execute(sql, (comments_peer.BUSY,)).fetchone() == (10,)
    section.close()
    row = comments_peer.compared("post", [0.002] * 20, [0.006] * 20)
    assert (row["ours_ms"], row["isso_ms"], row["isso_times"]) == (2.0, 6.0, 3.0)
