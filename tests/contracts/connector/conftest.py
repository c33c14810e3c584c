"""The platforms that every test of this suite runs on: the simulator always, Matrix where a server can be started."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from showcause.connectors.gated import GatedPlatform
from tests.contracts.connector.peers import Peer, SimulatorPeer


@pytest.fixture(params=["simulator", pytest.param("matrix", marks=pytest.mark.synapse)])
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    """One platform after the other."""
    if request.param == "simulator":
        yield SimulatorPeer(tmp_path)
        return
    from tests.contracts.connector.matrix_peer import MatrixPeer

    with MatrixPeer(request.getfixturevalue("synapse"), tmp_path) as matrix:
        yield matrix


@pytest.fixture
def connector(peer: Peer) -> GatedPlatform:
    """The platform's connector, acting."""
    return peer.connect()
