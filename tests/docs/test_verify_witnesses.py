"""The reference for platforms that pin witnesses: of one verdict with our own evaluation of a policy."""

import importlib.util
import sys
from itertools import combinations
from typing import Any

import pytest

from showcause.transparency import checkpoint, keys, note, policy
from showcause.transparency.errors import LogError
from tests.docs.pages import ROOT
from tests.transparency.logs import LOG_KEY, secret, signed

FILE = ROOT / "docs" / "reference" / "verify_witnesses.py"
WITNESSES = [
    keys.SigningKey(f"w{number}.example", keys.KeyKind.COSIGNATURE, secret("w", number))
    for number in range(3)
]
PINNED = [str(each.verifier) for each in WITNESSES]
HEAD = signed(checkpoint.Checkpoint(LOG_KEY.name, 7, secret("root")))


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("verify_witnesses", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


witnessed = _load().witnessed


def verdicts(head: str, quorum: int) -> tuple[bool, bool]:
    """Return what our own policy says of a head, and what the reference says."""
    lines = [f"log {LOG_KEY.verifier}", *(f"witness w{at} {key}" for at, key in enumerate(PINNED))]
    pinned = policy.parse_policy("\n".join([*lines, f"group q {quorum} w0 w1 w2", "quorum q", ""]).encode())
    try:
        ours = bool(policy.evaluate(pinned, head))
    except LogError:
        ours = False
    try:
        witnessed({"checkpoint": head}, PINNED, quorum)
    except ValueError:
        return ours, False
    return ours, True


@pytest.mark.parametrize("quorum", [1, 2, 3])
def test_it_accepts_what_the_quorum_cosigned_and_nothing_below(quorum: int) -> None:
    for count in range(4):
        for some in combinations(WITNESSES, count):
            head = HEAD
            for key in some:
                head = note.cosign(head, key, 1_790_000_000)
            assert verdicts(head, quorum) == (count >= quorum,) * 2


def test_one_witness_under_two_names_and_one_that_signs_twice_count_once() -> None:
    twin = keys.SigningKey("twin.example", keys.KeyKind.COSIGNATURE, WITNESSES[0].seed)
    both = note.cosign(note.cosign(HEAD, WITNESSES[0], 1), twin, 2)
    twice = note.cosign(note.cosign(HEAD, WITNESSES[0], 1), WITNESSES[0], 2)
    for head, pinned in ((both, [PINNED[0], str(twin.verifier)]), (twice, PINNED)):
        witnessed({"checkpoint": head}, pinned, 1)
        with pytest.raises(ValueError, match="1 of the pinned"):
            witnessed({"checkpoint": head}, pinned, 2)


def test_every_byte_of_a_cosigned_head_counts() -> None:
    head = note.cosign(HEAD, WITNESSES[0], 1_790_000_000)
    start = head.index(WITNESSES[0].name) - 2
    for at in (*range(head.index("\n\n")), *range(start, len(head) - 1)):
        changed = head[:at] + ("A" if head[at] != "A" else "B") + head[at + 1 :]
        assert verdicts(changed, 1)[1] is False, at


@pytest.mark.parametrize("given", [{}, {"checkpoint": 1}, {"checkpoint": ""}, [], None])
def test_what_is_no_receipt_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match=r"witness|pinned"):
        witnessed(given, PINNED, 1)


@pytest.mark.parametrize("pinned", [[str(LOG_KEY.verifier)], ["x"], [PINNED[0][:-2] + "A="], []])
def test_a_key_that_is_no_witness_is_refused_and_no_quorum_is_no_trust(pinned: list[str]) -> None:
    head = note.cosign(HEAD, WITNESSES[0], 1)
    for quorum in (0, 1):
        with pytest.raises(ValueError, match=r"witness|pinned"):
            witnessed({"checkpoint": head}, pinned, quorum)


def test_it_needs_nothing_of_ours() -> None:
    assert "showcause" not in FILE.read_text(encoding="utf-8").replace("verify_receipt.py", "")
    assert "verify_witnesses" not in sys.modules
