"""A forecast over the house's own events is the same wherever these lie, and says what is missing."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from showcause.casework.rulework import forecasting, history
from showcause.casework.rulework.backtesting import Prepared
from showcause.casework.rulework.trying import Forecast
from showcause.rules.declared import Declaration
from showcause.store.events import EventLog
from showcause.stream.history import History
from showcause.stream.intake import Intake
from showcause.stream.moving import Moving
from tests.casework.rule_life import Life
from tests.casework.test_backtesting import LISTED, prepared, sent
from tests.casework.test_rule_life import CASES, READS
from tests.house import NOON, PLATFORM, House

SINCE, UNTIL = NOON - timedelta(days=9), NOON + timedelta(minutes=10)


@pytest.fixture
def life(house: House) -> Life:
    return Life(house)


def moving_over(house: House, case: Prepared, folder: Path) -> tuple[Moving, Declaration]:
    """Return what moves the events of a log in a file, of which there are some a day for ten days."""
    log = EventLog.open(
        f"sqlite:///{folder / 'events.db'}",
        bytes(32),
        None,
        lambda log: History(log, folder / "history", lambda: NOON),
    )
    platform = case.after.platform
    declared = Declaration(platform.schema, platform.account, platform.content)
    data = sent(400)
    for number in range(10):
        some = data[number * 40 : number * 40 + 40]
        lines = [json.dumps({"id": f"{number} {n}", "data": each}).encode() for n, each in enumerate(some)]
        taken = Intake(house.store, log).take(PLATFORM, declared, lines, NOON - timedelta(days=9 - number))
        assert all(each.taken for each in taken)
    assert isinstance(log.shelf, History)
    return Moving(log.shelf, 30), declared


def forecast(case: Prepared, moving: Moving) -> Forecast:
    return forecasting.forecast(case, moving.history.log, PLATFORM, SINCE, UNTIL)


@pytest.mark.parametrize("rules", [LISTED, READS])
def test_moving_events_changes_no_forecast(rules: dict[str, str], life: Life, tmp_path: Path) -> None:
    life.through(life.propose(CASES).id)
    case = prepared(life, life.propose(rules))
    moving, declared = moving_over(life.house, case, tmp_path)
    log = moving.history.log
    before = forecast(case, moving)
    assert history.in_files(log, PLATFORM, SINCE, UNTIL) is None
    while moving.move(PLATFORM, declared, "ab" * 32, NOON - timedelta(days=3)):
        pass
    assert history.in_files(log, PLATFORM, SINCE, UNTIL) is not None
    assert forecast(case, moving) == before
    assert before.events == 400

    gone = moving.let_go(NOON - timedelta(days=7))
    after = forecast(case, moving)
    assert after.events == before.events - sum(each.rows for each in gone)
    assert len(after.lacks) == len(gone)
    assert all(
        each.endswith(f"left the history on {NOON.day} {NOON:%B %Y}; they are not counted")
        for each in after.lacks
    )

    [*_, piece] = log.pieces()
    moving.history.path_of(piece).unlink()
    assert f"are in {piece.file}, which is missing or damaged" in forecast(case, moving).lacks[-1]
    log.close()
