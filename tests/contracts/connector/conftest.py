"""The platforms that every test of this suite runs on: the simulator, a platform without a connector, and Matrix.

The first two always, Matrix where a server can be started.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from showcause.connectors.gated import GatedPlatform
from tests.contracts.connector.orders_peer import Listening, OrdersPeer
from tests.contracts.connector.peers import Peer, SimulatorPeer


@pytest.fixture(scope="session")
def listening_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A house that takes reports and hands out orders over HTTP, for all platforms without a connector in turn."""
    with Listening.opened(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture(params=["simulator", "orders", pytest.param("matrix", marks=pytest.mark.synapse)])
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    """One platform after the other."""
    if request.param == "simulator":
        yield SimulatorPeer(tmp_path)
        return
    if request.param == "orders":
        with OrdersPeer(request.getfixturevalue("listening_house"), tmp_path) as commons:
            yield commons
        return
    from tests.contracts.connector.matrix_peer import MatrixPeer

    with MatrixPeer(request.getfixturevalue("synapse"), tmp_path) as matrix:
        yield matrix


@pytest.fixture
def connector(peer: Peer) -> GatedPlatform:
    """The platform's connector, acting."""
    return peer.connect()
