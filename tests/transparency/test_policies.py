"""Policies: who is believed, and what the specification's example means for every set of cosigners."""

from itertools import combinations

import pytest

from showcause.transparency import checkpoint, keys, note, policy
from showcause.transparency.errors import LogError, Malformed, Unverified
from tests.transparency.logs import LOG_KEY, ORIGIN, OTHER_KEY, SEEN, WITNESS_KEY, secret, signed

LOG = f"log {LOG_KEY.verifier}\n"
NAMES = ("X1", "X2", "X3", "Y1", "Y2", "Y3")
WITNESSES = {
    name: keys.SigningKey(f"{name}.example", keys.KeyKind.COSIGNATURE, secret(name)) for name in NAMES
}
# c2sp.org/tlog-policy, "Example policy", with keys filled in
EXAMPLE = f"""
log {LOG_KEY.verifier}

witness X1 {WITNESSES["X1"].verifier}
witness X2 {WITNESSES["X2"].verifier}
witness X3 {WITNESSES["X3"].verifier}
group X-witnesses 2 X1 X2 X3

witness Y1 {WITNESSES["Y1"].verifier}
witness Y2 {WITNESSES["Y2"].verifier}
witness Y3 {WITNESSES["Y3"].verifier}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""
TREE = checkpoint.Checkpoint(ORIGIN, 7, bytes(32))


def test_the_specifications_example_is_met_by_two_of_x_and_one_of_y() -> None:
    example = policy.parse_policy(EXAMPLE.encode())
    for count in range(len(NAMES) + 1):
        for cosigners in combinations(NAMES, count):
            text = signed(TREE)
            for name in cosigners:
                text = note.cosign(text, WITNESSES[name], SEEN)
            met = sum(n[0] == "X" for n in cosigners) >= 2 and any(n[0] == "Y" for n in cosigners)
            if met:
                assert policy.evaluate(example, text).witnesses == dict.fromkeys(cosigners, SEEN)
            else:
                with pytest.raises(Unverified):
                    policy.evaluate(example, text)


def test_a_policy_survives_its_text() -> None:
    example = policy.parse_policy(EXAMPLE.encode())
    assert policy.parse_policy(str(example).encode()) == example


def test_comments_blank_lines_tabs_and_addresses_change_nothing() -> None:
    text = f"  # whom we believe\n\n\tlog\t{LOG_KEY.verifier}  https://log.example \n quorum none\n"
    assert policy.parse_policy(text.encode()) == policy.parse_policy(f"{LOG}quorum none\n".encode())


def test_names_are_opaque_bytes() -> None:
    line = b"witness \xe2\x84\xaa\xff " + str(WITNESS_KEY.verifier).encode()
    known = policy.parse_policy(LOG.encode() + line + b"\nquorum \xe2\x84\xaa\xff\n")
    assert policy.printable(known.quorum) == "\u212a\\xff"
    assert policy.parse_policy(known.to_bytes()) == known
    with pytest.raises(Malformed, match="not defined"):
        policy.parse_policy(LOG.encode() + line + b"\nquorum K\n")


def test_a_log_vouches_only_for_its_own_name() -> None:
    both = policy.Policy((LOG_KEY.verifier, OTHER_KEY.verifier))
    assert policy.evaluate(both, signed(TREE)).log == LOG_KEY.verifier
    with pytest.raises(Unverified):
        policy.evaluate(both, note.sign_note(TREE.text, [OTHER_KEY]))


def test_a_witness_alone_is_no_log() -> None:
    lone = policy.parse_policy(f"{LOG}witness w {WITNESS_KEY.verifier}\nquorum w\n".encode())
    text = str(note.Note(TREE.text, (note.signature_of(TREE.text, WITNESS_KEY, SEEN),)))
    with pytest.raises(Unverified):
        policy.evaluate(lone, text)


def test_a_policy_without_a_log_believes_nobody() -> None:
    with pytest.raises(Unverified):
        policy.evaluate(policy.parse_policy(b"quorum none\n"), signed(TREE))


W = f"witness w {WITNESS_KEY.verifier}\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        LOG,
        f"{LOG}quorum none\nquorum none\n",
        f"{LOG}quorum w\n{W}",
        f"{LOG}{W}{W}quorum w\n",
        f"{LOG}{W}{W.replace('witness w', 'witness v')}quorum w\n",
        f"{LOG}{LOG}quorum none\n",
        f"{LOG}{W.replace('witness w', 'witness none')}quorum none\n",
        f"{LOG}{W}group g 0 w\nquorum g\n",
        f"{LOG}{W}group g 2 w\nquorum g\n",
        f"{LOG}{W}group g 01 w\nquorum g\n",
        f"{LOG}{W}group g some w\nquorum g\n",
        f"{LOG}{W}group g any\nquorum g\n",
        f"{LOG}{W}group g any w w\nquorum g\n",
        f"{LOG}{W}group g any w\ngroup h any w\nquorum g\n",
        f"{LOG}{W}group g any none\nquorum g\n",
        f"{LOG}{W}group g any g\nquorum g\n",
        f"{LOG}{W}group w any w\nquorum w\n",
        f"log {WITNESS_KEY.verifier}\nquorum none\n",
        f"{LOG}witness w {LOG_KEY.verifier}\nquorum w\n",
        f"{LOG}believe everybody\nquorum none\n",
        f"{LOG}quorum none extra\n",
        f"{LOG}quorum none\r\n",
        f"{LOG}quorum none\n" + "#" * 70_000,
        "\n" * 2_000,
        f"{LOG}{W}" + "".join(f"group g{i} any {'w' if i == 0 else f'g{i - 1}'}\n" for i in range(1100)),
    ],
)
def test_a_policy_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        policy.parse_policy(text.encode())


def test_the_refusal_of_a_policy_names_the_line() -> None:
    with pytest.raises(LogError, match="line 3 of the policy"):
        policy.parse_policy(f"{LOG}\nquorum nobody\n".encode())
