"""Killed at any instant, also while recovering from the kill before: the same must hold as at the named points."""

from collections.abc import Callable

import pytest

from tests.crash.durable import Sites
from tests.crash.loop import CrashLoop

pytestmark = pytest.mark.crash
KILLS = 44
Recorder = Callable[[str, object], None]


def test_kills_at_random_instants(sites: Sites, record_property: Recorder) -> None:
    deaths = CrashLoop(sites, seed=2024).at_random(KILLS)
    assert deaths.total >= KILLS
    record_property("kill -9", dict(deaths.where))


@pytest.mark.slow
def test_many_kills_at_random_instants(sites: Sites, record_property: Recorder) -> None:
    deaths = CrashLoop(sites, seed=20241122).at_random(150)
    record_property("kill -9", dict(deaths.where))
