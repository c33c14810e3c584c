"""Killed between any two things that must not come apart: nothing acknowledged is lost, nothing done twice or unlogged.

What is checked after each kill stands in `checks.py`; the points stand in `points.py`.
"""

from collections.abc import Callable

import pytest

from tests.crash.durable import Sites
from tests.crash.life import LEADS_TO
from tests.crash.loop import CrashLoop
from tests.crash.points import Point

Recorder = Callable[[str, object], None]
pytestmark = pytest.mark.crash
EACH = 2


def test_a_kill_at_every_named_point(sites: Sites, record_property: Recorder) -> None:
    deaths = CrashLoop(sites, seed=14).at_points(EACH)
    assert all(deaths.where[point.value] >= EACH for point in Point)
    record_property("kill -9", f"{sites.kind}: {deaths}")


@pytest.mark.slow
def test_many_kills_at_every_named_point(sites: Sites, record_property: Recorder) -> None:
    deaths = CrashLoop(sites, seed=1414).at_points(5)
    record_property("kill -9", f"{sites.kind}: {deaths}")


def test_a_way_leads_to_every_named_point() -> None:
    assert set(LEADS_TO) == set(Point)
