"""Guarantee 14: kill any process at any instant; what was acknowledged is there, and nothing came twice or unlogged.

This is the short form, on one kind of database. `tests/crash` kills at every named point and at random on both
databases, `tests/contracts/store/test_crashes.py` and `tests/connectors/test_crash.py` kill the store and the
connector alone, and `tests/faults` has what breaks without a kill.
"""

from pathlib import Path

import pytest

from tests.crash.durable import Sites
from tests.crash.loop import CrashLoop
from tests.crash.points import Point

WHERE_IT_WOULD_HURT = (
    Point.BEFORE_COMMIT,
    Point.COMMITTED,
    Point.STATE_WRITTEN,
    Point.ADMITTED,
    Point.IMPOSED,
    Point.LIFT_CLOSED,
    Point.FREED,
    Point.DELIVERED,
    Point.SPOOLED,
    Point.URGENT_RECORDED,
)


@pytest.mark.crash
def test_nothing_acknowledged_is_lost_and_nothing_is_restricted_twice_or_unlogged(tmp_path: Path) -> None:
    loop = CrashLoop(Sites(tmp_path), seed=7)
    loop.at(WHERE_IT_WOULD_HURT)
    assert loop.at_random(10).total >= 20
