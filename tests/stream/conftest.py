"""What tests of events share: an intake beside a fresh store, and lines to send."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from showcause.stream.intake import Intake
from showcause.stream.opening import open_beside
from tests.databases import POSTGRES, fresh_memory, fresh_postgres, fresh_sqlite


@pytest.fixture
def intake() -> Iterator[Intake]:
    """An intake in memory."""
    with fresh_memory() as store:
        yield Intake(store, open_beside(store))


@pytest.fixture(params=["sqlite", POSTGRES])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Intake]:
    """An intake on each database that others can open too."""
    fresh = (
        fresh_postgres(request.getfixturevalue("postgres_server"))
        if request.param == "postgres"
        else fresh_sqlite(tmp_path)
    )
    with fresh as store:
        opened = Intake(store, open_beside(store))
        yield opened
        opened.log.close()


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[Intake]:
    """An intake in files."""
    with fresh_sqlite(tmp_path) as store:
        opened = Intake(store, open_beside(store))
        yield opened
        opened.log.close()
