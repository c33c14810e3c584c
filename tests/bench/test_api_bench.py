"""The benchmark of the API runs a real server and checks that what was acknowledged is there."""

from pathlib import Path

import pytest

from bench import api as bench
from bench.api import Case, api


def test_reports_are_measured_through_a_real_server_and_counted_in_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "WARM_UP", 0.0)  # what is measured here is not looked at
    monkeypatch.setattr(bench, "ACCOUNTS", 20)
    single, batch, *without_http, shares = api(tmp_path, 0.1, (Case(2), Case(1, 20)))
    assert single["reports"] >= 2 * 2
    assert batch["reports"] >= 20 * 2
    assert 0 < single["p50_ms"] <= single["p99_ms"]
    assert all(row["per_second"] > 0 for row in without_http)
    assert abs(sum(shares["time_goes_to"].values()) - 1) < 0.01
