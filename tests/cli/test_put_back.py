"""A snapshot of the whole machine is put back: the signer forgot with everything else, and a witness did not."""

import json
import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from showcause.casework.log.public_log import reader
from showcause.casework.ports.witnesses import Held
from showcause.domain.subject import SubjectKind
from showcause.domain.witness import Role, Witness
from showcause.gateways import witness_heads
from showcause.gateways.calling_out import Outbound
from showcause.gateways.signer import read_state
from showcause.gateways.witness_heads import HttpHeads
from showcause.transparency.keys import KeyKind, SigningKey
from showcause.transparency.note import parse_note, sign_note
from showcause.witness.cosigning import Cosigner
from showcause.witness.memory import Memory
from showcause.witness.mirroring import Mirror
from showcause.witness.pulling import copy
from showcause.witness.serving import Door, listening
from tests.cli.house import House
from tests.cli.test_witnesses import add, allow, watching
from tests.services.processes import PATIENCE

HOUR = timedelta(hours=1)


def publish(house: House) -> int:
    """Let an interval pass and the public head advance; return the log's size."""
    house.wait(HOUR)
    return int(house.one("serve", "--once")["size"])


def put_back(house: House, snapshot: Path) -> None:
    shutil.rmtree(house.home)
    shutil.copytree(snapshot, house.home)


def snapshot_of(house: House, tmp_path: Path) -> Path:
    return Path(shutil.copytree(house.home, tmp_path / "snapshot"))


def signed(house: House) -> int:
    return read_state(house.home / "signer" / "state.json").head.size


def test_with_one_witness_nothing_is_signed_and_the_operator_is_told_who_knows_more(
    house: House, tmp_path: Path
) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        publish(house)
        older = snapshot_of(house, tmp_path)
        house.decided()
        size = publish(house)
        put_back(house, older)
        behind = signed(house)
        assert behind < size
        assert house.one("serve", "--once")["size"] == 0, "nothing is signed"
        assert (
            not (house.home / "signer" / "head").exists() or _size(house.home / "signer" / "head") == behind
        )
    # From now on the house knows by itself, witness or no witness.
    assert signed(house) == size
    told = house.try_("doctor").stdout
    assert "the log is fenced" in told
    assert "the database was rolled back" in told
    evidence = json.loads((house.home / "signer" / "witnesses.json").read_text())["evidence"]
    assert f"daily holds a signed head of {size} entries; the database has" in evidence[-1]["says"]
    refused = house.try_("log", "unfence")
    assert refused.exit_code != 0
    assert "does not continue what was signed" in refused.stderr


def test_a_mirror_that_stored_more_fences_as_well(house: House, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "mirror.db")
    memory.name_ourselves("mirror.example/m1", [KeyKind.COSIGNATURE], b"m" * 32)
    log = memory.watch((house.home / "trust" / "log-policy").read_text().split()[1])
    mirror = Mirror(tmp_path / "copies", memory, lambda: int(house.now.timestamp()))
    with listening(Door(Cosigner(memory, lambda: 0), mirror, lambda: 0), "127.0.0.1", 0) as port:
        allow(house, [port])
        named = ("m", str(memory.keys[0].verifier), f"http://127.0.0.1:{port}", "--role", "mirror")
        house.run("log", "witness", "add", *named, "--run-by", "The Library", "--as", "ada")
        publish(house)
        older = snapshot_of(house, tmp_path)
        house.run("setting", "set", "contact", "later@example.org", "--as", "ada")
        size = publish(house)
        copy(mirror, log.origin, log.keys, reader(house.home / "public"))
        put_back(house, older)
        assert house.one("serve", "--once")["size"] == 0
    assert signed(house) == size
    memory.close()


def test_a_fence_of_a_snapshot_goes_when_the_newer_machine_is_put_back(house: House, tmp_path: Path) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        publish(house)
        older = snapshot_of(house, tmp_path)
        house.decided()
        size = publish(house)
        newer = Path(shutil.copytree(house.home, tmp_path / "newer"))
        put_back(house, older)
        house.run("serve", "--once")
        put_back(house, newer)
        assert publish(house) >= size


