"""What tests of the comment section's pages share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from showcause.web.configuration import serve_house
from showcause.web.limits import BUCKETS
from tests.web.comments.paper import Paper, newspaper
from tests.web.stand import Stand, open_stand


@pytest.fixture(scope="module")
def publisher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A house that has a newspaper's comment section; founded once for the tests of a file, whose clock goes on."""
    with open_stand(tmp_path_factory.mktemp("publisher")) as opened:
        yield opened


@pytest.fixture
def paper(publisher: Stand, tmp_path: Path) -> Iterator[Paper]:
    """A fresh section whose comments are published at once and read afterwards, visited by somebody new."""
    serve_house(publisher.pages)
    BUCKETS._held.clear()
    publisher.client = Client(HTTP_HOST="localhost:8420")
    with newspaper(publisher, tmp_path) as opened:
        yield opened


@pytest.fixture
def lone_paper(stand: Stand, tmp_path: Path) -> Iterator[Paper]:
    """The same in a house of its own, for tests that leave something behind in it."""
    with newspaper(stand, tmp_path) as opened:
        yield opened
