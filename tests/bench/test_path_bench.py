"""The benchmarks of whole decisions check what they measured; here they run as small as they can."""

from pathlib import Path

from bench.decisions import PLACES, alone, together
from bench.path import STAGES, path
from bench.stand import stand


def test_the_path_is_measured_stage_by_stage(tmp_path: Path) -> None:
    row = path(tmp_path, 3)
    assert tuple(row["stages"]) == STAGES
    assert all(stage["p50_ms"] > 0 for stage in row["stages"].values())
    assert max(stage["p50_ms"] for stage in row["stages"].values()) <= row["p50_ms"] <= row["p99_ms"]


def test_decisions_are_measured_alone_and_in_groups_and_the_time_is_told_apart(tmp_path: Path) -> None:
    with stand(tmp_path) as made:
        one, some = alone(made, 2), together(made, 4, 2)
    assert (one["decisions"], some["decisions"]) == (2, 4)
    assert one["cpu_ms_per_decision"] > 0
    assert set(one["time_goes_to"]) == {name for name, _ in PLACES} | {"the rest"}
    assert abs(sum(one["time_goes_to"].values()) - 1) < 0.01
