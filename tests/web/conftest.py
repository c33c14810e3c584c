"""What tests of pages share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.stand import Stand, listening, open_stand


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    """A house with its pages, visited through Django's client."""
    with open_stand(tmp_path) as opened:
        yield opened


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Stand]:
    """A house with its pages, reachable by a browser."""
    with listening(tmp_path) as opened:
        yield opened
