"""A log that ended is continued by a new one, whose first entry names the old one's last head, in public.

Also the drill for a stolen key, as docs/stolen-key.md tells it.
"""

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from showcause.domain.subject import SubjectKind
from showcause.gateways.signer import read_state
from showcause.transparency.checkpoint import Checkpoint, parse_checkpoint
from showcause.transparency.encoding import b64
from showcause.transparency.errors import LogError
from showcause.transparency.keys import KeyKind, SigningKey, parse_signing_key, parse_verifier_key
from showcause.transparency.note import open_note, parse_note, sign_note
from showcause.transparency.policy import evaluate, parse_policy
from tests.cli.house import House
from tests.cli.test_put_back import publish, reverse

NEW = "log2.example.org/house"


def successor(old: House, tmp_path: Path, *more: str, origin: str = NEW) -> House:
    new = House(tmp_path / "new", old.now)
    new.run(
        *("init", "--origin", origin, "--contact", "desk@example.org", "--operator", "ada"),
        *("--continues", str(tmp_path / "kept" / "checkpoint"), *more),
    )
    return new


def keep_public(old: House, tmp_path: Path) -> Path:
    return Path(shutil.copytree(old.home / "public", tmp_path / "kept"))


def first_document(house: House) -> dict[str, Any]:
    found: dict[str, Any]
    [found] = [
        value
        for each in (house.home / "public" / "doc").glob("*.json")
        if (value := json.loads(each.read_text()))["format"] == "showcause/v1 key"
    ]
    return found


def test_the_new_logs_first_document_names_the_old_logs_last_head_with_its_signature(
    house: House, tmp_path: Path
) -> None:
    publish(house)
    kept = keep_public(house, tmp_path)
    new = successor(house, tmp_path)
    publish(new)
    assert "It holds." in new.run("log", "verify")
    said = first_document(new)["continues"]
    key = parse_verifier_key((kept / "key").read_text().strip())
    tree = parse_checkpoint(open_note(said["note"], [key]).text)
    assert (said["origin"], said["size"], said["root"]) == (tree.origin, tree.size, b64(tree.root))
    assert tree.text == parse_checkpoint(open_note((kept / "checkpoint").read_bytes(), [key]).text).text
    assert "continues" not in first_document(house), "a log that continues none says nothing of it"


@pytest.mark.parametrize("wrong", ["another key", "the same name", "no key", "no checkpoint", "key alone"])
def test_a_new_log_that_cannot_name_the_old_one_is_not_made(house: House, tmp_path: Path, wrong: str) -> None:
    publish(house)
    kept = keep_public(house, tmp_path)
    old = parse_verifier_key((kept / "key").read_text().strip())
    thief = SigningKey(old.name, KeyKind.ED25519, b"t" * 32).verifier
    more = {"another key": ("--old-key", str(thief))}.get(wrong, ())
    if wrong == "no key":
        (kept / "key").unlink()
    if wrong == "no checkpoint":
        (kept / "checkpoint").write_bytes(b"\xff\xfe")
    continues = () if wrong == "key alone" else ("--continues", str(kept / "checkpoint"))
    more = ("--old-key", str(old)) if wrong == "key alone" else more
    new = House(tmp_path / "new", house.now)
    origin = old.name if wrong == "the same name" else NEW
    made = new.try_(
        *("init", "--origin", origin, "--contact", "c@example.org", "--operator", "ada"), *continues, *more
    )
    assert made.exit_code != 0
    assert not new.home.exists(), "nothing was made"


def test_the_drill_for_a_stolen_key_stops_signing_frees_people_and_founds_a_log_that_refuses_the_thief(
    house: House, tmp_path: Path
) -> None:
    decision = house.decided()
    publish(house)
    thief = parse_signing_key((house.home / "secrets" / "log.key").read_text().strip())
    old_trust = parse_policy((house.home / "trust" / "log-policy").read_bytes())
    size = parse_checkpoint(parse_note((house.home / "public" / "checkpoint").read_text()).text).size

    # 1. Nothing more is signed; whoever is restricted can still be freed.
    house.run("log", "fence")
    house.run("setting", "set", "contact", "second@example.org", "--as", "ada")
    assert publish(house) == 0
    assert read_state(house.home / "signer" / "state.json").head.size == size
    assert house.world.standing(SubjectKind.ACCOUNT, "mallory")
    reverse(house, decision)
    house.wait(timedelta(minutes=1))
    house.run("serve", "--once")
    assert not house.world.standing(SubjectKind.ACCOUNT, "mallory")

    # 2. The thief can still sign, and whoever pins the old key believes it.
    forged = sign_note(Checkpoint(thief.name, size + 50, b"a false history".ljust(32)).text, [thief])
    assert evaluate(old_trust, forged).checkpoint.size == size + 50

    # 3. The new log names where the old one ended, and its trust does not know the old key.
    keep_public(house, tmp_path)
    new = successor(house, tmp_path)
    publish(new)
    assert first_document(new)["continues"]["size"] == size
    with pytest.raises(LogError):
        evaluate(parse_policy((new.home / "trust" / "log-policy").read_bytes()), forged)
    assert "It holds." in new.run("log", "verify")
