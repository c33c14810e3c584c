"""The benchmark of a large log runs on a small one, and what it measures is sound."""

import json
from pathlib import Path

from bench.log import AIM, SIZE, log


def test_each_row_says_what_was_measured_on_a_sound_log(tmp_path: Path) -> None:
    found = [json.loads(json.dumps(row)) for row in log(tmp_path, 700, 0.2)]
    assert [row["case"] for row in found] == [
        "fsck of 700 entries, without the records",
        "fsck of 700 entries, every check on",
        "proofs made",
        "proofs made, with remembered nodes",
        "proofs verified",
    ]
    assert all(row["per_second"] > 0 for row in found)
    assert {row["target"] for row in found} == {None, SIZE / AIM}


def test_the_aim_is_a_million_entries_in_a_quarter_of_a_minute() -> None:
    assert (SIZE, AIM) == (1_000_000, 15)
