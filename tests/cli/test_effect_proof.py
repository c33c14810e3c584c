"""What became of an order, proven offline: the connector's word for it, and whether it is the connector's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result

from showcause.casework.log import receipts
from showcause.casework.worker import World as Outside
from showcause.cli.checks import SITE_CHECKS
from showcause.cli.root import root
from showcause.connectors.gate import Gate
from showcause.connectors.memory import Memory
from showcause.connectors.simulator import Simulator
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import NotFound
from showcause.domain.subject import SubjectRecord
from showcause.store.store import Store
from showcause.transparency.keys import KeyKind, SigningKey
from tests.databases import memory_store
from tests.house import CONNECTOR_KEY, PLATFORM, House, opened_house

__all__ = ["memory_store"]
THIEF = SigningKey(PLATFORM, KeyKind.ED25519, b"t" * 32)


@pytest.fixture
def house(memory_store: Store, tmp_path: Path) -> Iterator[House]:
    with opened_house(memory_store, tmp_path) as opened:
        yield opened


def check(house: House, file: Path, *more: str) -> Result:
    return CliRunner().invoke(root, ["verify", str(file), "--key", house.signer.verifier_key, *more])


def test_a_proof_of_an_effect_says_what_the_connector_signed_and_checks_it(
    house: House, tmp_path: Path
) -> None:
    house.suspended()
    [order] = house.all(Enforcement)
    assert house.worker.head is not None
    with house.store.read() as view:
        owner = view.get(SubjectRecord, order.subject).owner
        leaf = receipts.last_effect(view, order.id)
        proof = receipts.person_proof(view, leaf, house.worker.head.note, owner)
        with pytest.raises(NotFound):
            receipts.last_effect(view, "0" * 32)
    file = tmp_path / "effect.tlog-proof"
    file.write_text(proof)
    plain = check(house, file)
    assert plain.exit_code == 0
    assert (
        f"the connector {PLATFORM} said of order {order.number} (suspend): the measure stands" in plain.output
    )
    assert "it read this from the platform itself" in plain.output
    assert "Its signature was not checked" in plain.output
    mine = check(house, file, "--connector-key", str(CONNECTOR_KEY.verifier))
    assert mine.exit_code == 0
    assert "signed that with the key that you named" in mine.output
    assert check(house, file, "--connector-key", str(THIEF.verifier)).exit_code == 1


def test_the_doctor_counts_the_orders_whose_connectors_word_did_not_fit(house: House) -> None:
    [well] = SITE_CHECKS["confirmations"](cast("Any", house), None)
    assert well.ok
    gate = Gate(PLATFORM, PLATFORM, house.log_policy, Memory(house.folder / "gate.db", b"g" * 32), key=THIEF)
    stolen = Simulator(house.world, gate, house.platform.spool, house.clock)
    house.worker.world = Outside({PLATFORM: stolen}, house.signer)
    house.suspended()
    [ill] = SITE_CHECKS["confirmations"](cast("Any", house), None)
    assert not ill.ok
    assert ill.says.startswith("of 1 orders")
