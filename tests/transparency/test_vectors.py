"""The published vectors: our code still writes exactly these bytes, and the standard library alone can check them."""

import base64
import hmac
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from showcause.transparency import leaf, policy, receipt, verify
from tests.transparency.logs import UNTIL
from tests.transparency.vectors.make import vectors

FOLDER = Path(__file__).parent / "vectors"
MADE = vectors()


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


def url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize("name", MADE)
def test_the_bytes_of_old_logs_are_still_written(name: str) -> None:
    assert (FOLDER / name).read_bytes() == MADE[name]


def test_there_is_no_vector_that_nothing_pins() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.is_file() and path.suffix != ".py"} == set(MADE)


@pytest.mark.parametrize("case", load("leaves.json"))
def test_a_leafs_bytes_are_its_sorted_json(case: dict[str, Any]) -> None:
    data = case["bytes"].encode()
    assert compact(case["leaf"]) == data
    assert sha256(b"\x00" + data).hexdigest() == case["leaf_hash"]
    assert leaf.encode(leaf.decode(data)) == data


@pytest.mark.parametrize("case", load("commitments.json"))
def test_a_slots_digest_follows_from_its_seed_by_the_published_formula(case: dict[str, Any]) -> None:
    key = hmac.digest(bytes(32), bytes.fromhex(case["seed"]), "sha256")
    digests = b""
    for field in case["fields"]:
        salt = hmac.digest(key, b"showcause/v1 salt\x00" + field["field"].encode() + b"\x01", "sha256")
        disclosure = url(compact([url(salt), field["field"], field["value"]]))
        assert disclosure == field["disclosure"]
        assert sha256(disclosure.encode()).hexdigest() == field["digest"]
        digests += bytes.fromhex(field["digest"])
    name = case["slot"].encode()
    assert sha256(b"showcause/v1 slot\x00" + name + b"\x00" + digests).hexdigest() == case["digest"]


def test_the_published_decision_opens_the_gate_and_the_published_item_does() -> None:
    trust = policy.parse_policy((FOLDER / "policy.txt").read_bytes())
    one = receipt.from_json((FOLDER / "decision.receipt.json").read_bytes())
    assert receipt.from_proof((FOLDER / "decision.tlog-proof").read_bytes()) == one
    order = verify.Order("matrix", "account", "@spam:example.org", "suspend", UNTIL, 3, "matrix")
    assert verify.open_order(one, order, trust, 2).index == 11
    item = receipt.from_json((FOLDER / "item.receipt.json").read_bytes())
    order = verify.Order("matrix", "account", "@bot3:example.org", "hide", None, 7, "matrix")
    assert verify.open_order(item, order, trust, 6).index == 12
