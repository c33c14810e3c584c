"""Sites on both databases, founded once for each test."""

from pathlib import Path

import pytest

from tests.crash.durable import Sites


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def sites(request: pytest.FixtureRequest, tmp_path: Path) -> Sites:
    """What makes sites on each database in turn."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    return Sites(tmp_path, server)
