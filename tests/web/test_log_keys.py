"""What visitors see of a planned rotation, and what a proof from before it is worth."""

from dataclasses import replace
from typing import Any

import pytest

from showcause.casework import rotating
from showcause.gateways.signer import read_key
from showcause.transparency.checkpoint import Checkpoint
from showcause.transparency.merkle import in_memory, inclusion_proof, leaf_hash, root_of
from showcause.transparency.note import sign_note
from showcause.transparency.receipt import Receipt, to_proof
from showcause.web.configuration import serve_house
from tests.web.stand import Stand


@pytest.fixture
def rotated(stand: Stand) -> Stand:
    """A house whose log has replaced its key; `old.tlog-proof` and `old.key` are what was before."""
    house = stand.house
    stand.publish()
    (house.folder / "old.tlog-proof").write_bytes(stand.client.get("/log/3.tlog-proof").content)
    (house.folder / "old.key").write_bytes((house.folder / "log.key").read_bytes())
    (house.folder / "old.key").chmod(0o600)
    house.run(rotating.begin, house.signer.prepare_key("ED25519"), "ada")
    pin(stand, house.signer.adopt_key())
    house.wait(hours=1)
    stand.publish()
    return stand


def pin(stand: Stand, keys: Any) -> None:
    policy = "".join(f"log {each}\n" for each in keys) + "quorum none\n"
    serve_house(replace(stand.pages, policy=policy))


def end(stand: Stand) -> None:
    house = stand.house
    house.wait(days=14)
    house.run(rotating.finish, "ada")
    pin(stand, house.signer.promote_key())
    house.wait(hours=1)
    stand.publish()


def health(stand: Stand, language: str = "en") -> str:
    answer = stand.client.get("/log/health", headers={"accept-language": language})
    assert answer.status_code == 200
    return str(answer.content.decode())


def find(stand: Stand, what: str) -> Any:
    return stand.client.post("/find", {"what": what})


def test_the_page_of_the_logs_health_names_each_key_since_when_and_until_when(rotated: Stand) -> None:
    old, new = (each.split("+")[1] for each in rotated.house.signer.verifier_keys)
    text = health(rotated)
    assert "A planned change of the key goes on." in text
    assert text.index(old) < text.index("the first entry") < text.index(new)
    assert "will take the place of the first" in text
    assert "la première entrée" in health(rotated, "fr")
    end(rotated)
    text = health(rotated)
    assert "goes on" not in text
    assert old in text
    assert "22 November 2026" in text
    assert "6 December 2026" in text


def test_each_public_page_stands_while_both_keys_sign_and_after_the_old_one_ended(rotated: Stand) -> None:
    for address in ("/", "/log/", "/log/checkpoint", "/log/3", "/log/3.tlog-proof", "/log/policy.txt"):
        assert rotated.client.get(address).status_code == 200, address
    end(rotated)
    for address in ("/", "/log/", "/log/checkpoint", "/log/3", "/log/3.tlog-proof", "/log/policy.txt"):
        assert rotated.client.get(address).status_code == 200, address


def test_a_proof_from_before_is_still_checked_on_the_page_after_the_old_key_ended(rotated: Stand) -> None:
    proof = (rotated.house.folder / "old.tlog-proof").read_text()
    assert find(rotated, proof).status_code == 200
    end(rotated)
    assert find(rotated, proof).status_code == 200


def test_what_the_old_key_signs_after_its_end_is_refused(rotated: Stand) -> None:
    end(rotated)
    with rotated.house.store.read() as view:
        entries = list(view.log.leaves(0, view.log.state().size))
    hashes = [leaf_hash(each) for each in entries]
    tree = Checkpoint(rotated.house.signer.origin, len(entries), root_of(hashes))
    stolen = read_key(rotated.house.folder / "old.key")
    path = inclusion_proof(3, tree.size, in_memory(hashes))
    forged = to_proof(Receipt(entries[3], 3, tuple(path), sign_note(tree.text, [stolen])))
    assert find(rotated, forged).status_code == 422