def test_without_a_witness_nobody_notices(house: House, tmp_path: Path) -> None:
    publish(house)
    older = snapshot_of(house, tmp_path)
    house.decided()
    publish(house)
    put_back(house, older)
    assert house.one("serve", "--once")["size"] > 0, "this is what a witness is for"


def test_a_witness_that_cannot_be_reached_is_a_warning_and_no_fence(house: House, tmp_path: Path) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        publish(house)
    house.wait(HOUR)
    done = house.try_("serve", "--once", "--json")
    assert json.loads(done.stdout)["size"] > 0
    assert "not compared with witness daily: " in done.stderr
    assert "the log is fenced" not in house.try_("doctor").stdout


def test_a_history_that_went_on_from_a_snapshot_unseen_is_fenced_as_soon_as_the_witness_is_back(
    house: House, tmp_path: Path
) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        publish(house)
        older = snapshot_of(house, tmp_path)
        house.run("setting", "set", "contact", "first@example.org", "--as", "ada")
        publish(house)
    put_back(house, older)
    for each in ("a", "b", "c"):
        house.run("setting", "set", "contact", f"{each}@example.org", "--as", "ada")
    publish(house)
    with watching(house, tmp_path / "w", port=int(url.rpartition(":")[2])):
        house.run("serve", "--once")
        refused = house.try_("log", "unfence")
        assert refused.exit_code != 0
        assert "that the database contradicts" in refused.stderr
    assert "daily saw another history of this log" in house.try_("doctor").stdout


def test_what_stands_is_lifted_behind_this_fence_too(house: House, tmp_path: Path) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        decided = house.decided()
        publish(house)
        older = snapshot_of(house, tmp_path)
        house.run("setting", "set", "contact", "first@example.org", "--as", "ada")
        publish(house)
        put_back(house, older)
        house.run("serve", "--once")
        assert "the log is fenced" in house.try_("doctor").stdout
        assert house.world.standing(SubjectKind.ACCOUNT, "mallory")
        reverse(house, decided)
        house.wait(timedelta(minutes=1))
        house.run("serve", "--once")
        assert not house.world.standing(SubjectKind.ACCOUNT, "mallory")


def test_nobody_can_fence_a_log_with_a_head_that_it_did_not_sign(house: House, tmp_path: Path) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        publish(house)
        forge(cosigner)
        assert publish(house) > 0
    assert "the log is fenced" not in house.try_("doctor").stdout


def test_whoever_does_not_answer_in_time_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness_heads, "SECONDS_FOR_ALL", 0.1)
    key = SigningKey("log.example", KeyKind.ED25519, bytes(32)).verifier

    over, ended = threading.Event(), list[bool]()

    class Slow(Outbound):
        def exchange(self, *_: object, **__: object) -> object:  # type: ignore[override]
            ended.append(over.wait(PATIENCE))
            raise AssertionError

    named = [Witness("daily", "", "http://w.example", Role.MIRROR, "The Daily Example")]
    assert HttpHeads(Slow(()), str(key)).newest(named) == [Held("daily", says="late")]  # type: ignore[arg-type]
    assert ended == [], "nobody waited for its end"
    over.set()


def forge(cosigner: Cosigner) -> None:
    """Let the witness show a larger head that bears the log's name and somebody else's signature."""
    [log] = cosigner.memory.watched()
    seen = cosigner.memory.seen(log.origin)
    assert seen is not None
    thief = SigningKey(log.origin, KeyKind.ED25519, b"t" * 32)
    lines = parse_note(seen.note).text.split("\n")
    forged = sign_note("\n".join([lines[0], "9999", *lines[2:]]), [thief])
    with cosigner.memory.changing():
        cosigner.memory.keep(log.origin, type(seen)(seen.size, seen.root, forged, seen.at))


def reverse(house: House, decision: str) -> None:
    reference = house.one("decision", "show", decision)["reference"]
    appeal = house.one("appeal", "lodge", reference, "--text", "it was another")
    house.run("appeal", "claim", str(appeal["id"]), "--as", "cleo")
    house.run("appeal", "reverse", str(appeal["id"]), "--reason", "it was another", "--as", "cleo")


def _size(head: Path) -> int:
    return int(head.read_text().split("\n")[1])
