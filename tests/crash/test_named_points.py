"""Killed between any two things that must not come apart: nothing acknowledged is lost, nothing done twice or unlogged.

Each point is tried when it is reached for the first time and for the second. What is checked after each kill stands
in `checks.py`; the points stand in `points.py`.
"""

from collections.abc import Callable

import pytest

from tests.crash.durable import Sites
from tests.crash.life import LEADS_TO
from tests.crash.loop import CrashLoop
from tests.crash.points import Point

Recorder = Callable[[str, object], None]
pytestmark = pytest.mark.crash


@pytest.mark.parametrize("nth", [1, 2, *(pytest.param(more, marks=pytest.mark.slow) for more in (3, 4, 5))])
def test_a_kill_at_every_named_point(nth: int, sites: Sites, record_property: Recorder) -> None:
    deaths = CrashLoop(sites, seed=14 + nth).at(Point, nth)
    assert all(deaths.where[point.value] == 1 for point in Point)
    record_property("kill -9", dict(deaths.where))


def test_a_way_leads_to_every_named_point() -> None:
    assert set(LEADS_TO) == set(Point)
