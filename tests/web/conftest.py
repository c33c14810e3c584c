"""What tests of pages share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from showcause.web.configuration import serve_house
from showcause.web.limits import BUCKETS
from tests.web.record import lived_in
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


@pytest.fixture(scope="session")
def lived_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A house whose public record has something of everything; made once, since looking at it changes nothing."""
    with open_stand(tmp_path_factory.mktemp("lived")) as opened:
        lived_in(opened)
        yield opened


@pytest.fixture
def lived(lived_once: Stand) -> Stand:
    """The same house, served to a visitor who comes new."""
    serve_house(lived_once.pages)
    BUCKETS._held.clear()
    return Stand(lived_once.house, lived_once.pages, Client(HTTP_HOST="localhost:8420"))
