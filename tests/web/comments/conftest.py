"""What tests of the comment section's pages share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.comments.paper import Paper, newspaper
from tests.web.stand import Stand


@pytest.fixture
def paper(stand: Stand, tmp_path: Path) -> Iterator[Paper]:
    """A newspaper whose comments are published at once and read afterwards."""
    with newspaper(stand, tmp_path) as opened:
        yield opened
