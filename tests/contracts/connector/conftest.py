"""The platforms that every test of this suite runs on: the simulator, a platform without a connector, the comment
section on either database, and Matrix.

The first always, Matrix and PostgreSQL where a server can be started.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from showcause.connectors.gated import GatedPlatform
from tests.contracts.connector.comments_peer import CommentsPeer
from tests.contracts.connector.orders_peer import Listening, OrdersPeer
from tests.contracts.connector.peers import Peer, SimulatorPeer
from tests.services.postgres import PostgresServer


@pytest.fixture(scope="session")
def listening_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A house that takes reports and hands out orders over HTTP, for all platforms without a connector in turn."""
    with Listening.opened(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture(scope="session")
def comments_database(postgres_server: PostgresServer) -> Iterator[str]:
    """A database for all comment sections in turn: each test brings people of its own."""
    name = postgres_server.create()
    yield postgres_server.dsn(name)
    postgres_server.drop(name)


MATRIX = pytest.param("matrix", marks=pytest.mark.synapse)
LISTING = ["simulator", "orders", MATRIX]
"""The platforms that list reports; a comment section's readers report on the house's own pages."""


@pytest.fixture(params=[*LISTING, "comments", pytest.param("comments-postgres", marks=pytest.mark.postgres)])
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    """One platform after the other."""
    yield from opened(request, tmp_path)


def opened(request: pytest.FixtureRequest, folder: Path) -> Iterator[Peer]:
    """Open the platform that a test asks for."""
    match request.param:
        case "simulator":
            yield SimulatorPeer(folder)
        case "orders":
            with OrdersPeer(request.getfixturevalue("listening_house"), folder) as commons:
                yield commons
        case "comments":
            with CommentsPeer(f"sqlite:///{folder / 'comments.db'}", folder) as section:
                yield section
        case "comments-postgres":
            with CommentsPeer(request.getfixturevalue("comments_database"), folder) as section:
                yield section
        case _:
            from tests.contracts.connector.matrix_peer import MatrixPeer

            with MatrixPeer(request.getfixturevalue("synapse"), folder) as matrix:
                yield matrix


@pytest.fixture
def connector(peer: Peer) -> GatedPlatform:
    """The platform's connector, acting."""
    return peer.connect()
