"""`.tlog-proof` files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.transparency import proof
from showcause.transparency.errors import LogError, Malformed, Unverified
from tests.transparency.logs import R0, R1, Log, mixed_log

LOG = mixed_log(300, witnessed=True)
# c2sp.org/tlog-proof, its example's first lines: three hashes stand for all, the checkpoint is ours
HASHES = """gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
"""
SAMPLE = f"c2sp.org/tlog-proof@v1\nextra aGVsbG8=\nindex 73894\n{HASHES}\n{LOG.note()}"


def made(log: Log, index: int, extra: bytes | None = None) -> proof.TlogProof:
    return proof.TlogProof(index, log.path(index), log.note(), extra)


def test_a_file_of_the_specifications_form_is_read_and_written_back() -> None:
    read = proof.parse_proof(SAMPLE.encode())
    assert (read.index, len(read.hashes), read.extra) == (73894, 3, b"hello")
    assert str(read) == SAMPLE


@pytest.mark.parametrize("index", [0, 1, 255, 256, 299])
@pytest.mark.parametrize("extra", [None, b"\0more"])
def test_a_proof_survives_its_text_and_proves_its_entry_and_no_other(index: int, extra: bytes | None) -> None:
    read = proof.parse_proof(str(made(LOG, index, extra)).encode())
    assert read == made(LOG, index, extra)
    for trust in (R0, R1):
        assert proof.verify_proof(read, LOG.entries[index], trust).checkpoint.size == 300
    with pytest.raises(Unverified):
        proof.verify_proof(read, LOG.entries[index - 1], R0)


def test_a_log_of_one_entry_needs_no_hashes() -> None:
    one = mixed_log(1)
    text = str(made(one, 0))
    assert "index 0\n\nlog.example" in text
    proof.verify_proof(proof.parse_proof(text.encode()), one.entries[0], R0)


def test_a_proof_without_the_witness_that_the_policy_asks_for_proves_nothing() -> None:
    with pytest.raises(Unverified, match="quorum"):
        proof.verify_proof(made(mixed_log(3), 0), mixed_log(3).entries[0], R1)


TEXT = str(made(LOG, 7)).encode()


@given(st.integers(0, len(TEXT) - 1), st.integers(1, 255))
def test_a_proof_with_any_byte_changed_proves_nothing(place: int, change: int) -> None:
    data = bytes(b ^ change if i == place else b for i, b in enumerate(TEXT))
    with pytest.raises(LogError):
        proof.verify_proof(proof.parse_proof(data), LOG.entries[7], R1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        SAMPLE.replace("@v1", "@v2"),
        SAMPLE.replace("extra aGVsbG8=", "extra "),
        SAMPLE.replace("extra aGVsbG8=", "extra aGVsbG8"),
        SAMPLE.replace("extra aGVsbG8=", "extra aGVsbG9=\n"),
        SAMPLE.replace("index 73894", "index 073894"),
        SAMPLE.replace("index 73894", "index -1"),
        SAMPLE.replace("index 73894", "index  73894"),
        SAMPLE.replace("index 73894\n", ""),
        SAMPLE.replace("index 73894", "index 9223372036854775808"),
        SAMPLE.replace("index 73894", "Index 73894"),
        SAMPLE.replace(HASHES, HASHES.replace("=", "")),
        SAMPLE.replace(HASHES, HASHES * 22),
        SAMPLE.replace(HASHES, HASHES + " "),
        SAMPLE.replace("\n", "\r\n"),
        SAMPLE.split("\n\n")[0],
        SAMPLE.rpartition("\n\n")[0],
        "\n" + SAMPLE,
        SAMPLE + "x",
        SAMPLE.replace("aGVsbG8=", "A" * 1_100_000),
    ],
)
def test_a_file_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        proof.parse_proof(text.encode())


@given(st.binary(max_size=300))
def test_bytes_from_anywhere_end_in_a_refusal(data: bytes) -> None:
    for text in (data, b"c2sp.org/tlog-proof@v1\n" + data):
        with pytest.raises(LogError):
            proof.parse_proof(text)
