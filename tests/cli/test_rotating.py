"""The planned rotation of the log's key: with those who watch, to its end, and with what goes wrong."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from showcause.casework.log.keys import KeyBook, key_book
from showcause.cli import rotating
from showcause.compose import Wiring
from showcause.gateways.signer import FileSigner, read_state
from showcause.gateways.signer_keys import KeyFiles
from showcause.transparency.errors import LogError
from showcause.transparency.export import CHECKPOINT
from showcause.transparency.keys import KeyKind, VerifierKey, parse_verifier_key
from showcause.transparency.note import Note, Signature, open_note, parse_note
from showcause.transparency.policy import Policy, evaluate, parse_policy
from showcause.transparency.receipt import from_file
from showcause.transparency.verify import verify_receipt
from tests.cli.house import ORIGIN, House
from tests.cli.test_put_back import publish, put_back, signed, snapshot_of
from tests.cli.test_witnesses import add, watching

OVERLAP = timedelta(days=14)
BY = ("--as", "ada")


def pinned(house: House) -> list[str]:
    return [str(each) for each in parse_policy((house.home / "trust" / "log-policy").read_bytes()).logs]


def book(house: House) -> KeyBook:
    site = Wiring().moved(lambda: house.now).open(house.home)
    try:
        with site.store.read() as view:
            return key_book(view)
    finally:
        site.close()


def public_note(house: House) -> str:
    return (house.home / "public" / CHECKPOINT).read_text()


def signs(house: House) -> set[bytes]:
    """The ids of the log's own keys under the public head."""
    return {each.key_id for each in parse_note(public_note(house)).signatures if each.name == ORIGIN}


def key(text: str) -> VerifierKey:
    return parse_verifier_key(text)


def test_a_rotation_overlaps_and_nobody_who_pins_either_key_loses_the_log(
    house: House, tmp_path: Path
) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        publish(house)
        [old] = pinned(house)
        proof = tmp_path / "old.tlog-proof"
        house.run("log", "proof", "0", "--out", str(proof))
        said = house.run("log", "rotate", "begin", *BY)
        assert pinned(house) == [old, book(house).coming]
        new = book(house).coming
        assert f"--log {new}" in said
        assert f"log {new}" in said
        publish(house)
        assert signs(house) == {key(old).id, key(new).id}
        for each in (old, new):
            assert evaluate(Policy((key(each),)), public_note(house)).checkpoint.origin == ORIGIN
        in_public = parse_policy((house.home / "public" / "keys").read_bytes()).logs
        assert [str(each) for each in in_public] == [old, new]
        [row] = house.json("log", "witness", "list")
        assert row["says"] == "it cosigned", "a witness that pins the old key alone goes on"

        early = house.try_("log", "rotate", "finish", *BY)
        assert "both keys sign until 2026-03-16" in early.stderr
        house.wait(OVERLAP)
        ignorant = house.try_("log", "rotate", "finish", *BY)
        assert "the coming key is not known to daily" in ignorant.stderr
        assert book(house).signing == (old, new)

        cosigner.memory.watch(new)
        before = (house.home / "secrets" / "log.key").read_bytes()
        house.run("log", "rotate", "finish", *BY)
        assert (pinned(house), book(house).signing) == ([new], (new,))
        assert not [each for each in (house.home / "secrets").glob("log*") if each.read_bytes() == before]
        publish(house)
        assert signs(house) == {key(new).id}
        assert (house.home / "public" / "key").read_text().strip() == new
        assert [row["says"] for row in house.json("log", "witness", "list")] == ["it cosigned"]
    assert "It holds." in house.run("log", "verify")
    assert house.run("log", "fsck").endswith("Everything agrees.\n")
    assert verify_receipt(from_file(proof.read_bytes()), Policy((key(old),))).index == 0
    with pytest.raises(LogError):
        open_note(public_note(house), [key(old)])


class Died(BaseException):
    """The process is gone."""


def dying_before(call: int, step: Callable[..., Any]) -> Callable[..., Any]:
    """A step whose process dies before it is taken for the n-th time."""
    left = iter(range(call))

    def taken(*given: Any) -> Any:
        if next(left) == call - 1:
            raise Died
        return step(*given)

    return taken


@pytest.mark.parametrize(
    "dies_at, call", [("pin", 1), ("adopt_key", 1), ("promote_key", 1), ("pin", 2), ("sign", 2)]
)
def test_whoever_dies_in_the_middle_runs_the_same_command_again(
    house: House, monkeypatch: pytest.MonkeyPatch, dies_at: str, call: int
) -> None:
    owner = rotating if dies_at == "pin" else FileSigner

    def dying(command: str) -> None:
        with monkeypatch.context() as fuse, suppress(Died):
            fuse.setattr(owner, dies_at, dying_before(call, getattr(owner, dies_at)))
            house.try_("log", "rotate", command, *BY)

    publish(house)
    [old] = pinned(house)
    dying("begin")
    if (dies_at, call) == ("pin", 1):
        assert "the log names other keys than trust/log-policy trusts" in house.try_("doctor").stdout
    house.run("log", "rotate", "begin", *BY)
    found = book(house)
    assert (found.signing, pinned(house)) == ((old, found.coming), [old, found.coming])
    assert len(found.rows) == 2, "the same command made no further key"
    house.wait(OVERLAP)
    publish(house)
    dying("finish")
    again = house.try_("log", "rotate", "finish", *BY)
    assert again.exit_code == 0 or "no rotation goes on" in again.stderr, "all was done already"
    assert (book(house).signing, pinned(house)) == ((found.coming,), [found.coming])
    publish(house)
    assert signs(house) == {key(found.coming).id}
    assert not KeyFiles(house.home / "secrets" / "log.key").coming.exists()
    assert house.run("log", "fsck").endswith("Everything agrees.\n")


