"""A log that ended is continued by a new one, whose first entry names the old one's last head, in public.

Also the drill for a stolen key, as docs/stolen-key.md tells it.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from showcause.transparency.checkpoint import parse_checkpoint
from showcause.transparency.encoding import b64
from showcause.transparency.keys import KeyKind, SigningKey, parse_verifier_key
from showcause.transparency.note import open_note
from tests.cli.house import House
from tests.cli.test_put_back import publish

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