def test_the_check_of_the_log_finds_a_head_that_was_not_signed_with_exactly_the_keys_that_it_names(
    house: House,
) -> None:
    publish(house)
    older = public_note(house)
    house.run("log", "rotate", "begin", *BY)
    publish(house)
    both, head = public_note(house), house.home / "public" / CHECKPOINT
    text, signatures = parse_note(both).text, parse_note(both).signatures
    found = {
        "of one key alone": str(Note(text, signatures[:1])),
        "with another's signature": both.replace(str(signatures[1]), str(signatures[0])),
        "by a stranger of this name": str(Note(text, (*signatures, Signature(ORIGIN, b"1234", b"5" * 64)))),
        "of before": str(Note(parse_note(older).text, (*parse_note(older).signatures, signatures[1]))),
    }
    for name, wrong in found.items():
        head.write_text(wrong)
        said = house.try_("log", "fsck")
        assert "head the public folder" in said.stdout, name
        assert "1 things do not agree" in said.stdout, name
    head.write_text(both)
    (house.home / "trust" / "log-policy").write_text(f"log {pinned(house)[0]}\nquorum none\n")
    assert "does not trust exactly the keys that the log names" in house.try_("log", "fsck").stdout


def test_an_old_backup_put_back_in_the_middle_of_a_rotation_is_fenced_and_no_key_is_touched(
    house: House, tmp_path: Path
) -> None:
    publish(house)
    backup = tmp_path / "backup"
    house.run("backup", str(backup))
    house.run("log", "rotate", "begin", *BY)
    new = pinned(house)[1]
    publish(house)
    secrets = {each: each.read_bytes() for each in (house.home / "secrets").glob("log*")}
    for each in house.home.glob("main.db*"):
        each.unlink()
    house.run("restore", str(backup))
    for command in ("begin", "finish", "cancel"):
        refused = house.try_("log", "rotate", command, *BY)
        assert refused.exit_code != 0
        assert "fenced" in refused.stderr or "were signed" in refused.stderr
    assert house.one("serve", "--once")["size"] == 0, "nothing is signed"
    assert {each: each.read_bytes() for each in secrets} == secrets
    assert pinned(house)[1] == new


def test_a_second_key_of_another_kind_signs_beside_the_first_and_can_be_ended(house: House) -> None:
    house.run("log", "second-key", *BY)
    [first, second] = pinned(house)
    publish(house)
    assert key(second).kind is KeyKind.ML_DSA_44
    for each in (first, second):
        assert evaluate(Policy((key(each),)), public_note(house)).log == key(each)
    assert "It holds." in house.run("log", "verify")
    again = house.try_("log", "second-key", *BY)
    assert "a second key signs already" in again.stderr
    house.run("log", "second-key", "--end", *BY)
    publish(house)
    assert (pinned(house), signs(house)) == ([first], {key(first).id})


def test_keys_are_not_changed_while_the_service_signs(house: House) -> None:
    before = pinned(house)
    with FileSigner(
        house.home / "secrets" / "log.key", house.home / "signer" / "state.json", ORIGIN, lambda: house.now
    ):
        refused = house.try_("log", "rotate", "begin", *BY)
    assert "stop the other `showcause serve`" in refused.stderr
    assert pinned(house) == before
    assert len(book(house).rows) == 1


def test_a_coming_key_whose_file_was_lost_is_given_up(house: House) -> None:
    [old] = pinned(house)
    house.run("log", "rotate", "begin", *BY)
    KeyFiles(house.home / "secrets" / "log.key").coming.unlink()
    lost = house.try_("log", "rotate", "begin", *BY)
    assert "not on this machine any more" in lost.stderr
    house.run("log", "rotate", "cancel", *BY)
    assert (pinned(house), book(house).signing) == ([old], (old,))
    assert [row["until"] is None for row in house.json("log", "keys")] == [True, False]


def test_a_snapshot_of_the_whole_machine_in_the_middle_is_noticed_by_a_witness_that_knows_either_key(
    house: House, tmp_path: Path
) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        publish(house)
        older = snapshot_of(house, tmp_path)
        house.run("log", "rotate", "begin", *BY)
        size = publish(house)
        put_back(house, older)
        assert house.one("serve", "--once")["size"] == 0
    assert read_state(house.home / "signer" / "state.json").head.size == signed(house) == size
    shutil.rmtree(older)
